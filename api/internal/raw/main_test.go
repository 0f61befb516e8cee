package raw_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// newTenant returns a tenant with a database of its own, and the database, to look
// behind the repositories.
func newTenant(t *testing.T) (store.Tenant, *mongo.Database) {
	t.Helper()
	db := testdb.Client(t).Database(testdb.Database(t, "store"))
	return handle.NewTenant(db, nil, nil, nil), db
}

// commands are the names of those that a client sent.
type commands struct {
	mu    sync.Mutex
	names []string
}

// take returns the commands since it was last called.
func (c *commands) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := c.names
	c.names = nil
	return names
}

// newWatchedTenant does what newTenant does, with a client whose commands are recorded.
func newWatchedTenant(t *testing.T) (store.Tenant, *mongo.Database, *commands) {
	t.Helper()
	var seen commands
	client, err := mongo.Connect(options.Client().ApplyURI(testdb.URI(t)).SetMonitor(&event.CommandMonitor{
		Started: func(_ context.Context, e *event.CommandStartedEvent) {
			seen.mu.Lock()
			defer seen.mu.Unlock()
			seen.names = append(seen.names, e.CommandName)
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	db := client.Database(testdb.Database(t, "store"))
	return handle.NewTenant(db, nil, nil, nil), db, &seen
}

// insert stores documents as somebody else would, and returns them with an _id.
func insert(t *testing.T, coll *mongo.Collection, docs ...bson.D) {
	t.Helper()
	for _, doc := range docs {
		if _, err := coll.InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
}

// stored returns the document with the given _id as it is stored.
func stored(t *testing.T, coll *mongo.Collection, id any) bson.M {
	t.Helper()
	var doc bson.M
	if err := coll.FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
