package meta_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/meta"
)

func keys(paths ...string) []meta.Key {
	list := make([]meta.Key, len(paths))
	for i, path := range paths {
		list[i].Path = path
	}
	return list
}

func TestNeeds(t *testing.T) {
	for name, test := range map[string]struct {
		index meta.Index
		want  []meta.Need
		never bool
	}{
		"none":               {index: meta.Index{Keys: keys("a", "_id")}},
		"_id first":          {index: meta.Index{Keys: keys("_id", "a")}},
		"unique":             {index: meta.Index{Keys: keys("a"), Unique: true}},
		"sparse and unique":  {index: meta.Index{Keys: keys("a", "b"), Unique: true, Sparse: true}, want: []meta.Need{{"a", meta.Existence}}},
		"no order":           {index: meta.Index{Keys: keys("a")}, never: true},
		"sparse, no order":   {index: meta.Index{Keys: keys("a"), Sparse: true}, never: true},
		"a value":            {index: meta.Index{Keys: keys("a", "_id"), Partial: []meta.Condition{{Path: "b", Op: meta.Eq}}}, want: []meta.Need{{Path: "b", By: meta.Value}}},
		"existence":          {index: meta.Index{Keys: keys("a", "_id"), Partial: []meta.Condition{{Path: "a", Op: meta.Exists}}}, want: []meta.Need{{"a", meta.Existence}}},
		"existence of other": {index: meta.Index{Keys: keys("a", "_id"), Partial: []meta.Condition{{Path: "b", Op: meta.Exists}}}, never: true},
		"a comparison":       {index: meta.Index{Keys: keys("a", "_id"), Partial: []meta.Condition{{Path: "a", Op: meta.Gt}}}, never: true},
	} {
		needs, ok := test.index.Needs()
		if diff := cmp.Diff(test.want, needs); diff != "" || ok == test.never {
			t.Errorf("%s: %t (-want +have):\n%s", name, ok, diff)
		}
	}
}

// Whatever an index is and is asked for: what it serves is in a total order of its own
// keys, forwards or backwards, and asks for all that Needs names.
func TestServeKeepsToTheIndex(t *testing.T) {
	paths := []string{"a", "b", "c", "_id"}
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.SampledFrom(paths)
		drawn := func(label string, least int) []string {
			return rapid.SliceOfNDistinct(path, least, 3, rapid.ID[string]).Draw(t, label)
		}
		x := meta.Index{Keys: keys(drawn("keys", 1)...), Unique: rapid.Bool().Draw(t, "unique"), Sparse: rapid.Bool().Draw(t, "sparse")}
		for i := range x.Keys {
			x.Keys[i].Descending = rapid.Bool().Draw(t, "descending")
		}
		for _, p := range rapid.SliceOfNDistinct(path, 0, 1, rapid.ID[string]).Draw(t, "limits") {
			x.Partial = append(x.Partial, meta.Condition{Path: p, Op: rapid.SampledFrom([]meta.Op{meta.Eq, meta.Exists, meta.Gt}).Draw(t, "op")})
		}
		q := meta.Query{
			Next: rapid.SampledFrom(append(paths, "")).Draw(t, "next"), Finds: rapid.Bool().Draw(t, "finds"),
			Sorted: rapid.Bool().Draw(t, "sorted"), Descending: rapid.Bool().Draw(t, "backwards"),
		}
		q.Sorted, q.Finds = q.Sorted && q.Next != "", q.Finds && q.Next != ""
		for _, p := range drawn("equal", 0) {
			// A value is the index's own only where it is limited to one.
			limited := slices.ContainsFunc(x.Partial, func(c meta.Condition) bool { return c.Path == p && c.Op == meta.Eq })
			q.Equal = append(q.Equal, meta.Equality{Path: p, Missing: rapid.Bool().Draw(t, "missing"), Limit: rapid.Bool().Draw(t, "limit") && limited})
		}
		order, served := x.Serve(q, func(string) bool { return false })
		needs, ok := x.Needs()
		if !served {
			return
		}
		if !ok {
			t.Fatalf("%+v serves %+v, but nothing says how", x, q)
		}
		for _, need := range needs {
			asked := need.By == meta.Existence && q.Finds && q.Next == need.Path || slices.ContainsFunc(q.Equal, func(e meta.Equality) bool {
				return e.Path == need.Path && (need.By == meta.Value && e.Limit || need.By == meta.Existence && !e.Missing)
			})
			if !asked {
				t.Errorf("%+v serves %+v without %+v", x, q, need)
			}
		}
		at := len(x.Keys) - len(order)
		if i := slices.IndexFunc(x.Keys, func(k meta.Key) bool { return k.Path == "_id" }); i >= 0 && len(order) > 0 && order[len(order)-1].Path == "_id" {
			at = i + 1 - len(order)
		}
		for i, k := range order {
			own := x.Keys[at+i]
			if k.Path != own.Path || (k.Descending != own.Descending) != (order[0].Descending != x.Keys[at].Descending) {
				t.Errorf("%+v gives %+v in the order %+v", x, q, order)
			}
		}
		if q.Sorted && (order[0] != meta.Key{Path: q.Next, Descending: q.Descending}) {
			t.Errorf("%+v sorts %+v by %+v", x, q, order)
		}
	})
}
