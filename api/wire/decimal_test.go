package wire_test

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/decimaltest"
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
	if d, err := wire.ParseDecimal("-0E-6176"); err != nil || d.String() != "-0E-6176" {
		t.Errorf("a zero of the other sign reads as %s, %v", d, err)
	}
	for _, text := range []string{"", "NaN", "Infinity", "-inf", "1,5", "0x1", "1e6145", strings.Repeat("9", 35), "1 ", "١"} {
		if d, err := wire.ParseDecimal(text); err == nil || !strings.HasPrefix(err.Error(), "must be ") {
			t.Errorf("%q reads as %s, error %v", text, d, err)
		}
	}
}

// What is read is what was written, and nothing else is.
func TestAnyDecimalIsRead(t *testing.T) {
	read, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,5})?`),
			rapid.StringMatching(`[1-9][0-9]{33,35}[1-9](E-?[0-9]{1,4})?`),
			rapid.Map(decimaltest.Any, bson.Decimal128.String),
		).Draw(rt, "text")
		d, err := wire.ParseDecimal(text)
		mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
		if n, _ := strconv.Atoi(exponent); n > 7000 || n < -7000 {
			if err == nil && strings.Trim(mantissa, "-0.") != "" {
				t.Fatalf("%s is %s", text, d)
			}
			return
		}
		want, ok := new(big.Rat).SetString(text)
		switch {
		case !ok:
			t.Fatal(text)
		case err != nil:
			refused++
			if decimaltest.IsDecimal(want) && want.Sign() != 0 {
				t.Fatalf("%s is refused: %v", text, err)
			}
		case decimaltest.Rational(t, d).Cmp(want) != 0:
			t.Fatalf("%s is %s", text, d)
		default:
			read++
		}
		var p check.FieldErrors
		if check.AnyDecimal(&p, "", d); len(p) > 0 {
			t.Fatalf("%s is not stored: %v", d, p)
		}
	})
	if read == 0 || refused == 0 { // how many is chance
		t.Errorf("%d were read, %d refused", read, refused)
	}
}

// Requests write decimals as text or as numbers, of which no digit is lost.
func TestRequestDecimals(t *testing.T) {
	const form = `must be a decimal number of at most 34 digits, such as "12.50"`
	for body, want := range map[string]struct{ text, problem string }{
		`"12.50"`: {"12.50", ""}, `12.50`: {"12.50", ""}, `-1e3`: {"-1E+3", ""}, ` "0" `: {"0", ""}, `0.1000000000000000000000000000000001`: {"0.1000000000000000000000000000000001", ""},
		`"1,5"`: {"0E-6176", "/d format " + form}, `"NaN"`: {"0E-6176", "/d format " + form}, `1e9999`: {"0E-6176", "/d format " + form},
		`"0E-6176"`: {"0E-6176", "/d format must not be 0E-6176, which stands for no number; write 0"},
		`true`:      {"0E-6176", `/d type must be a string with a decimal number such as "12.50"`},
		`[1]`:       {"0E-6176", `/d type must be a string with a decimal number such as "12.50"`},
		`null`:      {"0E-6176", ""},
	} {
		r, err := wire.NewJSONReader([]byte(`{"d":` + body + `,"last":true}`))
		if err != nil {
			t.Fatal(err)
		}
		var d bson.Decimal128
		last := false
		r.Object(func(name string) bool {
			if name == "last" {
				last = r.Bool()
				return true
			}
			d = r.Decimal()
			return true
		})
		problem := ""
		for _, p := range r.Errors {
			problem += p.Pointer + " " + p.Code + " " + p.Message
		}
		if d.String() != want.text || problem != want.problem || !last {
			t.Errorf("%s is %s, problem %q, behind it %v", body, d, problem, last)
		}
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

// JavaScript stores money as doubles, and other programs a double's field as decimals: each is
// read as the other, unless that would be another number.
func TestNumbersOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{0, 19.99, 0.1, -2.5e-7, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53} {
		want := strconv.FormatFloat(f, 'g', -1, 64)
		d, err := readRecord(raw(t, bson.D{{Key: "D", Value: f}}))
		back, parseErr := strconv.ParseFloat(d.D.String(), 64)
		if err != nil || parseErr != nil || back != f || check.CompareDecimals(d.D, decimalOf(want)) != 0 {
			t.Errorf("%v is read as %s, %v", f, d.D, err)
		}
		if d, err := readRecord(raw(t, bson.D{{Key: "F", Value: decimalOf(want)}})); err != nil || d.F != f {
			t.Errorf("%s is read as %v, %v", want, d.F, err)
		}
	}
	for _, text := range []string{"NaN", "Infinity", "-Infinity"} {
		d, err := readRecord(raw(t, bson.D{{Key: "F", Value: decimalOf(text)}}))
		if want, _ := strconv.ParseFloat(text, 64); err != nil || d.F != want && !math.IsNaN(want) {
			t.Errorf("%s is read as %v, %v", text, d.F, err)
		}
	}
	if d, err := readRecord(raw(t, bson.D{{Key: "D", Value: math.Inf(-1)}})); err != nil || d.D.IsInf() != -1 {
		t.Errorf("infinity is read as %s, %v", d.D, err)
	}
	for _, n := range []int64{math.MinInt64, 1 << 62, 1<<53 + 2} {
		if d, err := readRecord(raw(t, bson.D{{Key: "F", Value: n}})); err != nil || int64(d.F) != n {
			t.Errorf("%d is read as %v, %v", n, d.F, err)
		}
	}
	for _, v := range []any{decimalOf("19.9900000000000000001"), decimalOf("1E400"), decimalOf("1E-400"), int64(math.MaxInt64), int64(1<<53 + 1)} {
		if d, err := readRecord(raw(t, bson.D{{Key: "F", Value: v}})); err == nil {
			t.Errorf("%v is read as %v", v, d.F)
		}
	}
}
