// Package literal reads documents that tests write down, in Extended JSON.
package literal

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Doc is a document, for example {"a": {"$numberLong": "1"}}.
func Doc(tb testing.TB, text string) bson.Raw {
	tb.Helper()
	var d bson.D
	if err := bson.UnmarshalExtJSON([]byte(text), false, &d); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	raw, err := bson.Marshal(d)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return raw
}

// Value is a value, for example {"$numberLong": "1"}; no text is no value.
func Value(tb testing.TB, text string) bson.RawValue {
	tb.Helper()
	if text == "" {
		return bson.RawValue{}
	}
	return value.Get(Doc(tb, `{"v": `+text+`}`), "v")
}
