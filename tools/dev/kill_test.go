package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// declare creates indexes that the engine does not hold, all in one command.
func declare(ctx context.Context, c *mongo.Collection) error {
	active := bson.D{{Key: "active", Value: true}}
	return c.Database().RunCommand(ctx, bson.D{{Key: "createIndexes", Value: c.Name()}, {Key: "indexes", Value: bson.A{
		bson.D{{Key: "name", Value: "email"}, {Key: "key", Value: bson.D{{Key: "email", Value: 1}}}, {Key: "unique", Value: true}, {Key: "partialFilterExpression", Value: active}},
		bson.D{{Key: "name", Value: "at"}, {Key: "key", Value: bson.D{{Key: "at", Value: 1}}}, {Key: "expireAfterSeconds", Value: 60}},
		bson.D{{Key: "name", Value: "bio"}, {Key: "key", Value: bson.D{{Key: "bio", Value: "text"}}}},
	}}}).Err()
}

var declaredNames = []string{"_id_", "email", "at", "bio"}

// indexNames are those of a collection, none if there is no such collection.
func indexNames(t *testing.T, c *mongo.Collection) (names []string) {
	t.Helper()
	specs, err := c.Indexes().ListSpecifications(t.Context())
	if err != nil && !strings.Contains(err.Error(), "ns does not exist") {
		t.Fatal(err)
	}
	for _, spec := range specs {
		names = append(names, spec.Name)
	}
	return names
}

// TestMongodKilledWhileCreatingIndexes kills the server while it executes the command after those it has acknowledged.
func TestMongodKilledWhileCreatingIndexes(t *testing.T) {
	dir := t.TempDir()
	const collections = 6
	for round := range 8 {
		c := mongodChild(t, "-dir", dir)
		db := connect(t, c.uri).Database(fmt.Sprint("shop", round%2))
		for i := range collections {
			coll := db.Collection(fmt.Sprint("c", i))
			if names := indexNames(t, coll); len(names) > 1 && !slices.Equal(names, declaredNames) {
				t.Fatalf("round %d: %s has the indexes %v", round, coll.Name(), names)
			}
			if err := coll.Drop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		acknowledged := -1
		var killed sync.WaitGroup
		for i := range collections {
			if i == round%collections+1 {
				killed.Go(func() { _ = c.Process.Kill() })
			}
			if declare(t.Context(), db.Collection(fmt.Sprint("c", i))) != nil {
				break
			}
			acknowledged = i
		}
		killed.Wait()
		_ = c.Process.Kill()
		_ = c.Wait()

		c = mongodChild(t, "-dir", dir)
		db = connect(t, c.uri).Database(fmt.Sprint("shop", round%2))
		for i := range acknowledged + 1 {
			coll := db.Collection(fmt.Sprint("c", i))
			if names := indexNames(t, coll); !slices.Equal(names, declaredNames) {
				t.Fatalf("round %d: %s has the indexes %v, and was told that it has them all", round, coll.Name(), names)
			}
			one := bson.D{{Key: "email", Value: "a@x"}, {Key: "active", Value: true}}
			if _, err := coll.InsertMany(t.Context(), []any{one, one}); !mongo.IsDuplicateKeyError(err) {
				t.Fatalf("round %d: %s took a key twice: %v", round, coll.Name(), err)
			}
		}
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}

// TestMongodKilledWhileWriting kills the server while many write the same keys.
func TestMongodKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		c := mongodChild(t, "-dir", dir)
		coll := connect(t, c.uri).Database("shop").Collection("users")
		if err := declare(t.Context(), coll); err != nil {
			t.Fatal(err)
		}
		expectNoRepeats(t, coll)
		written := make(chan struct{}, 1000)
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() { writeUntilItEnds(t.Context(), coll, written) })
		}
		for range 20 * (round + 1) {
			<-written
		}
		_ = c.Process.Kill()
		writers.Wait()
		_ = c.Wait()
	}
	expectNoRepeats(t, connect(t, mongodChild(t, "-dir", dir).uri).Database("shop").Collection("users"))
}

// writeUntilItEnds writes a few keys over and over, as new documents and into those that are there.
func writeUntilItEnds(ctx context.Context, coll *mongo.Collection, written chan<- struct{}) {
	for i := 0; ; i++ {
		email := bson.E{Key: "email", Value: fmt.Sprint(i % 7)}
		_, err := coll.InsertOne(ctx, bson.D{email, {Key: "active", Value: i%2 == 0}})
		if err == nil {
			_, err = coll.UpdateOne(ctx, bson.D{email, {Key: "active", Value: false}}, bson.D{{Key: "$set", Value: bson.D{{Key: "active", Value: true}}}})
		}
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return
		}
		select {
		case written <- struct{}{}:
		default:
		}
	}
}

func expectNoRepeats(t *testing.T, coll *mongo.Collection) {
	t.Helper()
	var emails []string
	if err := coll.Distinct(t.Context(), "email", bson.D{{Key: "active", Value: true}}).Decode(&emails); err != nil {
		t.Fatal(err)
	}
	n, err := coll.CountDocuments(t.Context(), bson.D{{Key: "active", Value: true}})
	if err != nil || n != int64(len(emails)) {
		t.Errorf("%d documents have %d keys; %v", n, len(emails), err)
	}
}
