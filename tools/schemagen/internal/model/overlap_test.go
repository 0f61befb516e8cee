package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
)

// asked is a query: conditions with their values, which may be those that indexes are limited to.
type asked struct {
	meta.Query
	values []int
}

// server answers queries as the runtime does: by the index on _id, else the first that serves them
// and has the order by itself, else one with which the database sorts.
type server []*Index

func (s server) serve(q asked) (x *Index, order []meta.Key) {
	for _, candidate := range s {
		for i, e := range q.Equal {
			limit := candidate.Limit(e.Path)
			q.Equal[i].Limit = limit != nil && fmt.Sprint(limit) == fmt.Sprint(q.values[i])
		}
		many := func(path string) bool { return path == "tags" }
		served, ok := candidate.Serving().Serve(q.Query, many)
		switch {
		case ok && !candidate.Exact:
			return candidate, served
		case ok && x == nil:
			x, order = candidate, served
		}
	}
	return x, order
}

// without are the indexes of a collection, all of them and those that are not named as redundant.
type without struct {
	all, rest server
	// problems are what is said of the others, by name.
	problems map[string]string
}

func drawWithout(t *rapid.T, dir string) without {
	s := rapid.Custom(func(t *rapid.T) *Schema {
		s, err := Load(Input{Collections: []def.Collection{drawIndexed(t)}, Dir: "schema", Root: dir})
		if err != nil {
			return nil
		}
		return s
	}).Filter(func(s *Schema) bool { return s != nil }).Draw(t, "schema")
	c := s.Collections[0]
	id := &Index{Name: "_id_", Keys: []Key{{Path: c.Paths[0]}}}
	w := without{server{id}, server{id}, map[string]string{}}
	for _, warning := range s.Warnings {
		w.problems[strings.TrimPrefix(warning.Path, "Person index ")] = warning.Problem
	}
	for _, x := range c.Indexes {
		w.all = append(w.all, x)
		if w.problems[x.Name] == "" {
			w.rest = append(w.rest, x)
		}
	}
	return w
}

// Without all the indexes that are named as redundant, every query is served as it was: in the same order,
// comparing text in the same way. What one that extends another served behind its keys is lost, as
// the warning says.
func TestNothingIsLostWithoutRedundantIndexes(t *testing.T) {
	dir := root(t, nil)
	named, compared := map[string]int{}, 0
	check := func(t *rapid.T) {
		w := drawWithout(t, dir)
		for _, problem := range w.problems {
			named[kindOf(problem)]++
		}
		for range 60 {
			q := drawAsked(t, w.all)
			was, order := w.all.serve(q)
			if was == nil {
				continue
			}
			is, now := w.rest.serve(q)
			switch problem := w.problems[was.Name]; {
			case problem == "" && is != was:
				t.Fatalf("%+v came to %s, and now to %v", q, was.Name, is)
			case problem == "" || touches(q, lost(problem)):
			case is == nil:
				t.Fatalf("%s: %s: but %+v is served no longer", was.Name, problem, q)
			case is.Collation.IsPlain() != was.Collation.IsPlain():
				t.Fatalf("%+v compares text otherwise: by %s, and now by %s", q, was.Name, is.Name)
			case !q.Unordered && !sameOrder(q, order, now, problem):
				t.Fatalf("%s: %s: but %+v came in the order %v, and now in %v", was.Name, problem, q, order, now)
			default:
				compared++
			}
		}
	}
	for range 5 {
		rapid.Check(t, check)
	}
	if len(named) < 3 || compared < 20 {
		t.Errorf("named were %v, and %d queries of theirs were compared", named, compared)
	}
}

// kindOf returns a problem without names.
func kindOf(problem string) string {
	kind := "is served"
	if strings.Contains(problem, "adds only") {
		kind = "extends"
	}
	if _, direction, ok := strings.Cut(problem, "; "); ok {
		kind += ", " + direction
	}
	return kind
}

// lost returns the paths that a problem lists as those no longer served.
func lost(problem string) []string {
	_, list, _ := strings.Cut(problem, "sorts by ")
	list, _, _ = strings.Cut(list, " behind")
	return strings.Split(list, " and ")
}

// touches reports whether a query has a condition or a sort on one of the paths.
func touches(q asked, paths []string) bool {
	return slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return slices.Contains(paths, e.Path) }) ||
		slices.ContainsFunc(q.Ranges, func(r meta.Range) bool { return slices.Contains(paths, r.Path) }) ||
		slices.ContainsFunc(q.Sort, func(k meta.Key) bool { return slices.Contains(paths, k.Path) })
}

// sameOrder reports whether documents come in the same order: of two total orders, one begins with the other. What
// has one value orders nothing, nor does what is behind the keys of a unique index. Where no sort is given, an
// index that runs the other way round may say so, and under Unindexed there is no order to rely on.
func sameOrder(q asked, was, is []meta.Key, problem string) bool {
	one := slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == idPath })
	if one || len(q.Sort) == 0 && q.Meant {
		return true
	}
	was, is = ordering(q, was), ordering(q, is)
	if i := slices.IndexFunc(was, func(k meta.Key) bool { return slices.Contains(lost(problem), k.Path) }); i >= 0 {
		was = was[:i]
	}
	n := min(len(was), len(is))
	if q.Meant {
		n = min(n, len(q.Sort))
	}
	if len(q.Sort) == 0 && strings.Contains(problem, "is seen only where no sort is given") && n > 0 && was[0] != is[0] {
		for i := range was {
			was[i].Descending = !was[i].Descending
		}
	}
	return slices.Equal(was[:n], is[:n])
}

