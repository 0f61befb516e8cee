package store

import (
	"errors"
	"math"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// The functions below read the text of a URL's filter as a value of a path's
// type. Their errors are predicates.

// ParseString takes any text.
func ParseString(text string) (bson.RawValue, error) { return wire.StringValue(text), nil }

// ParseEmail takes an address, folded as addresses are on write.
func ParseEmail(text string) (bson.RawValue, error) { return wire.EmailValue(text), nil }

// ParseBool takes true or false.
func ParseBool(text string) (bson.RawValue, error) {
	if text != "true" && text != "false" {
		return bson.RawValue{}, errors.New("must be true or false")
	}
	return wire.BoolValue(text == "true"), nil
}

// ParseInt takes a whole number of 64 bits.
func ParseInt(text string) (bson.RawValue, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return bson.RawValue{}, errors.New("must be a whole number of 64 bits")
	}
	return wire.IntValue(n), nil
}

// ParseFloat takes a finite number.
func ParseFloat(text string) (bson.RawValue, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return bson.RawValue{}, errors.New("must be a number that 64 bits can hold")
	}
	return wire.FloatValue(f), nil
}

// ParseTime takes an RFC 3339 date and time.
func ParseTime(text string) (bson.RawValue, error) {
	t, err := wire.ParseTime(text)
	if err != nil {
		return bson.RawValue{}, err
	}
	return wire.TimeValue(t), nil
}

// ParseDecimal takes a decimal number.
func ParseDecimal(text string) (bson.RawValue, error) {
	d, err := wire.ParseDecimal(text)
	if err != nil {
		return bson.RawValue{}, err
	}
	return wire.DecimalValue(d), nil
}

// ParseBytes takes base64.
func ParseBytes(text string) (bson.RawValue, error) {
	b, err := wire.ParseBytes(text)
	if err != nil {
		return bson.RawValue{}, err
	}
	return wire.BytesValue(b), nil
}

// ParseObjectID takes 24 hexadecimal digits.
func ParseObjectID(text string) (bson.RawValue, error) {
	id, err := wire.ParseObjectID(text)
	if err != nil {
		return bson.RawValue{}, err
	}
	// A zero ObjectID is a value like any other here: the text names it.
	return bson.RawValue{Type: bson.TypeObjectID, Value: id[:]}, nil
}

// ParseEnum takes a text that parse knows; values lists what it knows.
func ParseEnum[E ~string](text string, parse func([]byte) (E, bool), values string) (bson.RawValue, error) {
	e, ok := parse([]byte(text))
	if !ok {
		return bson.RawValue{}, errors.New("must be one of " + values)
	}
	return wire.StringValue(e), nil
}
