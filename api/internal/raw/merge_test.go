package raw_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
)

// parsedValue returns the value that Extended JSON stands for, zero for none.
func parsedValue(t *testing.T, text string) bson.RawValue {
	t.Helper()
	var doc bson.Raw
	if text == "" {
		return bson.RawValue{}
	}
	if err := bson.UnmarshalExtJSON([]byte(`{"v":`+text+`}`), false, &doc); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc.Lookup("v")
}

// merging returns the changes that merge patch into the value at path.
func merging(path string, patch bson.RawValue, most int) raw.Changes {
	var c raw.Changes
	runtime.ApplyAny(&c, path, store.Merge(patch), 0, most)
	return c
}

// TestMergesByTheBook has the examples of RFC 7396, appendix A, and what is between them.
func TestMergesByTheBook(t *testing.T) {
	t.Parallel()
	docs, coll, _ := modelled(t, &things)
	for i, test := range []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, ``},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{``, `{"a":{"b":null}}`, `{"a":{}}`},
		{``, `{}`, `{}`},
		{`null`, `{"a":1}`, `{"a":1}`},
		{`{"a":null}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`{"a":null}`, `{"a":null}`, `{}`},
		{`{"a":[1,2]}`, `{"a":{"0":3}}`, `{"a":{"0":3}}`},
		{`{"a":[{"b":1}]}`, `{"a":{"b":2}}`, `{"a":{"b":2}}`},
		{`{"0":{"1":2}}`, `{"0":{"1":3,"2":4}}`, `{"0":{"1":3,"2":4}}`},
		{`{"a":{"$oid":"5f0000000000000000000001"}}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`{"a":1}`, `{"a":1.0}`, `{"a":1.0}`},
	} {
		id := bson.NewObjectID()
		doc := thingOf(id, fmt.Sprint(i))
		if v := parsedValue(t, test.target); !v.IsZero() {
			doc = append(doc, bson.E{Key: "more", Value: v})
		}
		insert(t, coll, doc)
		after, err := docs.Update(t.Context(), id, merging("more", parsedValue(t, test.patch), 0))
		if err != nil {
			t.Errorf("%s into %s: %v", test.patch, test.target, err)
			continue
		}
		if have := after.Lookup("more"); !have.Equal(parsedValue(t, test.want)) {
			t.Errorf("%s into %s is %s, want %s", test.patch, test.target, have, test.want)
		}
	}
}

// TestMergesLikeJSON compares merges with RFC 7396's algorithm over decoded JSON.
func TestMergesLikeJSON(t *testing.T) {
	t.Parallel()
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, append(thingOf(id, "c"), bson.E{Key: "more", Value: bson.D{}}))
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	current := any(map[string]any{})
	for range 500 {
		patch := randomJSON(random, 3)
		text, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		before := jsonOf(t, current)
		current = mergePatch(current, patch)
		server.Reset()
		after, err := docs.Update(t.Context(), id, merging("more", parsedValue(t, string(text)), 0))
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, text, err)
		}
		have := bson.RawValue{Type: bson.TypeNull}
		if v := after.Lookup("more"); !v.IsZero() {
			have = v
		}
		if diff := cmp.Diff(current, decoded(t, have)); diff != "" {
			t.Fatalf("seed %d: %s into %s, -want +have:\n%s", seed, text, before, diff)
		}
		if jsonOf(t, current) == before && strings.HasPrefix(string(text), "{") && slices.Contains(sent(server), "findAndModify") {
			t.Fatalf("seed %d: %s changes nothing of %s, and is written", seed, text, before)
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decoded(t *testing.T, v bson.RawValue) any {
	t.Helper()
	doc := bson.D{{Key: "v", Value: v}}
	text, err := bson.MarshalExtJSON(doc, false, false)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m["v"]
}

// mergePatch is the function of RFC 7396, section 2.
func mergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	result := map[string]any{}
	if members, ok := target.(map[string]any); ok {
		result = maps.Clone(members)
	}
	for name, v := range changes {
		if v == nil {
			delete(result, name)
			continue
		}
		result[name] = mergePatch(result[name], v)
	}
	return result
}

func randomJSON(r *rand.Rand, depth int) any {
	if depth == 0 || r.IntN(4) == 0 {
		return []any{nil, nil, 1.0, "x", true, []any{1.0, nil}, []any{map[string]any{"a": nil}}}[r.IntN(7)]
	}
	m := map[string]any{}
	for range r.IntN(4) {
		m[[]string{"a", "b", "0", "1", "length"}[r.IntN(5)]] = randomJSON(r, depth-1)
	}
	return m
}

