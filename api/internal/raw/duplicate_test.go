package raw

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// TestKeyPatterns has a row for each form in which a server names the taken key, and for what
// it may answer instead.
func TestKeyPatterns(t *testing.T) {
	for name, test := range map[string]struct {
		details []bson.D
		want    string
	}{
		"one path":             {[]bson.D{{{Key: "keyPattern", Value: bson.D{{Key: "email", Value: 1}}}}}, "email"},
		"the first of several": {[]bson.D{{{Key: "keyPattern", Value: bson.D{{Key: "role.name", Value: 1}, {Key: "n", Value: -1}}}}}, "role.name"},
		"in the second detail": {[]bson.D{{{Key: "code", Value: 1}}, {{Key: "keyPattern", Value: bson.D{{Key: "email", Value: 1}}}}}, "email"},
		"no path":              {[]bson.D{{{Key: "keyPattern", Value: bson.D{}}}}, ""},
		"no document":          {[]bson.D{{{Key: "keyPattern", Value: "email"}}}, ""},
		"nothing":              {nil, ""},
	} {
		said := complaint{message: "a key is taken"}
		for _, d := range test.details {
			said.details = append(said.details, marshal(d))
		}
		if got := said.keyPattern(); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	write := mongo.WriteException{WriteErrors: []mongo.WriteError{{Message: "taken", Raw: marshal(bson.D{{Key: "keyPattern", Value: bson.D{{Key: "email", Value: 1}}}})}}}
	command := mongo.CommandError{Message: "taken", Raw: write.WriteErrors[0].Raw}
	for _, err := range []error{write, command, fmt.Errorf("insert: %w", write)} {
		if said := complaintOf(err); said.keyPattern() != "email" || said.message != err.Error() {
			t.Errorf("%T: %+v", err, said)
		}
	}
	broken := complaint{details: []bson.Raw{{14, 0, 0, 0, byte(bson.TypeEmbeddedDocument), 'k', 0}}}
	if got := broken.keyPattern(); got != "" {
		t.Errorf("half a detail: %q", got)
	}
}

// TestOtherDocuments has a row for each key that another document may have, and for those that
// it may share.
func TestOtherDocuments(t *testing.T) {
	id := valueOf(bson.ObjectID{1})
	unique := meta.Index{Unique: true, Keys: []meta.Key{{Path: "a"}, {Path: "b"}}}
	partial := meta.Index{Unique: true, Keys: unique.Keys, Partial: []meta.Condition{{Path: "a", Op: meta.Exists}}}
	type value struct {
		v     any
		isNew bool
	}
	for name, test := range map[string]struct {
		index meta.Index
		have  map[string]value
		asked bool
	}{
		"all new":         {unique, map[string]value{"a": {1, true}, "b": {2, true}}, true},
		"the first new":   {unique, map[string]value{"a": {1, true}, "b": {2, false}}, true},
		"the second new":  {unique, map[string]value{"a": {1, false}, "b": {2, true}}, true},
		"as it was":       {unique, map[string]value{"a": {1, false}, "b": {2, false}}, false},
		"one missing":     {unique, map[string]value{"a": {1, true}}, false},
		"one null":        {unique, map[string]value{"a": {1, true}, "b": {nil, true}}, false},
		"not unique":      {meta.Index{Keys: unique.Keys}, map[string]value{"a": {1, true}, "b": {2, true}}, false},
		"not of all":      {partial, map[string]value{"a": {1, true}, "b": {2, true}}, false},
		"of the same _id": {meta.Index{Unique: true, Keys: []meta.Key{{Path: "a"}}}, map[string]value{"a": {1, true}}, true},
	} {
		where, ok := test.index.Others(id, func(path string) (bson.RawValue, bool) {
			have, given := test.have[path]
			if !given {
				return bson.RawValue{}, true
			}
			return valueOf(have.v), have.isNew
		})
		if ok != test.asked {
			t.Errorf("%s: asked is %v", name, ok)
		}
		if !ok {
			continue
		}
		want := bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: id}}}}
		for _, key := range test.index.Keys {
			want = append(want, bson.E{Key: key.Path, Value: bson.D{{Key: "$eq", Value: valueOf(test.have[key.Path].v)}}})
		}
		if diff := cmp.Diff(marshal(want), marshal(where)); diff != "" {
			t.Errorf("%s: it is asked for %v", name, where)
		}
	}
}

// TestLookup finds the value at a path, and nothing if there is none.
func TestLookup(t *testing.T) {
	doc := bson.Raw(marshal(bson.D{{Key: "a", Value: bson.D{{Key: "b", Value: 1}}}, {Key: "c", Value: nil}}))
	for path, want := range map[string]bson.RawValue{"a.b": valueOf(1), "c": valueOf(nil), "a.c": {}, "d": {}, "c.d": {}, "a.b.c": {}, "": {}} {
		if got := lookup(doc, path); !got.Equal(want) {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// TestTheSameConditions are of the same path, operator and value.
func TestTheSameConditions(t *testing.T) {
	c := meta.Condition{Path: "a", Op: meta.Eq, Value: valueOf(1)}
	for name, test := range map[string]struct {
		other meta.Condition
		want  bool
	}{
		"the same":         {c, true},
		"another path":     {meta.Condition{Path: "b", Op: meta.Eq, Value: valueOf(1)}, false},
		"another operator": {meta.Condition{Path: "a", Op: meta.Exists, Value: valueOf(1)}, false},
		"another value":    {meta.Condition{Path: "a", Op: meta.Eq, Value: valueOf(2)}, false},
		"another type":     {meta.Condition{Path: "a", Op: meta.Eq, Value: valueOf(int64(1))}, false},
	} {
		if c.Equals(test.other) != test.want || test.other.Equals(c) != test.want {
			t.Errorf("%s: %v", name, !test.want)
		}
	}
}

// TestReferencesAreAskedForOnce, in the order of their ids.
func TestReferencesAreAskedForOnce(t *testing.T) {
	a, b := wire.ObjectIDValue(bson.ObjectID{1}), wire.ObjectIDValue(bson.ObjectID{11: 2})
	one, uno := bson.RawValue{Type: bson.TypeInt32, Value: []byte{1, 0, 0, 0}}, wire.IntValue(1)
	if diff := cmp.Diff([]bson.RawValue{b, a, one}, distinct([]bson.RawValue{a, b, one, a, a, uno, b})); diff != "" {
		t.Error(diff)
	}
	if got := distinct(nil); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestBelow has a row for each way that a pattern of references can lead through a
// path.
func TestBelow(t *testing.T) {
	for _, test := range []struct {
		pattern, path, rest string
		ok                  bool
	}{
		{"a", "a", "", true}, {"a.b", "a", ".b", true}, {"a.*.c", "a", ".*.c", true}, {"a.*.c", "a.x", ".c", true}, {"a.*.c", "a.x.c", "", true},
		{"a.*.c", "a.x.d", "", false}, {"a", "b", "", false}, {"a", "a.b", "", false}, {"a.b", "b", "", false}, {"ab", "a", "", false},
	} {
		if rest, ok := below(test.pattern, test.path); rest != test.rest || ok != test.ok {
			t.Errorf("%s through %s: %q, %v", test.pattern, test.path, rest, ok)
		}
	}
}
