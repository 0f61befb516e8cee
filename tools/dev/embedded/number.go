package embedded

import (
	"cmp"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// compareNumbers compares by value, whatever the types.
func compareNumbers(a, b any) int {
	if c := cmp.Compare(extreme(a), extreme(b)); c != 0 || extreme(a) != 0 {
		return c
	}
	return number(a).Cmp(number(b))
}

func isNaN(v any) bool { return extreme(v) == -2 }

// extreme orders what has no value: NaN before minus infinity, both before all numbers. No document has them, but what
// they are compared with may.
func extreme(v any) int {
	switch v := v.(type) {
	case float64:
		switch {
		case math.IsNaN(v):
			return -2
		case math.IsInf(v, -1):
			return -1
		case math.IsInf(v, 1):
			return 1
		}
	case bson.Decimal128:
		if v.IsNaN() {
			return -2
		}
		return v.IsInf()
	}
	return 0
}

// number is v exactly, if it is not extreme.
func number(v any) *big.Rat {
	switch v := v.(type) {
	case int32:
		return new(big.Rat).SetInt64(int64(v))
	case int64:
		return new(big.Rat).SetInt64(v)
	case float64:
		return new(big.Rat).SetFloat64(v)
	case bson.Decimal128:
		digits, exponent, _ := v.BigInt()
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
		if exponent < 0 {
			return new(big.Rat).SetFrac(digits, power)
		}
		return new(big.Rat).SetInt(digits.Mul(digits, power))
	}
	return nil
}
