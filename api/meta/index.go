// Package meta has a schema, and what is asked of it, as data: collections with their
// fields and indexes, conditions, and which queries an index serves. The runtime goes by
// what the generator describes.
package meta

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// idPath is the path that every document has, and no two documents share.
const idPath = "_id"

// Index is an index of a collection, besides the one on _id.
type Index struct {
	Name   string
	Keys   []Key
	Unique bool
	// Expires says that documents are removed once TTL, in whole seconds, has passed
	// since the date at the key.
	Expires bool
	TTL     time.Duration
	Sparse  bool
	// Partial limits the index to documents that fulfil all of it.
	Partial []Condition
	// Living limits the index to documents that are not deleted.
	Living bool
	// Text makes it an index for words, which only searches use; nil for one that is ordered.
	Text *TextSearch
	// Exact says that pages which equality on the first keys selects come in the order of
	// _id, although the index has them in no order. It is the same index without.
	Exact bool
	// Collation compares text in the index, and in the queries that it serves.
	Collation Collation
	// Hidden indexes serve no queries.
	Hidden bool
}

// Key is one part of an Index.
type Key struct {
	// Path is dotted.
	Path       string
	Descending bool
}

// By says how a Condition limits the documents of an index.
type By int

// The ways to limit an index.
const (
	// Value limits it to documents with one value at the path.
	Value By = iota
	// Existence limits it to documents that have the path.
	Existence
	// Order limits it by a comparison: no query can be known to ask for no more.
	Order
	// OneValue limits a query, not an index, to documents with one value at the path,
	// whichever it is.
	OneValue
)

// limitsBy tells how the condition limits the documents of an index.
func (c Condition) limitsBy() By {
	switch c.Op {
	case Eq:
		return Value
	case Exists:
		return Existence
	}
	return Order
}

// Total reports whether the index puts its documents in an order in which no two are equal,
// as pages need it.
func (x *Index) Total() bool { return x.Unique || x.at(idPath) >= 0 }

// SortsByID reports whether pages come in the order of _id, for which the database has to sort
// what the index finds.
func (x *Index) SortsByID() bool { return x.Exact && !x.Total() }

// Need is what a query has to ask for besides, for an index to hold all that it
// selects.
type Need struct {
	Path string
	// By is Value, if it has to be the value that the index is limited to, Existence, if
	// any will do, or OneValue, if any will do that it is equal to.
	By By
}

// Needs are what every query has to ask for; ok is false if the index serves no page
// whatever is asked for.
func (x *Index) Needs() (needs []Need, ok bool) {
	switch {
	case x.Hidden || x.Text != nil || !x.Total() && !x.Exact:
		return nil, false
	case x.SortsByID():
		needs = append(needs, Need{x.Keys[0].Path, OneValue})
	case !x.Collation.IsPlain() && x.at(idPath) < 0:
		for _, k := range x.Keys {
			needs = append(needs, Need{k.Path, OneValue})
		}
	case x.Sparse:
		needs = append(needs, Need{x.Keys[0].Path, Existence})
	}
	for _, limit := range x.Partial {
		by := limit.limitsBy()
		if by == Order || by == Existence && x.at(limit.Path) < 0 {
			return nil, false
		}
		needs = append(needs, Need{limit.Path, by})
	}
	return needs, true
}

// at is the position of the key with a path, -1 where there is none.
func (x *Index) at(path string) int {
	return slices.IndexFunc(x.Keys, func(k Key) bool { return k.Path == path })
}

// Others returns a filter for documents other than the one with the given _id that have
// the key that value gives. ok is false where that need be no mistake: the index is
// not unique, or does not hold all documents, or part of the key is missing, or all
// of it stays as it is.
func (x *Index) Others(id bson.RawValue, value func(path string) (bson.RawValue, bool)) (where bson.D, ok bool) {
	where = bson.D{{Key: "_id", Value: bson.D{{Key: string(Ne), Value: id}}}}
	changed := false
	for _, key := range x.Keys {
		v, isNew := value(key.Path)
		if v.IsZero() || v.Type == bson.TypeNull {
			return nil, false
		}
		changed = changed || isNew
		where = append(where, bson.E{Key: key.Path, Value: bson.D{{Key: string(Eq), Value: v}}})
	}
	return where, changed && x.Unique && !x.Hidden && len(x.Partial) == 0
}

// Served names the index's keys, and what else a query has to ask for, by what named makes of
// paths; empty if no page is served by it.
func (x *Index) Served(named func(path string) string) string {
	needs, ok := x.Needs()
	if !ok {
		return ""
	}
	keys := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		keys[i] = named(k.Path)
	}
	text := strings.Join(keys, ", ")
	if x.SortsByID() {
		text += " (in the order of _id)"
	}
	if !x.Collation.IsPlain() {
		text += fmt.Sprintf(" (collation %s)", x.Collation)
	}
	if x.Living {
		text += " (of documents that are not deleted)"
	}
	for _, need := range needs {
		if need.IsDeletion() {
			text += " (of documents that are deleted)"
			continue
		}
		switch need.By {
		case Existence:
			text += fmt.Sprintf(" (if a value of %s is asked for)", named(need.Path))
		case OneValue:
			text += fmt.Sprintf(" (if %s equals a value)", named(need.Path))
		case Value, Order:
			limit := slices.IndexFunc(x.Partial, func(c Condition) bool { return c.Path == need.Path && c.Op == Eq })
			text += fmt.Sprintf(" (if %s equals %s)", named(need.Path), x.Partial[limit].Value)
		}
	}
	return text
}
