package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// duplicateKey is the code with which servers refuse a unique key that is taken.
const duplicateKey = 11000

// complaint is what a server says about a key that is taken.
type complaint struct {
	message string
	details []bson.Raw
}

func complaintOf(err error) complaint {
	c := complaint{message: err.Error()}
	var write mongo.WriteException
	var command mongo.CommandError
	if errors.As(err, &write) {
		for _, e := range write.WriteErrors {
			c.details = append(c.details, e.Raw)
		}
	}
	if errors.As(err, &command) {
		c.details = append(c.details, command.Raw)
	}
	return c
}

// duplicate names the field of a unique key that is taken. Servers tell it
// differently: MongoDB in keyPattern, others in the message's index name, some
// not at all; then taken looks which key is.
func (d Documents) duplicate(ctx context.Context, said complaint, taken func(context.Context, *Index) bool) error {
	dup := &DuplicateError{Collection: d.c.Name}
	if dup.Field = said.keyPattern(); dup.Field != "" {
		return dup
	}
	unique := []*Index{}
	for i := range d.c.Indexes {
		if d.c.Indexes[i].Unique {
			unique = append(unique, &d.c.Indexes[i])
		}
	}
	unique = append(unique, &idIndex)
	at := slices.IndexFunc(unique, func(x *Index) bool { return namesIndex(said.message, x.Name) })
	if at < 0 {
		at = slices.IndexFunc(unique, func(x *Index) bool { return taken(ctx, x) })
	}
	if at >= 0 {
		dup.Field = unique[at].Keys[0].Path
	}
	return dup
}

// keyPattern is the first path of the server's keyPattern, empty without one.
func (c complaint) keyPattern() string {
	for _, raw := range c.details {
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

// takenBy tells whether a document that is stored has the key of doc, which is not.
func (d Documents) takenBy(doc bson.Raw) func(context.Context, *Index) bool {
	return func(ctx context.Context, x *Index) bool {
		value := func(path string) bson.RawValue { return lookup(doc, path) }
		if x == &idIndex {
			_, err := d.first(ctx, bson.D{{Key: "_id", Value: value("_id")}})
			return err == nil
		}
		return d.taken(ctx, x, value("_id"), value)
	}
}

// takenByUpsert tells whether another document has the key of doc, which was to
// become of the one that target matches, or to be stored.
func (d Documents) takenByUpsert(target bson.D, doc bson.Raw) func(context.Context, *Index) bool {
	return func(ctx context.Context, x *Index) bool {
		stored, err := d.first(ctx, target)
		if err != nil {
			return d.takenBy(doc)(ctx, x)
		}
		return d.taken(ctx, x, stored.Lookup("_id"), func(path string) bson.RawValue { return lookup(doc, path) })
	}
}

// takenByChange tells whether another document has the key that the document
// with the given _id was to get.
func (d Documents) takenByChange(id bson.ObjectID, changes *Changes) func(context.Context, *Index) bool {
	return func(ctx context.Context, x *Index) bool {
		unknown := func(k Key) bool {
			value, touched := changes.Lookup(k.Path)
			return touched && value.IsZero()
		}
		if slices.ContainsFunc(x.Keys, unknown) {
			return false
		}
		doc, err := d.Get(ctx, id)
		if err != nil {
			return false
		}
		return d.taken(ctx, x, doc.Lookup("_id"), func(path string) bson.RawValue {
			if value, touched := changes.Lookup(path); touched {
				return value
			}
			return lookup(doc, path)
		})
	}
}

// taken tells whether a document other than the one with the given _id has the key
// of x that value gives.
func (d Documents) taken(ctx context.Context, x *Index, id bson.RawValue, value func(path string) bson.RawValue) bool {
	where := []clause{{condition: Condition{Path: "_id", Op: Ne, Value: id}}}
	for _, limit := range x.Partial {
		where = append(where, clause{condition: limit})
	}
	for _, key := range x.Keys {
		v := value(key.Path)
		if v.IsZero() {
			v.Type = bson.TypeNull
		}
		if v.Type == bson.TypeNull && x.Sparse {
			return false
		}
		where = append(where, clause{condition: Condition{Path: key.Path, Op: Eq, Value: v}})
	}
	_, err := d.first(ctx, all(where))
	return err == nil
}

// lookup is the value at a dotted path, zero where there is none.
func lookup(doc bson.Raw, path string) bson.RawValue {
	value, err := doc.LookupErr(strings.Split(path, ".")...)
	if err != nil {
		return bson.RawValue{}
	}
	return value
}
