package runtime

import (
	"context"
	"errors"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// The functions below are what generated repositories consist of: operations
// of Documents, decoded.

// decodable is a pointer to a generated document.
type decodable[D any] interface {
	*D
	UnmarshalBSON([]byte) error
}

// decode turns what an operation of d returned into a D. The error of a document
// that does not fit is a *DocumentError.
func decode[D any, P decodable[D]](d Documents, doc bson.Raw, err error) (*D, error) {
	if err != nil {
		return nil, err
	}
	v := new(D)
	if err := P(v).UnmarshalBSON(doc); err != nil {
		return nil, d.DocumentError(doc, err)
	}
	return v, nil
}

// encodable is a pointer to a generated document.
type encodable[D any] interface {
	decodable[D]
	AppendBSON([]byte) []byte
}

// Create inserts doc, checked, and returns it as it reads from now on.
func Create[D any, P encodable[D]](ctx context.Context, d Documents, doc D, checks func(*D, *check.FieldErrors)) (*D, error) {
	if err := Check(d.Name(), func(p *check.FieldErrors) { checks(&doc, p) }); err != nil {
		return nil, err
	}
	raw := P(&doc).AppendBSON(nil)
	return decode[D, P](d, raw, d.Insert(ctx, raw))
}

// IDOrNew is id, or a new ObjectID for the zero one.
func IDOrNew(id bson.ObjectID) bson.ObjectID {
	if id.IsZero() {
		return bson.NewObjectID()
	}
	return id
}

// UUIDOrNew is id, or a new UUID for the zero one.
func UUIDOrNew(id store.UUID) store.UUID {
	if id.IsZero() {
		return store.NewUUID()
	}
	return id
}

// FirstRev is the revision of a new document whose _id may have been another's: the time in
// ms, so that no revision of that document comes again.
func FirstRev() int64 { return wire.Now().UnixMilli() }

// Get is Documents.Get, decoded.
func Get[D any, P decodable[D]](ctx context.Context, d Documents, id raw.ID) (*D, error) {
	doc, err := d.Get(ctx, id)
	return decode[D, P](d, doc, err)
}

// GetBy is Documents.GetBy, decoded.
func GetBy[D any, P decodable[D]](ctx context.Context, d Documents, where store.Filter[D]) (*D, error) {
	doc, err := d.GetBy(ctx, raw.SelectionOf(where).Where...)
	return decode[D, P](d, doc, err)
}

// Update is Documents.Update with patch, checked and decoded.
func Update[D, C any, P decodable[D]](
	ctx context.Context, d Documents, id raw.ID, patch C,
	checks func(*C, *check.FieldErrors), changes func(C) Changes, opts ...store.WriteOption,
) (*D, error) {
	if err := Check(d.Name(), func(p *check.FieldErrors) { checks(&patch, p) }); err != nil {
		return nil, err
	}
	doc, err := d.Update(ctx, id, changes(patch), opts...)
	return decode[D, P](d, doc, err)
}

// Find is Documents.Scan, decoded.
func Find[D any, P decodable[D]](ctx context.Context, d Documents, q store.Query[D]) (*store.Page[D], error) {
	d, err := asked(d, q.Deleted)
	if err != nil {
		return nil, err
	}
	page := new(store.Page[D])
	next, err := d.Scan(ctx, selection(q), func(doc bson.Raw) error {
		v, err := decode[D, P](d, doc, nil)
		if invalid, ok := errors.AsType[*store.DocumentError](err); ok {
			page.Invalid = append(page.Invalid, invalid)
			return nil
		}
		page.Documents = append(page.Documents, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Next = next
	return page, nil
}

// All is Documents.Stream, decoded. A document that does not fit is a
// *DocumentError, behind which the iteration goes on; any other error ends it.
func All[D any, P decodable[D]](ctx context.Context, d Documents, q store.Query[D]) iter.Seq2[*D, error] {
	return func(yield func(*D, error) bool) {
		d, err := asked(d, q.Deleted)
		if err != nil {
			yield(nil, err)
			return
		}
		err = d.Stream(ctx, selection(q), func(doc bson.Raw) error {
			v, err := decode[D, P](d, doc, nil)
			if !yield(v, err) {
				return raw.ErrStop
			}
			return nil
		})
		if err != nil {
			yield(nil, err)
		}
	}
}

// Count is Documents.Count of what where matches.
func Count[D any](ctx context.Context, d Documents, where store.Filter[D]) (int64, error) {
	return d.Count(ctx, raw.SelectionOf(where))
}

// HasAny is Documents.HasAny of what where matches.
func HasAny[D any](ctx context.Context, d Documents, where store.Filter[D]) (bool, error) {
	return d.HasAny(ctx, raw.SelectionOf(where))
}

// selection asks for a page of what q matches.
func selection[D any](q store.Query[D]) raw.Selection {
	s := raw.SelectionOf(q.Where)
	s.Sort, s.Limit, s.After = q.Sort.Sort(), q.Limit, q.After
	return s
}
