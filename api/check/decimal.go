package check

import (
	"cmp"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// AnyDecimal checks that a decimal number is finite: JSON has no infinity.
func AnyDecimal(errs *FieldErrors, pointer string, v bson.Decimal128) {
	switch {
	case v.IsNaN() || v.IsInf() != 0:
		errs.Add(pointer, "type", "must be a finite number")
	case !isCanonical(v):
		errs.Add(pointer, "type", "must be a number of at most 34 digits")
	}
}

// isCanonical reports whether d has no more than 34 digits. There are bits for
// more, which IEEE 754 reads as 0 and other software as they are.
func isCanonical(d bson.Decimal128) bool {
	const highest, lowest = 0x1ed09bead87c0, 0x378d8e63ffffffff // 34 nines
	high, low := d.GetBytes()
	digits := high & (1<<49 - 1)
	return high>>61&3 != 3 && (digits < highest || digits == highest && low <= lowest)
}

// Decimal has the constraints on a decimal number.
type Decimal struct {
	// Optional lets the zero Decimal128 pass, whatever the bounds are: it was not
	// given.
	Optional bool
	// Min and Max are the bounds; nil for none.
	Min, Max *bson.Decimal128
}

// Check checks that v is finite and within the bounds.
func (d *Decimal) Check(errs *FieldErrors, pointer string, v bson.Decimal128) {
	AnyDecimal(errs, pointer, v)
	if d.Optional && v.IsZero() || !isCanonical(v) {
		return
	}
	if d.Min != nil && CompareDecimals(v, *d.Min) < 0 {
		errs.Add(pointer, "too_small", "must be at least "+d.Min.String())
	}
	if d.Max != nil && CompareDecimals(v, *d.Max) > 0 {
		errs.Add(pointer, "too_large", "must be at most "+d.Max.String())
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

// AddDecimals returns the sum of two decimal numbers; ok is false if a Decimal128
// cannot hold it exactly.
func AddDecimals(a, b bson.Decimal128) (sum bson.Decimal128, ok bool) {
	x, exponentOfX, err := parts(a)
	y, exponentOfY, err2 := parts(b)
	if err != nil || err2 != nil {
		return bson.Decimal128{}, false
	}
	least := min(exponentOfX, exponentOfY)
	x, y = scaled(x, exponentOfX-least), scaled(y, exponentOfY-least)
	return bson.ParseDecimal128FromBigInt(x.Add(x, y), least)
}

// parts returns the digits of d and the power of ten to multiply them by. The zero
// Decimal128 was not given: it counts as 0, not as one with 6176 decimal places.
func parts(d bson.Decimal128) (digits *big.Int, exponent int, err error) {
	if d == (bson.Decimal128{}) {
		return new(big.Int), 0, nil
	}
	return d.BigInt()
}
