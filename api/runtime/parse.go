package runtime

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// The functions below read the text of a URL's filter as a value of a path's
// type. Their errors are predicates.

// ParseString takes any text.
func ParseString(text string) (meta.Operand, error) { return parseText(text, wire.StringValue) }

// ParseFolded returns the function that takes any text, in the form in which t stores it.
func ParseFolded(t *wire.Text) func(text string) (meta.Operand, error) {
	return func(text string) (meta.Operand, error) { return parseText(text, t.Value) }
}

// ParseFoldedPrefix returns the function that takes the beginning of a text, likewise.
func ParseFoldedPrefix(t *wire.Text) func(text string) (meta.Operand, error) {
	return func(text string) (meta.Operand, error) { return parseText(text, t.Prefix) }
}

func parseText(text string, value func(string) bson.RawValue) (meta.Operand, error) {
	if !utf8.ValidString(text) {
		return meta.Operand{}, errors.New("must be UTF-8")
	}
	return meta.Exactly(value(text)), nil
}

// ParseBool takes true or false.
func ParseBool(text string) (meta.Operand, error) {
	if text != "true" && text != "false" {
		return meta.Operand{}, errors.New("must be true or false")
	}
	return meta.Exactly(wire.BoolValue(text == "true")), nil
}

// ParseInt takes a whole number of 64 bits.
func ParseInt(text string) (meta.Operand, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return meta.Operand{}, errors.New("must be a whole number of 64 bits")
	}
	return meta.Exactly(wire.IntValue(n)), nil
}

// ParseFloat takes a finite number.
func ParseFloat(text string) (meta.Operand, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return meta.Operand{}, errors.New("must be a number that 64 bits can hold")
	}
	return meta.Exactly(wire.FloatValue(f)), nil
}

// ParseTime takes an RFC 3339 date and time.
func ParseTime(text string) (meta.Operand, error) {
	t, finer, err := wire.ParseInstant(text)
	if err != nil {
		return meta.Operand{}, err
	}
	o := timeOperand(t)
	if finer {
		o.Beside = 1
	}
	return o, nil
}

// ParseDecimal takes a decimal number.
func ParseDecimal(text string) (meta.Operand, error) {
	return parseValue(text, wire.ParseDecimal, wire.DecimalValue)
}

// ParseBytes takes base64.
func ParseBytes(text string) (meta.Operand, error) {
	return parseValue(text, wire.ParseBytes, wire.BytesValue)
}

// ParseObjectID takes 24 hexadecimal digits.
func ParseObjectID(text string) (meta.Operand, error) {
	return parseValue(text, wire.ParseObjectID, wire.ObjectIDValue)
}

// ParseUUID takes a UUID's text.
func ParseUUID(text string) (meta.Operand, error) {
	return parseValue(text, wire.ParseUUID, wire.UUIDValue)
}

// parseValue takes what parse does; value makes BSON of it.
func parseValue[T any](text string, parse func(string) (T, error), value func(T) bson.RawValue) (meta.Operand, error) {
	v, err := parse(text)
	if err != nil {
		return meta.Operand{}, err
	}
	return meta.Exactly(value(v)), nil
}

// ParseEnum returns the function that takes a text that is one of e's values.
func ParseEnum[E ~string](e *wire.Enum[E]) func(text string) (meta.Operand, error) {
	return func(text string) (meta.Operand, error) {
		v, ok := e.Parse([]byte(text))
		if !ok {
			return meta.Operand{}, errors.New(e.Refusal())
		}
		return meta.Exactly(wire.StringValue(v)), nil
	}
}
