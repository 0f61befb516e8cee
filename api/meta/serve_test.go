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
		"exact":              {index: meta.Index{Keys: keys("a", "b"), Exact: true}, want: []meta.Need{{"a", meta.OneValue}}},
		"exact and sparse":   {index: meta.Index{Keys: keys("a", "b"), Exact: true, Sparse: true}, want: []meta.Need{{"a", meta.OneValue}}},
		"collated":           {index: meta.Index{Keys: keys("a", "_id"), Collation: meta.Collation{Locale: "en"}}},
		"collated, unique":   {index: meta.Index{Keys: keys("a", "b"), Unique: true, Collation: meta.Collation{Locale: "en"}}, want: []meta.Need{{"a", meta.OneValue}, {"b", meta.OneValue}}},
		"simple, unique":     {index: meta.Index{Keys: keys("a"), Unique: true, Collation: meta.Collation{Locale: "simple"}}},
		"text":               {index: meta.Index{Keys: keys("a", "_id"), Text: &meta.TextSearch{}}, never: true},
		"hidden":             {index: meta.Index{Keys: keys("a"), Unique: true, Hidden: true}, never: true},
		"a comparison":       {index: meta.Index{Keys: keys("a", "_id"), Partial: []meta.Condition{{Path: "a", Op: meta.Gt}}}, never: true},
	} {
		needs, ok := test.index.Needs()
		if diff := cmp.Diff(test.want, needs); diff != "" || ok == test.never {
			t.Errorf("%s: %t (-want +have):\n%s", name, ok, diff)
		}
	}
}

// What an index of the living, or of the deleted, serves depends on which of them are asked for.
func TestServeDeleted(t *testing.T) {
	t.Parallel()
	living := meta.Index{Keys: keys("a"), Unique: true, Living: true}
	deleted := meta.Index{Keys: keys("deletedAt", "_id"), Partial: []meta.Condition{{Path: "deletedAt", Op: meta.Exists}}}
	for _, test := range []struct {
		index   meta.Index
		next    string
		deleted bool
		want    bool
	}{
		{living, "a", false, true}, {living, "a", true, false},
		{deleted, "deletedAt", false, false}, {deleted, "deletedAt", true, true},
		{meta.Index{Keys: keys("a", "_id")}, "a", true, true},
	} {
		q := meta.Query{Sort: keys(test.next), Deleted: test.deleted}
		if _, served := test.index.Serve(q, func(string) bool { return false }); served != test.want {
			t.Errorf("%+v of %+v: %t", q, test.index, served)
		}
	}
	for want, x := range map[string]*meta.Index{"a (of documents that are not deleted)": &living, "deletedAt, _id (of documents that are deleted)": &deleted} {
		if text := x.Served(func(path string) string { return path }); text != want {
			t.Errorf("%q, want %q", text, want)
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
		x := meta.Index{Keys: keys(drawn("keys", 1)...), Unique: rapid.Bool().Draw(t, "unique"), Sparse: rapid.Bool().Draw(t, "sparse"), Exact: rapid.Bool().Draw(t, "exact")}
		x.Collation.Locale = rapid.SampledFrom([]string{"", "", "simple", "en"}).Draw(t, "locale")
		for i := range x.Keys {
			x.Keys[i].Descending = rapid.Bool().Draw(t, "descending")
		}
		for _, p := range rapid.SliceOfNDistinct(path, 0, 1, rapid.ID[string]).Draw(t, "limits") {
			x.Partial = append(x.Partial, meta.Condition{Path: p, Op: rapid.SampledFrom([]meta.Op{meta.Eq, meta.Exists, meta.Gt}).Draw(t, "op")})
		}
		var q meta.Query
		for _, p := range drawn("ranges", 0) {
			q.Ranges = append(q.Ranges, meta.Range{Path: p, Finds: rapid.Bool().Draw(t, "finds")})
		}
		for _, p := range drawn("sort", 0) {
			q.Sort = append(q.Sort, meta.Key{Path: p, Descending: rapid.Bool().Draw(t, "backwards")})
		}
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
			asked := need.By == meta.Existence && slices.Contains(q.Ranges, meta.Range{Path: need.Path, Finds: true}) || slices.ContainsFunc(q.Equal, func(e meta.Equality) bool {
				return e.Path == need.Path && (need.By == meta.Value && e.Limit || need.By == meta.Existence && !e.Missing || need.By == meta.OneValue)
			})
			if !asked {
				t.Errorf("%+v serves %+v without %+v", x, q, need)
			}
		}
		if !x.Total() { // the database sorts
			if len(order) != 1 || order[0].Path != "_id" || len(q.Sort) > 0 && order[0] != q.Sort[0] {
				t.Errorf("%+v gives %+v in the order %+v", x, q, order)
			}
			return
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
		if !slices.Equal(order[:min(len(order), len(q.Sort))], q.Sort[:min(len(order), len(q.Sort))]) {
			t.Errorf("%+v sorts %+v by %+v", x, q, order)
		}
		// Every key with a condition has one before it, so that each bounds what is looked at.
		has := func(path string) bool {
			return slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == path }) ||
				slices.ContainsFunc(q.Ranges, func(r meta.Range) bool { return r.Path == path })
		}
		for i, k := range x.Keys[1:] {
			limited := slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == k.Path && e.Limit })
			if has(k.Path) && !limited && !has(x.Keys[i].Path) {
				t.Errorf("%+v serves %+v, which has no condition on %s", x, q, x.Keys[i].Path)
			}
		}
	})
}

