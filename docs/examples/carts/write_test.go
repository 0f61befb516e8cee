package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/docs/examples/carts/gen/carts"
	"github.com/partywall/partywall/docs/examples/carts/gen/stocks"
)

// busy is a cart that has four items.
var busy = id(5, 4)

// id is the _id of the nth document of a kind in seed/.
func id(kind, n int) bson.ObjectID {
	oid, err := bson.ObjectIDFromHex(fmt.Sprintf("65f0%02x%018x", kind, n))
	if err != nil {
		panic(err)
	}
	return oid
}

func testWrite(t *testing.T, s *shop) {
	t.Run("many put something in", func(t *testing.T) { testPushes(t, s) })
	t.Run("what is not declared stays", func(t *testing.T) { testUnknown(t, s) })
	t.Run("what is stored is not checked", func(t *testing.T) { testStored(t, s) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, s) })
	t.Run("computed", func(t *testing.T) { testTotal(t, s) })
	t.Run("counters", func(t *testing.T) { testCounters(t, s) })
}

// testPushes lets goroutines put items in a cart at once, every other one over HTTP.
func testPushes(t *testing.T, s *shop) {
	const writers = 16
	before := len(s.call(t, fmt.Sprintf("GET /api/carts/%s/products", busy.Hex()), "").list("products"))
	var wait sync.WaitGroup
	for n := range writers {
		put := s.putInGo
		if n%2 == 0 {
			put = s.putOverHTTP
		}
		wait.Go(func() {
			if err := put(t.Context(), int64(100+n)); err != nil {
				t.Errorf("item %d: %v", n, err)
			}
		})
	}
	wait.Wait()
	items := s.call(t, fmt.Sprintf("GET /api/carts/%s/products", busy.Hex()), "").list("products")
	ids, quantities := map[any]bool{}, map[any]bool{}
	for _, item := range items {
		ids[item["_id"]] = true
		quantities[item["quantity"]] = true
	}
	for n := range writers {
		if !quantities[float64(100+n)] {
			t.Errorf("item %d is lost", n)
		}
	}
	if len(items) != before+writers || len(ids) != len(items) {
		t.Errorf("there were %d items, and are %d with %d different _ids", before, len(items), len(ids))
	}
}

func (s *shop) putOverHTTP(ctx context.Context, quantity int64) error {
	put, err := s.send(ctx, fmt.Sprintf("POST /api/carts/%s/products", busy.Hex()), item(quantity, 5*quantity))
	if err == nil && put.status != 201 {
		err = fmt.Errorf("%d %s", put.status, put.text)
	}
	return err
}

func (s *shop) putInGo(ctx context.Context, quantity int64) error {
	sum := bson.NewDecimal128(0x3040000000000000, uint64(5*quantity))
	_, err := carts.In(s.handle).Update(ctx, busy, carts.Patch{Products: store.Push(carts.Item{
		Product: id(3, 2), Quantity: quantity, PurchasePrice: bson.NewDecimal128(0x3040000000000000, 5), TotalPrice: sum, PriceWithTax: sum,
		Status: carts.ItemStatusNotProcessed,
	})})
	return err
}

// item is one that costs 5, in JSON.
func item(quantity, sum int64) string {
	return fmt.Sprintf(`{"product":%q,"quantity":%d,"purchasePrice":"5","totalPrice":"%d.00","priceWithTax":%d}`, id(3, 2).Hex(), quantity, sum, sum)
}

// testUnknown changes an element, and then writes the whole list back: `__v`, and the items' totalTax, are
// nobody's, and stay.
func testUnknown(t *testing.T, s *shop) {
	line := "/api/carts/" + busy.Hex()
	was := s.document(t, "carts", busy)
	if got := s.call(t, "PATCH "+line+"/products/"+id(6, 7).Hex(), `{"status":"Shipped"}`); got.status != 200 || got.body["status"] != "Shipped" {
		t.Fatalf("an item: %d %s", got.status, got.text)
	}
	list := s.call(t, "GET "+line, "").list("products")
	list[1]["status"] = "Delivered"
	text, err := json.Marshal(map[string]any{"products": list})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.call(t, "PATCH "+line, string(text)); got.status != 200 {
		t.Fatalf("all items: %d %s", got.status, got.text)
	}
	is := s.document(t, "carts", busy)
	for _, path := range [][]string{{"__v"}, {"products", "totalTax"}, {"products", "_id"}} {
		before, after := values(was, path), values(is, path)
		if len(before) == 0 || !bytes.Equal(joined(before), joined(after)) {
			t.Errorf("%v was %v, is %v", path, before, after)
		}
	}
	if states := fmt.Sprint(values(is, []string{"products", "status"})[:2]); states != `["Shipped" "Delivered"]` {
		t.Errorf("the first two are %s", states)
	}
}

func joined(values []bson.RawValue) []byte {
	var all []byte
	for _, value := range values {
		all = append(append(all, byte(value.Type)), value.Value...)
	}
	return all
}

// testStored puts something in a cart that has an item whose sum is wrong, since Mongoose checked none. The
// item itself cannot be changed until its sum is right.
func testStored(t *testing.T, s *shop) {
	line := "/api/carts/" + id(5, 6).Hex() + "/products"
	first := fmt.Sprint("PATCH ", line, "/", s.call(t, "GET "+line, "").list("products")[0]["_id"])
	if got := s.call(t, "POST "+line, item(2, 10)); got.status != 201 {
		t.Errorf("another item: %d %s", got.status, got.text)
	}
	if got := s.call(t, first, `{"status":"Shipped"}`); got.status != 422 || !strings.Contains(got.text, `"check"`) {
		t.Errorf("the item: %d %s", got.status, got.text)
	}
	if got := s.call(t, first, `{"status":"Shipped","quantity":2,"purchasePrice":"0.5"}`); got.status != 200 || got.body["totalPrice"] != "1" {
		t.Errorf("the item, mended: %d %s", got.status, got.text)
	}
}

