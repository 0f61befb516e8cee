package runtime

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
)

// GetMany is Documents.GetMany, decoded; value turns an _id into BSON. Documents that do not
// fit their schema are missing from the answer too, and the error joins a *DocumentError for
// each: the answer is good beside it.
func GetMany[D any, P decodable[D], K comparable](ctx context.Context, d Documents, value func(K) bson.RawValue, ids ...K) (map[K]*D, error) {
	values, asked := make([]bson.RawValue, len(ids)), make(map[string]K, len(ids))
	for i, id := range ids {
		values[i] = value(id)
		asked[raw.IDKey(values[i])] = id
	}
	found := make(map[K]*D, len(ids))
	var misfits []error
	err := d.Among(ctx, values, func(doc bson.Raw) {
		v, err := decode[D, P](d, doc, nil)
		if err != nil {
			misfits = append(misfits, err)
			return
		}
		found[asked[raw.IDKey(doc.Lookup("_id"))]] = v
	})
	if err != nil {
		return nil, err
	}
	return found, errors.Join(misfits...)
}
