package raw

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// TestKeysTakeNoMemory has a document as a page has many, without arrays where it is
// sorted: looking at its keys is not to cost what reading it does not.
func TestKeysTakeNoMemory(t *testing.T) {
	doc := bson.Raw(marshal(bson.D{
		{Key: "_id", Value: bson.ObjectID{1}}, {Key: "name", Value: "Ada"}, {Key: "role", Value: bson.D{{Key: "name", Value: "basic"}}}, {Key: "at", Value: bson.DateTime(1)},
	}))
	p := &plan{order: []meta.Key{{Path: "role.name"}, {Path: "at", Descending: true}, {Path: "none.at.all"}, {Path: "_id"}}, own: 4, total: true}
	p = p.from(place{keys: []bson.RawValue{valueOf("auditor"), valueOf(bson.DateTime(0)), valueOf(nil), valueOf(bson.ObjectID{})}})
	if p.passed(doc) {
		t.Error("a document without arrays is passed over")
	}
	if p.loose || !p.from(place{keys: []bson.RawValue{valueOf(bson.Regex{})}}).loose {
		t.Error("only of what no operator compares with are documents without arrays looked at")
	}
	numbers := place{keys: []bson.RawValue{valueOf(1), valueOf(1)}}
	for path, want := range map[string]bool{"n": false, "role.rank": true} { // NaN cannot be asked for by itself
		if got := numbers.loose([]meta.Key{{Path: "role.name", Descending: true}, {Path: path, Descending: true}}); got != want {
			t.Errorf("numbers at role.name and %s are loose: %t", path, got)
		}
	}
	if n := testing.AllocsPerRun(100, func() { p.passed(doc) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
