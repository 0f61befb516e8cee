package command

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb"
)

const legacyData = "../../../api/server/testdata/legacy"

// legacy returns a server with a deployment of Express + Mongoose, and what it
// stored, by database and _id.
func legacy(t *testing.T) (*mongo.Client, map[string]bson.Raw) {
	t.Helper()
	uri := testdb.Empty(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	t.Setenv("MONGO_URI", uri)
	t.Setenv("ADMIN_DB", "tenantsDb")
	stored := map[string]bson.Raw{}
	files, err := filepath.Glob(legacyData + "/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		database, collection, _ := strings.Cut(strings.TrimSuffix(filepath.Base(name), ".jsonl"), ".")
		coll := client.Database(database).Collection(collection)
		if collection == "users" {
			unique := mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)}
			if _, err := coll.Indexes().CreateOne(t.Context(), unique); err != nil {
				t.Fatal(err)
			}
		}
		for _, doc := range lines(t, name) {
			if _, err := coll.InsertOne(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
			stored[database+"/"+doc.Lookup("_id").ObjectID().Hex()] = doc
		}
	}
	return client, stored
}

func lines(t *testing.T, name string) (docs []bson.Raw) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var doc bson.Raw
		if err := bson.UnmarshalExtJSON(scanner.Bytes(), true, &doc); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	return docs
}

func get(t *testing.T, client *mongo.Client, database, id string) bson.Raw {
	t.Helper()
	oid, err := bson.ObjectIDFromHex(id)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := client.Database(database).Collection("users").FindOne(t.Context(), bson.D{{Key: "_id", Value: oid}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// The users of acme that are no users as the schema has them.
const (
	ada, otherAda          = "6b049d63d28cf555e0d01131", "6b049d63d28cf555e0d0114a"
	byHand, wrong          = "6b049d63d28cf555e0d0114d", "6b049d63d28cf555e0d0114f"
	extra, unknown, spaced = "6b049d63d28cf555e0d01151", "6b049d63d28cf555e0d01153", "6b049d63d28cf555e0d01148"
)

// TestTakeover is what the README's "From Express + Mongoose" says, with the
// conflict of two addresses in between.
func TestTakeover(t *testing.T) {
	client, stored := legacy(t)
	t.Chdir(t.TempDir())
	c := &ctl{t: t, app: app, admin: client.Database("tenantsDb")}

	out := c.run(exitNo, "", words("migrate up"))
	c.says(out, "acme", ada+" and "+otherAda, "5 tenants: 0 were at version 0004, 4 were migrated, 1 failed")
	if strings.Contains(out, "localhost") {
		t.Errorf("tenants that are through are named:\n%s", out)
	}
	for _, id := range []string{ada, otherAda, spaced, byHand} {
		if got := get(t, client, "acme", id); !slices.Equal(got, stored["acme/"+id]) {
			t.Errorf("acme was changed: %s", got)
		}
	}
	c.says(c.run(exitNo, "", words("indexes check")), "acme")

	oid, _ := bson.ObjectIDFromHex(otherAda)
	second := bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: "ada.second@acme.example"}}}}
	if _, err := client.Database("acme").Collection("users").UpdateByID(t.Context(), oid, second); err != nil {
		t.Fatal(err)
	}
	c.run(exitDone, "", words("migrate resume"))
	c.run(exitDone, "", words("migrate verify"))
	c.run(exitDone, "", words("indexes check"))

	t.Run("what was to be changed", func(t *testing.T) { checkChanged(t, client) })
	t.Run("all else stayed", func(t *testing.T) {
		for key, before := range stored {
			database, id, _ := strings.Cut(key, "/")
			if database == "tenantsDb" || slices.Contains([]string{otherAda, byHand, wrong}, id) {
				continue
			}
			if email, _ := before.Lookup("email").StringValueOK(); email != strings.ToLower(strings.TrimSpace(email)) {
				continue
			}
			if got := get(t, client, database, id); !slices.Equal(got, before) {
				t.Errorf("%s is %s\nwas %s", key, got, before)
			}
		}
	})
}

func checkChanged(t *testing.T, client *mongo.Client) {
	for id, want := range map[string]string{
		spaced: `{"email": "zoe.oneil@acme.example","_rev": {"$numberLong":"1"}}`,
		byHand: `{"role": {"name": "basic","permission": []},"createdAt": {"$date":{"$numberLong":"1795464547000"}},"updatedAt": {"$date":{"$numberLong":"1795464547000"}}}`,
		wrong:  `{"role": {"name": "basic","permission": []},"createdAt": {"$date":{"$numberLong":"1614816000000"}},"updatedAt": {"$date":{"$numberLong":"1614816000000"}}}`,
		// Rights are not guessed.
		unknown: `{"role": {"name": "owner","permission": ["read","approve"]}}`,
		extra:   `{"phone": "+1 555 0100","__v": {"$numberInt":"3"}}`,
	} {
		got := get(t, client, "acme", id)
		var members bson.D
		if err := bson.UnmarshalExtJSON([]byte(want), true, &members); err != nil {
			t.Fatal(err)
		}
		for _, member := range members {
			kind, value, err := bson.MarshalValue(member.Value)
			if err != nil {
				t.Fatal(err)
			}
			if have := got.Lookup(member.Key); !have.Equal(bson.RawValue{Type: kind, Value: value}) {
				t.Errorf("%s: %s is %s, want %v", id, member.Key, have, member.Value)
			}
		}
	}
}
