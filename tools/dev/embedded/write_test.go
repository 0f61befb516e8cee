package embedded_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const clients = 16

func id(n int) bson.D { return bson.D{{Key: "_id", Value: n}} }

func set(field string, value any) bson.D {
	return bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: value}}}}
}

func inc(field string) bson.D {
	return bson.D{{Key: "$inc", Value: bson.D{{Key: field, Value: 1}}}}
}

// together runs do at once in as many goroutines as there are clients.
func together(do func(client int)) {
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func TestUpdatesAreAtomic(t *testing.T) {
	const each = 25
	c := collection(t, id(1))
	update := func() error { _, err := c.UpdateOne(t.Context(), id(1), inc("n")); return err }
	modify := func() error { return c.FindOneAndUpdate(t.Context(), id(1), inc("n")).Err() }
	together(func(client int) {
		do := update
		if client%2 == 1 {
			do = modify
		}
		for range each {
			if err := do(); err != nil {
				t.Error(err)
			}
		}
	})
	if n := count(t, c, bson.D{{Key: "n", Value: clients * each}}); n != 1 {
		document, _ := c.FindOne(t.Context(), id(1)).Raw()
		t.Errorf("the counter is not %d: %v", clients*each, document)
	}
}

func TestVersionGuardHasOneWinner(t *testing.T) {
	c := collection(t, bson.D{{Key: "_id", Value: 1}, {Key: "version", Value: 0}})
	for version := range 10 {
		var winners atomic.Int64
		guard := append(id(1), bson.E{Key: "version", Value: version})
		together(func(int) {
			result, err := c.UpdateOne(t.Context(), guard, inc("version"))
			if err != nil {
				t.Error(err)
				return
			}
			winners.Add(result.ModifiedCount)
		})
		if n := winners.Load(); n != 1 {
			t.Fatalf("version %d: %d winners of %d, want 1", version, n, clients)
		}
	}
}

func TestDeleteHasOneWinner(t *testing.T) {
	c := collection(t, id(1))
	var winners atomic.Int64
	together(func(int) {
		result, err := c.DeleteOne(t.Context(), id(1))
		if err != nil {
			t.Error(err)
			return
		}
		winners.Add(result.DeletedCount)
	})
	if n := winners.Load(); n != 1 {
		t.Errorf("%d winners of %d, want 1", n, clients)
	}
}

// emails returns a collection with a unique index and the documents 1 (a@x), 2 (b@x) and 3 (c@x).
func emails(t *testing.T) *mongo.Collection {
	t.Helper()
	c := collection(t)
	index := mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := c.Indexes().CreateOne(t.Context(), index); err != nil {
		t.Fatal(err)
	}
	for i, email := range []string{"a@x", "b@x", "c@x"} {
		if _, err := c.InsertOne(t.Context(), append(id(i+1), bson.E{Key: "email", Value: email})); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestUniqueViolationIsADuplicateKeyError(t *testing.T) {
	c := emails(t)
	upsert := options.UpdateOne().SetUpsert(true)
	replacement := append(id(1), bson.E{Key: "email", Value: "b@x"})
	tests := map[string]func() error{
		"update":  func() error { _, err := c.UpdateOne(t.Context(), id(1), set("email", "b@x")); return err },
		"multi":   func() error { _, err := c.UpdateMany(t.Context(), id(1), set("email", "b@x")); return err },
		"replace": func() error { _, err := c.ReplaceOne(t.Context(), id(1), replacement); return err },
		"upsert":  func() error { _, err := c.UpdateOne(t.Context(), id(9), set("email", "b@x"), upsert); return err },
		"modify":  func() error { return c.FindOneAndUpdate(t.Context(), id(1), set("email", "b@x")).Err() },
		"insert":  func() error { _, err := c.InsertOne(t.Context(), append(id(9), replacement[1])); return err },
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			if err := write(); !mongo.IsDuplicateKeyError(err) {
				t.Errorf("got %v, want a duplicate key error", err)
			}
		})
	}
	if n := count(t, c, bson.D{{Key: "email", Value: "a@x"}}); n != 1 {
		t.Error("a refused update changed its document")
	}
}

func TestUniqueViolationNamesTheIndex(t *testing.T) {
	c := emails(t)
	_, update := c.UpdateOne(t.Context(), id(1), set("email", "b@x"))
	modify := c.FindOneAndUpdate(t.Context(), id(1), set("email", "b@x")).Err()
	for _, err := range []error{update, modify} {
		if want := "E11000 duplicate key error collection: shop.orders index: email_1 dup key"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestBulkUpdateReportsEachStatement(t *testing.T) {
	c := emails(t)
	writes := []mongo.WriteModel{
		mongo.NewUpdateOneModel().SetFilter(id(3)).SetUpdate(set("seen", true)),
		mongo.NewUpdateOneModel().SetFilter(id(1)).SetUpdate(set("email", "b@x")),
		mongo.NewUpdateOneModel().SetFilter(id(4)).SetUpdate(set("email", "d@x")).SetUpsert(true),
	}
	for _, ordered := range []bool{true, false} {
		result, err := c.BulkWrite(t.Context(), writes, options.BulkWrite().SetOrdered(ordered))
		refused, ok := errors.AsType[mongo.BulkWriteException](err)
		if !ok || len(refused.WriteErrors) != 1 {
			t.Fatalf("ordered %t: got %v, want one write error", ordered, err)
		}
		if e := refused.WriteErrors[0]; e.Index != 1 || e.Code != 11000 {
			t.Errorf("ordered %t: statement %d was refused with code %d, want 1 with 11000", ordered, e.Index, e.Code)
		}
		if _, upserted := result.UpsertedIDs[2]; result.MatchedCount != 1 || upserted == ordered {
			t.Errorf("ordered %t: %+v", ordered, result)
		}
	}
}

func TestUnacknowledgedWriteHasNoReply(t *testing.T) {
	one := options.Client().SetMaxPoolSize(1) // so that the next command is on the same connection
	server := start(t, t.TempDir())
	db := connect(t, server, one).Database("shop")
	quiet := db.Collection("orders", options.Collection().SetWriteConcern(writeconcern.Unacknowledged()))
	if _, err := quiet.InsertOne(t.Context(), id(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := quiet.UpdateOne(t.Context(), id(1), set("seen", true)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db.Collection("orders"), bson.D{{Key: "seen", Value: true}}); n != 1 {
		t.Errorf("%d documents, want 1", n)
	}
}
