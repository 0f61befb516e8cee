package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/wire"
)

// BulkError says which of several documents were refused. The others are stored.
type BulkError struct {
	Collection string
	// Refused are in the order of their positions.
	Refused []Refusal
}

// Refusal is why the document at Position, from 0, was not stored.
type Refusal struct {
	Position int
	Err      error
}

// namedRefusals is how many refusals a BulkError's text names.
const namedRefusals = 3

func (e *BulkError) Error() string {
	var reasons []string
	for _, r := range e.Refused[:min(len(e.Refused), namedRefusals)] {
		reasons = append(reasons, fmt.Sprintf("number %d: %s", r.Position, r.Err))
	}
	if more := len(e.Refused) - len(reasons); more > 0 {
		reasons = append(reasons, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s: %d of the documents were refused, the others are stored: %s",
		e.Collection, len(e.Refused), strings.Join(reasons, "; "))
}

// Unwrap gives the refusals' errors.
func (e *BulkError) Unwrap() []error {
	errs := make([]error, len(e.Refused))
	for i, r := range e.Refused {
		errs[i] = r.Err
	}
	return errs
}

// InsertMany stores docs, each of which has an _id, in no order. When some are
// refused the error is a *BulkError.
func (d Documents) InsertMany(ctx context.Context, docs []bson.Raw) error {
	coll, err := d.collection()
	if err != nil || len(docs) == 0 {
		return err
	}
	if err := d.checkNew(ctx, numbered, docs...); err != nil {
		return err
	}
	_, err = coll.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil || len(bulk.WriteErrors) == 0 {
		return Failure(d.c.Name, err)
	}
	refused := &BulkError{Collection: d.c.Name}
	for _, e := range bulk.WriteErrors {
		refused.Refused = append(refused.Refused, Refusal{Position: e.Index, Err: d.notStored(ctx, e, docs[e.Index])})
	}
	slices.SortFunc(refused.Refused, func(a, b Refusal) int { return a.Position - b.Position })
	return refused
}

// notStored is why doc was not stored.
func (d Documents) notStored(ctx context.Context, e mongo.BulkWriteError, doc bson.Raw) error {
	if e.HasErrorCode(duplicateKey) {
		return d.duplicate(ctx, complaint{message: e.Message, details: []bson.Raw{e.Raw}}, d.takenBy(doc))
	}
	return fmt.Errorf("%s: %s", d.c.Name, e.Message)
}

// CreateMany inserts what document makes of each of news, and returns the
// documents as they read from now on. All are checked before one is written: the
// pointers of an *InvalidError begin with the position. When some are refused the
// error is a *BulkError, and what would have become of them is nil.
func CreateMany[D, N any, P encodable[D]](
	ctx context.Context, d Documents, news []N,
	document func(*N) *D, check func(*D, *wire.Problems),
) ([]*D, error) {
	docs := make([]bson.Raw, len(news))
	var problems wire.Problems
	for i := range news {
		doc := document(&news[i])
		var own wire.Problems
		check(doc, &own)
		for _, p := range own {
			problems.Add(numbered(i)+p.Pointer, p.Code, p.Message)
		}
		docs[i] = P(doc).AppendBSON(nil)
	}
	if len(problems) > 0 {
		return nil, &InvalidError{Collection: d.c.Name, Fields: problems}
	}
	err := d.InsertMany(ctx, docs)
	var refused *BulkError
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	return created[D, P](d, docs, refused, err)
}

// created are the documents that were stored.
func created[D any, P decodable[D]](d Documents, docs []bson.Raw, refused *BulkError, err error) ([]*D, error) {
	if refused != nil {
		for _, r := range refused.Refused {
			docs[r.Position] = nil
		}
	}
	made := make([]*D, len(docs))
	for i, doc := range docs {
		if doc == nil {
			continue
		}
		v, misfit := decode[D, P](d, doc, nil)
		if misfit != nil {
			return nil, misfit
		}
		made[i] = v
	}
	return made, err
}
