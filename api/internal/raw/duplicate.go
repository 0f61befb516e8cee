package raw

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// duplicateKey is the code with which servers refuse a unique key that is taken.
const duplicateKey = 11000

// complaint is a server's error about a key that is taken.
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

// duplicate names the field of a unique key that is taken. MongoDB has it in keyPattern,
// other servers in the message's index name, and some nowhere; then taken looks for it.
func (d Documents) duplicate(ctx context.Context, said complaint, taken func(context.Context, *meta.Index) bool) error {
	if path := said.keyPattern(); path != "" {
		return d.c.duplicateOf(path)
	}
	unique := d.c.unique()
	at := slices.IndexFunc(unique, func(x *meta.Index) bool { return namesIndex(said.message, x.Name) })
	if at >= 0 {
		return d.c.duplicateOf(unique[at].Keys[0].Path)
	}
	if x := d.firstTaken(ctx, taken); x != nil {
		return d.c.duplicateOf(x.Keys[0].Path)
	}
	return &store.DuplicateError{Collection: d.c.Name}
}

// unique returns the indexes whose keys one document has at most, the one on _id last.
func (c *Collection) unique() []*meta.Index {
	var unique []*meta.Index
	for i := range c.Indexes {
		if c.Indexes[i].Unique {
			unique = append(unique, &c.Indexes[i])
		}
	}
	return append(unique, &idIndex)
}

// firstTaken returns the first of the unique indexes whose key is taken, nil if none is.
func (d Documents) firstTaken(ctx context.Context, taken func(context.Context, *meta.Index) bool) *meta.Index {
	unique := d.c.unique()
	if at := slices.IndexFunc(unique, func(x *meta.Index) bool { return taken(ctx, x) }); at >= 0 {
		return unique[at]
	}
	return nil
}

// keyPattern returns the first path of the server's keyPattern, empty without one.
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

// takenBy returns a function that reports whether a stored document has the key of doc,
// which is not stored.
func (d Documents) takenBy(doc bson.Raw) func(context.Context, *meta.Index) bool {
	return func(ctx context.Context, x *meta.Index) bool {
		value := func(path string) bson.RawValue { return lookup(doc, path) }
		if x == &idIndex {
			_, err := d.WithDeleted().first(ctx, bson.D{{Key: "_id", Value: value("_id")}})
			return err == nil
		}
		return d.taken(ctx, x, value("_id"), value)
	}
}

// takenByUpsert returns a function that reports whether another document has the key of
// doc, which was to be stored, or to replace the one that target matches by an index.
func (d Documents) takenByUpsert(by *meta.Index, target bson.D, doc bson.Raw) func(context.Context, *meta.Index) bool {
	return func(ctx context.Context, x *meta.Index) bool {
		stored, err := d.firstBy(ctx, by, target)
		if err != nil {
			return d.takenBy(doc)(ctx, x)
		}
		return d.taken(ctx, x, stored.Lookup("_id"), func(path string) bson.RawValue { return lookup(doc, path) })
	}
}

// takenByChange returns a function that reports whether another document has the key that
// the document with the given _id was to get.
func (d Documents) takenByChange(id ID, changes *Changes) func(context.Context, *meta.Index) bool {
	return func(ctx context.Context, x *meta.Index) bool {
		unknown := func(k meta.Key) bool {
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

// taken reports whether a document other than the one with the given _id has the key
// of x that value gives.
func (d Documents) taken(ctx context.Context, x *meta.Index, id bson.RawValue, value func(path string) bson.RawValue) bool {
	where := []meta.Clause{{Condition: meta.Condition{Path: "_id", Op: meta.Ne, Value: id}}}
	for _, limit := range x.Partial {
		where = append(where, meta.Clause{Condition: limit})
	}
	for _, key := range x.Keys {
		v := value(key.Path)
		if v.IsZero() {
			v.Type = bson.TypeNull
		}
		if v.Type == bson.TypeNull && x.Sparse {
			return false
		}
		where = append(where, meta.Clause{Condition: meta.Condition{Path: key.Path, Op: meta.Eq, Value: v}})
	}
	_, err := d.firstBy(ctx, x, meta.All(where))
	return err == nil
}

// CheckFree returns a *DuplicateError if a stored document has a unique key of doc, which is
// not stored. It is a check, not a lock, and leaves to Insert what takes more to know than
// comparing values.
func (d Documents) CheckFree(ctx context.Context, doc bson.Raw) error {
	return d.checkFree(ctx, doc.Lookup("_id"), func(path string) (bson.RawValue, bool) { return lookup(doc, path), true })
}

// CheckFreeAfter does what CheckFree does, for the keys that doc, which is stored, has
// after changes.
func (d Documents) CheckFreeAfter(ctx context.Context, doc bson.Raw, changes *Changes) error {
	return d.checkFree(ctx, doc.Lookup("_id"), func(path string) (bson.RawValue, bool) {
		if value, touched := changes.Lookup(path); touched {
			return value, true
		}
		return lookup(doc, path), false
	})
}

// checkFree looks for a document other than the one with the given _id that has a
// unique key that value gives, if any of it is new.
func (d Documents) checkFree(ctx context.Context, id bson.RawValue, value func(path string) (v bson.RawValue, isNew bool)) error {
	for i := range d.c.Indexes {
		x := &d.c.Indexes[i]
		where, ok := x.Others(id, value)
		if !ok {
			continue
		}
		_, err := d.firstBy(ctx, x, where)
		if err == nil {
			return d.c.duplicateOf(x.Keys[0].Path)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// lookup returns the value at a dotted path, zero if there is none.
func lookup(doc bson.Raw, path string) bson.RawValue {
	value, err := doc.LookupErr(strings.Split(path, ".")...)
	if err != nil {
		return bson.RawValue{}
	}
	return value
}
