package steps

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// CompleteTimestamps gives users the dates that they lack: createdAt from their
// ObjectID, which starts with when it was made, and updatedAt from createdAt, by the names
// that the schema declares. Dates that are stored as text become dates where they can be read
// in one way only.
func CompleteTimestamps(users *meta.Collection) Step {
	return Step{
		Name: "complete_timestamps", Doc: "gives users without createdAt and updatedAt theirs, and makes dates of text",
		Read: func(*Members) Work {
			return Work{Collection: "users", Change: func(doc bson.Raw) (Edit, error) { return completeTimestamps(users, doc), nil }}
		},
	}
}

func completeTimestamps(users *meta.Collection, doc bson.Raw) (edit Edit) {
	date := made(doc.Lookup("_id"))
	if path := meta.TimestampPath(true, users.CreatedAt, meta.CreatedPath); path != "" {
		created, known := edit.date(doc, path, date)
		if date = created; !known {
			date = time.Time{}
		}
	}
	if path := meta.TimestampPath(true, users.UpdatedAt, meta.UpdatedPath); path != "" {
		edit.date(doc, path, date)
	}
	return edit
}

// made returns when an ObjectID was made, zero for any other _id.
func made(id bson.RawValue) time.Time {
	oid, ok := id.ObjectIDOK()
	if !ok {
		return time.Time{}
	}
	return oid.Timestamp().UTC()
}

// date returns the date of the member called key, or otherwise, if it is missing. known
// is false if the member stays what it is, and is no date.
func (e *Edit) date(doc bson.Raw, key string, otherwise time.Time) (date time.Time, known bool) {
	var when any
	switch value := doc.Lookup(key); value.Type {
	case bson.TypeDateTime:
		return value.Time().UTC(), true
	case bson.TypeString:
		date, when = parse(value.StringValue()), value
	case bson.TypeNull, 0:
		date = otherwise
	}
	if date.IsZero() {
		return date, false
	}
	e.When = append(e.When, bson.E{Key: key, Value: when})
	e.Set = append(e.Set, bson.E{Key: key, Value: date})
	return date, true
}

// parse reads a date that can be read in one way only, a day as its beginning in
// UTC. It is zero for any other text.
func parse(text string) time.Time {
	for _, date := range parseDates(text, unambiguous) {
		return date
	}
	return time.Time{}
}
