package server_test

import (
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
)

// TestRestoredDatabasesAreNoticed: a database that was restored without its unique
// indexes is one in which documents may double, whatever the catalog says of it. Who
// serves it tells operators.
func TestRestoredDatabasesAreNoticed(t *testing.T) {
	t.Parallel()
	config := func(cfg *server.Config) {
		cfg.AdminAddr, cfg.AdminToken, cfg.TenantCacheTTL = "127.0.0.1:0", servertest.AdminToken, 20*time.Millisecond
	}
	first := servertest.Start(t, testdb.URI(t), config)
	one, two := first.Provision(t, "one"), first.Provision(t, "two")
	for _, of := range []*tenant.Entry{one, two} { // they have the collection from their first user on
		if got := first.Call(t, "POST /api/users", `{"name":"Ada","email":"ada@example.com","password":"a long password"}`, bearer(first.Token(t, of.ID, "super"))...); got.Status != 201 {
			t.Fatalf("%d %s", got.Status, got.Text)
		}
	}
	users := testdb.Client(t).Database(one.Database).Collection("users")
	if err := users.Indexes().DropOne(t.Context(), "email_1"); err != nil {
		t.Fatal(err)
	}
	// Another process serves them, as one does that starts after the restoration.
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { config(cfg); cfg.AdminDB = first.AdminDB })
	admin := a.Operators()
	detail := func() servertest.Response {
		for _, id := range []bson.ObjectID{one.ID, two.ID} {
			if got := a.Call(t, "GET /api/users", "", bearer(a.Token(t, id, "super"))...); got.Status != 200 {
				t.Fatalf("%d %s", got.Status, got.Text)
			}
		}
		return admin.Call(t, "GET /readyz", "", bearer(servertest.AdminToken)...)
	}
	got := detail()
	for got.Body["unguarded"] == 0.0 && t.Context().Err() == nil {
		got = detail()
	}
	found := got.List("findings")
	if got.Status != 200 || len(found) != 1 || found[0]["tenant"] != "one" || found[0]["index"] != "email_1" || found[0]["problem"] != "missing" {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	if n := strings.Count(a.Log.String(), "documents may double"); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	if got := a.Call(t, "GET /readyz", ""); strings.Contains(got.Text, "email_1") {
		t.Errorf("everybody is told: %s", got.Text)
	}
}
