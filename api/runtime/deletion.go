package runtime

import (
	"context"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// GetDeleted is Get of a document that is deleted.
func GetDeleted[D any, P decodable[D]](ctx context.Context, d Documents, id raw.ID) (*D, error) {
	doc, err := d.Deleted().Get(ctx, id)
	return decode[D, P](d, doc, err)
}

// Restore is Documents.Restore, decoded.
func Restore[D any, P decodable[D]](ctx context.Context, d Documents, id raw.ID, opts ...store.WriteOption) (*D, error) {
	doc, err := d.Restore(ctx, id, Changes{}, opts...)
	return decode[D, P](d, doc, err)
}

// asked returns the documents that a query is about. The error is an *InvalidError if they are the
// deleted ones, and none are kept.
func asked(d Documents, deleted bool) (Documents, error) {
	switch {
	case !deleted:
		return d, nil
	case !d.KeepsDeleted():
		var problems check.FieldErrors
		problems.Add("deleted", "not_served", "asks for what is deleted, which the collection does not keep; declare SoftDelete")
		return d, &store.InvalidError{Collection: d.Name(), Fields: problems}
	}
	return d.Deleted(), nil
}
