package raw

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
)

// Count returns how many documents fulfil s's Where, which one index must serve.
func (d Documents) Count(ctx context.Context, s Selection) (int64, error) {
	coll, p, err := d.filtered(s)
	if err != nil || p.empty {
		return 0, err
	}
	n, err := coll.count(ctx, d.visible(p.filter()), options.Count().SetCollation(collationOf(p.index)))
	return n, d.wrapError(ctx, p, err)
}

// CountUpTo returns how many documents fulfil s's Where, which one index must serve, and most if there
// are more.
func (d Documents) CountUpTo(ctx context.Context, s Selection, most int) (n int, more bool, err error) {
	coll, p, err := d.filtered(s)
	if err != nil || p.empty {
		return 0, false, err
	}
	opts := options.Count().SetCollation(collationOf(p.index)).SetLimit(int64(most) + 1)
	found, err := coll.count(ctx, d.visible(p.filter()), opts)
	return min(int(found), most), int(found) > most, d.wrapError(ctx, p, err)
}

// HasAny reports whether a document fulfils s's Where, which one index must serve.
func (d Documents) HasAny(ctx context.Context, s Selection) (bool, error) {
	coll, p, err := d.filtered(s)
	if err != nil || p.empty {
		return false, err
	}
	opts := options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetCollation(collationOf(p.index))
	_, found := coll.findOne(ctx, d.visible(p.filter()), opts)
	err = d.wrapError(ctx, p, found)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return found == nil, err
}

// First returns any document that fulfils s's Where, which one index must serve. The
// error is ErrNotFound if there is none.
func (d Documents) First(ctx context.Context, s Selection) (bson.Raw, error) {
	_, p, err := d.filtered(s)
	if err != nil {
		return nil, err
	}
	if p.empty {
		return nil, store.ErrNotFound
	}
	return d.firstBy(ctx, p.index, p.filter())
}

// filtered plans what s selects, whatever its order and page.
func (d Documents) filtered(s Selection) (collection, *plan, error) {
	coll, err := d.collection()
	if err != nil {
		return coll, nil, err
	}
	p, err := d.c.plan(Selection{Where: s.Where, Others: s.Others, Search: s.Search, Unordered: true, deleted: d.asksForDeleted()})
	return coll, p, err
}
