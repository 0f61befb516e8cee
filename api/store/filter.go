package store

import (
	"github.com/partywall/partywall/api/meta"
)

// Filter is a condition on documents of type D. The zero Filter matches all.
type Filter[D any] struct{ clauses []meta.Clause }

func condition[D any](c meta.Condition) Filter[D] { return Filter[D]{[]meta.Clause{{Condition: c}}} }

// And matches what every one of filters matches: everything without any.
func And[D any](filters ...Filter[D]) Filter[D] {
	var all Filter[D]
	for _, f := range filters {
		all.clauses = append(all.clauses, f.clauses...)
	}
	return all
}

// Or matches what one of filters matches: nothing without any. It is for
// Unindexed.
func Or[D any](filters ...Filter[D]) Filter[D] {
	parts := make([]meta.Clause, len(filters))
	for i, f := range filters {
		parts[i] = meta.Clause{Kind: meta.ClauseAll, Parts: f.clauses}
	}
	return Filter[D]{[]meta.Clause{{Kind: meta.ClauseAny, Parts: parts}}}
}

// Not matches what f does not match. It is for Unindexed.
func Not[D any](f Filter[D]) Filter[D] {
	return Filter[D]{[]meta.Clause{{Kind: meta.ClauseNone, Parts: f.clauses}}}
}

// Unindexed is f, whether or not an index serves it. The database looks for it in
// all that the rest of the query selects: in the whole collection where there is no
// rest.
func Unindexed[D any](f Filter[D]) Filter[D] {
	return Filter[D]{[]meta.Clause{{Kind: meta.ClauseUnindexed, Parts: f.clauses}}}
}

// Clauses are what the Filter consists of, all of which a document has to fulfil.
func (f Filter[D]) Clauses() []meta.Clause { return f.clauses }