// TestExact: an index in no order serves pages of what equality selects, in the order of _id,
// and everything under Unindexed. Of a hidden one nothing is served.
func TestExact(t *testing.T) {
	t.Parallel()
	byID := keys("_id")
	down := []meta.Key{{Path: "_id", Descending: true}}
	one := []meta.Equality{{Path: "a"}}
	for name, test := range map[string]struct {
		q    meta.Query
		want []meta.Key
	}{
		"equality":                  {meta.Query{Equal: one}, byID},
		"equality on all":           {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "tags"}}}, byID},
		"with what is missing":      {meta.Query{Equal: []meta.Equality{{Path: "a", Missing: true}}}, byID},
		"by _id":                    {meta.Query{Equal: one, Sort: []meta.Key{{Path: "_id"}}}, byID},
		"by _id, backwards":         {meta.Query{Equal: one, Sort: []meta.Key{{Path: "_id", Descending: true}}}, down},
		"of a range of _id":         {meta.Query{Equal: one, Ranges: []meta.Range{{Path: "_id", Finds: true}}}, byID},
		"a choice behind":           {meta.Query{Equal: one, Ranges: []meta.Range{{Path: "tags", Finds: true, Choice: true}}}, byID},
		"a range of a list behind":  {meta.Query{Equal: one, Ranges: []meta.Range{{Path: "tags", Finds: true}}}, nil},
		"a range behind":            {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "tags"}}, Ranges: []meta.Range{{Path: "c", Finds: true}}}, byID},
		"a sort behind":             {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "tags"}}, Sort: []meta.Key{{Path: "c"}}}, nil},
		"a range alone":             {meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true}}}, nil},
		"a choice alone":            {meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true, Choice: true}}}, nil},
		"a sort":                    {meta.Query{Sort: []meta.Key{{Path: "a"}}}, nil},
		"equality on a later key":   {meta.Query{Equal: []meta.Equality{{Path: "tags"}}}, nil},
		"equality on another":       {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "d"}}}, nil},
		"behind all, meant":         {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "tags"}}, Sort: []meta.Key{{Path: "c", Descending: true}}, Meant: true}, []meta.Key{{Path: "c", Descending: true}, {Path: "_id"}}},
		"a range, meant":            {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "tags"}}, Ranges: []meta.Range{{Path: "c", Finds: true}}, Meant: true}, keys("c", "_id")},
		"a range, only to count":    {meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true}}, Unordered: true}, keys("a", "tags", "c", "_id")},
		"nothing, only to count":    {meta.Query{Unordered: true}, keys("a", "tags", "c", "_id")},
		"equality, only to count":   {meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "tags"}}, Unordered: true}, keys("c", "_id")},
		"by another, even if meant": {meta.Query{Sort: []meta.Key{{Path: "c"}}, Meant: true}, nil},
	} {
		x := meta.Index{Keys: keys("a", "tags", "c"), Exact: true}
		many := func(path string) bool { return path == "tags" }
		if test.q.Unordered && len(test.q.Equal) < 2 {
			many = func(string) bool { return false }
		}
		if order, served := x.Serve(test.q, many); served != (test.want != nil) || !slices.Equal(order, test.want) {
			t.Errorf("%s: %+v %t, want %+v", name, order, served, test.want)
		}
		x.Hidden = true
		if _, served := x.Serve(test.q, many); served {
			t.Errorf("%s: served by a hidden index", name)
		}
	}
	sparse := meta.Index{Keys: keys("a"), Exact: true, Sparse: true}
	if _, served := sparse.Serve(meta.Query{Equal: []meta.Equality{{Path: "a", Missing: true}}}, func(string) bool { return false }); served {
		t.Error("a sparse index serves what it leaves out")
	}
}

// TestCollated: an index with a collation serves no beginnings of text, and no pages whose order
// only its uniqueness makes total: whether two keys are the same, only the server knows.
func TestCollated(t *testing.T) {
	t.Parallel()
	ordered := meta.Index{Keys: keys("a", "_id")}
	unique := meta.Index{Keys: keys("a", "b"), Unique: true}
	sorted := meta.Query{Sort: []meta.Key{{Path: "a"}}}
	begins := meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true, Prefix: true}}}
	one := meta.Query{Equal: []meta.Equality{{Path: "a"}}}
	both := meta.Query{Equal: []meta.Equality{{Path: "a"}, {Path: "b"}}}
	for name, test := range map[string]struct {
		index meta.Index
		q     meta.Query
		want  bool
	}{
		"a sort":                          {ordered, sorted, true},
		"a range":                         {ordered, meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true}}}, true},
		"a beginning":                     {ordered, begins, false},
		"a beginning, only to count":      {ordered, meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true, Prefix: true}}, Unordered: true}, false},
		"a unique sort":                   {unique, sorted, false},
		"a unique sort, only to count":    {unique, meta.Query{Ranges: []meta.Range{{Path: "a", Finds: true}}, Unordered: true}, true},
		"equality on part of a unique":    {unique, one, false},
		"equality on the whole of unique": {unique, both, true},
	} {
		many := func(string) bool { return false }
		for _, locale := range []string{"", "simple"} {
			test.index.Collation.Locale = locale
			if _, served := test.index.Serve(test.q, many); !served {
				t.Errorf("%s: not served by the locale %q", name, locale)
			}
		}
		test.index.Collation.Locale = "en"
		if _, served := test.index.Serve(test.q, many); served != test.want {
			t.Errorf("%s: served is %t", name, served)
		}
	}
}
