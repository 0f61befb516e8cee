package wire

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Elements returns the elements that were appended one after the other, as the members
// of a document are.
func Elements(appended []byte) []bson.RawElement {
	doc, start := BeginDocument(nil)
	list, _ := bson.Raw(EndDocument(append(doc, appended...), start)).Elements()
	return list
}

// IsMissing reports whether v is null or no value at all, which read alike.
func IsMissing(v bson.RawValue) bool { return v.Type == 0 || v.Type == bson.TypeNull }

// Now returns the current time as a BSON date holds it: in UTC, to the millisecond.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
