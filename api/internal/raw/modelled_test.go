package raw_test

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// modelled returns a collection on a server that follows MongoDB's rules, and answers as a
// test tells it to.
func modelled(t *testing.T, c *raw.Collection) (raw.Documents, *mongo.Collection, *scripted.Server) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) })
	db := client.Database("things")
	createIndexes(t, db.Collection(c.Name), c.Indexes)
	return raw.In(handle.NewTenant(db, nil, nil, nil), c), db.Collection(c.Name), server
}

// tenantOf returns a tenant with the database that coll is in.
func tenantOf(coll *mongo.Collection) store.Tenant {
	return handle.NewTenant(coll.Database(), nil, nil, nil)
}
