package wire

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"
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

// Decimal reads a decimal number. It also reads whole numbers, since they are
// exact, but no doubles.
func (r *Reader) Decimal() bson.Decimal128 {
	switch {
	case r.cur.kind == bson.TypeInt32 || r.cur.kind == bson.TypeInt64:
		d, _ := bson.ParseDecimal128FromBigInt(big.NewInt(r.Int()), 0)
		return d
	case !r.is(bson.TypeDecimal128, "a decimal number"):
		return bson.Decimal128{}
	}
	value := r.buf[r.cur.start:r.cur.end]
	return bson.NewDecimal128(binary.LittleEndian.Uint64(value[8:]), binary.LittleEndian.Uint64(value))
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
	case err != nil || !isFinite(d):
		return bson.Decimal128{}, errors.New(`must be a decimal number of at most 34 digits, such as "12.50"`)
	case d == unwrittenZero:
		return bson.Decimal128{}, errors.New("must not be 0E-6176, which stands for no number; write 0")
	}
	return d, nil
}

func isFinite(d bson.Decimal128) bool { return !d.IsNaN() && d.IsInf() == 0 }

// isCanonical reports whether d has no more than 34 digits. There are bits for
// more, which IEEE 754 reads as 0 and other software as they are.
func isCanonical(d bson.Decimal128) bool {
	const highest, lowest = 0x1ed09bead87c0, 0x378d8e63ffffffff // 34 nines
	high, low := d.GetBytes()
	digits := high & (1<<49 - 1)
	return high>>61&3 != 3 && (digits < highest || digits == highest && low <= lowest)
}

// DecimalValue returns v as a BSON value.
func DecimalValue(v bson.Decimal128) bson.RawValue { return elementValue(AppendDecimal(nil, "", v)) }

// CheckDecimal checks that a decimal number is finite: JSON has no infinity.
func CheckDecimal(p *FieldErrors, pointer string, v bson.Decimal128) {
	switch {
	case !isFinite(v):
		p.Add(pointer, "type", "must be a finite number")
	case !isCanonical(v):
		p.Add(pointer, "type", "must be a number of at most 34 digits")
	}
}

// DecimalBounds checks that a decimal number is between least and most; nil is no
// bound.
func DecimalBounds(p *FieldErrors, pointer string, v bson.Decimal128, least, most *bson.Decimal128) {
	if !isCanonical(v) {
		return
	}
	if least != nil && CompareDecimals(v, *least) < 0 {
		p.Add(pointer, "too_small", "must be at least "+least.String())
	}
	if most != nil && CompareDecimals(v, *most) > 0 {
		p.Add(pointer, "too_large", "must be at most "+most.String())
	}
}

// CompareDecimals orders two finite decimal numbers by value, as cmp.Compare
// does: 1.0 and 1.00 are equal.
func CompareDecimals(a, b bson.Decimal128) int {
	if sign(a) != sign(b) {
		return sign(a) - sign(b)
	}
	x, exponentOfX, _ := a.BigInt()
	y, exponentOfY, _ := b.BigInt()
	// Numbers of different magnitude need not be scaled to thousands of digits.
	if longer := cmp.Compare(digits(x)+exponentOfX, digits(y)+exponentOfY); longer != 0 {
		return longer * sign(a)
	}
	least := min(exponentOfX, exponentOfY)
	return scaled(x, exponentOfX-least).Cmp(scaled(y, exponentOfY-least))
}

// sign returns -1, 0 or 1.
func sign(d bson.Decimal128) int {
	n, _, _ := d.BigInt()
	return n.Sign()
}

func digits(n *big.Int) int { return len(new(big.Int).Abs(n).String()) }

func scaled(n *big.Int, tens int) *big.Int {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(tens)), nil)
	return power.Mul(power, n)
}

// Overflows reports whether the sum of a and b overflows an int64.
func Overflows(a, b int64) bool {
	return (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b)
}

// AddDecimals returns the sum of two decimal numbers; ok is false if a Decimal128
// cannot hold it exactly.
func AddDecimals(a, b bson.Decimal128) (sum bson.Decimal128, ok bool) {
	x, exponentOfX, err := written(a).BigInt()
	y, exponentOfY, err2 := written(b).BigInt()
	if err != nil || err2 != nil {
		return bson.Decimal128{}, false
	}
	least := min(exponentOfX, exponentOfY)
	x, y = scaled(x, exponentOfX-least), scaled(y, exponentOfY-least)
	return bson.ParseDecimal128FromBigInt(x.Add(x, y), least)
}
