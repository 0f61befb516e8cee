package server_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
)

// TestHalfMadeTenantIsFinished leaves a tenant as a process leaves it that dies
// while it makes one; the next server makes the rest.
func TestHalfMadeTenantIsFinished(t *testing.T) {
	cfg := server.Defaults()
	cfg.MongoURI, cfg.AdminDB = testdb.URI(t), testdb.Database(t, "admin")
	stack, err := server.OpenStack(t.Context(), cfg.Database, app, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	if err := stack.Fleet.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	half, err := stack.Catalog.Begin(t.Context(), "half", tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	testdb.Forget(half.Database)
	a := start(t, cfg.MongoURI, func(c *server.Config) { c.AdminDB = cfg.AdminDB })
	for {
		one, err := stack.Catalog.Find(t.Context(), "half")
		if err != nil {
			t.Fatal(err)
		}
		if one.State == tenants.StateActive {
			break
		}
		if t.Context().Err() != nil {
			t.Fatalf("it stays %s", one.State)
		}
	}
	if got := a.call(t, "GET /api/users", "", bearer(a.token(t, half.ID, "super"))...); got.status != 200 {
		t.Errorf("it is not served: %d %s", got.status, got.text)
	}
}
