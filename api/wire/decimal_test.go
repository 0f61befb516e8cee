package wire_test

import (
	"cmp"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

func parsed(t testing.TB, text string) bson.Decimal128 {
	t.Helper()
	d, err := wire.ParseDecimal(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func TestParseDecimal(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "-0", "1": "1", "-12.50": "-12.50", "1e3": "1E+3", "1E-6176": "1E-6176", "00.10": "0.10",
		strings.Repeat("9", 34): strings.Repeat("9", 34), "1" + strings.Repeat("0", 40): "1.000000000000000000000000000000000E+40",
	} {
		if d := parsed(t, text); d.String() != want {
			t.Errorf("%s reads as %s, want %s", text, d, want)
		}
	}
	for _, text := range []string{"", "NaN", "Infinity", "-inf", "1,5", "0x1", "1e6145", strings.Repeat("9", 35), "1 ", "١"} {
		if d, err := wire.ParseDecimal(text); err == nil || !strings.HasPrefix(err.Error(), "must be ") {
			t.Errorf("%q reads as %s, error %v", text, d, err)
		}
	}
}

func TestDecimalBounds(t *testing.T) {
	least, most := parsed(t, "0.01"), parsed(t, "1E+3")
	for text, want := range map[string]string{
		"0.01": "", "0.010": "", "1000": "", "1000.0": "", "0.0099": "too_small", "-5": "too_small", "0": "too_small", "1E-6000": "too_small",
		"1000.1": "too_large", "1E+6000": "too_large",
	} {
		var p wire.Problems
		if wire.DecimalBounds(&p, "/x", parsed(t, text), &least, &most); codes(p) != want {
			t.Errorf("%s: %v, want %q", text, p, want)
		}
	}
	var p wire.Problems
	for _, d := range []bson.Decimal128{bson.NewDecimal128(0x7800000000000000, 0), bson.NewDecimal128(0xf800000000000000, 0), bson.NewDecimal128(0x7c00000000000000, 0)} {
		wire.DecimalBounds(&p, "/x", d, &least, &most)
		if wire.CheckDecimal(&p, "/"+d.String(), d); len(p) == 0 {
			t.Errorf("%s passes", d)
		}
	}
	if len(p) != 3 {
		t.Errorf("the problems are %v", p)
	}
}

func codes(p wire.Problems) string {
	var list []string
	for _, problem := range p {
		list = append(list, problem.Code)
	}
	return strings.Join(list, " ")
}

// TestCompareDecimals compares with rational numbers, which need no scaling.
func TestCompareDecimals(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	one := func() bson.Decimal128 {
		coefficient := big.NewInt(random.Int64N(2000) - 1000)
		d, ok := bson.ParseDecimal128FromBigInt(coefficient, random.IntN(8)-4)
		if !ok {
			t.Fatal(coefficient)
		}
		return d
	}
	equal := 0
	for range 20000 {
		a, b := one(), one()
		x, _ := new(big.Rat).SetString(a.String())
		y, _ := new(big.Rat).SetString(b.String())
		if have, want := wire.CompareDecimals(a, b), x.Cmp(y); cmp.Compare(have, 0) != want {
			t.Fatalf("%s and %s: %d, want %d", a, b, have, want)
		}
		if x.Cmp(y) == 0 {
			equal++
		}
	}
	if equal == 0 {
		t.Error("no two were equal")
	}
}

// A zero Decimal128 was not given. It is stored as the 0 that it reads as.
func TestZeroDecimal(t *testing.T) {
	if text := wire.AppendJSONDecimal(nil, bson.Decimal128{}); string(text) != `"0"` {
		t.Errorf("its JSON is %s", text)
	}
	doc := raw(t, bson.D{{Key: "d", Value: wire.DecimalValue(bson.Decimal128{})}})
	if d := bson.Raw(doc).Lookup("d").Decimal128(); d.String() != "0" {
		t.Errorf("stored as %s", d)
	}
}

func TestBytes(t *testing.T) {
	for text, want := range map[string][]byte{"": {}, "AA==": {0}, "/wD/": {255, 0, 255}} {
		if b, err := wire.ParseBytes(text); err != nil || !slices.Equal(b, want) || string(wire.AppendJSONBytes(nil, b)) != `"`+text+`"` {
			t.Errorf("%q reads as %x, error %v", text, b, err)
		}
	}
	for _, text := range []string{"A", "AA", "AA=", "AB==", "_wD_", "A A=", "AA==AA==", "AA\n=="} {
		if b, err := wire.ParseBytes(text); err == nil || !strings.HasPrefix(err.Error(), "must be ") {
			t.Errorf("%q reads as %x, error %v", text, b, err)
		}
	}
	var p wire.Problems
	p.Bytes("/none", nil, wire.Text{MinLen: 2})
	p.Bytes("/required", nil, wire.Text{Required: true, MinLen: 2})
	p.Bytes("/short", []byte{1}, wire.Text{MinLen: 2})
	p.Bytes("/long", []byte{1, 2, 3}, wire.Text{MaxLen: 2})
	p.Bytes("/right", []byte{1, 2}, wire.Text{Required: true, MinLen: 2, MaxLen: 2})
	if codes(p) != "required too_short too_long" {
		t.Errorf("the problems are %v", p)
	}
}

// The old binary subtype states its length twice.
func TestOldBytesThatLie(t *testing.T) {
	for _, data := range []string{"", "\x00\x00\x00", "\x02\x00\x00\x00a", "\xff\xff\xff\xffa", "\x01\x00\x00\x00ab"} {
		doc, start := wire.BeginDocument(nil)
		doc = wire.AppendHeader(doc, bson.TypeBinary, "b")
		doc = append(append(doc, byte(len(data)), 0, 0, 0, bson.TypeBinaryBinaryOld), data...)
		r := wire.NewReader(wire.EndDocument(doc, start))
		for end := r.EnterDocument(); r.Next(end); {
			if b := r.Bytes(); len(b) > 0 || r.Err() == nil {
				t.Errorf("%q reads as %q, error %v", data, b, r.Err())
			}
		}
	}
}
