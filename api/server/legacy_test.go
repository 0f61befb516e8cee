package server_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// loadLegacy stores testdata/legacy as an Express + Mongoose deployment left it:
// DATABASE.COLLECTION.jsonl, and a unique index on users' addresses.
func loadLegacy(t *testing.T, client *mongo.Client) {
	t.Helper()
	files, err := filepath.Glob("testdata/legacy/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		database, collection, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".jsonl"), ".")
		coll := client.Database(database).Collection(collection)
		if collection == "users" {
			_, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{
				Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, doc := range readLines(t, file) {
			if _, err := coll.InsertOne(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func readLines(t *testing.T, file string) []bson.Raw {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var docs []bson.Raw
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var doc bson.Raw
		if err := bson.UnmarshalExtJSON(lines.Bytes(), true, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		docs = append(docs, doc)
	}
	return docs
}

// snapshot returns every document of every database, by name, in Extended JSON.
func snapshot(t *testing.T, client *mongo.Client, databases []string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range databases {
		cursor, err := client.Database(name).Collection("users").Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		for cursor.Next(t.Context()) {
			all[name+"/"+cursor.Current.Lookup("_id").String()] = cursor.Current.String()
		}
		if err := cursor.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

var legacyTenants = []string{"imssystems", "Northwind-Foods", "acme", "localhost", "orphans-ltd"}

// TestTakeover serves a deployment of Express + Mongoose, given nothing but where
// it is and a key.
func TestTakeover(t *testing.T) {
	t.Parallel()
	uri := testdb.Empty(t)
	client := testdb.Connect(t, uri)
	loadLegacy(t, client)
	before := snapshot(t, client, legacyTenants)
	a := servertest.Start(t, uri, func(cfg *server.Config) { cfg.AdminDB = "tenantsDb" })

	t.Run("every tenant is served", func(t *testing.T) {
		for _, name := range legacyTenants {
			token := a.Login(t, name, "ada@"+strings.ToLower(name)+".example", "correct horse battery")
			got := a.Call(t, "GET /api/users", "", bearer(token)...)
			if got.Status != 200 || got.Member("message") != "Users found successfully" {
				t.Fatalf("%s: %d %s", name, got.Status, got.Text)
			}
			stored := readLines(t, "testdata/legacy/"+name+".users.jsonl")
			if n := len(got.List("users")) + len(got.List("invalid")); n != len(stored) {
				t.Errorf("%s: %d of %d users", name, n, len(stored))
			}
		}
	})

	token := a.Login(t, "acme", "ada@acme.example", "correct horse battery")
	listed := a.Call(t, "GET /api/users", "", bearer(token)...)

	t.Run("users keep their stored names", func(t *testing.T) {
		ada := byID(listed.List("users"), "6b049d63d28cf555e0d01131")
		want := `map[_id:6b049d63d28cf555e0d01131 createdAt:2026-11-23T20:09:07.330Z email:ada@acme.example name:Ada acme role:map[name:super permission:[write read delete]]`
		if got := fmt.Sprint(ada); !strings.HasPrefix(got, want) || strings.Contains(listed.Text, "$2a$") {
			t.Errorf("ada is %s\nwant   %s…", got, want)
		}
		zoe := byID(listed.List("users"), "6b049d63d28cf555e0d01148")
		if zoe["email"] != "  Zoe.ONeil@acme.EXAMPLE " || zoe["name"] != "Zoë \"Quote\" O'Neil \u2028 <b>" {
			t.Errorf("zoe is %v", zoe)
		}
		byHand := byID(listed.List("users"), "6b049d63d28cf555e0d0114d")
		if got, want := fmt.Sprint(byHand["role"]), "map[name:basic permission:[]]"; got != want || byHand["createdAt"] != nil {
			t.Errorf("a user without role and timestamps is %v", byHand)
		}
		if extra := byID(listed.List("users"), "6b049d63d28cf555e0d01151"); extra == nil || extra["phone"] != nil {
			t.Errorf("a user with members that nobody declared is %v", extra)
		}
	})

	t.Run("what does not fit is left out and named", func(t *testing.T) {
		want := []map[string]any{
			{"_id": "6b049d63d28cf555e0d0114f", "path": "role", "problem": "must be a document, is a string"},
			{"_id": "6b049d63d28cf555e0d01153", "path": "role.name", "problem": `is "owner", which is not one of the declared values`},
		}
		if got := listed.List("invalid"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("invalid is %v\nwant       %v", got, want)
		}
		for _, e := range want {
			id := e["_id"].(string)
			if !strings.Contains(a.Log.String(), id) {
				t.Errorf("the log does not name %s", id)
			}
			got := a.Call(t, "GET /api/users/"+id, "", bearer(token)...)
			if got.Status != 409 || got.Code() != "document_invalid" {
				t.Errorf("alone: %d %s", got.Status, got.Text)
			}
		}
	})

	t.Run("reading changes nothing", func(t *testing.T) {
		after := snapshot(t, client, legacyTenants)
		for id, doc := range before {
			// The ones who logged in have their password hashed anew.
			if !strings.Contains(doc, `"ada@`) && after[id] != doc {
				t.Errorf("%s was %s\nis %s", id, doc, after[id])
			}
		}
		if len(after) != len(before) {
			t.Errorf("%d documents were there, %d are", len(before), len(after))
		}
	})

	t.Run("a login hashes the password anew", func(t *testing.T) {
		coll := client.Database("acme").Collection("users")
		raw, err := coll.FindOne(t.Context(), bson.D{{Key: "email", Value: "ada@acme.example"}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		if hash := raw.Lookup("password").StringValue(); !strings.HasPrefix(hash, "$argon2id$") {
			t.Errorf("the hash is %s", hash)
		}
		if v, ok := raw.Lookup("__v").Int32OK(); !ok || v != 0 {
			t.Errorf("__v is %v", raw.Lookup("__v"))
		}
		a.Login(t, "acme", "ada@acme.example", "correct horse battery")
	})

	t.Run("an update keeps what the schema does not know", func(t *testing.T) {
		const extra = "/api/users/6b049d63d28cf555e0d01151"
		read := a.Call(t, "GET "+extra, "", bearer(token)...)
		etag := read.Header.Get("ETag")
		if etag != `"0-1795464547372"` {
			t.Errorf("ETag is %s", etag)
		}
		got := a.Call(t, "PATCH "+extra, `{"name":"Renamed"}`, append(bearer(token), "If-Match", etag)...)
		if got.Status != 200 || got.Member("name") != "Renamed" || !strings.HasPrefix(got.Header.Get("ETag"), `"1-`) {
			t.Fatalf("%d %s %s", got.Status, got.Text, got.Header)
		}
		id, err := bson.ObjectIDFromHex("6b049d63d28cf555e0d01151")
		if err != nil {
			t.Fatal(err)
		}
		raw, err := client.Database("acme").Collection("users").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		if raw.Lookup("phone").StringValue() != "+1 555 0100" || raw.Lookup("__v").Int32() != 3 ||
			raw.Lookup("tags").String() != `["a",{"b": {"$numberInt":"1"}}]` {
			t.Errorf("stored is %s", raw)
		}
	})

	t.Run("addresses that are not folded are not found", func(t *testing.T) {
		got := a.Call(t, "GET /api/users?email=zoe.oneil@acme.example", "", bearer(token)...)
		if got.Status != 200 || len(got.List("users")) != 0 {
			t.Errorf("%d %s", got.Status, got.Text)
		}
	})

	t.Run("pages go past what does not fit", func(t *testing.T) {
		var seen []string
		path := "/api/users?limit=2&sort=email"
		for path != "" {
			page := a.Call(t, "GET "+path, "", bearer(token)...)
			if page.Status != 200 {
				t.Fatalf("%d %s", page.Status, page.Text)
			}
			for _, u := range append(page.List("users"), page.List("invalid")...) {
				seen = append(seen, u["_id"].(string))
			}
			link, _, _ := strings.Cut(strings.TrimPrefix(page.Header.Get("Link"), "<"), ">")
			path = link
		}
		slices.Sort(seen)
		if n := len(slices.Compact(seen)); n != len(readLines(t, "testdata/legacy/acme.users.jsonl")) {
			t.Errorf("pages have %d users", n)
		}
	})
}

func byID(list []map[string]any, id string) map[string]any {
	for _, item := range list {
		if item["_id"] == id {
			return item
		}
	}
	return nil
}
