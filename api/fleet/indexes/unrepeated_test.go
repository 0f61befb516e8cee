package indexes

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// A collection is not read for repeats that an existing index rules out.
func TestUnrepeated(t *testing.T) {
	declared := &meta.Index{Name: "a_1_b_1", Keys: []meta.Key{{Path: "a"}, {Path: "b"}}, Unique: true}
	on := func(paths ...string) (keys bson.D) {
		for _, path := range paths {
			keys = append(keys, bson.E{Key: path, Value: int32(-1)})
		}
		return keys
	}
	partial, err := bson.Marshal(bson.D{{Key: "a", Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	en := encoded(t, meta.Collation{Locale: "en", Strength: 2}.Document())
	collated := *declared
	collated.Collation = meta.Collation{Locale: "en", Strength: 2}
	for name, have := range map[string]listed{"none": {Key: on("a"), Unique: true}, "its own": {Key: on("a"), Unique: true, Collation: en}} {
		if got := unrepeated(&collated, []stored{have.stored()}); got != (name == "its own") {
			t.Errorf("under a collation, by an index with %s: %t", name, got)
		}
	}
	for name, c := range map[string]struct {
		have listed
		want bool
	}{
		"by a collation":    {listed{Key: on("a"), Unique: true, Collation: en}, true},
		"the same keys":     {listed{Key: on("a", "b"), Unique: true}, true},
		"in another order":  {listed{Key: on("b", "a"), Unique: true}, true},
		"one of them":       {listed{Key: on("b"), Unique: true}, true},
		"one more":          {listed{Key: on("a", "b", "c"), Unique: true}, false},
		"not unique":        {listed{Key: on("a", "b")}, false},
		"not all documents": {listed{Key: on("a", "b"), Unique: true, Sparse: true}, false},
		"only some of them": {listed{Key: on("a", "b"), Unique: true, Partial: partial}, false},
		"another key":       {listed{Key: on("c"), Unique: true}, false},
	} {
		if got := unrepeated(declared, []stored{c.have.stored()}); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// It takes no prune to finish what an earlier run began, but it does to begin.
func TestTakesPrune(t *testing.T) {
	t.Parallel()
	for remedy, want := range map[Remedy]bool{Build: false, Change: false, Convert: true, Replace: true, Rebuild: true, Drop: true, Refuse: false, "": false} {
		if got := (&Finding{Remedy: remedy, there: &stored{}}).TakesPrune(); got != want {
			t.Errorf("%s: %t", remedy, got)
		}
	}
	prepared := listed{Name: "a_1", Key: ascending("a"), Prepared: true}.stored()
	if begun := (&Finding{Remedy: Convert, there: &prepared}); begun.TakesPrune() {
		t.Error("a conversion that was begun takes prune")
	}
}
