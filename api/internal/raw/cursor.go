package raw

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

var errCursor = errors.New("is not the cursor of a page of this query; use next as the answer before gave it")

// A cursor is a document of values without names: the fingerprint of its query, the
// keys of its place and, as an array, the _ids of the documents shown, if the order's
// keys may not tell documents apart. One that would be long has the _id of the last
// document, by that name, after the fingerprint.

// longCursor is the size in bytes above which a cursor is long.
const longCursor = 2048

// cursor marks a place in the plan's order.
func (p *plan) cursor(at place) store.Cursor {
	values := bson.D{{Value: p.fingerprint()}}
	for _, key := range at.keys {
		values = append(values, bson.E{Value: key})
	}
	if !p.total {
		values = append(values, bson.E{Value: append([]bson.RawValue{}, at.shown...)}) // nil would be null
	}
	encoded := marshal(values)
	if id, ok := at.document(p); ok && len(encoded) > longCursor {
		encoded = marshal(bson.D{values[0], {Key: "_id", Value: id}})
	}
	return store.Cursor(base64.RawURLEncoding.EncodeToString(encoded))
}

// document returns the _id of the document at the place, if that describes the place.
func (at place) document(p *plan) (id bson.RawValue, ok bool) {
	switch {
	case p.total:
		return at.keys[len(at.keys)-1], true
	case len(at.keys) == p.own && len(at.shown) == 1:
		return at.shown[0], true
	}
	return id, false
}

// parse reads the place that a cursor of the plan's query marks.
func (p *plan) parse(cursor store.Cursor) (place, error) {
	elements, err := elementsOf(cursor)
	if err != nil {
		return place{}, err
	}
	if !elements[0].Value().Equal(valueOf(p.fingerprint())) {
		return place{}, errCursor
	}
	at := place{}
	for _, e := range elements[1:] {
		at.keys = append(at.keys, e.Value())
	}
	last := len(at.keys) - 1
	switch {
	case last < 0:
		return place{}, errCursor
	case last == 0 && elements[1].Key() == "_id":
		at = place{of: at.keys[0]}
	case !p.total:
		array, _ := at.keys[last].ArrayOK()
		at.shown, err = array.Values() // an error, too, for what is no array
		at.keys = at.keys[:last]
	}
	if err != nil || !at.isOf(p) {
		return place{}, errCursor
	}
	return at, nil
}

// elementsOf returns the fingerprint in cursor and what comes after it.
func elementsOf(cursor store.Cursor) ([]bson.RawElement, error) {
	doc, _ := base64.RawURLEncoding.DecodeString(string(cursor))
	if base64.RawURLEncoding.EncodeToString(doc) != string(cursor) { // or to nothing, or to the same as another
		return nil, errCursor
	}
	elements, err := bson.Raw(doc).Elements()
	if err != nil || bson.Raw(doc).Validate() != nil || int(binary.LittleEndian.Uint32(doc)) != len(doc) || len(elements) == 0 {
		return nil, errCursor
	}
	return elements, nil
}

// isOf reports whether a page of p can end at the place.
func (at place) isOf(p *plan) bool {
	if !at.of.IsZero() {
		return isIDValue(at.of)
	}
	switch n := len(at.keys); {
	case p.total && n != p.own:
		return false
	case !p.total && n != p.own+1 && (n != p.own || len(at.shown) == 0), len(at.shown) > meta.MaxLimit:
		return false
	}
	for i, key := range at.keys {
		isID := i >= p.own || p.order[i].Path == "_id"
		if !isStorable(key, maxDepth) || isID && !isIDValue(key) {
			return false
		}
	}
	return !slices.ContainsFunc(at.shown, func(id bson.RawValue) bool { return !isIDValue(id) })
}

// isIDValue reports whether documents can have v as their _id.
func isIDValue(v bson.RawValue) bool {
	return v.Type != bson.TypeArray && v.Type != bson.TypeRegex && v.Type != bson.TypeUndefined && isStorable(v, maxDepth)
}

// maxDepth is how deeply stored documents nest at most.
const maxDepth = 180

// isStorable reports whether v can have been stored: its documents are well formed, and
// nest in no more than the given number of levels.
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
	members, _ := doc.Values()
	return doc.Validate() == nil && levels > 0 && !slices.ContainsFunc(members, func(m bson.RawValue) bool { return !isStorable(m, levels-1) })
}

// marshal returns doc as BSON. It cannot fail, since doc holds only stored values and such
// as can be stored.
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
	if p.isCollated() {
		_, _ = fmt.Fprintf(h, "%v", p.index.Collation.Document())
	}
	if p.deleted {
		_, _ = fmt.Fprint(h, "deleted")
	}
	return int64(h.Sum64())
}
