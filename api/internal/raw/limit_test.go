package raw

import (
	"math"
	"math/big"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// The room of a number ends where the next one would be infinite.
func TestFloatRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		by := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "by")
		if rapid.Bool().Draw(t, "great") {
			by = math.Copysign(math.MaxFloat64/rapid.Float64Range(1, 1e18).Draw(t, "part"), by)
		}
		most := math.Copysign(math.MaxFloat64, by)
		last, bounded := floatRoom(by)
		if !bounded {
			if math.IsInf(most+by, 0) {
				t.Fatalf("%v and %v are too much", most, by)
			}
			return
		}
		if math.IsInf(last+by, 0) || !math.IsInf(math.Nextafter(last, most)+by, 0) {
			t.Fatalf("%v is not the last to add %v to", last, by)
		}
	})
}

func TestDecimalRoom(t *testing.T) {
	parse := func(s string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	most := parse("9.999999999999999999999999999999999E6144")
	for by, want := range map[string]string{
		"0": "", "1": "", "-1E6000": "", "9.999999999999999999999999999999999E6109": "", "1E6110": "9.999999999999999999999999999999998E+6144",
		"1E6144": "8.999999999999999999999999999999999E+6144", "-9.999999999999999999999999999999999E6144": "0E+6111",
		"-12E6142": "-9.879999999999999999999999999999999E+6144", "1000E6110": "9.999999999999999999999999999999899E+6144",
	} {
		last, bounded := decimalRoom(parse(by))
		switch {
		case !bounded && want != "" || bounded && last.String() != want:
			t.Errorf("%s: %v %v, want %s", by, last, bounded, want)
		case bounded:
			if sum := new(big.Rat).Add(rational(t, last), rational(t, parse(by))); sum.Abs(sum).Cmp(rational(t, most)) > 0 {
				t.Errorf("%s and %s are too much", by, last)
			}
		}
	}
	for _, by := range []bson.Decimal128{parse("NaN"), parse("Infinity"), {}} {
		if _, bounded := decimalRoom(by); bounded {
			t.Errorf("%v is bounded", by)
		}
	}
}

func rational(t *testing.T, d bson.Decimal128) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		t.Fatal(d)
	}
	return r
}
