package check_test

import (
	"cmp"
	"math"
	"math/big"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/decimaltest"
)

func TestDecimalBounds(t *testing.T) {
	bounds := check.Decimal{Min: new(decimalOf("0.01")), Max: new(decimalOf("1E+3"))}
	for text, want := range map[string]string{
		"0.01": "", "0.010": "", "1000": "", "1000.0": "", "0.0099": "too_small", "-5": "too_small", "0": "too_small", "1E-6000": "too_small",
		"1000.1": "too_large", "1E+6000": "too_large",
	} {
		var p check.FieldErrors
		if bounds.Check(&p, "/x", decimalOf(text)); codes(p) != want {
			t.Errorf("%s: %v, want %q", text, p, want)
		}
	}
	var p check.FieldErrors
	for _, d := range []bson.Decimal128{bson.NewDecimal128(0x7800000000000000, 0), bson.NewDecimal128(0xf800000000000000, 0), bson.NewDecimal128(0x7c00000000000000, 0)} {
		if bounds.Check(&p, "/"+d.String(), d); len(p) == 0 {
			t.Errorf("%s passes", d)
		}
	}
	if len(p) != 3 {
		t.Errorf("the problems are %v", p)
	}
}

func TestCompareDecimals(t *testing.T) {
	equal := 0
	rapid.Check(t, func(rt *rapid.T) {
		a, b := decimaltest.Any.Draw(rt, "a"), decimaltest.Any.Draw(rt, "b")
		if rapid.Bool().Draw(rt, "same value") {
			x, e, _ := a.BigInt()
			ten, ok := bson.ParseDecimal128FromBigInt(x.Mul(x, big.NewInt(100)), e-2)
			if ok && x.Sign() != 0 {
				b = ten
			}
		}
		want := decimaltest.Rational(t, a).Cmp(decimaltest.Rational(t, b))
		if have := check.CompareDecimals(a, b); cmp.Compare(have, 0) != want {
			t.Fatalf("%s and %s: %d, want %d", a, b, have, want)
		}
		if want == 0 {
			equal++
		}
	})
	if equal < 10 {
		t.Errorf("%d were equal", equal)
	}
	if have := check.CompareDecimals(decimalOf("0E+5"), decimalOf("-0")); have != 0 {
		t.Errorf("two zeros are %d", have)
	}
}

// A sum is exact, or there is none: then no Decimal128 has its value.
func TestAddDecimals(t *testing.T) {
	sums := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := decimaltest.Any.Draw(rt, "a"), decimaltest.Any.Draw(rt, "b")
		want := new(big.Rat).Add(decimaltest.Rational(t, a), decimaltest.Rational(t, b))
		sum, ok := check.AddDecimals(a, b)
		sums[ok]++
		if ok && decimaltest.Rational(t, sum).Cmp(want) != 0 {
			t.Fatalf("%s and %s are %s", a, b, sum)
		}
		if !ok && decimaltest.IsDecimal(want) {
			t.Fatalf("%s and %s are %s, which is one", a, b, want)
		}
	})
	if sums[true] == 0 || sums[false] == 0 { // how many is chance
		t.Errorf("there were %v sums", sums)
	}
	for _, d := range []bson.Decimal128{infinity, notANumber} {
		if sum, ok := check.AddDecimals(d, two); ok {
			t.Errorf("%s and 2 are %s", d, sum)
		}
		if sum, ok := check.AddDecimals(two, d); ok {
			t.Errorf("2 and %s are %s", d, sum)
		}
	}
	if sum, ok := check.AddDecimals(bson.Decimal128{}, decimalOf("1.50")); !ok || sum.String() != "1.50" {
		t.Errorf("nothing and 1.50 are %s, %v", sum, ok)
	}
}

var (
	two        = bson.NewDecimal128(0x3040000000000000, 2)
	infinity   = bson.NewDecimal128(0x7800000000000000, 0)
	notANumber = bson.NewDecimal128(0x7c00000000000000, 0)
	nines      = bson.NewDecimal128(0x3041ed09bead87c0, 0x378d8e63ffffffff) // 34 of them
)

// Of all bits, those are stored whose text is read as the same bits.
func TestAnyDecimal(t *testing.T) {
	passes := map[bool]int{}
	rapid.Check(t, func(rt *rapid.T) {
		high, low := rapid.Uint64().Draw(rt, "high"), rapid.Uint64().Draw(rt, "low")
		most, least := nines.GetBytes()
		if rapid.Bool().Draw(rt, "near 34 digits") {
			high = most + uint64(rapid.IntRange(-1, 1).Draw(rt, "more"))
			low = rapid.SampledFrom([]uint64{least, least + 1, least - 1, 0, math.MaxUint64}).Draw(rt, "least")
		}
		d := bson.NewDecimal128(high, low)
		var p check.FieldErrors
		check.AnyDecimal(&p, "/d", d)
		back, err := bson.ParseDecimal128(d.String())
		same := err == nil && back == d && !d.IsNaN() && d.IsInf() == 0
		if passes[same]++; (len(p) == 0) != same {
			t.Fatalf("%x %x is %s: %v", high, low, d, p)
		}
	})
	if passes[true] == 0 || passes[false] == 0 { // how many is chance
		t.Errorf("%v", passes)
	}
	var p check.FieldErrors
	check.AnyDecimal(&p, "/infinite", infinity)
	check.AnyDecimal(&p, "/more", bson.NewDecimal128(0x3041ed09bead87c0, 0x378d8e6400000000))
	check.AnyDecimal(&p, "/odd", bson.NewDecimal128(0x6c10000000000000, 1))
	check.AnyDecimal(&p, "/zero", bson.Decimal128{})
	least, most := decimalOf("5"), decimalOf("1")
	new(check.Decimal).Check(&p, "/unbounded", two)
	(&check.Decimal{Min: &least}).Check(&p, "/below", two)
	(&check.Decimal{Max: &most}).Check(&p, "/above", two)
	(&check.Decimal{Min: &least}).Check(&p, "/no number", bson.NewDecimal128(0x6c10000000000000, 1))
	(&check.Decimal{Min: &least, Optional: true}).Check(&p, "/left out", bson.Decimal128{})
	(&check.Decimal{Min: &least}).Check(&p, "/nothing", bson.Decimal128{})
	(&check.Decimal{Min: &least, Optional: true}).Check(&p, "/less", two)
	want := check.FieldErrors{
		{"/infinite", "type", "must be a finite number"}, {"/more", "type", "must be a number of at most 34 digits"},
		{"/odd", "type", "must be a number of at most 34 digits"}, {"/below", "too_small", "must be at least 5"}, {"/above", "too_large", "must be at most 1"},
		{"/no number", "type", "must be a number of at most 34 digits"}, {"/nothing", "too_small", "must be at least 5"}, {"/less", "too_small", "must be at least 5"},
	}
	if diff := gocmp.Diff(want, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func decimalOf(text string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		panic(err)
	}
	return d
}

func codes(p check.FieldErrors) string {
	var list []string
	for _, problem := range p {
		list = append(list, problem.Code)
	}
	return strings.Join(list, " ")
}
