// Package decimaltest has decimals for tests that hold for all of them, and what they are exactly. Only tests import it.
package decimaltest

import (
	"math/big"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// Any draws all that a Decimal128 holds, the ends of its range among them, and
// often ones that are nearly equal.
var Any = rapid.Custom(func(t *rapid.T) bson.Decimal128 {
	digits := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,3}0{0,5}`), rapid.StringMatching(`-?[0-9]{1,34}`), rapid.Just(strings.Repeat("9", 34))).Draw(t, "digits")
	exponent := rapid.OneOf(rapid.IntRange(-9, 9), rapid.IntRange(-40, 40), rapid.SampledFrom([]int{-6176, -6175, 6110, 6111})).Draw(t, "exponent")
	coefficient, _ := new(big.Int).SetString(digits, 10)
	d, ok := bson.ParseDecimal128FromBigInt(coefficient, exponent)
	if !ok {
		t.Fatalf("%sE%d is none", digits, exponent)
	}
	return d
})

// Rational returns d's value, which needs no scaling.
func Rational(t testing.TB, d bson.Decimal128) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		t.Fatalf("%s is no number", d)
	}
	return r
}

// IsDecimal reports whether a number has at most 34 digits before as many zeros as
// a Decimal128 may have, or behind the point.
func IsDecimal(r *big.Rat) bool {
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(6176), nil)))
	if !scaled.IsInt() {
		return false
	}
	digits := strings.TrimLeft(scaled.Num().String(), "-")
	significant := strings.TrimRight(digits, "0")
	return len(significant) <= 34 && len(digits) <= 34+6111+6176
}
