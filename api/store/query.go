package store

// Order is the order of a page's documents. The zero Order is the order of the index that
// serves the query.
type Order[D any] struct{ sort string }

// Sort returns the paths that are sorted by, separated by commas, with a leading "-" for
// descending; it is empty for the zero Order.
func (o Order[D]) Sort() string { return o.sort }

// Then returns o, and next among documents that o does not tell apart.
func (o Order[D]) Then(next Order[D]) Order[D] {
	if o.sort == "" || next.sort == "" {
		return Order[D]{sort: o.sort + next.sort}
	}
	return Order[D]{sort: o.sort + "," + next.sort}
}

// Query asks for documents of type D. It must be served by one index: with conditions on
// its first keys, each of them, equality before ranges, In and Prefix, and a sort by its keys behind
// those with equality, all as they are declared or all the other way round. Any other is an
// *InvalidError, unless the rest of it is Unindexed.
type Query[D any] struct {
	Where Filter[D]
	Sort  Order[D]
	// Limit is how many documents a page has at most, up to 200 (meta.MaxLimit); 0 means
	// 50 (meta.DefaultLimit).
	Limit int
	// After is the Next of the page before.
	After Cursor
	// Deleted asks for the deleted documents in place of the others, in a collection that keeps
	// them (SoftDelete). Unique indexes do not hold them, and serve no such query.
	Deleted bool
}

// Cursor marks where a page ended. It is for the same query on the same collection, and
// stays valid while documents come and go. But if the values are too long for an address, it
// marks the page's last document instead, and is refused once that is gone.
type Cursor string

// Page is a part of what a query selects.
type Page[D any] struct {
	Documents []*D
	// Invalid names the documents of the page that were left out, because they do not fit their schema.
	Invalid []*DocumentError
	// Next is where the next page starts, empty after the last.
	Next Cursor
}
