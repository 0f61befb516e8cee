package rest_test

import (
	"errors"
	"testing"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// TestCrowdsWaitBehindThemselves: of a tenant that asks for more than the cluster's connections, some requests wait and
// the rest is refused; one of another tenant comes next but one, whatever waits.
func TestCrowdsWaitBehindThemselves(t *testing.T) {
	t.Parallel()
	database := scripted.Start(t)
	const connections, waiting, more = 1, 2, 5 // with one connection, commands come in the order of their turns
	a := servertest.Start(t, database.URI(), func(cfg *server.Config) {
		servertest.WithOperators(cfg)
		cfg.MaxPoolSize = connections
	})
	loud, quiet := a.Provision(t, "loud"), a.Provision(t, "quiet")
	tokens := map[string]string{"loud": a.Token(t, loud.ID, "super"), "quiet": a.Token(t, quiet.ID, "super")}
	for _, token := range tokens { // so that all is cached that requests need besides their list
		if got := a.Call(t, "GET /api/users", "", bearer(token)...); got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Text)
		}
	}
	lists := func(c scripted.Command) bool { return c.Name == "find" && c.Collection == "users" }
	database.Reset()
	held := database.On("find").Where(lists).Always().Hold()
	answers := map[string]chan servertest.Response{"loud": make(chan servertest.Response, 100), "quiet": make(chan servertest.Response, 1)}
	ask := func(name string) {
		go func() { answers[name] <- a.Call(t, "GET /api/users", "", bearer(tokens[name])...) }()
	}
	for range connections + waiting + more {
		ask("loud")
	}
	for range more {
		if got := <-answers["loud"]; got.Status != 429 || got.Code() != "tenant_busy" || got.Header.Get("Retry-After") != "1" {
			t.Errorf("%d %s", got.Status, got.Text)
		}
	}
	ask("quiet")
	waits := func(name string) (n int64) {
		for _, c := range a.Stack().Clusters.Pools()[0].Pressure.Waiting {
			if c.Name == name {
				n = c.N
			}
		}
		return n
	}
	for waits("quiet") == 0 && t.Context().Err() == nil {
	}
	if n := waits("loud"); n != waiting {
		t.Errorf("%d of the loud tenant's wait", n)
	}
	held.Release()
	for range connections + waiting {
		if got := <-answers["loud"]; got.Status != 200 {
			t.Errorf("one that waited: %d %s", got.Status, got.Text)
		}
	}
	if got := <-answers["quiet"]; got.Status != 200 {
		t.Errorf("the other tenant: %d %s", got.Status, got.Text)
	}
	var order []string
	for _, c := range database.Commands() {
		if lists(c) {
			order = append(order, c.Database)
		}
	}
	for i, db := range order {
		if db == quiet.Database && i != connections+1 {
			t.Errorf("the other tenant came as number %d of %d", i+1, len(order))
		}
	}
	values := scrape(t, a)
	if values["partywall_tenant_operations_refused_total default loud"] != more || values["partywall_tenant_operations_waiting default (others)"] != 0 {
		t.Errorf("metrics: %v", about(values, "partywall_tenant_operations"))
	}
	if len(order) != connections+waiting+1 {
		t.Errorf("%d lists were asked for", len(order))
	}
}

// TestTenantsHaveRates: what a tenant's bearers send counts, and not what anybody sends who only names the tenant; a
// change is heeded at once here.
func TestTenantsHaveRates(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	limited, free := a.Provision(t, "limited"), a.Provision(t, "free")
	share := tenants.SharePatch{PerSecond: store.Set(0.01), Burst: store.Set[int64](2)}
	if err := a.Stack().Catalog.SetShare(t.Context(), limited, share); err != nil {
		t.Fatal(err)
	}
	token, other := a.Token(t, limited.ID, "super"), a.Token(t, free.ID, "super")
	login := func() servertest.Response {
		return a.Call(t, "POST /api/login?tenant=limited", `{"email":"ada@example.com","password":"whatever it is"}`)
	}
	for i, want := range []int{200, 200, 429, 429} {
		got := a.Call(t, "GET /api/users", "", bearer(token)...)
		if got.Status != want || want == 429 && (got.Code() != "tenant_rate" || got.Header.Get("Retry-After") == "") {
			t.Errorf("request %d: %d %s", i+1, got.Status, got.Text)
		}
		if got := login(); got.Status != 401 {
			t.Errorf("a login with a wrong password: %d %s", got.Status, got.Text)
		}
	}
	for range 5 {
		if got := a.Call(t, "GET /api/users", "", bearer(other)...); got.Status != 200 {
			t.Errorf("the other tenant: %d %s", got.Status, got.Text)
		}
	}
	if err := a.Stack().Catalog.SetShare(t.Context(), limited, tenants.SharePatch{PerSecond: store.Unset[float64]()}); err != nil {
		t.Fatal(err)
	}
	if got := a.Call(t, "GET /api/users", "", bearer(token)...); got.Status != 200 {
		t.Errorf("without a limit: %d %s", got.Status, got.Text)
	}
	for _, wrong := range []tenants.SharePatch{{Weight: store.Set[int64](0)}, {Weight: store.Set[int64](101)}, {PerSecond: store.Set(-1.0)}, {Burst: store.Set[int64](0)}} {
		if err := a.Stack().Catalog.SetShare(t.Context(), limited, wrong); !errors.As(err, new(*store.InvalidError)) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
