// Command shop serves the shop's collections, and what else can be done there.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"

	"example.com/shop/gen"
	"example.com/shop/gen/orders"
	"example.com/shop/gen/products"
	"example.com/shop/migrations"
	"example.com/shop/schema"
)

//go:generate go run ./generate

func main() {
	os.Exit(server.Main(server.App{
		Collections: gen.Collections(),
		OpenAPI:     gen.OpenAPI,
		Policy:      schema.Policy,
		Migrations:  migrations.Files,
		Checks:      map[string]any{"tariff": checkTariff},
		Computed: []rest.Computed{
			rest.NewComputed("products", "label", "Label is what stands on the shelf.", label),
			rest.NewComputed("products", "perKilogram", "PerKilogram is the price of a kilogram, in cents.", perKilogram),
		},
		Routes: []rest.Route{
			{Method: http.MethodPost, Path: "/api/orders/{id}/ship", Permission: "ship", Handler: ship},
		},
	}))
}

// label returns the text on a product's shelf.
func label(p *products.Product) string { return fmt.Sprintf("%s, %d ct", p.Sku, p.Price) }

// perKilogram returns what a kilogram of a product costs, nil if it has no weight.
func perKilogram(p *products.Product) *float64 {
	weight, ok := p.Weight.Get()
	if !ok || weight == 0 {
		return nil
	}
	price := float64(p.Price) / weight
	return &price
}

// checkTariff checks that a code is one of the European Union's, which have eight digits.
func checkTariff(code string) error {
	const chapters = 97
	if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
		return errors.New("must be a code of eight digits")
	}
	if chapter, _ := strconv.Atoi(code[:2]); chapter > chapters {
		panic("no chapter " + code[:2])
	}
	return nil
}

// ship marks an order as sent, once.
func ship(ctx context.Context, r *rest.Request) (rest.Response, error) {
	id, err := r.ID("id")
	if err != nil {
		return rest.Response{}, err
	}
	all := orders.In(r.Tenant())
	order, err := all.Get(ctx, id)
	if err != nil {
		return rest.Response{}, err
	}
	if order.State == orders.StateShipped {
		return rest.Response{}, rest.Refuse(http.StatusConflict, "already_shipped", "The order was sent before")
	}
	patch := orders.Patch{State: store.Set(orders.StateShipped), ShippedBy: store.Set(r.User())}
	order, err = all.Update(ctx, id, patch, store.IfRev(order.Rev()))
	return rest.Response{Body: order}, err
}
