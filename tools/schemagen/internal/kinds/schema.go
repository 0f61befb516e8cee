package kinds

import (
	"bytes"
	"encoding/json"
)

// JSONObject is a JSON object whose members keep their order.
type JSONObject []Keyword

// Keyword is a member of a JSONObject.
type Keyword struct {
	Name  string
	Value any
}

// MarshalJSON writes the members in order.
func (o JSONObject) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, k := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(k.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(k.Value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// SchemaContext builds the schemas that a type's schema refers to.
type SchemaContext interface {
	// IsResponse reports whether the schema describes a response, which may hold
	// whatever was stored.
	IsResponse() bool
	// Element returns the schema of a list's elements, Entry that of a map's
	// values.
	Element(t *Type) JSONObject
	Entry(t *Type) JSONObject
	// Object refers to the schema of a value object.
	Object(s *Struct) JSONObject
	// Reference returns the schema of a reference to a document of a collection; id
	// is the schema of its _id.
	Reference(collection string, id JSONObject) JSONObject
}

// fixed returns a schema that does not depend on type or context.
func fixed(o JSONObject) func(*Type, SchemaContext) JSONObject {
	return func(*Type, SchemaContext) JSONObject { return o }
}
