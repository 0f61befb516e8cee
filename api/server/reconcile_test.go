package server_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
)

// TestHalfMadeTenantIsFinished leaves a tenant as a process leaves it that dies
// while it makes one; the next server makes the rest.
func TestHalfMadeTenantIsFinished(t *testing.T) {
	t.Parallel()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.AdminDB = testdb.URI(t), testdb.Database(t, "admin")
	stack, err := server.OpenStack(t.Context(), cfg.Database, servertest.App, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	if err := stack.Fleet.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	half, err := stack.Catalog.Create(t.Context(), "half", tenant.DefaultCluster, tenant.Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(half.Database)
	a := servertest.Start(t, cfg.MongoURI, func(c *server.Config) { c.AdminDB = cfg.AdminDB })
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
	if got := a.Call(t, "GET /api/users", "", bearer(a.Token(t, half.ID, "super"))...); got.Status != 200 {
		t.Errorf("it is not served: %d %s", got.Status, got.Text)
	}
}

// TestHalfMadeTenantIsToldOnce: what no server can finish is no news a minute later.
func TestHalfMadeTenantIsToldOnce(t *testing.T) {
	t.Parallel()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", servertest.Key, testdb.Database(t, "admin")
	log := &servertest.Log{}
	// It does not serve, so that nobody else says anything.
	s, err := server.New(t.Context(), cfg, servertest.App, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	entries := testdb.Client(t).Database(cfg.AdminDB).Collection("tenants")
	said := ""
	for round, enter := range []string{"mars", "", "", "venus", ""} {
		if enter != "" {
			half := bson.D{{Key: "name", Value: "on-" + enter}, {Key: "cluster", Value: enter}, {Key: "state", Value: "provisioning"}}
			if _, err := entries.InsertOne(t.Context(), half); err != nil {
				t.Fatal(err)
			}
		}
		before := strings.Count(log.String(), "tenants are left half provisioned")
		said = server.FinishHalfMade(s, t.Context(), said)
		if told := strings.Count(log.String(), "tenants are left half provisioned") - before; (told == 1) != (enter != "") {
			t.Errorf("round %d: told %d times: %s", round, told, log.String())
		}
	}
	if !strings.Contains(log.String(), "tenantctl tenant delete removes them") {
		t.Error("it is not said what to do")
	}
	if _, err := entries.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	if said = server.FinishHalfMade(s, t.Context(), said); said != "" {
		t.Errorf("once they are gone: %s", said)
	}
}
