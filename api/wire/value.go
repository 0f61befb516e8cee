package wire

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// BSON values that filters compare with.

// StringValue returns s as a BSON value.
func StringValue[S ~string](s S) bson.RawValue {
	return elementValue(AppendString(nil, "", s))
}

// BoolValue returns v as a BSON value.
func BoolValue(v bool) bson.RawValue { return elementValue(AppendBool(nil, "", v)) }

// IntValue returns v as a BSON value.
func IntValue(v int64) bson.RawValue { return elementValue(AppendInt(nil, "", v)) }

// FloatValue returns v as a BSON value.
func FloatValue(v float64) bson.RawValue { return elementValue(AppendFloat(nil, "", v)) }

// TimeValue returns t as a BSON value.
func TimeValue(t time.Time) bson.RawValue { return elementValue(AppendTime(nil, "", t)) }

// elementValue returns the value of an element with an empty key.
func elementValue(element []byte) bson.RawValue {
	return bson.RawValue{Type: bson.Type(element[0]), Value: element[2:]}
}

// ObjectIDValue returns id as a BSON value.
func ObjectIDValue(id bson.ObjectID) bson.RawValue { return elementValue(AppendObjectID(nil, "", id)) }
