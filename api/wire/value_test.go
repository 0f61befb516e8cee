package wire_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

func TestValues(t *testing.T) {
	for _, test := range []struct {
		name string
		got  bson.RawValue
		want any
	}{
		{"string", wire.StringValue("a"), "a"},
		{"empty string", wire.StringValue(""), ""},
		{"enum", wire.StringValue(colour("red")), "red"},
		{"email", address.Value(" Ada@EXAMPLE.com "), "ada@example.com"},
		{"the prefix of an address", address.Prefix("\u00a0 Ada@E"), "ada@e"},
		{"one that ends in a space", address.Prefix("Ada "), "ada "},
		{"a prefix of spaces", address.Prefix(" \t"), " \t"},
		{"an empty prefix", address.Prefix(""), ""},
		{"true", wire.BoolValue(true), true},
		{"false", wire.BoolValue(false), false},
		{"int", wire.IntValue(-3), int64(-3)},
		{"float", wire.FloatValue(2.5), 2.5},
		{"time", wire.TimeValue(moment), moment},
		{"zero time", wire.TimeValue(time.Time{}), time.Time{}},
		{"ObjectID", wire.ObjectIDValue(someID), someID},
	} {
		want := bson.Raw(raw(t, bson.D{{Key: "v", Value: test.want}})).Lookup("v")
		if !test.got.Equal(want) {
			t.Errorf("%s is %v, want %v", test.name, test.got, want)
		}
	}
}
