package wire

import (
	"encoding/binary"
	"errors"
	"math/big"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// The zero Decimal128 is 0E-6176, a zero that nobody writes: it stands for a
// decimal that was not given, and is stored and shown as 0.
var (
	unwrittenZero bson.Decimal128
	zeroDecimal   = bson.NewDecimal128(0x3040000000000000, 0)
)

func written(v bson.Decimal128) bson.Decimal128 {
	if v == unwrittenZero {
		return zeroDecimal
	}
	return v
}

// AppendDecimal appends a Decimal128 member.
func AppendDecimal(dst []byte, key string, v bson.Decimal128) []byte {
	high, low := written(v).GetBytes()
	dst = binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeDecimal128, key), low)
	return binary.LittleEndian.AppendUint64(dst, high)
}

// SizeDecimal returns AppendDecimal's size.
func SizeDecimal(key string, _ bson.Decimal128) int { return SizeHeader(key) + 16 }

// Decimal reads a decimal number. It also reads whole numbers, and doubles as the shortest
// decimal number that stands for them: JavaScript stores 19.99 as a double.
func (r *Reader) Decimal() bson.Decimal128 {
	switch {
	case r.cur.kind == bson.TypeInt32 || r.cur.kind == bson.TypeInt64:
		d, _ := bson.ParseDecimal128FromBigInt(big.NewInt(r.Int()), 0)
		return d
	case r.cur.kind == bson.TypeDouble:
		return shortestDecimal(r.double())
	case !r.is(bson.TypeDecimal128, "a decimal number"):
		return bson.Decimal128{}
	}
	value := r.buf[r.cur.start:r.cur.end]
	return bson.NewDecimal128(binary.LittleEndian.Uint64(value[8:]), binary.LittleEndian.Uint64(value))
}

// shortestDecimal returns the decimal number of the fewest digits that is read as f.
func shortestDecimal(f float64) bson.Decimal128 {
	d, _ := bson.ParseDecimal128(strconv.FormatFloat(f, 'g', -1, 64))
	return d
}

// decimalAsFloat reads the current decimal number as a double, if that stands for no other.
func (r *Reader) decimalAsFloat() float64 {
	d := r.Decimal()
	f, err := strconv.ParseFloat(d.String(), 64)
	if finite := !d.IsNaN() && d.IsInf() == 0; err != nil || finite && check.CompareDecimals(shortestDecimal(f), d) != 0 {
		r.fail("must be a number that a double holds, is the decimal number " + d.String())
		return 0
	}
	return f
}

// JSONDecimal appends the current decimal number.
func (r *Reader) JSONDecimal(dst []byte) []byte { return AppendJSONDecimal(dst, r.Decimal()) }

// AppendJSONDecimal appends a decimal number as a string, because readers of JSON
// numbers may take them for doubles.
func AppendJSONDecimal(dst []byte, v bson.Decimal128) []byte {
	return append(append(append(dst, '"'), written(v).String()...), '"')
}

// Decimal reads a decimal number from a string or a number.
func (r *JSONReader) Decimal() bson.Decimal128 {
	var text string
	if c := r.buf[r.pos]; c == '-' || isDigit(c) {
		text, _ = r.number("")
	} else if r.expect('"', `a string with a decimal number such as "12.50"`) {
		text = r.text()
	} else {
		return bson.Decimal128{}
	}
	d, err := ParseDecimal(text)
	if err != nil {
		r.Fail("format", err.Error())
	}
	return d
}

// ParseDecimal parses a decimal number that a Decimal128 can hold exactly. The
// error is a predicate.
func ParseDecimal(s string) (bson.Decimal128, error) {
	d, err := bson.ParseDecimal128(s)
	switch {
	case err != nil || d.IsNaN() || d.IsInf() != 0:
		return bson.Decimal128{}, errors.New(`must be a decimal number of at most 34 digits, such as "12.50"`)
	case d == unwrittenZero:
		return bson.Decimal128{}, errors.New("must not be 0E-6176, which stands for no number; write 0")
	}
	return d, nil
}

// DecimalValue returns v as a BSON value.
func DecimalValue(v bson.Decimal128) bson.RawValue { return elementValue(AppendDecimal(nil, "", v)) }