// TestMergesAreOfSingleMembers: what others write beside them, who know nothing of revisions,
// is kept, and a value is as large as it may be after all.
func TestMergesAreOfSingleMembers(t *testing.T) {
	t.Parallel()
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, append(thingOf(id, "c"), bson.E{Key: "more", Value: bson.D{{Key: "a", Value: bson.D{{Key: "x", Value: 1}}}, {Key: "b", Value: 1}}}))
	held := server.On("findAndModify").Hold()
	done := make(chan error)
	go func() {
		_, err := docs.Update(t.Context(), id, merging("more", parsedValue(t, `{"a":{"y":2},"b":null}`), 0))
		done <- err
	}()
	<-held.Arrived()
	if _, err := coll.UpdateByID(t.Context(), id, bson.D{{Key: "$set", Value: bson.D{{Key: "more.a.x", Value: 7}}}}); err != nil {
		t.Fatal(err)
	}
	held.Release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	after, err := docs.Get(t.Context(), id)
	if have := after.Lookup("more"); err != nil || !have.Equal(parsedValue(t, `{"a":{"x":7,"y":2}}`)) {
		t.Errorf("more is %s, %v", have, err)
	}
	var invalid *store.InvalidError
	_, err = docs.Update(t.Context(), id, merging("more", parsedValue(t, `{"c":"0123456789"}`), 40))
	if !errors.As(err, &invalid) || invalid.Fields[0].Pointer != "/more" || invalid.Fields[0].Code != "too_long" {
		t.Errorf("larger than it may be: %v", err)
	}
}

// TestMergesWithin: an object that the value is in may be missing, or something else.
func TestMergesWithin(t *testing.T) {
	t.Parallel()
	docs, coll, _ := modelled(t, &things)
	for i, test := range []struct{ box, want string }{
		{``, `{"more":{"a":{"b":1}}}`},
		{`null`, `{"more":{"a":{"b":1}}}`},
		{`{"count":1,"more":{"c":2}}`, `{"count":1,"more":{"c":2,"a":{"b":1}}}`},
		{`{"more":[1]}`, `{"more":{"a":{"b":1}}}`},
		{`"text"`, `{"more":{"a":{"b":1}}}`},
		{`[1]`, `{"more":{"a":{"b":1}}}`},
	} {
		id := bson.NewObjectID()
		doc := thingOf(id, fmt.Sprint(i))
		if v := parsedValue(t, test.box); !v.IsZero() {
			doc = append(doc, bson.E{Key: "box", Value: v})
		}
		insert(t, coll, doc)
		before, err := docs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		changes := merging("box.more", parsedValue(t, `{"a":{"b":1,"d":null}}`), 0)
		changes.Objects = []string{"box"}
		after, err := docs.Update(t.Context(), id, docs.Over(before, changes))
		if err != nil || !after.Lookup("box").Equal(parsedValue(t, test.want)) {
			t.Errorf("into %s: %s, %v", test.box, after.Lookup("box"), err)
		}
	}
}

// TestReplacedValues: what is no document replaces what is stored in one command.
func TestReplacedValues(t *testing.T) {
	t.Parallel()
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, append(thingOf(id, "c"), bson.E{Key: "more", Value: bson.D{{Key: "a", Value: 1}}}))
	for _, c := range []struct {
		change store.Change[bson.RawValue]
		want   string
	}{
		{store.Merge(parsedValue(t, `[1]`)), `[1]`},
		{store.Set(parsedValue(t, `{"b":1}`)), `{"b":1}`},
		{store.Merge(bson.RawValue{}), ``},
		{store.Set(parsedValue(t, `"x"`)), `"x"`},
		{store.Set(bson.RawValue{Type: bson.TypeUndefined}), ``},
		{store.Merge(parsedValue(t, `"x"`)), `"x"`},
		{store.Unset[bson.RawValue](), ``},
	} {
		server.Reset()
		var changes raw.Changes
		runtime.ApplyAny(&changes, "more", c.change, 0, 0)
		after, err := docs.Update(t.Context(), id, changes)
		if have := after.Lookup("more"); err != nil || !have.Equal(parsedValue(t, c.want)) || len(server.Commands()) != 1 {
			t.Errorf("%v: %s, %v after %d commands", c.change, have, err, len(server.Commands()))
		}
	}
}
