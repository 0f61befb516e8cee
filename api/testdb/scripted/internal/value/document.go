package value

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Field is a member of a document.
type Field struct {
	Name  string
	Value bson.RawValue
}

// Fields are a document's members in their order. The document was validated when
// it arrived.
func Fields(doc bson.Raw) []Field {
	if len(doc) == 0 {
		return nil
	}
	elements, err := doc.Elements()
	if err != nil {
		panic("scripted: a document that was validated: " + err.Error())
	}
	fields := make([]Field, len(elements))
	for i, e := range elements {
		fields[i] = Field{e.Key(), e.Value()}
	}
	return fields
}

// Get is the member of that name, of type Missing if there is none.
func Get(doc bson.Raw, name string) bson.RawValue {
	for _, f := range Fields(doc) {
		if f.Name == name {
			return f.Value
		}
	}
	return bson.RawValue{}
}

// Elements are those of an array; other values have none.
func Elements(array bson.RawValue) []bson.RawValue {
	if array.Type != bson.TypeArray {
		return nil
	}
	fields := Fields(array.Value)
	values := make([]bson.RawValue, len(fields))
	for i, f := range fields {
		values[i] = f.Value
	}
	return values
}

// Encode makes a document of members.
func Encode(fields []Field) bson.Raw {
	dst := make([]byte, 4, 64)
	for _, f := range fields {
		dst = append(append(append(dst, byte(f.Value.Type)), f.Name...), 0)
		dst = append(dst, f.Value.Value...)
	}
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst, uint32(len(dst)))
	return dst
}

// Document is a document as a value.
func Document(doc bson.Raw) bson.RawValue {
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}
}

// Array makes an array of values.
func Array(values []bson.RawValue) bson.RawValue {
	fields := make([]Field, len(values))
	for i, v := range values {
		fields[i] = Field{strconv.Itoa(i), v}
	}
	return bson.RawValue{Type: bson.TypeArray, Value: Encode(fields)}
}

// Of encodes a Go value. Raw values and documents are taken as they are.
func Of(v any) bson.RawValue {
	switch v := v.(type) {
	case bson.RawValue:
		return v
	case bson.Raw:
		return Document(v)
	case bson.D:
		return Document(Make(v))
	case []bson.Raw:
		values := make([]bson.RawValue, len(v))
		for i, doc := range v {
			values[i] = Document(doc)
		}
		return Array(values)
	case bson.A:
		values := make([]bson.RawValue, len(v))
		for i, element := range v {
			values[i] = Of(element)
		}
		return Array(values)
	}
	t, data, err := bson.MarshalValue(v)
	if err != nil {
		panic(fmt.Sprintf("scripted: encode %T: %v", v, err))
	}
	return bson.RawValue{Type: t, Value: data}
}

// Make encodes a document.
func Make(d bson.D) bson.Raw {
	fields := make([]Field, len(d))
	for i, e := range d {
		fields[i] = Field{e.Key, Of(e.Value)}
	}
	return Encode(fields)
}

// Null is what stands for a value that is not there.
var Null = bson.RawValue{Type: bson.TypeNull}

// Undefined is what an index, and so a sort, has for an empty array.
var Undefined = bson.RawValue{Type: bson.TypeUndefined}
