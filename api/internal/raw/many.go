package raw

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
)

// GetMany reads the documents with the given _ids in one query, by their IDKeys. Missing
// documents are left out; without ids there is no query. References of a whole page are
// followed with it.
func (d Documents) GetMany(ctx context.Context, ids ...bson.RawValue) (map[string]bson.Raw, error) {
	found := make(map[string]bson.Raw, len(ids))
	err := d.Among(ctx, ids, func(doc bson.Raw) { found[IDKey(doc.Lookup("_id"))] = slices.Clone(doc) })
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Among visits the documents that have one of ids. A document is good until visit
// returns.
func (d Documents) Among(ctx context.Context, ids []bson.RawValue, visit func(bson.Raw)) error {
	return d.among(ctx, ids, options.Find(), visit)
}

func (d Documents) among(ctx context.Context, ids []bson.RawValue, opts *options.FindOptionsBuilder, visit func(bson.Raw)) error {
	p := &plan{where: []meta.Condition{meta.NewOneOf("_id", ids...)}, empty: len(ids) == 0}
	return d.each(ctx, p, opts, func(doc bson.Raw) error {
		visit(doc)
		return nil
	})
}
