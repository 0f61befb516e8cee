package scripted_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

func TestMain(m *testing.M) {
	code := testdb.Run(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// kinds are servers of every kind and version.
var kinds = map[string][]scripted.Option{
	"replica set 8": {scripted.ReplicaSet(), scripted.Version(8)},
	"replica set 7": {scripted.ReplicaSet(), scripted.Version(7)},
	"mongos 8":      {scripted.Mongos(), scripted.Version(8)},
	"standalone 7":  {scripted.Standalone(), scripted.Version(7)},
}

func connect(t *testing.T, s *scripted.Server) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(s.URI()).SetServerSelectionTimeout(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	return client
}

func things(t *testing.T, s *scripted.Server) *mongo.Collection {
	t.Helper()
	return connect(t, s).Database("shop").Collection("things")
}

func TestDriverStoresAndFinds(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			coll := things(t, scripted.Start(t, kind...))
			var docs []any
			for i := range 250 {
				docs = append(docs, bson.D{{Key: "n", Value: i}, {Key: "_id", Value: fmt.Sprint(i)}})
			}
			if _, err := coll.InsertMany(t.Context(), docs); err != nil {
				t.Fatal(err)
			}
			cursor, err := coll.Find(t.Context(), bson.D{{Key: "n", Value: bson.D{{Key: "$gte", Value: 10}}}}, options.Find().SetSort(bson.D{{Key: "n", Value: -1}}).SetBatchSize(50))
			if err != nil {
				t.Fatal(err)
			}
			want := int32(249)
			for cursor.Next(t.Context()) {
				if got := cursor.Current.Lookup("n").Int32(); got != want {
					t.Fatalf("got %d instead of %d", got, want)
				}
				want--
			}
			if err := cursor.Err(); err != nil || want != 9 {
				t.Errorf("ended before %d: %v", want, err)
			}
			var write mongo.WriteException
			if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: "7"}}); !errors.As(err, &write) || !mongo.IsDuplicateKeyError(err) {
				t.Errorf("got %v", err)
			} else if raw := write.WriteErrors[0].Raw.String(); raw != `{"index": {"$numberInt":"0"},"code": {"$numberInt":"11000"},"keyPattern": {"_id": {"$numberInt":"1"}},"keyValue": {"_id": "7"},"errmsg": "E11000 duplicate key error collection: shop.things index: _id_ dup key: { _id: \"7\" }"}` {
				t.Error(raw)
			}
		})
	}
}
