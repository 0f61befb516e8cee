package wire_test

import (
	"bytes"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// TestElementIDIsMade: an element without an _id gets one when it is written, another each time.
func TestElementIDIsMade(t *testing.T) {
	given := bson.ObjectID{11: 7}
	if have, want := wire.AppendElementID(nil, "_id", given), wire.AppendObjectID(nil, "_id", given); !bytes.Equal(have, want) {
		t.Errorf("%x, want %x", have, want)
	}
	made, other := wire.AppendElementID(nil, "_id", bson.NilObjectID), wire.AppendElementID(nil, "_id", bson.NilObjectID)
	if len(made) != wire.SizeElementID("_id", bson.NilObjectID) || bytes.Equal(made, other) || bytes.Equal(made, wire.AppendObjectID(nil, "_id", bson.NilObjectID)) {
		t.Errorf("made are %x and %x", made, other)
	}
}

func TestElementIDOfRequests(t *testing.T) {
	for value, want := range map[string]string{
		`"5f0000000000000000000001"`: "", `null`: "", `"000000000000000000000000"`: "/_id format must not consist of zeros",
		`"x"`: "/_id format must be an ObjectID of 24 hexadecimal digits", `7`: "/_id type must be a string with an ObjectID",
		`{"$oid":"5f0000000000000000000001"}`: "/_id type must be a string with an ObjectID",
	} {
		r, err := wire.NewJSONReader([]byte(`{"_id":` + value + `}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Object(func(string) bool { r.ElementID(); return true })
		have := ""
		for _, e := range r.Errors {
			have += e.Pointer + " " + e.Code + " " + e.Message
		}
		if have != want {
			t.Errorf("%s: %q, want %q", value, have, want)
		}
	}
}

func TestElementsOfJSON(t *testing.T) {
	object := []byte(`{"a":[{"_id":"5f0000000000000000000001","b":{"_id":"5f0000000000000000000002"}},{},{"_id":"5f0000000000000000000003"}],"c":1}`)
	list := wire.JSONMember(object, "a")
	if wire.JSONMember(object, "b") != nil || string(wire.JSONMember(object, "c")) != "1" {
		t.Errorf("members are %s and %s", wire.JSONMember(object, "b"), wire.JSONMember(object, "c"))
	}
	for last, want := range map[byte]string{1: `{"_id":"5f0000000000000000000001","b":{"_id":"5f0000000000000000000002"}}`, 2: "", 3: `{"_id":"5f0000000000000000000003"}`} {
		if have := wire.JSONElement(list, bson.ObjectID{0: 0x5f, 11: last}); string(have) != want {
			t.Errorf("%d is %s", last, have)
		}
	}
}
