package raw

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// plans have orders that end in _id, in a unique key, and in neither.
func plans(t *testing.T) map[string]*plan {
	t.Helper()
	plans := map[string]*plan{}
	for name, s := range map[string]Selection{
		"_id": {}, "author": {Sort: "author"}, "isbn": {Sort: "isbn"}, "one isbn": {Where: []meta.Condition{is("isbn", meta.Eq)}},
	} {
		p, err := shelf.plan(s)
		if err != nil {
			t.Fatal(err)
		}
		plans[name] = p
	}
	return plans
}

// deep nests n documents in each other.
func deep(n int) any {
	var v any = int32(1)
	for range n {
		v = bson.D{{Key: "d", Value: v}}
	}
	return v
}

// values has one of each type that a key can have.
var values = []any{
	bson.MinKey{}, bson.Undefined{}, nil, int32(1), int64(1), 1.5, math.NaN(), math.Inf(-1), bson.NewDecimal128(0x7c00000000000000, 0), "x", "\xff", bson.Symbol("x"),
	bson.D{}, deep(maxDepth), bson.A{}, bson.A{bson.A{1}}, bson.Binary{Subtype: 2, Data: []byte{1}}, bson.ObjectID{}, true, bson.DateTime(math.MinInt64),
	bson.Timestamp{T: 1}, bson.Regex{Pattern: "("}, bson.DBPointer{DB: "x"}, bson.JavaScript("x"), bson.CodeWithScope{Code: "x", Scope: bson.D{}}, bson.MaxKey{},
}

func TestCursorsMarkAnyValue(t *testing.T) {
	all := plans(t)
	for _, v := range values {
		key := valueOf(v)
		if isIDValue(key) {
			checkCursor(t, all["_id"], place{keys: []bson.RawValue{key}})
			checkCursor(t, all["one isbn"], place{shown: []bson.RawValue{key}})
		}
		checkCursor(t, all["author"], place{keys: []bson.RawValue{key, valueOf(1), valueOf(1)}})
		checkCursor(t, all["isbn"], place{keys: []bson.RawValue{key}, shown: []bson.RawValue{valueOf(1)}})
		checkCursor(t, all["isbn"], place{keys: []bson.RawValue{key}, shown: []bson.RawValue{valueOf(1), valueOf("x")}})
		checkCursor(t, all["isbn"], place{keys: []bson.RawValue{key, valueOf(1)}})
	}
}

