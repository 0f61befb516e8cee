package store

import (
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// Filter is a condition on documents of type D. The zero Filter matches all.
type Filter[D any] struct{ clauses []meta.Clause }

func condition[D any](c meta.Condition) Filter[D] { return Filter[D]{[]meta.Clause{{Condition: c}}} }

// And matches what all filters match, and everything without filters.
func And[D any](filters ...Filter[D]) Filter[D] {
	var all Filter[D]
	for _, f := range filters {
		all.clauses = append(all.clauses, f.clauses...)
	}
	return all
}

// Or matches what one of the filters matches, and nothing without filters. It is for
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

// Unindexed returns f, allowed even if no index serves it. The database searches all that the
// rest of the query selects, and the whole collection if there is no rest.
func Unindexed[D any](f Filter[D]) Filter[D] {
	return Filter[D]{[]meta.Clause{{Kind: meta.ClauseUnindexed, Parts: f.clauses}}}
}

// Search matches what has a word of text in the collection's text index, and gives one page of the
// best matches, without a Next. A word in quotes has to be there, one behind a - must not. It stands
// alone.
func Search[D any](text string) Filter[D] {
	return Filter[D]{[]meta.Clause{{Kind: meta.ClauseSearch, Condition: meta.Condition{Value: wire.StringValue(text)}}}}
}

// Clauses returns what the Filter consists of, all of which a document has to fulfil.
func (f Filter[D]) Clauses() []meta.Clause { return f.clauses }
