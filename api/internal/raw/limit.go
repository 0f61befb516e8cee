package raw

import (
	"context"
	"errors"
	"math"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// If a sum is beyond its type, a database stores infinity, which JSON cannot carry. So a
// number is only added to those with which the sum is finite.

// limit is a bound on the number at path, beyond which a sum would not be finite.
type limit struct {
	path string
	// beyond is a comparison, such as $gt with the last number that is not.
	beyond bson.E
}

// LimitBy bounds the number at path, to which by will be added. Only a by that is itself
// among the greatest needs it.
func (c *Changes) LimitBy(path string, by any) {
	switch by := by.(type) {
	case float64:
		if last, bounded := floatRoom(by); bounded {
			c.limit(path, by < 0, last)
		}
	case bson.Decimal128:
		if last, bounded := decimalRoom(by); bounded {
			c.limit(path, check.CompareDecimals(by, bson.Decimal128{}) < 0, last)
		}
	}
}

func (c *Changes) limit(path string, below bool, last any) {
	op := meta.Gt
	if below {
		op = meta.Lt
	}
	c.limits = append(c.limits, limit{path, bson.E{Key: string(op), Value: last}})
}

// floatRoom returns the last number, in by's direction, that by can be added to. bounded is
// false if by can be added to any.
func floatRoom(by float64) (last float64, bounded bool) {
	most := math.Copysign(math.MaxFloat64, by)
	if !math.IsInf(most+by, 0) {
		return 0, false
	}
	// Sums from 2^1024 less half a unit in the last place on are rounded to infinity.
	room := new(big.Float).SetMantExp(big.NewFloat(1), 1024).SetPrec(exact)
	room.Sub(room, new(big.Float).SetMantExp(big.NewFloat(1), 970))
	room.Sub(room, big.NewFloat(math.Abs(by)))
	last, rounded := room.Float64()
	if rounded != big.Below {
		last = math.Nextafter(last, 0)
	}
	return math.Copysign(last, by), true
}

// exact is how many bits hold any sum of float64s.
const exact = 2200

// The greatest Decimal128 has this many nines before this many zeros.
const nines, zeros = 34, 6111

// decimalRoom does the same for decimals, to 34 digits.
func decimalRoom(by bson.Decimal128) (last bson.Decimal128, bounded bool) {
	coefficient, exponent, err := by.BigInt()
	if err != nil || len(coefficient.Text(10))+exponent < zeros {
		return bson.Decimal128{}, false
	}
	room := tens(nines + zeros)
	room.Sub(room, tens(zeros))
	if coefficient.Sign() < 0 {
		room.Neg(room)
	}
	room.Sub(room, coefficient.Mul(coefficient, tens(exponent)))
	last, _ = bson.ParseDecimal128FromBigInt(room.Quo(room, tens(zeros)), zeros)
	return last, true
}

func tens(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// limited returns target, restricted to documents within the limits.
func (c *Changes) limited(target bson.D) bson.D {
	for _, l := range c.limits {
		target = append(target, bson.E{Key: l.path, Value: bson.D{{Key: "$not", Value: bson.D{l.beyond}}}})
	}
	return target
}

// beyondLimits returns an *InvalidError if the document with the given _id is.
func (d Documents) beyondLimits(ctx context.Context, id ID, c *Changes) error {
	for _, l := range c.limits {
		_, err := d.first(ctx, bson.D{{Key: "_id", Value: id}, {Key: l.path, Value: bson.D{l.beyond}}})
		if err == nil {
			return d.c.invalid(d.c.pointer(l.path), OutOfRange, OutOfRangeMessage)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
