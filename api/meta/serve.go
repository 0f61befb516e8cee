package meta

import "slices"

// Query is what is asked of an index.
type Query struct {
	// Equal are the comparisons with one value, at a path each.
	Equal []Equality
	// Next is the path of the ranges or of the sort, empty without either.
	Next string
	// Finds says that the ranges leave out what lacks Next.
	Finds bool
	// Choice says that there is one range, which is a choice of several values.
	Choice bool
	// Prefix says that one of the ranges is a beginning of text, which is no range under a
	// collation.
	Prefix bool
	// Sorted says that Next is sorted by, Descending how.
	Sorted, Descending bool
	// Unordered says that it does not matter in which order documents come, as where
	// they are only counted.
	Unordered bool
	// Deleted says that documents are asked for that are deleted.
	Deleted bool
	// Meant says that it is known to take what no index serves.
	Meant bool
}

// Equality is a comparison with one value.
type Equality struct {
	Path string
	// Missing says that what lacks the path has the value, too.
	Missing bool
	// Limit says that the value is the one that the index is limited to.
	Limit bool
}

// Serve says whether the index serves q, and in which total order: the keys behind
// those that q has equality on, reversed as a whole where the sort runs against the
// first. many says which paths lead through or to arrays.
func (x *Index) Serve(q Query, many func(path string) bool) (order []Key, served bool) {
	n := x.prefix(q)
	if x.Hidden || x.Text != nil || q.Prefix && !x.Collation.IsPlain() || n < 0 || !x.holdsAll(q) || !q.Unordered && !x.Total() && !x.Exact {
		return nil, false
	}
	rest := x.Keys[n:]
	if x.SortsByID() && !q.Unordered && !q.Meant {
		return byID(q, n, rest, many)
	}
	if q.Next != "" && (len(rest) == 0 || rest[0].Path != q.Next) {
		return nil, false
	}
	ordering := rest
	// An array has no one place in the order, but what has one of a few values in it
	// can be merged in the order of what comes behind.
	if q.Choice && !q.Sorted && many(q.Next) {
		ordering = rest[1:]
	}
	// Behind an array a document stands in several places of the order.
	if slices.ContainsFunc(ordering, func(k Key) bool { return k.Path != idPath && many(k.Path) }) {
		return nil, false
	}
	order = reversed(ordering, q.Sorted && rest[0].Descending != q.Descending)
	if i := slices.IndexFunc(order, func(k Key) bool { return k.Path == idPath }); i >= 0 {
		return order[:i+1], true // no two documents share it
	}
	switch {
	case len(ordering) < len(rest) || x.SortsByID(): // no longer the whole of a unique key, or never one
		order = append(order, Key{Path: idPath})
	case len(order) > 0 && !q.Unordered && !x.Collation.IsPlain(): // only the server can tell keys apart
		return nil, false
	}
	return order, true
}

// byID says whether pages of q can come in the order of _id from an index that has equality
// on its first n keys, followed by rest, but gives no order: the database sorts what equality
// selects, for each page. No range is served without, since that may select everything.
func byID(q Query, n int, rest []Key, many func(path string) bool) (order []Key, served bool) {
	switch {
	case n == 0:
		return nil, false
	case q.Next == "" || q.Next == idPath:
		return []Key{{Path: idPath, Descending: q.Sorted && q.Descending}}, true
	case q.Sorted || len(rest) == 0 || rest[0].Path != q.Next || many(q.Next) && !q.Choice:
		return nil, false
	}
	return []Key{{Path: idPath}}, true
}

func reversed(keys []Key, yes bool) []Key {
	order := slices.Clone(keys)
	for i := range order {
		order[i].Descending = order[i].Descending != yes
	}
	return order
}

// prefix is how many of the first keys q has equality on, -1 if it has it also on
// what is neither among them nor what the index is limited to.
func (x *Index) prefix(q Query) int {
	n := 0
	for n < len(x.Keys) && slices.ContainsFunc(q.Equal, func(e Equality) bool { return e.Path == x.Keys[n].Path }) {
		n++
	}
	for _, e := range q.Equal {
		if at := x.at(e.Path); !e.Limit && (at < 0 || at >= n) {
			return -1
		}
	}
	return n
}

// holdsAll says that the index holds every document that q can select.
func (x *Index) holdsAll(q Query) bool {
	if x.Living && q.Deleted {
		return false
	}
	for _, limit := range x.Partial {
		switch by := limit.limitsBy(); {
		case by == Value && slices.ContainsFunc(q.Equal, func(e Equality) bool { return e.Limit && e.Path == limit.Path }):
		case by == Existence && (q.finds(limit.Path) || q.Deleted && limit.Path == DeletedPath):
		default:
			return false
		}
	}
	return (x.Total() || x.Exact) && !x.Sparse || q.finds(x.Keys[0].Path)
}

// finds says that q leaves out documents that lack path.
func (q Query) finds(path string) bool {
	return q.Finds && q.Next == path ||
		slices.ContainsFunc(q.Equal, func(e Equality) bool { return e.Path == path && !e.Missing })
}
