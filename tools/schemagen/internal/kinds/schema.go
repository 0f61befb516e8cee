package kinds

import (
	"bytes"
	"encoding/json"
)

// Object is a JSON object whose members keep their order.
type Object []Keyword

// Keyword is a member of an Object.
type Keyword struct {
	Name  string
	Value any
}

// MarshalJSON writes the members in order.
func (o Object) MarshalJSON() ([]byte, error) {
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

// Document is what a type's schema stands in.
type Document interface {
	// IsAnswer reports whether it describes what is answered: whatever was stored.
	IsAnswer() bool
	// Element is the schema of a list's elements, Entry that of a map's values.
	Element(t *Type) Object
	Entry(t *Type) Object
	// Object refers to the schema of a value object.
	Object(s *Struct) Object
	// Reference is the schema of a reference to a document of a collection; id is that
	// of its _id.
	Reference(collection string, id Object) Object
}

// fixed returns the schema of a kind that is the same wherever it stands.
func fixed(o Object) func(*Type, Document) Object {
	return func(*Type, Document) Object { return o }
}
