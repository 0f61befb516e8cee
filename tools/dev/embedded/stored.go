package embedded

import (
	"encoding/json"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// layout is what the engine notes of a stored document beside its values: the types of its members and their order.
type layout struct {
	Members map[string]memberType `json:"p"`
	Names   []string              `json:"$k"`
}

type memberType struct {
	Type     string       `json:"t"`
	Layout   layout       `json:"$s"` // of an object
	Elements []memberType `json:"i"`  // of an array
	Options  string       `json:"o"`  // of a regular expression
	Subtype  byte         `json:"s"`  // of binary data
}

// readStored reads a document as the engine stores it: JSON, and its layout as the member $s.
func readStored(text string) (bson.D, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, err
	}
	var l layout
	if err := json.Unmarshal(members["$s"], &l); err != nil {
		return nil, err
	}
	return l.read(members)
}

func (l layout) read(members map[string]json.RawMessage) (bson.D, error) {
	doc := make(bson.D, 0, len(l.Names))
	for _, name := range l.Names {
		value, err := l.Members[name].read(members[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		doc = append(doc, bson.E{Key: name, Value: value})
	}
	return doc, nil
}

func (t memberType) read(text json.RawMessage) (any, error) {
	if string(text) == "null" {
		return nil, nil
	}
	switch t.Type {
	case "object":
		members, err := parse[map[string]json.RawMessage](text)
		if err != nil {
			return nil, err
		}
		return t.Layout.read(members)
	case "array":
		return t.readArray(text)
	case "double":
		return parse[float64](text)
	case "string":
		return parse[string](text)
	case "bool":
		return parse[bool](text)
	case "int":
		return parse[int32](text)
	case "long":
		return parse[int64](text)
	case "date":
		ms, err := parse[int64](text)
		return bson.DateTime(ms), err
	case "binData":
		data, err := parse[[]byte](text)
		return decodeDecimal(bson.Binary{Subtype: t.Subtype, Data: data}), err
	case "objectId":
		return parse[bson.ObjectID](text)
	case "regex":
		pattern, err := parse[string](text)
		return bson.Regex{Pattern: pattern, Options: t.Options}, err
	case "timestamp":
		n, err := parse[uint64](text)
		return bson.Timestamp{T: uint32(n >> 32), I: uint32(n)}, err
	}
	return nil, fmt.Errorf("the type %q is unknown", t.Type)
}

func (t memberType) readArray(text json.RawMessage) (any, error) {
	elements, err := parse[[]json.RawMessage](text)
	if err != nil {
		return nil, err
	}
	array := make(bson.A, len(elements))
	for i, element := range elements {
		if array[i], err = t.Elements[i].read(element); err != nil {
			return nil, err
		}
	}
	return array, nil
}

func parse[T any](text json.RawMessage) (v T, err error) {
	err = json.Unmarshal(text, &v)
	return v, err
}
