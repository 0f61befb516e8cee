package raw

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// A document need not be read before a write that has the same effect whatever it holds.
// What has to be known of it is in the write's filter: if that finds nothing, the document
// is read to find out why.

// Unless makes the write depend on the document fulfilling none of conditions.
func Unless(conditions ...meta.Condition) store.WriteOption {
	return func(w *store.Demands) { w.Unless = append(w.Unless, conditions...) }
}

// AsRead makes the write depend on the document being as it was read, and spares reading it again.
func (d Documents) AsRead(doc bson.Raw) store.WriteOption {
	return func(w *store.Demands) {
		store.IfRev(d.RevOf(doc))(w)
		w.Known = doc
	}
}

// UpdateUnread does what Update does, in one command and without reading the document. If
// done is false, nothing was written: there is no such document in the state that opts
// require, or the effect of the changes depends on more of it.
//
// That is so for documents that do not fit the schema where it matters, for merges, for changes
// that replace documents within the document, of which the schema need not know all,
// and where every member has the value already that it is to get.
func (d Documents) UpdateUnread(ctx context.Context, id ID, changes Changes, opts ...store.WriteOption) (doc bson.Raw, done bool, err error) {
	coll, err := d.collection()
	if err != nil {
		return nil, false, err
	}
	unless, ok := d.c.looks(&changes)
	if !ok {
		return nil, false, nil
	}
	var invalid *store.InvalidError
	if err := d.checkChanged(ctx, &changes); errors.As(err, &invalid) {
		return nil, false, nil // which is for those to know who have the right document
	} else if err != nil {
		return nil, false, err
	}
	if revOf(opts) == nil { // a double may be half a number, or none at all
		unless = append(unless, notTyped(meta.RevPath, "int", "long"))
	}
	doc, err = d.modify(ctx, coll, d.visible(d.unread(id, opts, unless)), &changes, false)
	switch {
	case err == nil:
		return doc, true, nil
	case errors.Is(err, mongo.ErrNoDocuments) || isInTheWay(err):
		return nil, false, nil
	}
	return nil, false, d.refusal(ctx, err, d.takenByChange(id, &changes))
}

// DeleteUnread does what Delete does, in one command. If done is false, there is no such
// document in the state that opts require.
func (d Documents) DeleteUnread(ctx context.Context, id ID, opts ...store.WriteOption) (done bool, err error) {
	if d.c.SoftDelete {
		return d.MarkDeletedUnread(ctx, id, Changes{}, opts...)
	}
	coll, err := d.collection()
	if err != nil {
		return false, err
	}
	result, err := coll.deleteOne(ctx, d.visible(d.unread(id, opts, nil)))
	if err != nil {
		return false, WrapError(d.c.Name, err)
	}
	return result.DeletedCount > 0, nil
}

// unread matches the document in the state that opts require, and in no other with an equal
// Rev, if it fulfils none of unless.
func (d Documents) unread(id ID, opts []store.WriteOption, unless bson.A) bson.D {
	filter := bson.D{{Key: "_id", Value: id}}
	w := demandsOf(opts)
	if w.Rev != nil {
		updated := d.c.UpdatedPath()
		filter = append(filter, w.Rev.Conditions(updated)...)
		unless = append(unless, notTyped(meta.RevPath, "int", "long", "double"), typed(meta.RevPath, "array"))
		if updated != "" {
			unless = append(unless, typed(updated, "array"))
		}
	}
	return restricted(filter, w.Unless, unless)
}

// looks returns filters for the documents that have to be read before they are changed. ok
// is false if that is all of them.
func (c *Collection) looks(changes *Changes) (filters bson.A, ok bool) {
	if changes.IsEmpty() || changes.Unresolved || len(changes.Relative)+len(changes.Sizes)+len(changes.Merges)+len(changes.Elements) > 0 || c.Codec.JSON == nil ||
		c.dependsOn(changes) || c.replacesElements(changes) {
		return nil, false
	}
	if created := c.CreatedPath(); created != "" {
		filters = append(filters, bson.D{{Key: created, Value: noDate}}, typed(created, "array"))
	}
	set := wire.Elements(changes.Set)
	same := bson.D{}
	nothing := c.json(nil)
	for _, e := range set {
		if holdsDocuments(e.Value()) {
			return nil, false
		}
		same = append(same, bson.E{Key: e.Key(), Value: bson.D{{Key: string(meta.Eq), Value: e.Value()}}})
		if bytes.Equal(nothing, c.json([]bson.RawElement{e})) { // what is missing reads as it does
			filters = append(filters, bson.D{{Key: e.Key(), Value: nil}})
		}
		switch e.Value().Type {
		case bson.TypeArray: // an element that is null reads as another value
			filters = append(filters, typed(e.Key(), "null"))
		case bson.TypeDecimal128: // a double reads as a decimal that it is not equal to
			filters = append(filters, typed(e.Key(), "double"))
		}
	}
	for _, r := range changes.Required {
		filters = append(filters, bson.D{{Key: r.Object, Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$type", Value: "object"}}}}}})
	}
	if len(changes.Unset) == 0 {
		filters = append(filters, same)
	}
	return filters, true
}

// noDate is fulfilled by a value that should be a date, and is none that JSON can carry.
var noDate = bson.D{{Key: "$ne", Value: nil}, {Key: "$not", Value: bson.D{
	{Key: "$gte", Value: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}, {Key: "$lt", Value: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
}}}

// typed matches documents with a value of the type at path.
func typed(path, name string) bson.D {
	return bson.D{{Key: path, Value: bson.D{{Key: "$type", Value: name}}}}
}

// notTyped matches documents with a value of none of the types at path.
func notTyped(path string, names ...string) bson.D {
	return bson.D{{Key: path, Value: bson.D{{Key: "$ne", Value: nil}, {Key: "$not", Value: bson.D{{Key: "$type", Value: names}}}}}}
}

// holdsDocuments reports whether v is a document or a list of such, or of lists.
func holdsDocuments(v bson.RawValue) bool {
	if v.Type != bson.TypeArray {
		return v.Type == bson.TypeEmbeddedDocument
	}
	values, _ := v.Array().Values()
	return slices.ContainsFunc(values, func(v bson.RawValue) bool {
		return v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray
	})
}

// json returns a document as the API answers with it that has nothing but members, whose
// keys are paths.
func (c *Collection) json(members []bson.RawElement) []byte {
	r := wire.NewReader(documentOf(members))
	defer r.Release()
	return c.Codec.JSON(r, nil)
}

// documentOf returns a document with the elements, whose keys are paths.
func documentOf(members []bson.RawElement) bson.Raw {
	element := appendNested(nil, "", "", members)
	return element[len(wire.AppendHeader(nil, bson.TypeEmbeddedDocument, "")):]
}

// Document returns the document that the changes make of an empty one.
func (c *Changes) Document() bson.Raw { return documentOf(wire.Elements(c.Set)) }
