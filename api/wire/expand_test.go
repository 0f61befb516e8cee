package wire_test

import (
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

func TestReferences(t *testing.T) {
	id := func(n byte) bson.ObjectID { return bson.ObjectID{11: n} }
	doc := raw(t, bson.D{
		{Key: "one", Value: id(1)},
		{Key: "many", Value: bson.A{id(2), nil, "text", bson.A{id(3)}, id(4)}},
		{Key: "in", Value: bson.D{{Key: "one", Value: id(5)}, {Key: "two", Value: id(6)}}},
		{Key: "list", Value: bson.A{bson.D{{Key: "one", Value: id(7)}}, bson.D{}, bson.D{{Key: "one", Value: bson.A{id(8)}}}}},
		{Key: "named", Value: bson.D{{Key: "a.b", Value: bson.D{{Key: "one", Value: id(9)}}}, {Key: "c", Value: bson.D{{Key: "one", Value: id(10)}}}}},
		{Key: "mixed", Value: bson.A{"text", nil, bson.D{{Key: "one", Value: id(12)}, {Key: "", Value: id(13)}}, bson.A{}}},
		{Key: "last", Value: id(11)},
	})
	for path, want := range map[string][]byte{
		"one": {1}, "many": {2, 3, 4}, "in.one": {5}, "in": nil, "list.one": {7, 8}, "named.*.one": {9, 10}, "in.*": {5, 6},
		"last": {11}, "none": nil, "one.more": nil, "many.0": nil, "": nil, "mixed.one": {12}, "mixed": nil, "*": {1, 2, 3, 4, 11},
	} {
		var have []byte
		wire.References(doc, path, bson.TypeObjectID, func(at int, found bson.RawValue) {
			have = append(have, found.Value[11])
			if doc[at] != byte(bson.TypeObjectID) {
				t.Errorf("%s: no element starts at %d", path, at)
			}
		})
		if !slices.Equal(have, want) {
			t.Errorf("%s: %v, want %v", path, have, want)
		}
	}
	odd := raw(t, bson.D{{Key: "in", Value: bson.D{{Key: "", Value: id(1)}}}})
	wire.References(odd, "in", bson.TypeObjectID, func(int, bson.RawValue) { t.Error("what has no name was asked for by none") })
	for i := range doc {
		wire.References(doc[:i], "list.one", bson.TypeObjectID, func(int, bson.RawValue) {})
	}
}

// TestReferencesOfEveryType: those of the asked type alone are visited, numbers in any form.
func TestReferencesOfEveryType(t *testing.T) {
	mixed := bson.A{"a", int32(1), int64(2), 3.0, someID, bson.Binary{Subtype: 4, Data: make([]byte, 16)}, nil, true, bson.Symbol("s")}
	doc := raw(t, bson.D{{Key: "many", Value: mixed}})
	for of, want := range map[bson.Type][]bson.Type{
		bson.TypeString: {bson.TypeString}, bson.TypeInt64: {bson.TypeInt32, bson.TypeInt64, bson.TypeDouble},
		bson.TypeObjectID: {bson.TypeObjectID}, bson.TypeBinary: {bson.TypeBinary},
	} {
		var have []bson.Type
		wire.References(doc, "many", of, func(_ int, id bson.RawValue) { have = append(have, id.Type) })
		if !slices.Equal(have, want) {
			t.Errorf("%s: %v, want %v", of, have, want)
		}
	}
}

// TestJSONRefOfEveryType shows a reference as its _id, and one that is expanded as the document.
func TestJSONRefOfEveryType(t *testing.T) {
	doc := raw(t, bson.D{{Key: "s", Value: "a\"/"}, {Key: "i", Value: int64(-7)}, {Key: "u", Value: bson.Binary{Subtype: 4, Data: make([]byte, 16)}}})
	show := map[string]func(*wire.Reader, []byte) []byte{"s": (*wire.Reader).JSONStringRef, "i": (*wire.Reader).JSONIntRef, "u": (*wire.Reader).JSONUUIDRef}
	types := map[string]bson.Type{"s": bson.TypeString, "i": bson.TypeInt64, "u": bson.TypeBinary}
	for _, expanded := range []bool{false, true} {
		json := map[int][]byte{}
		for name, of := range types {
			wire.References(doc, name, of, func(at int, _ bson.RawValue) { json[at] = []byte("{}") })
		}
		r := wire.NewReader(doc)
		if expanded {
			r.Expand(json)
		}
		var out []byte
		for end := r.EnterDocument(); r.Next(end); {
			out = append(show[string(r.Key())](r, out), ' ')
		}
		want := `"a\"/" -7 "00000000-0000-0000-0000-000000000000" `
		if expanded {
			want = "{} {} {} "
		}
		if string(out) != want || r.Err() != nil {
			t.Errorf("%s, %v; want %s", out, r.Err(), want)
		}
		r.Release()
	}
}

func TestJSONRef(t *testing.T) {
	doc := raw(t, bson.D{{Key: "a", Value: someID}, {Key: "b", Value: bson.A{someID, someID}}})
	var starts []int
	wire.References(doc, "b", bson.TypeObjectID, func(at int, _ bson.RawValue) { starts = append(starts, at) })
	r := wire.NewReader(doc)
	defer r.Release()
	r.Expand(map[int][]byte{starts[1]: []byte(`{"n":1}`)})
	var out []byte
	for end := r.EnterDocument(); r.Next(end); {
		if string(r.Key()) == "a" {
			out = r.JSONRef(out)
			continue
		}
		out = wire.JSONList(r, out, (*wire.Reader).JSONRef)
	}
	hex := `"` + someID.Hex() + `"`
	if want := fmt.Sprintf(`%s[%s,{"n":1}]`, hex, hex); string(out) != want || r.Err() != nil {
		t.Errorf("%s, %v; want %s", out, r.Err(), want)
	}
}
