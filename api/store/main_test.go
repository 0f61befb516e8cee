package store_test

import (
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// newTenant is a tenant with a database of its own, and the database, to look
// behind the repositories.
func newTenant(t *testing.T) (store.Tenant, *mongo.Database) {
	t.Helper()
	db := testdb.Client(t).Database(testdb.Database(t, "store"))
	return handle.NewTenant(db), db
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

// stored is the document with the given _id as it is stored.
func stored(t *testing.T, coll *mongo.Collection, id any) bson.M {
	t.Helper()
	var doc bson.M
	if err := coll.FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}
