package runtime

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// CreateMany inserts what document makes of each of news, and returns the
// documents as they read from now on. All are checked before one is written: the
// pointers of an *InvalidError begin with the position. When some are refused the
// error is a *BulkError, and what would have become of them is nil.
func CreateMany[D, N any, P encodable[D]](
	ctx context.Context, d Documents, news []N,
	document func(*N) D, checks func(*D, *check.FieldErrors),
) ([]*D, error) {
	docs := make([]bson.Raw, len(news))
	var problems check.FieldErrors
	for i := range news {
		doc := document(&news[i])
		var own check.FieldErrors
		checks(&doc, &own)
		for _, p := range own {
			problems.Add(raw.AtPosition(i)+p.Pointer, p.Code, p.Message)
		}
		docs[i] = P(&doc).AppendBSON(nil)
	}
	if len(problems) > 0 {
		return nil, &store.InvalidError{Collection: d.Name(), Fields: problems}
	}
	err := d.InsertMany(ctx, docs)
	var refused *store.BulkError
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	return created[D, P](d, docs, refused, err)
}

// created are the documents that were stored.
func created[D any, P decodable[D]](d Documents, docs []bson.Raw, refused *store.BulkError, err error) ([]*D, error) {
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
