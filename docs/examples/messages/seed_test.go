package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/testdb"
)

// database is the tenant's, as Mongoose sees it.
func (c *chat) database(t *testing.T) *mongo.Database { return testdb.Client(t).Database(c.tenant) }

// load stores the seed as Mongoose left it, and the tenant's entry in the catalog of an
// older program, which is nothing but a name.
func (c *chat) load(t *testing.T) {
	t.Helper()
	db := c.database(t)
	for _, command := range indexes(t) {
		if err := db.RunCommand(t.Context(), command).Err(); err != nil {
			t.Fatalf("%s: %v", command, err)
		}
	}
	for collection, docs := range seed(t) {
		if _, err := db.Collection(collection).InsertMany(t.Context(), docs); err != nil {
			t.Fatalf("%s: %v", collection, err)
		}
	}
	entry := bson.D{{Key: "name", Value: c.tenant}}
	if _, err := testdb.Client(t).Database(c.admin).Collection("tenants").InsertOne(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
}

// indexes returns the commands that make Mongoose's indexes.
func indexes(t *testing.T) []bson.Raw {
	t.Helper()
	var file struct{ Commands []bson.Raw }
	text := append(append([]byte(`{"commands":`), read(t, "seed/indexes.json")...), '}')
	if err := bson.UnmarshalExtJSON(text, false, &file); err != nil {
		t.Fatal(err)
	}
	return file.Commands
}

// seed returns the documents of each collection, by its name in the database.
func seed(t *testing.T) map[string][]bson.Raw {
	t.Helper()
	files, err := filepath.Glob("seed/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := map[string][]bson.Raw{}
	for _, file := range files {
		collection := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		for line := range bytes.Lines(read(t, file)) {
			var doc bson.Raw
			if err := bson.UnmarshalExtJSON(line, false, &doc); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all[collection] = append(all[collection], doc)
		}
	}
	return all
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
