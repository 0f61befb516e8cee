package meta

import "slices"

// Query is what is asked of an index.
type Query struct {
	// Equal are the comparisons with one value, Ranges all others, at a path each.
	Equal  []Equality
	Ranges []Range
	// Sort are the keys to sort by, those that have one value left out.
	Sort []Key
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

// Range is what else a path is compared with.
type Range struct {
	Path string
	// Finds says that it leaves out what lacks the path.
	Finds bool
	// Choice says that it is one choice of several values.
	Choice bool
	// Prefix says that it is, or has, a beginning of text, which is no range under a collation.
	Prefix bool
}

// Serve says whether the index serves q, and in which total order: the keys behind
// those that q has equality on, reversed as a whole where the sort runs against the
// first. many says which paths lead through or to arrays.
//
// Conditions are on the first keys, each of them, so that the database looks only at what they
// bound: first equality, which leaves the order to the keys behind it, then whatever else.
func (x *Index) Serve(q Query, many func(path string) bool) (order []Key, served bool) {
	n, bound := x.bounds(q)
	if x.Hidden || x.Text != nil || bound < 0 || q.hasPrefix() && !x.Collation.IsPlain() || !x.holdsAll(q) || !q.Unordered && !x.Total() && !x.Exact {
		return nil, false
	}
	rest := x.Keys[n:]
	if x.SortsByID() && !q.Unordered && !q.Meant {
		return byID(q, n, rest, many)
	}
	ordering := rest
	// An array has no one place in the order, but what has one of a few values in it
	// can be merged in the order of what comes behind.
	if len(q.Sort) == 0 && len(rest) > 0 && q.chooses(rest[0].Path) && many(rest[0].Path) {
		ordering = rest[1:]
	}
	// Behind an array a document stands in several places of the order.
	if slices.ContainsFunc(ordering, func(k Key) bool { return k.Path != idPath && many(k.Path) }) {
		return nil, false
	}
	if order, served = sorted(ordering, q.Sort); !served {
		return nil, false
	}
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
	order, sorts := sorted([]Key{{Path: idPath}}, q.Sort)
	switch {
	case n == 0 || !sorts:
		return nil, false
	case len(rest) > 0 && q.compares(rest[0].Path) && many(rest[0].Path) && !q.chooses(rest[0].Path):
		return nil, false
	}
	return order, true
}

// sorted returns keys in the direction that by has, which begins as they do; ok is false if it does not.
func sorted(keys, by []Key) (order []Key, ok bool) {
	if len(by) > len(keys) {
		return nil, false
	}
	order = reversed(keys, len(by) > 0 && by[0].Descending != keys[0].Descending)
	return order, slices.Equal(order[:len(by)], by)
}

func reversed(keys []Key, yes bool) []Key {
	order := slices.Clone(keys)
	for i := range order {
		order[i].Descending = order[i].Descending != yes
	}
	return order
}

// bounds returns how many of the first keys q has equality on, and how many it has conditions on: -1
// if it has others, on what is neither among those nor what the index is limited to.
func (x *Index) bounds(q Query) (equal, bound int) {
	for equal < len(x.Keys) && q.equals(x.Keys[equal].Path) {
		equal++
	}
	bound = equal
	for bound < len(x.Keys) && (q.equals(x.Keys[bound].Path) || q.compares(x.Keys[bound].Path)) {
		bound++
	}
	within := func(path string) bool {
		at := x.at(path)
		return 0 <= at && at < bound || path == idPath && x.SortsByID()
	}
	if slices.ContainsFunc(q.Equal, func(e Equality) bool { return !e.Limit && !within(e.Path) }) ||
		slices.ContainsFunc(q.Ranges, func(r Range) bool { return !within(r.Path) }) {
		return equal, -1
	}
	return equal, bound
}

func (q Query) equals(path string) bool {
	return slices.ContainsFunc(q.Equal, func(e Equality) bool { return e.Path == path })
}

func (q Query) compares(path string) bool {
	return slices.ContainsFunc(q.Ranges, func(r Range) bool { return r.Path == path })
}

// chooses says that what is compared with path are a few values.
func (q Query) chooses(path string) bool {
	return slices.ContainsFunc(q.Ranges, func(r Range) bool { return r.Path == path && r.Choice })
}

func (q Query) hasPrefix() bool {
	return slices.ContainsFunc(q.Ranges, func(r Range) bool { return r.Prefix })
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
	return slices.ContainsFunc(q.Ranges, func(r Range) bool { return r.Path == path && r.Finds }) ||
		slices.ContainsFunc(q.Equal, func(e Equality) bool { return e.Path == path && !e.Missing })
}