func testRefusals(t *testing.T, s *shop) {
	line := "POST /api/carts/" + busy.Hex() + "/products"
	tea := id(3, 1).Hex()
	for name, try := range map[string]struct {
		line, body string
		status     int
		word       string
	}{
		"sums that do not go together": {line, item(2, 11), 422, `"check"`},
		"a quantity without its sum":   {"PATCH /api/carts/" + busy.Hex() + "/products/" + id(6, 7).Hex(), `{"quantity":9}`, 422, `"check"`},
		"less than nothing":            {"POST /api/products", `{"sku":"N","name":"N","slug":"n","price":"-0.01"}`, 422, `/price`},
		"a slug that is taken":         {"POST /api/products", `{"sku":"N","name":"N","slug":" GREEN-TEA "}`, 409, `/slug`},
		"a picture that is taken":      {"PATCH /api/products/" + tea, `{"imageKey":"tea-pot.png"}`, 409, `/imageKey`},
		"a picture that is nowhere":    {"POST /api/products", `{"sku":"N","name":"N","slug":"n","image":"https://images.example.com/n.png"}`, 422, `/imageKey`},
		"a code that is taken":         {"POST /api/coupons", `{"_id":"SPRING","discount":"1"}`, 409, `/_id`},
		"no code":                      {"POST /api/coupons", `{"discount":"1"}`, 422, `/_id`},
		"six stars":                    {"POST /api/reviews", fmt.Sprintf(`{"product":%q,"rating":6}`, tea), 422, `/rating`},
		"one star without a reason":    {"POST /api/reviews", fmt.Sprintf(`{"product":%q,"rating":1}`, tea), 422, `/review`},
		"a second default address":     {"POST /api/addresses", `{"city":"Harbour","isDefault":true}`, 409, `/user`},
		"a second wish":                {"POST /api/wishlist", fmt.Sprintf(`{"product":%q}`, tea), 409, `duplicate`},
		"a cart that is bought":        {"POST /api/orders", fmt.Sprintf(`{"cart":%q,"total":"1"}`, busy.Hex()), 409, `/cart`},
	} {
		if got := s.call(t, try.line, try.body); got.status != try.status || !strings.Contains(got.text, try.word) {
			t.Errorf("%s: %d, want %d and %s: %s", name, got.status, try.status, try.word, got.text)
		}
	}
	for line, body := range map[string]string{
		"POST /api/coupons":   `{"_id":"HARVEST","discount":"1.25","expires":"2124-01-01T00:00:00Z"}`,
		"POST /api/addresses": `{"city":"Harbour"}`,
		"POST /api/reviews":   fmt.Sprintf(`{"product":%q,"rating":1,"review":"The lid is loose."}`, tea),
	} {
		if got := s.call(t, line, body); got.status != 201 {
			t.Errorf("%s: %d %s", line, got.status, got.text)
		}
	}
}

// testTotal makes a cart of the caller's, and reads what it comes to.
func testTotal(t *testing.T, s *shop) {
	made := s.call(t, "POST /api/carts", `{"products":[`+item(2, 10)+`,`+item(3, 15)+`]}`)
	if made.status != 201 || made.body["total"] != "25.00" || made.body["user"] != id(1, 1).Hex() || made.body["created"] == nil || made.body["updated"] == nil {
		t.Fatalf("a cart: %d %s", made.status, made.text)
	}
	line := fmt.Sprint("/api/carts/", made.body["_id"])
	first := made.list("products")[0]
	if got := s.call(t, fmt.Sprint("PATCH ", line, "/products/", first["_id"]), `{"status":"Cancelled"}`); got.status != 200 {
		t.Fatalf("an item: %d %s", got.status, got.text)
	}
	if got := s.call(t, "GET "+line+"?fields=total", ""); got.body["total"] != "15.00" {
		t.Errorf("the total is %s", got.text)
	}
	if got := s.call(t, fmt.Sprint("DELETE ", line, "/products/", first["_id"]), ""); got.status != 204 {
		t.Errorf("an item, removed: %d %s", got.status, got.text)
	}
	if got := s.call(t, "GET "+line+"?expand=user", ""); len(got.list("products")) != 1 || !strings.Contains(got.text, `"owner@example.com"`) {
		t.Errorf("the cart is %s", got.text)
	}
}

// testCounters counts up on shelves, whose numbers JavaScript stored as it liked.
func testCounters(t *testing.T, s *shop) {
	shelves := stocks.In(s.handle)
	for _, number := range []int64{1, 5, 9, 4294967296, -1} {
		before, err := shelves.Get(t.Context(), number)
		if err != nil {
			t.Fatalf("shelf %d: %v", number, err)
		}
		after, err := shelves.Update(t.Context(), number, stocks.Patch{Count: store.Inc[int64](5)})
		if err != nil || after.Count != before.Count+5 {
			t.Errorf("shelf %d: %+v, %v", number, after, err)
		}
	}
	if got := s.call(t, "POST /api/stocks", fmt.Sprintf(`{"_id":5,"product":%q}`, id(3, 1).Hex())); got.status != 409 {
		t.Errorf("a shelf that is there: %d %s", got.status, got.text)
	}
}
