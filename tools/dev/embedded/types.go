package embedded

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// typeNames are MongoDB's names of types, as $type takes them.
var typeNames = map[string][]bson.Type{
	"double": {bson.TypeDouble}, "string": {bson.TypeString}, "object": {bson.TypeEmbeddedDocument}, "array": {bson.TypeArray},
	"binData": {bson.TypeBinary}, "undefined": {bson.TypeUndefined}, "objectId": {bson.TypeObjectID}, "bool": {bson.TypeBoolean},
	"date": {bson.TypeDateTime}, "null": {bson.TypeNull}, "regex": {bson.TypeRegex}, "dbPointer": {bson.TypeDBPointer},
	"javascript": {bson.TypeJavaScript}, "symbol": {bson.TypeSymbol}, "javascriptWithScope": {bson.TypeCodeWithScope},
	"int": {bson.TypeInt32}, "timestamp": {bson.TypeTimestamp}, "long": {bson.TypeInt64}, "decimal": {bson.TypeDecimal128},
	"minKey": {bson.TypeMinKey}, "maxKey": {bson.TypeMaxKey},
	"number": {bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128},
}

// unstored are the types that MongoDB knows and the engine does not. It refuses to look for them, and ends the connection
// that sends a value of one.
var unstored = []bson.Type{
	bson.TypeMinKey, bson.TypeUndefined, bson.TypeDecimal128, bson.TypeSymbol,
	bson.TypeDBPointer, bson.TypeJavaScript, bson.TypeCodeWithScope, bson.TypeMaxKey,
}

// typesOf are the types that an operand of $type names, or has the number of.
func typesOf(operand any) ([]bson.Type, bool) {
	if name, ok := operand.(string); ok {
		types, found := typeNames[name]
		return types, found
	}
	number, ok := whole(operand)
	return []bson.Type{bson.Type(number)}, ok
}

// typeOf is the type of a value.
func typeOf(v any) bson.Type {
	if v == nil {
		return bson.TypeNull
	}
	kind, _, err := bson.MarshalValue(v)
	if err != nil {
		return bson.TypeUndefined
	}
	return kind
}

// typeName is MongoDB's name of a type.
func typeName(t bson.Type) string {
	for name, types := range typeNames {
		if name != "number" && types[0] == t {
			return name
		}
	}
	return t.String()
}

// isUnstored reports whether an operand of $type names a type that no document has a value of.
func isUnstored(operand any) bool {
	name, ok := operand.(string)
	types := typeNames[name]
	return ok && len(types) == 1 && slices.Contains(unstored, types[0])
}

// read passes a command on that reads documents, without asking for types of which there are none.
func (s *session) read(cmd command) (message, error) {
	if !bytes.Contains(cmd.doc, []byte("$type")) {
		return s.roundTrip(cmd.request)
	}
	var doc bson.D
	if err := bson.Unmarshal(cmd.doc, &doc); err != nil {
		return nil, err
	}
	leaveOutUnstored(doc)
	raw, err := bson.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return s.roundTrip(newMessage(cmd.request.requestID(), 0, raw))
}

// leaveOutUnstored takes the types that there are none of from what every $type in v asks for.
func leaveOutUnstored(v any) {
	switch v := v.(type) {
	case bson.D:
		for i, e := range v {
			if e.Key == "$type" {
				v[i].Value = storedTypes(e.Value)
			}
			leaveOutUnstored(e.Value)
		}
	case bson.A:
		for _, member := range v {
			leaveOutUnstored(member)
		}
	}
}

// storedTypes is the operand of a $type without the types that there are none of. An empty list, which MongoDB
// refuses, is a type that nothing has for the engine.
func storedTypes(operand any) any {
	names, ok := operand.(bson.A)
	if !ok {
		if isUnstored(operand) {
			return bson.A{}
		}
		return operand
	}
	stored := bson.A{}
	for _, name := range names {
		if !isUnstored(name) {
			stored = append(stored, name)
		}
	}
	return stored
}
