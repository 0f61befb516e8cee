package steps_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/steps"
)

// dated returns documents whose _ids count from 0, with the texts as their dates.
func dated(texts ...string) []bson.D {
	docs := make([]bson.D, len(texts))
	for i, text := range texts {
		docs[i] = bson.D{{Key: "_id", Value: int32(i)}, {Key: "from", Value: text}}
	}
	return docs
}

const day = "2021-03-04"

// TestUnfitFails: what cannot be converted fails the step, which converts all else, and is
// resumed where it is found again.
func TestUnfitFails(t *testing.T) {
	t.Parallel()
	db := database(t, dated(day, day, "soon", day, "later", day)...)
	w := given(t, steps.ToDate(), `"collection": "users", "path": "from"`)
	var saves []bson.Raw
	save := func(_ context.Context, at bson.Raw) error {
		saves = append(saves, slices.Clone(at))
		return nil
	}
	const said = `users: 2 documents are left as they are: document {"$numberInt":"2"}: from is text that none of the layouts reads; ` +
		`document {"$numberInt":"4"}: from is text that none of the layouts reads; mend them, or write "onUnfit": "leave"`
	left, err := w.Run(t.Context(), db, 1, nil, save)
	if err == nil || err.Error() != said || left.Documents != 0 {
		t.Errorf("%v, %v", left, err)
	}
	if len(saves) != 2 || saves[1].Lookup("_id").Int32() != 1 {
		t.Fatalf("saved are %v", saves)
	}
	if n := dates(t, db); n != 4 {
		t.Errorf("%d dates", n)
	}
	if _, err := w.Run(t.Context(), db, 1, saves[1], save); err == nil || err.Error() != said || len(saves) != 2 {
		t.Errorf("resumed: %v, %v", err, saves)
	}
	if _, err := db.Collection("users").UpdateMany(t.Context(), bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{2, 4}}}}}, bson.D{{Key: "$set", Value: bson.D{{Key: "from", Value: day}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run(t.Context(), db, 1, saves[1], save); err != nil || dates(t, db) != 6 {
		t.Errorf("mended: %v", err)
	}
}

func dates(t *testing.T, db *mongo.Database) int64 {
	t.Helper()
	n, err := db.Collection("users").CountDocuments(t.Context(), bson.D{{Key: "from", Value: bson.D{{Key: "$type", Value: "date"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestUnfitIsLeft counts what is left once, wherever the step is interrupted.
func TestUnfitIsLeft(t *testing.T) {
	t.Parallel()
	for stop := -1; stop < 3; stop++ {
		db := database(t, dated("soon", day, "later", day, day, "never")...)
		w := given(t, steps.ToDate(), `"collection": "users", "path": "from", "onUnfit": "leave"`)
		left, err := carryOut(t, w, db, 2, stop)
		if err != nil || left.Documents != 3 || len(left.Named) != 3 || dates(t, db) != 3 {
			t.Errorf("stopped at %d: %v, %v", stop, left, err)
		}
	}
}

// TestManyUnfitAreCounted names ten.
func TestManyUnfitAreCounted(t *testing.T) {
	t.Parallel()
	_, err := carryOut(t, given(t, steps.ToDate(), `"collection": "users", "path": "from"`), database(t, dated(make([]string, 12)...)...), 5, -1)
	if err == nil || strings.Count(err.Error(), ": from is text") != 10 || !strings.Contains(err.Error(), "users: 12 documents are left as they are") || !strings.Contains(err.Error(), "; …; mend them") {
		t.Errorf("%v", err)
	}
}

// TestListsThatOthersChange: elements are not told apart by their positions, so that a list is
// changed as it was read, or read again.
func TestListsThatOthersChange(t *testing.T) {
	t.Parallel()
	items := func(values ...any) bson.A {
		var list bson.A
		for _, v := range values {
			list = append(list, bson.D{{Key: "n", Value: v}})
		}
		return list
	}
	db := database(t, bson.D{{Key: "_id", Value: "a"}, {Key: "items", Value: items("1", "2", "three")}})
	w := given(t, steps.ToNumber(), `"collection": "users", "path": "items.n", "onUnfit": "leave"`)
	change, once := w.Change, false
	w.Change = func(doc bson.Raw) (steps.Edit, error) {
		edit, err := change(doc)
		if !once {
			once = true
			set := bson.D{{Key: "$set", Value: bson.D{{Key: "items", Value: items("0", "1", "2", "three")}}}}
			if _, err := db.Collection("users").UpdateByID(t.Context(), "a", set); err != nil {
				t.Fatal(err)
			}
		}
		return edit, err
	}
	left, err := carryOut(t, w, db, 10, -1)
	if err != nil || left.Documents != 1 || left.Named[0].Path != "items.3.n" {
		t.Errorf("%v, %v", left, err)
	}
	var doc bson.M
	if err := db.Collection("users").FindOne(t.Context(), bson.D{}).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(doc["items"]), fmt.Sprint(items(int64(0), int64(1), int64(2), "three")); got != want || doc["_rev"] != int64(1) {
		t.Errorf("%v", doc)
	}
}
