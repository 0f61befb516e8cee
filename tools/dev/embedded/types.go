package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// unstored are the types that MongoDB knows and the engine does not, so that no document of its has them. It
// refuses to look for them.
var unstored = map[string]bool{
	"minKey": true, "undefined": true, "decimal": true, "symbol": true,
	"dbPointer": true, "javascript": true, "javascriptWithScope": true, "maxKey": true,
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
		if name, ok := operand.(string); !ok || !unstored[name] {
			return operand
		}
		return bson.A{}
	}
	stored := bson.A{}
	for _, name := range names {
		if text, ok := name.(string); !ok || !unstored[text] {
			stored = append(stored, name)
		}
	}
	return stored
}