// TestLongCursors has the longest key that a cursor holds, and one that is longer.
func TestLongCursors(t *testing.T) {
	p := plans(t)["isbn"]
	at := place{keys: []bson.RawValue{valueOf("")}, shown: []bson.RawValue{valueOf(1)}}
	room := longCursor - base64.RawURLEncoding.DecodedLen(len(p.cursor(at)))
	at.keys[0] = valueOf(strings.Repeat("x", room))
	if got, err := p.parse(p.cursor(at)); err != nil || len(got.keys) != 1 {
		t.Errorf("the longest: %v %v", got, err)
	}
	at.keys[0] = valueOf(strings.Repeat("x", room+1))
	got, err := p.parse(p.cursor(at))
	if err != nil || len(got.keys) != 0 || !got.of.Equal(valueOf(1)) {
		t.Errorf("a longer one: %v %v", got, err)
	}
	// A place that its document alone does not describe has all of its keys, however long.
	for name, at := range map[string]place{
		"two shown": {keys: at.keys, shown: []bson.RawValue{valueOf(1), valueOf(2)}}, "a tied one": {keys: []bson.RawValue{at.keys[0], valueOf(2)}, shown: []bson.RawValue{valueOf(1)}},
	} {
		if got, err := p.parse(p.cursor(at)); err != nil || len(got.keys) != len(at.keys) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

// checkCursor marks a place and reads it again.
func checkCursor(t *testing.T, p *plan, at place) {
	t.Helper()
	got, err := p.parse(p.cursor(at))
	if err != nil || len(got.keys) != len(at.keys) || len(got.shown) != len(at.shown) {
		t.Fatalf("%s at %v: %v %v", p, at, got, err)
	}
	for i := range at.keys {
		if !got.keys[i].Equal(at.keys[i]) {
			t.Errorf("%s at %v: %v", p, at, got)
		}
	}
	for i := range at.shown {
		if !got.shown[i].Equal(at.shown[i]) {
			t.Errorf("%s at %v: %v", p, at, got)
		}
	}
}

// TestStorable has values that can have been stored, and some that cannot: documents that are
// not well formed, or nest too deeply.
func TestStorable(t *testing.T) {
	for _, v := range values {
		if !isStorable(valueOf(v), maxDepth) {
			t.Errorf("%v cannot be stored", v)
		}
	}
	scope := func(v any) bson.RawValue { return valueOf(bson.CodeWithScope{Code: "x", Scope: v}) }
	for name, test := range map[string]struct {
		value  bson.RawValue
		levels int
		want   bool
	}{
		"a value, at the last level":    {valueOf(1), 0, true},
		"a document, at the last level": {valueOf(bson.D{}), 1, true},
		"one behind it":                 {valueOf(bson.D{}), 0, false},
		"a document in another":         {valueOf(deep(2)), 2, true},
		"one too many":                  {valueOf(deep(3)), 2, false},
		"an array in a document":        {valueOf(bson.D{{Key: "a", Value: bson.A{bson.D{}}}}), 2, false},
		"a scope":                       {scope(bson.D{}), 1, true},
		"a scope that nests":            {scope(deep(2)), 1, false},
		"half a scope":                  {bson.RawValue{Type: bson.TypeCodeWithScope, Value: []byte{14, 0, 0, 0, 2, 0, 0, 0, 'x', 0}}, maxDepth, false},
		"half a document":               {bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: []byte{8, 0, 0, 0, 2, 'a', 0, 0}}, maxDepth, false},
		"no document":                   {bson.RawValue{Type: bson.TypeArray}, maxDepth, false},
		"no type":                       {bson.RawValue{Type: 0x20}, maxDepth, false},
	} {
		if got := isStorable(test.value, test.levels); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestForgedCursors has cursors that can be forged if a query's fingerprint is known.
func TestForgedCursors(t *testing.T) {
	id, array := bson.ObjectID{}, bson.A{bson.ObjectID{}}
	malformed := bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: []byte{8, 0, 0, 0, byte(bson.TypeString), 'a', 0, 0}}
	noArray := bson.RawValue{Type: bson.TypeArray, Value: malformed.Value}
	for name, forged := range map[string][]bson.A{
		"_id":      {{}, {id, id}, {bson.A{}}, {bson.Regex{}}, {bson.Undefined{}}, {deep(maxDepth + 1)}, {malformed}, {bson.D{{Key: "a", Value: bson.A{malformed}}}}},
		"author":   {{}, {"x"}, {"x", 1}, {"x", 1, id, id}, {"x", 1, bson.A{}}, {deep(maxDepth + 1), 1, id}, {bson.CodeWithScope{Scope: deep(maxDepth + 1)}, 1, id}, {"x", 1, id, array}},
		"isbn":     {{}, {"x"}, {"x", 1, noArray}, {"x", noArray}, {"x", id}, {"x", bson.A{}}, {array}, {"x", bson.A{bson.A{}}}, {"x", bson.A{bson.Regex{}}}, {"x", bson.A{deep(maxDepth + 1)}}, {"x", id, id, array}, {"x", bson.A{}, array}, {"x", make(bson.A, meta.MaxLimit+1)}},
		"one isbn": {{}, {id}, {bson.A{}}, {id, id, array}, {bson.Regex{}, array}},
	} {
		p := plans(t)[name]
		for _, values := range forged {
			cursor := bson.D{{Value: p.fingerprint()}}
			for _, v := range values {
				cursor = append(cursor, bson.E{Value: v})
			}
			refuseCursor(t, name, values, p, marshal(cursor))
		}
		good := marshal(bson.D{{Value: p.fingerprint()}, {Value: id}})
		refuseCursor(t, name, "an empty document", p, marshal(bson.D{}))
		refuseCursor(t, name, "a part", p, good[:len(good)-3])
		refuseCursor(t, name, "more than a document", p, append(bytes.Clone(good), 0))
		refuseCursor(t, name, "an unknown type", p, []byte{8, 0, 0, 0, 0x20, 0, 1, 0})
		for _, v := range []any{bson.A{}, bson.Regex{}, bson.Undefined{}, deep(maxDepth + 1), malformed} {
			refuseCursor(t, name, v, p, marshal(bson.D{{Value: p.fingerprint()}, {Key: "_id", Value: v}}))
		}
		refuseCursor(t, name, "a document and a key", p, marshal(bson.D{{Value: p.fingerprint()}, {Key: "_id", Value: id}, {Value: id}}))
		refuseCursor(t, name, "another fingerprint", p, marshal(bson.D{{Value: p.fingerprint() + 1}, {Value: id}}))
		refuseCursor(t, name, "a fingerprint of another type", p, marshal(bson.D{{Value: float64(p.fingerprint())}, {Value: id}}))
	}
}

func refuseCursor(t *testing.T, name string, what any, p *plan, forged []byte) {
	t.Helper()
	after := store.Cursor(base64.RawURLEncoding.EncodeToString(forged))
	_, err := shelf.plan(Selection{Where: p.where, Sort: map[string]string{"author": "author", "isbn": "isbn"}[name], After: after})
	invalid, ok := errors.AsType[*store.InvalidError](err)
	if !ok {
		t.Fatalf("%s: %v is taken for a cursor: %v", name, what, err)
	}
	if invalid.Fields[0] != (check.FieldError{Pointer: "after", Code: "cursor", Message: errCursor.Error()}) {
		t.Errorf("%s: %v: %v", name, what, err)
	}
}

// TestCursorsHaveOneSpelling: another text that decodes to the same bytes is refused.
func TestCursorsHaveOneSpelling(t *testing.T) {
	p := plans(t)["author"]
	for _, author := range []string{"", "a", "ab"} {
		cursor := string(p.cursor(place{keys: []bson.RawValue{valueOf(author), valueOf(1), valueOf(1)}}))
		others := []string{cursor + "=", cursor + "==", cursor + "\n", cursor + "A"}
		if last := len(cursor) - 1; len(cursor)%4 > 0 { // the last digit has bits that say nothing
			others = append(others, cursor[:last]+string(cursor[last]+1))
		}
		for _, other := range others {
			if _, err := p.parse(store.Cursor(other)); !errors.Is(err, errCursor) {
				t.Errorf("%q is taken for %q: %v", other, cursor, err)
			}
		}
		if _, err := p.parse(store.Cursor(cursor)); err != nil {
			t.Errorf("%q: %v", cursor, err)
		}
	}
}

// TestQueriesOfNothingHaveNoPages has a cursor for a query that nothing can match.
func TestQueriesOfNothingHaveNoPages(t *testing.T) {
	some := plans(t)["_id"].cursor(place{keys: []bson.RawValue{valueOf(1)}})
	for name, where := range map[string]meta.Condition{"no values": meta.NewOneOf("author"), "no value": {Path: "author", Op: meta.Eq}} {
		_, err := shelf.plan(Selection{Where: []meta.Condition{where}, After: some})
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[0].Code != "cursor" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
