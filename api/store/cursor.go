package store

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Cursor marks where a page ended. It is for the same query on the same
// collection, and stays good while documents come and go.
type Cursor string

var errCursor = errors.New("is not the cursor of a page of this query; use next as the answer before gave it")

// A cursor is a document of values without names: the fingerprint of its query, the
// keys of its place and, as an array, the _id of those shown, where the order's own
// keys do not promise to tell documents apart.

// cursor marks a place in the plan's order.
func (p *plan) cursor(at place) Cursor {
	values := bson.D{{Value: p.fingerprint()}}
	for _, key := range at.keys {
		values = append(values, bson.E{Value: key})
	}
	if !p.total {
		values = append(values, bson.E{Value: append([]bson.RawValue{}, at.shown...)}) // nil would be null
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(marshal(values)))
}

// parse reads the place that a cursor of the plan's query marks.
func (p *plan) parse(cursor Cursor) (place, error) {
	if p.empty { // it has no pages
		return place{}, errCursor
	}
	doc, err := base64.RawURLEncoding.DecodeString(string(cursor))
	if err != nil || base64.RawURLEncoding.EncodeToString(doc) != string(cursor) { // other texts decode to the same
		return place{}, errCursor
	}
	values, err := bson.Raw(doc).Values()
	if err != nil || bson.Raw(doc).Validate() != nil || int(binary.LittleEndian.Uint32(doc)) != len(doc) || len(values) == 0 {
		return place{}, errCursor
	}
	if fingerprint, ok := values[0].Int64OK(); !ok || fingerprint != p.fingerprint() {
		return place{}, errCursor
	}
	at := place{keys: values[1:]}
	if !p.total {
		if at, err = splitShown(at.keys); err != nil {
			return place{}, err
		}
	}
	return at, at.check(p)
}

// splitShown takes the last value for the array of those shown.
func splitShown(values []bson.RawValue) (place, error) {
	last := len(values) - 1
	if last < 0 {
		return place{}, errCursor
	}
	array, ok := values[last].ArrayOK()
	if !ok {
		return place{}, errCursor
	}
	shown, err := array.Values()
	if err != nil || len(shown) > MaxLimit {
		return place{}, errCursor
	}
	return place{keys: values[:last], shown: shown}, nil
}

// check refuses a place that no page of p can have ended at.
func (at place) check(p *plan) error {
	n := len(at.keys)
	switch {
	case p.total && n != p.own:
		return errCursor
	case !p.total && n != p.own+1 && (n != p.own || len(at.shown) == 0):
		return errCursor
	}
	for i, key := range at.keys {
		isID := i >= p.own || p.order[i].Path == "_id"
		if !isStorable(key, maxDepth) || isID && !isIDValue(key) {
			return errCursor
		}
	}
	if slices.ContainsFunc(at.shown, func(id bson.RawValue) bool { return !isStorable(id, maxDepth) || !isIDValue(id) }) {
		return errCursor
	}
	return nil
}

// isIDValue says that documents can have v as their _id.
func isIDValue(v bson.RawValue) bool {
	return v.Type != bson.TypeArray && v.Type != bson.TypeRegex && v.Type != bson.TypeUndefined
}

// maxDepth is how deeply stored documents nest at most.
const maxDepth = 180

// isStorable says that v is a value that can have been stored: one whose documents
// are well formed, and nest in so many levels at most.
func isStorable(v bson.RawValue, levels int) bool {
	var doc bson.Raw
	switch v.Type {
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		doc = v.Value
	case bson.TypeCodeWithScope:
		var ok bool
		if _, doc, ok = v.CodeWithScopeOK(); !ok {
			return false
		}
	default:
		return bracketOf(v) >= 0
	}
	members, err := doc.Values()
	return err == nil && doc.Validate() == nil && levels > 0 &&
		!slices.ContainsFunc(members, func(m bson.RawValue) bool { return !isStorable(m, levels-1) })
}

// marshal is doc, which holds nothing but stored values and ones that are made to
// be stored.
func marshal(doc bson.D) []byte {
	raw, err := bson.Marshal(doc)
	if err != nil {
		panic(fmt.Sprintf("store: a document of stored values cannot be marshalled: %v", err))
	}
	return raw
}

// fingerprint tells the plan's query from others, so that a cursor is not taken
// for a place in another order.
func (p *plan) fingerprint() int64 {
	h := fnv.New64a()
	_, _ = h.Write(marshal(p.conditions()))
	for _, key := range p.order[:p.own] {
		_, _ = fmt.Fprintf(h, "%s %t\n", key.Path, key.Descending)
	}
	return int64(h.Sum64())
}
