package embedded_test

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestSortsThroughArrays has arrays in the middle of the path that is sorted by.
func TestSortsThroughArrays(t *testing.T) {
	role := func(names ...any) bson.A {
		roles := bson.A{}
		for _, name := range names {
			roles = append(roles, bson.D{{Key: "name", Value: name}})
		}
		return roles
	}
	one := func(name any) any { return bson.D{{Key: "name", Value: name}, {Key: "rank", Value: 3}} }
	var docs []any
	for i, r := range []any{
		role("b", "f"), one("c"), role("a", "z"), one("b"), role(), role(1, "x"), one(nil), bson.A{"x", bson.D{{Key: "name", Value: "d"}}}, role(bson.A{}, "e"), one(bson.A{"c", "g"}),
	} {
		docs = append(docs, bson.D{{Key: "_id", Value: i}, {Key: "role", Value: r}})
	}
	c := collection(t, docs...)
	for name, test := range map[string]struct {
		sort bson.D
		opts *options.FindOptionsBuilder
		want string
	}{
		"ascending":        {bson.D{{Key: "role.name", Value: 1}, {Key: "_id", Value: 1}}, options.Find(), "[8 4 6 7 5 2 0 3 1 9]"},
		"descending":       {bson.D{{Key: "role.name", Value: -1}, {Key: "_id", Value: -1}}, options.Find(), "[2 5 9 0 8 7 1 3 6 4]"},
		"the first ones":   {bson.D{{Key: "role.name", Value: 1}, {Key: "_id", Value: 1}}, options.Find().SetLimit(3), "[8 4 6]"},
		"without some":     {bson.D{{Key: "role.name", Value: 1}, {Key: "_id", Value: 1}}, options.Find().SetSkip(8).SetLimit(5), "[1 9]"},
		"a part of each":   {bson.D{{Key: "role.name", Value: 1}, {Key: "_id", Value: 1}}, options.Find().SetLimit(3).SetProjection(bson.D{{Key: "other", Value: 1}}), "[8 4 6]"},
		"in small batches": {bson.D{{Key: "role.name", Value: 1}, {Key: "_id", Value: 1}}, options.Find().SetBatchSize(2), "[8 4 6 7 5 2 0 3 1 9]"},
		"by two paths":     {bson.D{{Key: "role.rank", Value: 1}, {Key: "role.name", Value: -1}}, options.Find().SetLimit(4), "[2 5 0 8]"},
	} {
		cursor, err := c.Find(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: 0}}}}, test.opts.SetSort(test.sort))
		if err != nil {
			t.Fatal(err)
		}
		var found []struct {
			ID int `bson:"_id"`
		}
		if err := cursor.All(t.Context(), &found); err != nil {
			t.Fatal(err)
		}
		ids := []int{}
		for _, doc := range found {
			ids = append(ids, doc.ID)
		}
		if got := fmt.Sprint(ids); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	if _, err := c.Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "role.name", Value: 2}})); err == nil {
		t.Error("a sort of direction 2 is done")
	}
}
