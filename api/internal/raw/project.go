package raw

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
)

// GetFields does what Get does, and reads of the document the given paths, its _id and what its Rev
// is made of.
func (d Documents) GetFields(ctx context.Context, id ID, fields []string) (bson.Raw, error) {
	coll, err := d.collection()
	if err != nil {
		return nil, err
	}
	opts := options.FindOne().SetProjection(projection(fields, d.c.revPaths()...))
	doc, err := coll.findOne(ctx, d.visible(bson.D{{Key: "_id", Value: id}}), opts)
	return doc, WrapError(d.c.Name, err)
}

// revPaths are what a Rev is made of.
func (c *Collection) revPaths() []string {
	if updated := c.UpdatedPath(); updated != "" {
		return []string{meta.RevPath, updated}
	}
	return []string{meta.RevPath}
}

// projection asks for fields and for others. A path below another of them is part of it, and MongoDB
// refuses both side by side.
func projection(fields []string, others ...string) bson.D {
	paths := slices.Concat(fields, others)
	slices.Sort(paths)
	wanted := bson.D{{Key: "_id", Value: 1}}
	for _, path := range slices.Compact(paths) {
		within := func(e bson.E) bool { return e.Key == path || strings.HasPrefix(path, e.Key+".") }
		if !slices.ContainsFunc(wanted, within) {
			wanted = append(wanted, bson.E{Key: path, Value: 1})
		}
	}
	return wanted
}

// project limits what opts read to the plan's fields, and to what tells where a page ended.
func (p *plan) project(opts *options.FindOptionsBuilder) {
	if p.fields == nil {
		return
	}
	var keys []string
	for _, k := range p.order {
		// As a whole: of an array, what is no document would be left out, and the place with it.
		name, _, _ := strings.Cut(k.Path, ".")
		keys = append(keys, name)
	}
	opts.SetProjection(projection(p.fields, keys...))
}
