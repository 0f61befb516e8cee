package store

import (
	"context"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// duplicate names the field of a unique key that is taken. Servers tell it
// differently: MongoDB in keyPattern, others in the message's index name, some
// not at all; then taken looks which key is.
func (d Documents) duplicate(ctx context.Context, err error, taken func(context.Context, *Index) bool) error {
	dup := &DuplicateError{Collection: d.c.Name}
	if dup.Field = keyPattern(err); dup.Field != "" {
		return dup
	}
	for i := range d.c.Indexes {
		x := &d.c.Indexes[i]
		if x.Unique && namesIndex(err.Error(), x.Name) {
			dup.Field = x.Keys[0].Path
			return dup
		}
	}
	for i := range d.c.Indexes {
		x := &d.c.Indexes[i]
		if x.Unique && taken(ctx, x) {
			dup.Field = x.Keys[0].Path
			return dup
		}
	}
	return dup
}

// keyPattern is the first path of the server's keyPattern, empty without one.
func keyPattern(err error) string {
	var raws []bson.Raw
	var write mongo.WriteException
	var command mongo.CommandError
	if errors.As(err, &write) {
		for _, e := range write.WriteErrors {
			raws = append(raws, e.Raw)
		}
	}
	if errors.As(err, &command) {
		raws = append(raws, command.Raw)
	}
	for _, raw := range raws {
		if pattern, ok := raw.Lookup("keyPattern").DocumentOK(); ok {
			if keys, err := pattern.Elements(); err == nil && len(keys) > 0 {
				return keys[0].Key()
			}
		}
	}
	return ""
}

// namesIndex reports whether message names the index as a word of its own.
func namesIndex(message, index string) bool {
	words := strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(" '\"`,:", r) })
	for _, word := range words {
		if word == index {
			return true
		}
	}
	return false
}

// takenBy tells whether another document has doc's key.
func (d Documents) takenBy(doc bson.Raw) func(context.Context, *Index) bool {
	return func(ctx context.Context, x *Index) bool {
		return d.taken(ctx, x, doc.Lookup("_id"), func(path string) any { return lookup(doc, path) })
	}
}

// takenByChange tells whether another document has the key that the document
// with the given _id was to get.
func (d Documents) takenByChange(id bson.ObjectID, changes *Changes) func(context.Context, *Index) bool {
	return func(ctx context.Context, x *Index) bool {
		doc, err := d.Get(ctx, id)
		if err != nil {
			return false
		}
		return d.taken(ctx, x, id, func(path string) any {
			if value, touched := changes.Lookup(path); touched {
				return value
			}
			return lookup(doc, path)
		})
	}
}

func (d Documents) taken(ctx context.Context, x *Index, id any, value func(path string) any) bool {
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$ne", Value: id}}}}
	for _, key := range x.Keys {
		filter = append(filter, bson.E{Key: key.Path, Value: bson.D{{Key: "$eq", Value: value(key.Path)}}})
	}
	_, err := d.first(ctx, filter)
	return err == nil
}

// lookup is the value at a dotted path, nil where there is none.
func lookup(doc bson.Raw, path string) any {
	value, err := doc.LookupErr(strings.Split(path, ".")...)
	if err != nil {
		return nil
	}
	return value
}
