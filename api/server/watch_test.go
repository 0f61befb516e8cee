package server_test

import (
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/testdb"
)

// TestRestoredDatabasesAreNoticed: a database that was restored without its unique
// indexes is one in which documents may double, whatever the catalog says of it. Who
// serves it tells operators.
func TestRestoredDatabasesAreNoticed(t *testing.T) {
	t.Parallel()
	config := func(cfg *server.Config) {
		cfg.AdminAddr, cfg.AdminToken, cfg.TenantCacheTTL = "127.0.0.1:0", adminToken, 20*time.Millisecond
	}
	first := start(t, testdb.URI(t), config)
	one, two := first.provision(t, "one"), first.provision(t, "two")
	users := testdb.Client(t).Database(one.Database).Collection("users")
	if err := users.Indexes().DropOne(t.Context(), "email_1"); err != nil {
		t.Fatal(err)
	}
	// Another process serves them, as one does that starts after the restoration.
	a := start(t, testdb.URI(t), func(cfg *server.Config) { config(cfg); cfg.AdminDB = first.adminDB })
	admin := &api{base: "http://" + a.AdminAddr().String()}
	detail := func() printRequested {
		for _, id := range []bson.ObjectID{one.ID, two.ID} {
			if got := a.call(t, "GET /api/users", "", bearer(a.token(t, id, "super"))...); got.status != 200 {
				t.Fatalf("%d %s", got.status, got.text)
			}
		}
		return admin.call(t, "GET /readyz", "", bearer(adminToken)...)
	}
	got := detail()
	for got.body["unguarded"] == 0.0 && t.Context().Err() == nil {
		got = detail()
	}
	found := got.list("findings")
	if got.status != 200 || len(found) != 1 || found[0]["tenant"] != "one" || found[0]["index"] != "email_1" || found[0]["problem"] != "missing" {
		t.Errorf("%d %s", got.status, got.text)
	}
	if n := strings.Count(a.log.String(), "documents may double"); n != 1 {
		t.Errorf("it is told %d times", n)
	}
	if got := a.call(t, "GET /readyz", ""); strings.Contains(got.text, "email_1") {
		t.Errorf("everybody is told: %s", got.text)
	}
}
