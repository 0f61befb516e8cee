package raw

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// Scan calls visit with each document of a page, in order, and returns where the
// next page starts: empty after the last. A document is good until visit
// returns. An error of visit ends the scan and is returned.
func (d Documents) Scan(ctx context.Context, s Selection, visit func(doc bson.Raw) error) (store.Cursor, error) {
	if s.Limit < 0 || s.Limit > meta.MaxLimit {
		return "", d.c.invalid("limit", "out_of_range", fmt.Sprintf("must be from 1 to %d", meta.MaxLimit))
	}
	p, err := d.plan(ctx, s)
	if err != nil {
		return "", err
	}
	if p.search != nil {
		return "", d.each(ctx, p, limitedTo(p.limit), visit)
	}
	w := newWalk(p, visit)
	// One document more than the page holds shows whether there is a next page.
	err = d.each(ctx, p, limitedTo(p.limit+1), w.take)
	if err == nil && w.crowded() {
		w.goOn()
		err = d.each(ctx, w.plan, options.Find().SetBatchSize(streamed), w.take)
	}
	if err != nil || !w.more {
		return "", err
	}
	return w.plan.cursor(w.last), nil
}

func limitedTo(n int) *options.FindOptionsBuilder {
	return options.Find().SetLimit(int64(n)).SetBatchSize(int32(n))
}

// plan finds the index that serves s, and the place after which the page begins.
func (d Documents) plan(ctx context.Context, s Selection) (*plan, error) {
	s.deleted = d.asksForDeleted()
	p, err := d.c.plan(s)
	if err != nil || p.after == nil || p.after.of.IsZero() {
		return p, err
	}
	id := p.after.of
	doc, err := d.WithDeleted().first(ctx, bson.D{{Key: "_id", Value: id}})
	if errors.Is(err, store.ErrNotFound) {
		return nil, d.c.invalid("after", "cursor", "is at a document that is gone; begin with the first page")
	}
	if err != nil {
		return nil, err
	}
	at := place{}
	at.keys, _ = keysOf(nil, doc, p.order)
	if !p.total {
		at.shown = []bson.RawValue{id}
	}
	return p.from(at), nil
}

// streamed is how many documents a Stream holds in memory at most: servers send 16 MiB at a
// time otherwise.
const streamed = 1000

// Stream calls visit with every document that s selects, whatever its Limit. From an index
// that gives no order, they come in none, so that the database need not sort them all.
func (d Documents) Stream(ctx context.Context, s Selection, visit func(doc bson.Raw) error) error {
	s.Limit = 0
	p, err := d.plan(ctx, s)
	if err != nil {
		return err
	}
	if p.search != nil {
		return d.c.invalid(meta.SearchParameter, "not_served", "gives one page, and no stream of all documents")
	}
	if p.index.Exact && s.Sort == "" && s.After == "" {
		p.order = nil
	}
	return d.each(ctx, p, options.Find().SetBatchSize(streamed), func(doc bson.Raw) error {
		if p.passed(doc) {
			return nil
		}
		return visit(doc)
	})
}

// ErrStop ends each early, without an error.
var ErrStop = errors.New("stop")

func (d Documents) each(ctx context.Context, p *plan, opts *options.FindOptionsBuilder, visit func(bson.Raw) error) error {
	coll, err := d.collection()
	if err != nil || p.empty {
		return err
	}
	if sort := p.sort(); sort != nil {
		opts.SetSort(sort)
	}
	p.project(opts)
	err = coll.each(ctx, d.visible(p.filter()), opts.SetCollation(collationOf(p.index)), visit)
	if visited, ok := errors.AsType[visitError](err); ok {
		if errors.Is(err, ErrStop) {
			return nil
		}
		return visited.error
	}
	return d.wrapError(ctx, p, err)
}