// ordering returns the keys that q has no equality on.
func ordering(q asked, order []meta.Key) []meta.Key {
	return slices.DeleteFunc(slices.Clone(order), func(k meta.Key) bool {
		return slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == k.Path })
	})
}

// drawIndexed draws a collection with a few indexes, many of them made of one before.
func drawIndexed(t *rapid.T) def.Collection {
	number := func(name string) def.Field { return def.Field{Name: name, Type: def.Int, Required: true} }
	c := person(number("a"), number("b"), number("c"), def.Field{Name: "tags", Type: def.Set(def.Int), Required: true})
	c.SoftDelete = rapid.IntRange(0, 5).Draw(t, "soft") == 0
	for i := range rapid.IntRange(2, 4).Draw(t, "indexes") {
		x := drawIndex(t)
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "made of another") > 0 {
			x = drawFrom(t, x, rapid.SampledFrom(c.Indexes).Draw(t, "the other"))
		}
		x.Name = fmt.Sprint("x", i)
		c.Indexes = append(c.Indexes, x)
	}
	return c
}

func drawIndex(t *rapid.T) def.Index {
	oneIn := func(n int, label string) bool { return rapid.IntRange(1, n).Draw(t, label) == 1 }
	paths := rapid.SampledFrom([]string{"a", "a", "b", "c", "tags", "_id"})
	x := def.Index{Keys: rapid.SliceOfNDistinct(paths, 1, 3, rapid.ID[string]).Draw(t, "keys"), Hidden: oneIn(12, "hidden")}
	for k := range x.Keys {
		if oneIn(4, "backwards") {
			x.Keys[k] = "-" + x.Keys[k]
		}
	}
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0, 1:
		x.Unique = true
	case 2, 3:
		x.Exact = true
	case 4:
		x.Sparse, x.Exact = true, oneIn(2, "exact")
	}
	if !x.Sparse && oneIn(5, "partial") {
		x.Partial = []def.Condition{{Path: "b", Value: 1}}
	}
	if oneIn(6, "collation") {
		x.Collation = def.Collation{Locale: "en", Strength: 2}
	}
	return x
}

// drawFrom gives x the first keys that another has, and mostly its options.
func drawFrom(t *rapid.T, x, other def.Index) def.Index {
	keys := slices.Clone(other.Keys[:rapid.IntRange(1, len(other.Keys)).Draw(t, "shared")])
	if rapid.IntRange(0, 2).Draw(t, "reversed") == 0 {
		for k := range keys {
			keys[k] = strings.TrimPrefix("-"+keys[k], "--")
		}
	}
	for _, key := range x.Keys {
		path := strings.TrimPrefix(key, "-")
		if !slices.Contains(keys, path) && !slices.Contains(keys, "-"+path) {
			keys = append(keys, key)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "as the other") > 0 {
		x = other
		x.Unique = rapid.IntRange(0, 3).Draw(t, "unique") == 0 && !x.Exact
	}
	x.Keys = keys[:rapid.IntRange(1, min(4, len(keys))).Draw(t, "length")]
	return x
}

// drawAsked draws a query that one of the indexes might serve.
func drawAsked(t *rapid.T, s server) asked {
	q := asked{}
	q.Unordered = rapid.IntRange(0, 3).Draw(t, "unordered") == 0
	q.Meant = rapid.IntRange(0, 5).Draw(t, "meant") == 0
	q.Deleted = rapid.IntRange(0, 9).Draw(t, "deleted") == 0
	x := rapid.SampledFrom(s).Draw(t, "index")
	keys := x.Serving().Keys
	equal := func(path string) {
		q.Equal = append(q.Equal, meta.Equality{Path: path, Missing: rapid.Bool().Draw(t, "missing")})
		q.values = append(q.values, rapid.IntRange(1, 2).Draw(t, "value"))
	}
	n := rapid.IntRange(0, len(keys)).Draw(t, "equal")
	for _, k := range keys[:n] {
		equal(k.Path)
	}
	if rapid.Bool().Draw(t, "limit") && !slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == "b" }) {
		equal("b")
	}
	rest := slices.DeleteFunc(slices.Clone(keys[n:]), func(k meta.Key) bool {
		return slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == k.Path })
	})
	for _, k := range rest[:rapid.IntRange(0, min(2, len(rest))).Draw(t, "ranges")] {
		q.Ranges = append(q.Ranges, meta.Range{
			Path: k.Path, Finds: rapid.IntRange(0, 3).Draw(t, "finds") > 0, Choice: rapid.Bool().Draw(t, "choice"), Prefix: rapid.IntRange(0, 5).Draw(t, "prefix") == 0,
		})
	}
	if q.Unordered {
		return q
	}
	backwards := rapid.Bool().Draw(t, "sorted backwards")
	for _, k := range rest[:rapid.IntRange(0, len(rest)).Draw(t, "sorts")] {
		q.Sort = append(q.Sort, meta.Key{Path: k.Path, Descending: k.Descending != backwards})
	}
	hasID := slices.ContainsFunc(q.Equal, func(e meta.Equality) bool { return e.Path == idPath })
	if len(q.Sort) == 0 && !hasID && rapid.IntRange(0, 3).Draw(t, "by id") == 0 {
		q.Sort = []meta.Key{{Path: "_id", Descending: backwards}}
	}
	return q
}
