package raw

import (
	"context"

	"github.com/partywall/partywall/api/meta"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// Collection is a declared collection, and its own part of serving it.
type Collection struct {
	meta.Collection
	Codec Codec
}

// Fits returns a *store.DocumentError if doc does not fit the schema.
func (c *Collection) Fits(doc bson.Raw) error {
	r := wire.NewReader(doc)
	defer r.Release()
	if c.Codec.JSON(r, nil); r.Err() != nil {
		return NewDocumentError(c.Name, doc, r.Err())
	}
	return nil
}

// Codec is what serving a collection over HTTP takes of its generated package.
type Codec struct {
	// JSON transcodes the document that r stands at. What does not fit is r.Err().
	JSON func(r *wire.Reader, dst []byte) []byte
	// New reads a request into the document to insert.
	New func(ctx context.Context, req Input) (bson.Raw, error)
	// Patch reads a request that is a JSON merge patch (RFC 7396).
	Patch func(ctx context.Context, req Input) (Changes, error)
}
