package raw

import (
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// Selection is a query in terms of paths. Repositories have typed ones; code that
// serves every collection alike, such as the HTTP API, uses this.
type Selection struct {
	// Where is a conjunction.
	Where []meta.Condition
	// Others are the clauses of a Filter that are no conditions. One of them must be
	// Unindexed, or the Selection is not served.
	Others []meta.Clause
	// Search is a clause that asks for words in the text index; nil for none. It stands alone,
	// and gives one page.
	Search *meta.Clause
	// Sort are paths separated by commas, with a leading "-" for descending; empty means in the
	// order of the index that serves the query.
	Sort string
	// Limit is how many documents a page has at most; 0 means meta.DefaultLimit.
	Limit int
	// After is the Next of the page before.
	After store.Cursor
	// Fields are the paths to read of each document besides its _id, nil for all of it.
	Fields []string
	// Unordered reports whether documents may come in any order.
	Unordered bool
	// deleted reports whether it selects documents that are deleted.
	deleted bool
}

// SelectionOf returns the Selection of what f matches.
func SelectionOf[D any](f store.Filter[D]) Selection {
	var s Selection
	for _, c := range f.Clauses() {
		switch {
		case c.Kind == meta.ClauseCondition:
			s.Where = append(s.Where, c.Condition)
		case c.Kind == meta.ClauseSearch && s.Search == nil:
			s.Search = &c
		default:
			s.Others = append(s.Others, c)
		}
	}
	return s
}
