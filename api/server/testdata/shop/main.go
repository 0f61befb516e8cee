// Command shop serves the shop's collections, and what else can be done there.
package main

import (
	"context"
	"net/http"
	"os"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"

	"example.com/shop/gen"
	"example.com/shop/gen/orders"
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
		Routes: []rest.Route{
			{Method: http.MethodPost, Path: "/api/orders/{id}/ship", Permission: "ship", Handler: ship},
		},
	}))
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
