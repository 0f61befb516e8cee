// Package meta says of a schema what both the runtime goes by and the generator
// describes: so far, which queries an index serves.
package meta

import "slices"

// idPath is the path that every document has, and no two documents share.
const idPath = "_id"

// Key is one part of an index.
type Key struct {
	// Path is dotted.
	Path       string
	Descending bool
}

// Index is what of an index decides which queries it serves.
type Index struct {
	Keys           []Key
	Unique, Sparse bool
	Limits         []Limit
}

// Limit is a condition that an index's documents fulfil.
type Limit struct {
	Path string
	By   By
}

// By says how a Limit compares.
type By int

// The ways to limit an index.
const (
	// Value limits it to documents with one value at the path.
	Value By = iota
	// Existence limits it to documents that have the path.
	Existence
	// Order limits it by a comparison: no query can be known to ask for no more.
	Order
)

// Total says that the index puts its documents in an order in which no two are equal,
// as pages need it.
func (x *Index) Total() bool { return x.Unique || x.at(idPath) >= 0 }

// Need is what a query has to ask for besides, for an index to hold all that it
// selects.
type Need struct {
	Path string
	// By is Value, if it has to be the value that the index is limited to, or
	// Existence, if any will do.
	By By
}

// Needs are what every query has to ask for; ok is false if the index serves no page
// whatever is asked for.
func (x *Index) Needs() (needs []Need, ok bool) {
	if !x.Total() {
		return nil, false
	}
	if x.Sparse {
		needs = append(needs, Need{x.Keys[0].Path, Existence})
	}
	for _, limit := range x.Limits {
		if limit.By == Order || limit.By == Existence && x.at(limit.Path) < 0 {
			return nil, false
		}
		needs = append(needs, Need(limit))
	}
	return needs, true
}

// at is the position of the key with a path, -1 where there is none.
func (x *Index) at(path string) int {
	return slices.IndexFunc(x.Keys, func(k Key) bool { return k.Path == path })
}
