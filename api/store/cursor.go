package store

import (
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Cursor marks where a page ended. It is for the same query on the same
// collection, and stays good while documents come and go.
type Cursor string

var errCursor = errors.New("is not the cursor of a page of this query; use next as the answer before gave it")

// resume is the place that cursor marks in the plan's order.
func (p *plan) resume(cursor Cursor) ([]bson.RawValue, error) {
	text, err := base64.RawURLEncoding.DecodeString(string(cursor))
	if err != nil {
		return nil, errCursor
	}
	doc := bson.Raw(text)
	values, err := doc.Values()
	if err != nil || doc.Validate() != nil || len(values) != 1+len(p.order) {
		return nil, errCursor
	}
	if fingerprint, ok := values[0].Int64OK(); !ok || fingerprint != p.fingerprint() {
		return nil, errCursor
	}
	for _, v := range values[1:] {
		if v.Type == bson.TypeArray || rank(v.Type) < 0 {
			return nil, errCursor
		}
	}
	return values[1:], nil
}

// cursor marks the place of doc in the plan's order.
func (p *plan) cursor(doc bson.Raw) Cursor {
	place := bson.D{{Key: "", Value: p.fingerprint()}}
	for _, key := range p.order {
		place = append(place, bson.E{Key: "", Value: sortKey(doc, key)})
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(marshal(place)))
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
	for _, key := range p.order {
		_, _ = fmt.Fprintf(h, "%s %t\n", key.Path, key.Descending)
	}
	return int64(h.Sum64())
}

// sortKey is the value that the server sorts doc by. An array, which a document
// that does not fit its schema can hold anywhere, sorts by its least element,
// descending by its greatest.
func sortKey(doc bson.Raw, key Key) bson.RawValue {
	value, err := doc.LookupErr(strings.Split(key.Path, ".")...)
	if err != nil || value.Type == bson.TypeUndefined {
		return bson.RawValue{Type: bson.TypeNull}
	}
	array, ok := value.ArrayOK()
	if !ok {
		return value
	}
	best := bson.RawValue{Type: bson.TypeNull}
	values, _ := array.Values()
	for i, v := range values {
		if v.Type != bson.TypeArray && (i == 0 || (rank(v.Type) > rank(best.Type)) == key.Descending) {
			best = v
		}
	}
	return best
}

// brackets are the BSON types in the order in which MongoDB sorts them, by the
// names that $type takes; types of one bracket compare by value.
var brackets = [...]struct {
	name  string
	types []bson.Type
}{
	{"null", []bson.Type{bson.TypeNull, bson.TypeUndefined}},
	{"number", []bson.Type{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128}},
	{"string", []bson.Type{bson.TypeString, bson.TypeSymbol}},
	{"object", []bson.Type{bson.TypeEmbeddedDocument}},
	{"array", []bson.Type{bson.TypeArray}},
	{"binData", []bson.Type{bson.TypeBinary}},
	{"objectId", []bson.Type{bson.TypeObjectID}},
	{"bool", []bson.Type{bson.TypeBoolean}},
	{"date", []bson.Type{bson.TypeDateTime}},
	{"timestamp", []bson.Type{bson.TypeTimestamp}},
	{"regex", []bson.Type{bson.TypeRegex}},
}

// rank is a type's place among brackets, -1 for one that is not there.
func rank(t bson.Type) int {
	for i, b := range brackets {
		for _, member := range b.types {
			if t == member {
				return i
			}
		}
	}
	return -1
}

// behind matches what comes behind the place in the order that values mark. The
// comparison operators only see values of the type they are given, while the
// order runs through all types: values of another type are asked for by type,
// or a page that ends among them would end the list.
func behind(order []Key, values []bson.RawValue) bson.A {
	alternatives := bson.A{}
	equal := bson.D{}
	for i, key := range order {
		for _, beyond := range beyond(key, values[i]) {
			clause := append(bson.D{}, equal...)
			alternatives = append(alternatives, append(clause, bson.E{Key: key.Path, Value: beyond}))
		}
		equal = append(equal, bson.E{Key: key.Path, Value: bson.D{{Key: "$eq", Value: values[i]}}})
	}
	return alternatives
}

// BehindID matches the documents whose _id comes behind id in the order that
// MongoDB sorts by, whatever their types.
func BehindID(id bson.RawValue) bson.D {
	alternatives := bson.A{}
	for _, condition := range beyond(Key{Path: "_id"}, id) {
		alternatives = append(alternatives, bson.D{{Key: "_id", Value: condition}})
	}
	return bson.D{{Key: "$or", Value: alternatives}}
}

// beyond are the conditions on one key of which a document behind value fulfils
// one.
func beyond(key Key, value bson.RawValue) []bson.D {
	at := rank(value.Type)
	var conditions []bson.D
	if at > 0 {
		op := Gt
		if key.Descending {
			op = Lt
		}
		conditions = append(conditions, bson.D{{Key: string(op), Value: value}})
	}
	if types := bracketsBeyond(at, key.Descending); len(types) > 0 {
		conditions = append(conditions, bson.D{{Key: "$type", Value: types}})
	}
	if at > 0 && key.Descending {
		conditions = append(conditions, bson.D{{Key: "$eq", Value: nil}})
	}
	return conditions
}

// bracketsBeyond are the type names behind the bracket at. Null is not among
// them: it sorts with missing members, which no $type matches.
func bracketsBeyond(at int, descending bool) bson.A {
	names := bson.A{}
	for i := 1; i < len(brackets); i++ {
		if i != at && (i < at) == descending {
			names = append(names, brackets[i].name)
		}
	}
	return names
}
