package change

import (
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// arithmetic is $inc or $mul. What is not there counts as zero.
func arithmetic(name string, f value.Field) (apply, error) {
	verb := map[string]string{"$inc": "increment", "$mul": "multiply"}[name]
	if !value.IsNumber(f.Value) {
		return nil, fault.TypeMismatch("Cannot %s with non-numeric argument: {%s: %s}", verb, f.Name, f.Value)
	}
	return func(old bson.RawValue) (bson.RawValue, error) {
		switch {
		case old.Type == value.Missing && name == "$inc":
			return f.Value, nil
		case old.Type == value.Missing:
			return calculate(name, value.Of(int32(0)), f.Value)
		case !value.IsNumber(old):
			return old, fault.TypeMismatch("Cannot apply %s to a value of non-numeric type. The field '%s' has non-numeric type %s", name, f.Name, value.TypeName(old.Type))
		}
		return calculate(name, old, f.Value)
	}, nil
}

// calculate has a result of the wider type: int, long, double, decimal.
func calculate(name string, a, b bson.RawValue) (bson.RawValue, error) {
	switch {
	case a.Type == bson.TypeDecimal128 || b.Type == bson.TypeDecimal128:
		return decimals(name, a, b)
	case a.Type == bson.TypeDouble || b.Type == bson.TypeDouble:
		x, y := a.AsFloat64(), b.AsFloat64()
		if name == "$inc" {
			return value.Of(x + y), nil
		}
		return value.Of(x * y), nil
	}
	x, y := big.NewInt(a.AsInt64()), big.NewInt(b.AsInt64())
	z := new(big.Int)
	if name == "$inc" {
		z.Add(x, y)
	} else {
		z.Mul(x, y)
	}
	if !z.IsInt64() {
		return a, fault.BadValue("Failed to apply %s operations to current value ((NumberLong)%s)", name, x)
	}
	n := z.Int64()
	if a.Type == bson.TypeInt32 && b.Type == bson.TypeInt32 && n >= math.MinInt32 && n <= math.MaxInt32 {
		return value.Of(int32(n)), nil
	}
	return value.Of(n), nil
}

// decimals calculates with finite numbers; a result that takes more than a decimal's
// 34 digits is not modelled.
func decimals(name string, a, b bson.RawValue) (bson.RawValue, error) {
	x, xExp, okX := digits(a)
	y, yExp, okY := digits(b)
	if !okX || !okY {
		return a, fault.NotModelled("decimal arithmetic with what is not finite, or with doubles")
	}
	z, exp := new(big.Int), xExp+yExp
	if name == "$inc" {
		exp = min(xExp, yExp)
		z.Add(scale(x, xExp-exp), scale(y, yExp-exp))
	} else {
		z.Mul(x, y)
	}
	d, ok := bson.ParseDecimal128FromBigInt(z, exp)
	if !ok {
		return a, fault.NotModelled("decimal arithmetic that rounds")
	}
	return value.Of(d), nil
}

func digits(v bson.RawValue) (*big.Int, int, bool) {
	if d, ok := v.Decimal128OK(); ok {
		n, exp, err := d.BigInt()
		return n, exp, err == nil
	}
	if n, ok := value.Whole(v); ok {
		return big.NewInt(n), 0, true
	}
	return nil, 0, false
}

func scale(n *big.Int, exp int) *big.Int {
	return new(big.Int).Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil))
}

// Sum adds two numbers as $inc and $sum do.
func Sum(a, b bson.RawValue) (bson.RawValue, error) { return calculate("$inc", a, b) }
