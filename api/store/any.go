package store

import "go.mongodb.org/mongo-driver/v2/bson"

// AnyOf returns v as the value of a def.Any: a bson.D, a map, a struct with bson tags, a
// string or whatever else the driver can encode. Nil is a missing one.
func AnyOf(v any) (bson.RawValue, error) {
	if v == nil {
		return bson.RawValue{}, nil
	}
	kind, value, err := bson.MarshalValue(v)
	return bson.RawValue{Type: kind, Value: value}, err
}

// Merge changes a def.Any as a JSON merge patch does (RFC 7396): a document is merged into
// the stored one member by member, nested ones too, and null removes a member. What else is
// stored is replaced, and anything but a document replaces it as Set does.
func Merge(v bson.RawValue) Change[bson.RawValue] {
	return Change[bson.RawValue]{value: v, kind: ChangeMerge}
}
