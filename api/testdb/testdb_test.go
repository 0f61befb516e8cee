package testdb_test

import (
	"os"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

func TestServerStores(t *testing.T) {
	name := testdb.Database(t, "_x")
	coll := testdb.Client(t).Database(name).Collection("things")
	if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if other := testdb.Database(t, "_x"); other == name || !strings.HasSuffix(other, "_x") {
		t.Errorf("names %s and %s", name, other)
	}
}

func TestOwnServerKeepsItsDataAndAddress(t *testing.T) {
	s := testdb.Own(t)
	uri := s.URI()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(t.Context()) }()
	coll := client.Database("kept").Collection("things")
	if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	s.Restart()
	if s.URI() != uri {
		t.Errorf("was at %s, is at %s", uri, s.URI())
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
