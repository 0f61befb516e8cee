package embedded

import (
	"net/url"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestIndexesOfTheEngineAreMoved has indexes that the engine was told to make, as by an earlier version, and documents
// that repeat a key which the engine does not compare.
func TestIndexesOfTheEngineAreMoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, _ := serveClient(t, dir)
	engine, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + url.PathEscape(server.engine.socket)))
	if err != nil {
		t.Fatal(err)
	}
	orders := engine.Database("shop").Collection("orders")
	for _, model := range []mongo.IndexModel{
		{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)},
		{Keys: bson.D{{Key: "role.name", Value: 1}, {Key: "at", Value: -1}}},
	} {
		if _, err := orders.Indexes().CreateOne(t.Context(), model); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := orders.InsertMany(t.Context(), []any{bson.D{{Key: "n", Value: 1}}, bson.D{{Key: "n", Value: 2}}}); err != nil {
		t.Fatal(err)
	}
	if err := engine.Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		use(t, dir, func(orders *mongo.Collection) {
			if got, want := indexNames(t, orders), []string{"_id_", "email_1", "role.name_1_at_-1"}; !slices.Equal(got, want) {
				t.Errorf("indexes %v, want %v", got, want)
			}
			if n, err := orders.CountDocuments(t.Context(), bson.D{}); n != 2 || err != nil {
				t.Errorf("%d documents, want 2; %v", n, err)
			}
			for _, doc := range []bson.D{{{Key: "n", Value: 3}}, {{Key: "email", Value: nil}}} {
				if _, err := orders.InsertOne(t.Context(), doc); !mongo.IsDuplicateKeyError(err) {
					t.Errorf("%v: %v, want a duplicate key error", doc, err)
				}
			}
		})
	}
	use(t, dir, func(orders *mongo.Collection) {
		if err := orders.Indexes().DropAll(t.Context()); err != nil {
			t.Error(err)
		}
	})
	use(t, dir, func(orders *mongo.Collection) {
		if got := indexNames(t, orders); len(got) != 1 {
			t.Errorf("indexes %v after they were dropped", got)
		}
	})
}
