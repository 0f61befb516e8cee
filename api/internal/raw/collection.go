package raw

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Collection is a declared collection, with its codec.
type Collection struct {
	meta.Collection
	Codec Codec
}

// Render returns a stored document as the API answers with it. The error is why it does
// not fit the schema, nil if it does.
func (c *Collection) Render(doc bson.Raw) ([]byte, *store.DocumentError) {
	r := wire.NewReader(doc)
	defer r.Release()
	text := c.Codec.JSON(r, nil)
	if err := r.Err(); err != nil {
		return nil, c.DocumentError(doc, err)
	}
	return text, nil
}

// RevOf returns the Rev of a stored document.
func (c *Collection) RevOf(doc bson.Raw) store.Rev { return store.RevOf(doc, c.UpdatedPath()) }

// Codec is the part of a generated package that serves its collection over HTTP.
type Codec struct {
	// JSON transcodes the document at which r stands. If it does not fit, r.Err() says why.
	JSON func(r *wire.Reader, dst []byte) []byte
	// Check reads a stored document as Go does, and adds what a write of all its members would
	// refuse. The error, a *wire.ValueError, is why the document does not fit.
	Check func(doc bson.Raw, errs *check.FieldErrors) error
	// New reads a request into the document to insert.
	New func(ctx context.Context, req Input) (bson.Raw, error)
	// Patch reads a request that is a JSON merge patch (RFC 7396).
	Patch func(ctx context.Context, req Input) (Changes, error)
	// Elements serve lists whose elements are resources of their own.
	Elements []ElementCodec
}

// ElementCodec is the part of a Codec that serves the elements of a list.
type ElementCodec struct {
	// Name is the list's, Title that for people.
	Name, Title string
	// New reads a request into the change that appends an element, Patch one that is a JSON
	// merge patch of the element with the given _id. Both are nil if requests cannot set the list.
	New   func(ctx context.Context, req Input) (Changes, error)
	Patch func(ctx context.Context, req Input, id bson.ObjectID) (Changes, error)
	// Pull returns the change that removes an element.
	Pull func(id bson.ObjectID) Changes
}

// Declarations returns what collections declare of their databases: they have the names that
// they are stored under.
func Declarations(collections []Collection) []meta.Collection {
	list := make([]meta.Collection, len(collections))
	for i := range collections {
		list[i] = collections[i].Collection
		list[i].Name, list[i].Stored = list[i].StoredName(), ""
	}
	return list
}
