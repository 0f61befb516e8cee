package value

import (
	"cmp"
	"math"
	"math/big"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// compareNumbers compares exactly, whatever the types are. NaN is the least
// number, and equal to itself.
func compareNumbers(a, b bson.RawValue) int {
	if x, ok := integer(a); ok {
		if y, ok := integer(b); ok {
			return cmp.Compare(x, y)
		}
	}
	x, y := rank(a), rank(b)
	if x != y || x != finite {
		return cmp.Compare(x, y)
	}
	return exact(a).Cmp(exact(b))
}

// Ranks of numbers that no fraction is.
const (
	nan = iota
	negative
	finite
	positive
)

func rank(v bson.RawValue) int {
	isNaN, inf := IsNaN(v), infinity(v)
	switch {
	case isNaN:
		return nan
	case inf < 0:
		return negative
	case inf > 0:
		return positive
	}
	return finite
}

// IsNaN says whether a value is no number, though its type is one.
func IsNaN(v bson.RawValue) bool {
	if d, ok := v.Decimal128OK(); ok {
		return d.IsNaN()
	}
	f, ok := v.DoubleOK()
	return ok && math.IsNaN(f)
}

func infinity(v bson.RawValue) int {
	if d, ok := v.Decimal128OK(); ok {
		return d.IsInf()
	}
	f, ok := v.DoubleOK()
	switch {
	case ok && math.IsInf(f, 1):
		return 1
	case ok && math.IsInf(f, -1):
		return -1
	}
	return 0
}

// integer is the value of an int or a long.
func integer(v bson.RawValue) (int64, bool) {
	switch v.Type {
	case bson.TypeInt32:
		return int64(v.Int32()), true
	case bson.TypeInt64:
		return v.Int64(), true
	}
	return 0, false
}

// exact is a finite number, without rounding.
func exact(v bson.RawValue) *big.Rat {
	if n, ok := integer(v); ok {
		return new(big.Rat).SetInt64(n)
	}
	if f, ok := v.DoubleOK(); ok {
		return new(big.Rat).SetFloat64(f)
	}
	digits, exponent, err := v.Decimal128().BigInt()
	if err != nil {
		panic("scripted: a finite decimal without digits: " + err.Error())
	}
	r := new(big.Rat).SetInt(digits)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent < 0 {
		return r.Quo(r, new(big.Rat).SetInt(power))
	}
	return r.Mul(r, new(big.Rat).SetInt(power))
}

// numberKey is the same text for numbers that are equal.
func numberKey(v bson.RawValue) string {
	if n, ok := integer(v); ok {
		return strconv.FormatInt(n, 10)
	}
	if r := rank(v); r != finite {
		return [...]string{nan: "NaN", negative: "-Infinity", positive: "Infinity"}[r]
	}
	return exact(v).RatString()
}

// Whole is a number that has no fraction and fits an int64.
func Whole(v bson.RawValue) (int64, bool) {
	if !IsNumber(v) || rank(v) != finite {
		return 0, false
	}
	r := exact(v)
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// Truncated is a finite number without its fraction, where that fits an int64.
func Truncated(v bson.RawValue) (int64, bool) {
	if !IsNumber(v) || rank(v) != finite {
		return 0, false
	}
	r := exact(v)
	n := new(big.Int).Quo(r.Num(), r.Denom())
	return n.Int64(), n.IsInt64()
}
