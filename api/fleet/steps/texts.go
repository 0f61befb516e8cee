package steps

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

// ToText makes text of numbers, dates and ObjectIDs, from which the other conversions make
// the same again.
func ToText() Step {
	return conversion{
		name: "to_text", doc: "makes text of numbers, decimals, dates and ObjectIDs",
		done: []bson.Type{bson.TypeString}, kinds: []string{"String", "Enum", "NamedEnum"},
		read: only(func(v bson.RawValue) (to bson.RawValue, problem string) {
			text, problem := textOf(v)
			if problem != "" {
				return to, problem
			}
			return wire.StringValue(text), ""
		}),
	}.step()
}

// dateText is how JSON writes dates.
const dateText = "2006-01-02T15:04:05.000Z"

func textOf(v bson.RawValue) (text, problem string) {
	switch v.Type {
	case bson.TypeObjectID:
		return v.ObjectID().Hex(), ""
	case bson.TypeDateTime:
		date := v.Time().UTC()
		if !check.HasYear(date) {
			return "", "is not in the years 0 to 9999"
		}
		return date.Format(dateText), ""
	}
	return numberText(v, "text")
}

// ToObjectID makes ObjectIDs of text.
func ToObjectID() Step {
	return conversion{
		name: "to_object_id", doc: "makes ObjectIDs of text",
		done: []bson.Type{bson.TypeObjectID}, kinds: []string{"ObjectID", "Ref"},
		read: only(func(v bson.RawValue) (to bson.RawValue, problem string) {
			text, ok := v.StringValueOK()
			if !ok {
				return to, "is " + wire.TypeName(v.Type) + ", which does not become an ObjectID"
			}
			id, err := bson.ObjectIDFromHex(text)
			if err != nil {
				return to, "is text that is no ObjectID of 24 hexadecimal digits"
			}
			return bson.RawValue{Type: bson.TypeObjectID, Value: id[:]}, ""
		}),
	}.step()
}
