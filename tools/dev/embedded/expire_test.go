package embedded

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// serveClient starts a server and returns it with a client, until the test ends.
func serveClient(t *testing.T, dir string) (*Server, *mongo.Client) {
	t.Helper()
	server, err := Start(t.Context(), Config{Listen: "127.0.0.1:0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	return server, client
}

// left are the _ids of a collection's documents.
func left(t *testing.T, c *mongo.Collection) []string {
	t.Helper()
	cursor, err := c.Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var docs []struct {
		ID string `bson:"_id"`
	}
	if err := cursor.All(t.Context(), &docs); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, doc := range docs {
		ids = append(ids, doc.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestDocumentsExpire(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) bson.DateTime { return bson.NewDateTimeFromTime(time.Now().Add(-d)) }
	docs := []any{
		bson.D{{Key: "_id", Value: "past"}, {Key: "at", Value: ago(2 * time.Hour)}},
		bson.D{{Key: "_id", Value: "recent"}, {Key: "at", Value: ago(30 * time.Minute)}},
		bson.D{{Key: "_id", Value: "future"}, {Key: "at", Value: ago(-time.Hour)}},
		bson.D{{Key: "_id", Value: "kept"}, {Key: "at", Value: ago(2 * time.Hour)}, {Key: "keep", Value: true}},
		bson.D{{Key: "_id", Value: "some past"}, {Key: "at", Value: bson.A{ago(-time.Hour), ago(2 * time.Hour)}}},
		bson.D{{Key: "_id", Value: "none"}},
		bson.D{{Key: "_id", Value: "number"}, {Key: "at", Value: int64(1)}},
		bson.D{{Key: "_id", Value: "text"}, {Key: "at", Value: "2001-01-01"}},
		bson.D{{Key: "_id", Value: "null"}, {Key: "at", Value: nil}},
	}
	never := []string{"future", "none", "null", "number", "text"}
	for name, test := range map[string]struct {
		options bson.D
		want    []string
	}{
		"after an hour": {bson.D{{Key: "expireAfterSeconds", Value: 3600}}, append([]string{"recent"}, never...)},
		"at once":       {bson.D{{Key: "expireAfterSeconds", Value: 0}}, never},
		"hidden":        {bson.D{{Key: "expireAfterSeconds", Value: 0}, {Key: "hidden", Value: true}}, never},
		"some": {
			bson.D{{Key: "expireAfterSeconds", Value: 0}, {Key: "partialFilterExpression", Value: bson.D{{Key: "keep", Value: bson.D{{Key: "$type", Value: bson.A{"bool", "decimal"}}}}}}},
			append([]string{"past", "recent", "some past"}, never...),
		},
		"never": {nil, append([]string{"kept", "past", "recent", "some past"}, never...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			server, client := serveClient(t, dir)
			c := client.Database("shop").Collection("things")
			index := append(bson.D{{Key: "name", Value: "x"}, {Key: "key", Value: bson.D{{Key: "at", Value: 1}}}}, test.options...)
			command := bson.D{{Key: "createIndexes", Value: "things"}, {Key: "indexes", Value: bson.A{index}}}
			if err := c.Database().RunCommand(t.Context(), command).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := c.InsertMany(t.Context(), docs); err != nil {
				t.Fatal(err)
			}
			_ = server.Close()
			server, client = serveClient(t, dir) // which finds the index
			server.front.expire()
			slices.Sort(test.want)
			if got := left(t, client.Database("shop").Collection("things")); !slices.Equal(got, test.want) {
				t.Errorf("left %v, want %v", got, test.want)
			}
		})
	}
}

// TestDocumentsExpireInBatches has more than go at once, and a database that is gone.
func TestDocumentsExpireInBatches(t *testing.T) {
	t.Parallel()
	server, client := serveClient(t, t.TempDir())
	command := bson.D{{Key: "createIndexes", Value: "things"}, {Key: "indexes", Value: bson.A{
		bson.D{{Key: "name", Value: "x"}, {Key: "key", Value: bson.D{{Key: "at", Value: 1}}}, {Key: "expireAfterSeconds", Value: 0}},
	}}}
	for _, name := range []string{"gone", "shop"} {
		if err := client.Database(name).RunCommand(t.Context(), command).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Database("gone").Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var docs []any
	for i := range expiryBatch + 5 {
		docs = append(docs, bson.D{{Key: "_id", Value: fmt.Sprint(i)}, {Key: "at", Value: bson.DateTime(i)}})
	}
	c := client.Database("shop").Collection("things")
	if _, err := c.InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{5, 0} {
		server.front.expire()
		if got := left(t, c); len(got) != want {
			t.Errorf("%d left, want %d", len(got), want)
		}
	}
}
