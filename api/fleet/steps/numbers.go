package steps

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// ToNumber makes numbers of text and decimals: an int64, or a double where it has a
// fraction or an exponent. It is lossless: what no such number equals stays as it is.
func ToNumber() Step {
	return conversion{
		name: "to_number", doc: "makes numbers of text and decimals",
		done: []bson.Type{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble}, kinds: []string{"Int", "Float"},
		read: only(func(v bson.RawValue) (to bson.RawValue, problem string) {
			digits, problem := digitsOf(v, "a number")
			if problem != "" {
				return to, problem
			}
			if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
				return wire.IntValue(n), ""
			}
			f, err := strconv.ParseFloat(digits, 64)
			if err != nil || !isExactly(f, digits) {
				return to, "has more digits than a number keeps"
			}
			return wire.FloatValue(f), ""
		}),
	}.step()
}

// ToDecimal makes decimals of numbers and text. A double becomes what it is written as: 19.99
// becomes 19.99, not the binary fraction that stands for it.
func ToDecimal() Step {
	return conversion{
		name: "to_decimal", doc: "makes decimals of numbers and text",
		done: []bson.Type{bson.TypeDecimal128}, kinds: []string{"Decimal"},
		read: only(func(v bson.RawValue) (to bson.RawValue, problem string) {
			digits, problem := digitsOf(v, "a decimal")
			if problem != "" {
				return to, problem
			}
			d, err := wire.ParseDecimal(digits)
			if err != nil {
				return to, "has more digits than a decimal keeps"
			}
			return wire.DecimalValue(d), ""
		}),
	}.step()
}

// number is a number as JSON writes it: what begins with zeros, a plus or a space is a code
// or a telephone number, and would lose them.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// digitsOf returns the number that v is, or is the text of.
func digitsOf(v bson.RawValue, target string) (digits, problem string) {
	text, ok := v.StringValueOK()
	switch {
	case !ok:
		return numberText(v, target)
	case !number.MatchString(text):
		return "", "is text that is no number as JSON writes it"
	}
	return text, ""
}

// numberText returns a number as the shortest text that is read as the same number.
func numberText(v bson.RawValue, target string) (text, problem string) {
	switch v.Type {
	case bson.TypeInt32:
		text = strconv.FormatInt(int64(v.Int32()), 10)
	case bson.TypeInt64:
		text = strconv.FormatInt(v.Int64(), 10)
	case bson.TypeDouble:
		text = shortest(v.Double())
	case bson.TypeDecimal128:
		text = v.Decimal128().String()
	default:
		return "", "is " + wire.TypeName(v.Type) + ", which does not become " + target
	}
	if !number.MatchString(text) {
		return "", "is no finite number"
	}
	return text, ""
}

// shortest returns the shortest text that is read as f, in the form that JavaScript has.
func shortest(f float64) string {
	if f == 0 || 1e-6 <= max(f, -f) && max(f, -f) < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'e', -1, 64)
}

// maxDigits is more digits than doubles have, zeros included, and few enough to compare.
const maxDigits = 1000

// isExactly reports whether f is written as digits, however many zeros these have.
func isExactly(f float64, digits string) bool {
	switch {
	case len(digits) > maxDigits:
		return false
	case f == 0: // some numbers are too small for a double, and too long for a big.Rat
		mantissa, _, _ := strings.Cut(strings.ToLower(digits), "e")
		return strings.Trim(mantissa, "-0.") == ""
	}
	want, _ := new(big.Rat).SetString(digits)
	have, _ := new(big.Rat).SetString(shortest(f))
	return have.Cmp(want) == 0
}
