package wire_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// valueOf returns v as the driver encodes it.
func valueOf(t testing.TB, v any) bson.RawValue {
	t.Helper()
	kind, value, err := bson.MarshalValue(v)
	if err != nil {
		t.Fatal(err)
	}
	return bson.RawValue{Type: kind, Value: value}
}

// readAny reads a value as the member v of a body.
func readAny(t testing.TB, text string) (bson.RawValue, string) {
	t.Helper()
	r, err := wire.NewJSONReader([]byte(`{"v":` + text + `}`))
	if err != nil {
		t.Fatal(err)
	}
	var v bson.RawValue
	r.Object(func(string) bool { v = r.Any(); return true })
	var problems []string
	for _, e := range r.Errors {
		problems = append(problems, e.Pointer+" "+e.Code)
	}
	return v, strings.Join(problems, ", ")
}

// TestFormsOfEveryType: each type has one form in JSON, which is read as the value that it was.
func TestFormsOfEveryType(t *testing.T) {
	t.Parallel()
	id := bson.ObjectID{0x5f, 11: 0x01}
	for text, v := range map[string]any{
		`"text"`:                               "text",
		`"a\u0000b"`:                           "a\x00b",
		`true`:                                 true,
		`null`:                                 bson.Null{},
		`-7`:                                   int32(-7),
		`2147483648`:                           int64(1 << 31),
		`-9223372036854775808`:                 int64(math.MinInt64),
		`1.0`:                                  1.0,
		`-0.0`:                                 math.Copysign(0, -1),
		`0.1`:                                  0.1,
		`1e+21`:                                1e21,
		`1.7976931348623157e+308`:              math.MaxFloat64,
		`5e-324`:                               math.SmallestNonzeroFloat64,
		`{"$numberDouble":"NaN"}`:              math.NaN(),
		`{"$numberDouble":"Infinity"}`:         math.Inf(1),
		`{"$numberDouble":"-Infinity"}`:        math.Inf(-1),
		`{"$oid":"5f0000000000000000000001"}`:  id,
		`{"$date":"1970-01-01T00:00:00Z"}`:     bson.DateTime(0),
		`{"$date":"9999-12-31T23:59:59.999Z"}`: bson.DateTime(253402300799999),
		`{"$date":{"$numberLong":"253402300800000"}}`:                           bson.DateTime(253402300800000),
		`{"$date":{"$numberLong":"-1"}}`:                                        bson.DateTime(-1),
		`{"$date":{"$numberLong":"-9223372036854775808"}}`:                      bson.DateTime(math.MinInt64),
		`{"$numberDecimal":"12.50"}`:                                            decimalOf("12.50"),
		`{"$numberDecimal":"NaN"}`:                                              decimalOf("NaN"),
		`{"$numberDecimal":"-Infinity"}`:                                        decimalOf("-Infinity"),
		`{"$numberDecimal":"0E-6176"}`:                                          bson.Decimal128{},
		`{"$binary":{"base64":"AQI=","subType":"00"}}`:                          bson.Binary{Data: []byte{1, 2}},
		`{"$binary":{"base64":"AQI=","subType":"02"}}`:                          bson.Binary{Subtype: 2, Data: []byte{1, 2}},
		`{"$binary":{"base64":"","subType":"ff"}}`:                              bson.Binary{Subtype: 255},
		`{"$timestamp":{"t":4294967295,"i":7}}`:                                 bson.Timestamp{T: math.MaxUint32, I: 7},
		`{"$regularExpression":{"pattern":"^a\"","options":"im"}}`:              bson.Regex{Pattern: `^a"`, Options: "im"},
		`{"$code":"f()"}`:                                                       bson.JavaScript("f()"),
		`{"$code":"f()","$scope":{"a":{"$oid":"5f0000000000000000000001"}}}`:    bson.CodeWithScope{Code: "f()", Scope: bson.D{{Key: "a", Value: id}}},
		`{"$symbol":"s"}`:                                                       bson.Symbol("s"),
		`{"$dbPointer":{"$ref":"c","$id":{"$oid":"5f0000000000000000000001"}}}`: bson.DBPointer{DB: "c", Pointer: id},
		`{"$undefined":true}`:                                                   bson.Undefined{},
		`{"$minKey":1}`:                                                         bson.MinKey{},
		`{"$maxKey":1}`:                                                         bson.MaxKey{},
		`{}`:                                                                    bson.D{},
		`[]`:                                                                    bson.A{},
		`{"a":[1,[],{"b":null}],"":{"":1},"__proto__":{"constructor":1}}`:       bson.D{{Key: "a", Value: bson.A{int32(1), bson.A{}, bson.D{{Key: "b", Value: nil}}}}, {Key: "", Value: bson.D{{Key: "", Value: int32(1)}}}, {Key: "__proto__", Value: bson.D{{Key: "constructor", Value: int32(1)}}}},
	} {
		want := valueOf(t, v)
		if have := string(wire.AppendJSONAny(nil, want)); have != text {
			t.Errorf("%T %v is shown as %s, want %s", v, v, have, text)
		}
		if have, problems := readAny(t, text); !have.Equal(want) || problems != "" {
			t.Errorf("%s is read as %v %x, want %x; %s", text, have.Type, have.Value, want.Value, problems)
		}
	}
}

// TestFormsThatAreRead: the canonical forms, and those that are written in more than one way.
func TestFormsThatAreRead(t *testing.T) {
	t.Parallel()
	for text, v := range map[string]any{
		`{"$numberInt":"7"}`:                                    int32(7),
		`{"$numberLong":"7"}`:                                   int64(7),
		`{"$numberDouble":"7"}`:                                 7.0,
		`{"$numberDouble":"-1.5E3"}`:                            -1500.0,
		` { "$oid" : "5F0000000000000000000001" } `:             bson.ObjectID{0x5f, 11: 0x01},
		`{"\u0024oid":"5f0000000000000000000001"}`:              bson.ObjectID{0x5f, 11: 0x01},
		`{"$date":"2026-01-31T08:30:00+01:00"}`:                 bson.NewDateTimeFromTime(time.Date(2026, 1, 31, 7, 30, 0, 0, time.UTC)),
		`{"$date":{"$numberLong":"7"}}`:                         bson.DateTime(7),
		`{"$uuid":"123e4567-e89b-42d3-a456-426614174000"}`:      bson.Binary{Subtype: 4, Data: []byte{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x42, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00}},
		`{"$binary":{"subType":"5","base64":"AQ=="}}`:           bson.Binary{Subtype: 5, Data: []byte{1}},
		`{"$regularExpression":{"options":"xi","pattern":"a"}}`: bson.Regex{Pattern: "a", Options: "ix"},
		`{"$scope":{"n":1},"$code":"n"}`:                        bson.CodeWithScope{Code: "n", Scope: bson.D{{Key: "n", Value: int32(1)}}},
		`1e2`:                                                   100.0,
		`-0`:                                                    int32(0),
		`12345678901234567890`:                                  12345678901234567890.0,
	} {
		if have, problems := readAny(t, text); !have.Equal(valueOf(t, v)) || problems != "" {
			t.Errorf("%s is read as %v %x; %s", text, have.Type, have.Value, problems)
		}
	}
}

// TestFormsThatAreNone: what is wrong is said where it is.
func TestFormsThatAreNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"$oid":1}`:    "/v/$oid type",
		`{"$oid":null}`: "/v/$oid required",
		`{"$oid":"5f"}`: "/v/$oid format",
		`{"$oid":"5f0000000000000000000001","a":1}`:               "/v/a unknown_field",
		`{"$oid":"5f0000000000000000000001","$oid":"x"}`:          "/v/$oid duplicate_member",
		`{"$date":{"$numberLong":"x"}}`:                           "/v/$date/$numberLong format",
		`{"$date":{"$numberLong":7}}`:                             "/v/$date/$numberLong type",
		`{"$date":{"a":7}}`:                                       "/v/$date/a unknown_field, /v/$date/$numberLong required",
		`{"$date":7}`:                                             "/v/$date type",
		`{"$date":"yesterday"}`:                                   "/v/$date format",
		`{"$date":"+10000-01-01T00:00:00Z"}`:                      "/v/$date format",
		`{"$numberInt":"2147483648"}`:                             "/v/$numberInt format",
		`{"$numberInt":"1.0"}`:                                    "/v/$numberInt format",
		`{"$numberLong":"9223372036854775808"}`:                   "/v/$numberLong format",
		`{"$numberDouble":"0x1p4"}`:                               "/v/$numberDouble format",
		`{"$numberDouble":"1_0"}`:                                 "/v/$numberDouble format",
		`{"$numberDouble":"1e400"}`:                               "/v/$numberDouble format",
		`{"$numberDouble":""}`:                                    "/v/$numberDouble format",
		`{"$numberDouble":7}`:                                     "/v/$numberDouble type",
		`{"$numberDecimal":"1e9999"}`:                             "/v/$numberDecimal format",
		`{"$numberDecimal":"x"}`:                                  "/v/$numberDecimal format",
		`{"$binary":"AQI="}`:                                      "/v/$binary type",
		`{"$binary":{"base64":"AQ"}}`:                             "/v/$binary/base64 format, /v/$binary/subType required",
		`{"$binary":{"base64":"","subType":"100"}}`:               "/v/$binary/subType format",
		`{"$uuid":"x"}`:                                           "/v/$uuid format",
		`{"$timestamp":{"t":-1,"i":4294967296}}`:                  "/v/$timestamp/t type, /v/$timestamp/i type",
		`{"$timestamp":{"t":1}}`:                                  "/v/$timestamp/i required",
		`{"$regularExpression":{"pattern":"\u0000","options":1}}`: "/v/$regularExpression/pattern format, /v/$regularExpression/options type",
		`{"$code":1}`:                                             "/v/$code type",
		`{"$scope":{}}`:                                           "/v/$code required",
		`{"$code":"","$scope":[]}`:                                "/v/$scope type",
		`{"$symbol":{}}`:                                          "/v/$symbol type",
		`{"$dbPointer":{"$ref":"c","$id":"x"}}`:                   "/v/$dbPointer/$id type",
		`{"$undefined":false}`:                                    "/v/$undefined type",
		`{"$minKey":2}`:                                           "/v/$minKey type",
		`{"$maxKey":"1"}`:                                         "/v/$maxKey type",
		`{"$where":"1"}`:                                          "/v/$where entry_name",
		`{"$ref":"c","$id":1}`:                                    "/v/$ref entry_name",
		`{"$binary":{"base64":"AQ==","subType":"00"},"$type":1}`:  "/v/$type unknown_field",
		`[1,{"a":[{"$oid":1}]}]`:                                  "/v/1/a/0/$oid type",
		`{"a":1,"a":2}`:                                           "/v/a duplicate_member",
		`{"a\u0000b":1}`:                                          "/v/a\x00b entry_name",
		`1e400`:                                                   "/v type",
		`{"a~/b":1e999}`:                                          "/v/a~0~1b type",
	} {
		v, problems := readAny(t, text)
		if problems != want {
			t.Errorf("%s: %q, want %q", text, problems, want)
		}
		// What is wrong is left as something that can be walked, since checks follow.
		if err := documentOf(v).Validate(); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestAnyLikeTheDriver renders and reads documents of every type as the driver does.
func TestAnyLikeTheDriver(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		v := valueOf(t, randomDocument(random, 4))
		text := wire.AppendJSONAny(nil, v)
		driver, err := bson.MarshalExtJSON(bson.Raw(v.Value), false, false)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := parsedByDriver(t, text), parsedByDriver(t, driver)
		if diff := cmp.Diff(theirs.String(), ours.String()); diff != "" {
			t.Fatalf("seed %d: shown, -driver +have:\n%s\n%s", seed, diff, text)
		}
		if have, problems := readAny(t, string(text)); problems != "" || !bytes.Equal(have.Value, ours) {
			t.Fatalf("seed %d: read as %s, by the driver as %s; %s", seed, bson.Raw(have.Value), ours, problems)
		}
		// It is as it was, but for the types of whole numbers.
		again := string(wire.AppendJSONAny(nil, bson.RawValue{Type: v.Type, Value: ours}))
		if again != string(text) {
			t.Fatalf("seed %d: shown again, -first +second:\n%s", seed, cmp.Diff(string(text), again))
		}
	}
}

func parsedByDriver(t *testing.T, text []byte) bson.Raw {
	t.Helper()
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON(text, false, &doc); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return doc
}

// randomDocument returns a document of every type, at most depth levels deep.
func randomDocument(r *rand.Rand, depth int) bson.D {
	doc := bson.D{}
	for i := range r.IntN(5) {
		doc = append(doc, bson.E{Key: strconv.Itoa(i) + randomText(r), Value: randomValue(r, depth)})
	}
	return doc
}

func randomText(r *rand.Rand) string {
	return []string{"", "a", "ä€𝄞", `"\/`, "a b", "\n\t\u2028\u007f"}[r.IntN(6)]
}

func randomValue(r *rand.Rand, depth int) any {
	id := bson.ObjectID(binaryOf(r, 12))
	switch r.IntN(22) {
	case 0:
		return randomText(r)
	case 1:
		return r.IntN(2) == 0
	case 2:
		return int32(r.Uint32())
	case 3:
		return int64(r.Uint64())
	case 4:
		return int64(r.IntN(9))
	case 5:
		return math.Float64frombits(r.Uint64())
	case 6:
		return float64(r.IntN(9))
	case 7:
		return []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)}[r.IntN(4)]
	case 8:
		return id
	case 9:
		return bson.DateTime(r.Uint64())
	case 10:
		return bson.DateTime(r.Int64N(253402300800000))
	case 11:
		return bson.NewDecimal128(0x3040000000000000, r.Uint64())
	case 12:
		return bson.Binary{Subtype: byte(r.IntN(256)), Data: binaryOf(r, 1+r.IntN(9))} // of an empty one of subtype 2 the driver shows the length
	case 13:
		return bson.Timestamp{T: r.Uint32(), I: r.Uint32()}
	case 14:
		return bson.Regex{Pattern: randomText(r), Options: []string{"", "i", "imx"}[r.IntN(3)]}
	case 15:
		return bson.JavaScript(randomText(r))
	case 16:
		return bson.Symbol(randomText(r))
	case 17:
		return bson.DBPointer{DB: "a.b", Pointer: id} // which the driver does not escape
	case 18:
		return []any{nil, bson.Undefined{}, bson.MinKey{}, bson.MaxKey{}}[r.IntN(4)]
	}
	if depth == 0 {
		return "leaf"
	}
	switch r.IntN(3) {
	case 0:
		return bson.CodeWithScope{Code: bson.JavaScript(randomText(r)), Scope: randomDocument(r, depth-1)}
	case 1:
		list := bson.A{}
		for range r.IntN(4) {
			list = append(list, randomValue(r, depth-1))
		}
		return list
	}
	return randomDocument(r, depth-1)
}

func binaryOf(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestValuesThatAreNone: what no database returns, but code may hold, is shown as null, and is
// an error where it is read.
func TestValuesThatAreNone(t *testing.T) {
	t.Parallel()
	deep := bson.D{}
	for range 300 {
		deep = bson.D{{Key: "a", Value: deep}}
	}
	for name, v := range map[string]bson.RawValue{
		"too short":               {Type: bson.TypeInt64, Value: []byte{1}},
		"too long":                {Type: bson.TypeBoolean, Value: []byte{1, 0}},
		"no type":                 {Type: 0x42, Value: []byte{1}},
		"a text without its end":  {Type: bson.TypeString, Value: []byte{2, 0, 0, 0, 'a', 'b'}},
		"a code without its end":  {Type: bson.TypeJavaScript, Value: []byte{2, 0, 0, 0, 'a', 'b'}},
		"a document cut short":    {Type: bson.TypeEmbeddedDocument, Value: []byte{9, 0, 0, 0, 0}},
		"a length of its own":     {Type: bson.TypeBinary, Value: []byte{4, 0, 0, 0, 2, 9, 0, 0, 0}},
		"a scope cut short":       {Type: bson.TypeCodeWithScope, Value: []byte{10, 0, 0, 0, 90, 0, 0, 0, 0, 0}},
		"a scope without its end": {Type: bson.TypeCodeWithScope, Value: []byte{14, 0, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0}},
		"too deep":                valueOf(t, deep),
	} {
		if have := string(wire.AppendJSONAny(nil, v)); have != "null" {
			t.Errorf("%s is shown as %s", name, have)
		}
		doc := documentOf(v)
		r := wire.NewReader(doc)
		for end := r.EnterDocument(); r.Next(end); {
			r.Any()
		}
		if r.Err() == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// TestMissingValuesOfAnyType: zero, null and undefined are no members.
func TestMissingValuesOfAnyType(t *testing.T) {
	t.Parallel()
	for _, v := range []bson.RawValue{{}, {Type: bson.TypeNull}, {Type: bson.TypeUndefined}} {
		if wire.IsGiven(v) || wire.SizeOptionalAny("a", v) != 0 || wire.AppendOptionalAny(nil, "a", v) != nil || wire.AppendJSONOptionalAny(nil, `"a":`, v) != nil {
			t.Errorf("%v is a member", v.Type)
		}
		if have := wire.AppendAny(nil, "a", v); len(have) != wire.SizeAny("a", v) || len(have) != 3 {
			t.Errorf("%v in a list is %x", v.Type, have)
		}
	}
	v := valueOf(t, "x")
	if have := wire.AppendOptionalAny(nil, "a", v); len(have) != wire.SizeOptionalAny("a", v) || !wire.IsGiven(v) {
		t.Errorf("a text is %x", have)
	}
}

// TestAnyAgainstTheDocument: what a patch does not change is left out of what is read.
func TestAnyAgainstTheDocument(t *testing.T) {
	t.Parallel()
	const oid = `{"$oid":"5f0000000000000000000001"}`
	for _, test := range []struct{ current, patch, want string }{
		{`{"a":1,"b":{"c":[1,2],"d":null}}`, `{"b":{"d":null,"c":[1,2]},"a":1}`, "same"},
		{`{"a":1}`, `{}`, "same"},
		{`{"a":1,"b":{"c":2,"d":3}}`, `{"a":1,"b":{"c":2,"d":4,"e":null}}`, `{"b":{"d":4,"e":null}}`},
		{`{"a":1,"b":2}`, `{"a":{"$numberLong":"1"},"b":{"$numberInt":"3"}}`, `{"b":3}`},
		{`{"a":{"$date":"2026-01-31T08:30:00Z"}}`, `{"a":{"$date":{"$numberLong":"1769848200000"}}}`, "same"},
		{`{"a":{"$date":"2026-01-31T08:30:00Z"}}`, `{"a":{"$date":"2026-01-31T09:30:00+01:00"}}`, "same"},
		{`{"a":` + oid + `}`, `{"a":{"$oid":"5F0000000000000000000001"}}`, "same"},
		{`{"a":` + oid + `}`, `{"a":{}}`, `{"a":{}}`},
		{`{"a":` + oid + `}`, `{"a":{"b":1}}`, `{"a":{"b":1}}`},
		{`{"a":{"b":1}}`, `{"a":` + oid + `}`, `{"a":` + oid + `}`},
		{`{"a":{"$code":"f","$scope":{}}}`, `{"a":{"$code":"f"}}`, `{"a":{"$code":"f"}}`},
		{`{"a":[1,{"b":2}]}`, `{"a":[1.0,{"b":{"$numberInt":"2"}}]}`, "same"},
		{`{"a":[1,{"b":2}]}`, `{"a":[1,{}]}`, `{"a":[1,{}]}`},
		{`{"a":{"$where":1,"b":2}}`, `{"a":{"$where":1,"b":2}}`, "same"},
		{`{"$where":1,"b":2}`, `{"b":3}`, `{"b":3}`},
		{`7`, `{"$numberLong":"7"}`, "same"},
		{`7`, `{}`, `{}`},
		{`{}`, `7`, `7`},
	} {
		r, err := wire.NewJSONReader([]byte(`{"v":` + test.patch + `}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Against([]byte(`{"v":` + test.current + `}`))
		have := "same"
		r.Object(func(string) bool {
			if v := r.Any(); !r.Unchanged() {
				have = string(wire.AppendJSONAny(nil, v))
			}
			return true
		})
		if have != test.want || len(r.Errors) > 0 {
			t.Errorf("%s over %s: %s, want %s; %v", test.patch, test.current, have, test.want, r.Errors)
		}
	}
}

func BenchmarkJSONAny(b *testing.B) {
	v := valueOf(b, bson.D{
		{Key: "theme", Value: "dark"}, {Key: "size", Value: int32(12)}, {Key: "at", Value: bson.DateTime(1769848200000)},
		{Key: "by", Value: bson.NewObjectID()}, {Key: "tags", Value: bson.A{"a", "b", 1.5}}, {Key: "more", Value: bson.D{{Key: "x", Value: true}}},
	})
	b.Run("here", func(b *testing.B) {
		var dst []byte
		for b.Loop() {
			dst = wire.AppendJSONAny(dst[:0], v)
		}
	})
	b.Run("driver", func(b *testing.B) {
		for b.Loop() {
			if _, err := bson.MarshalExtJSON(bson.Raw(v.Value), false, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	text := `{"v":` + string(wire.AppendJSONAny(nil, v)) + `}`
	b.Run("read here", func(b *testing.B) {
		for b.Loop() {
			readAny(b, text[5:len(text)-1])
		}
	})
	b.Run("read by the driver", func(b *testing.B) {
		for b.Loop() {
			var doc bson.Raw
			if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// documentOf returns a document with the member a.
func documentOf(v bson.RawValue) bson.Raw {
	dst, start := wire.BeginDocument(nil)
	return wire.EndDocument(wire.AppendAny(dst, "a", v), start)
}

// FuzzAny reads whatever a body may hold: what is read is BSON, and is shown as what is read as
// the same again.
func FuzzAny(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,2.5,{"$oid":"5f0000000000000000000001"}]}`, `{"$date":{"$numberLong":"7"}}`, `{"$code":"","$scope":{"a":null}}`, `{"$binary":{"base64":"AQ==","subType":"2"}}`,
		`{"$regularExpression":{"pattern":"\u0000","options":"ba"}}`, `{"$dbPointer":{"$ref":"","$id":{"$oid":1}}}`, `{"$timestamp":{"t":1,"i":4294967296}}`, `{"a":1,"a":{"$where":1}}`, `1e400`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := wire.NewJSONReader([]byte(`{"v":` + text + `}`))
		if err != nil {
			return
		}
		var v bson.RawValue
		r.Object(func(string) bool { v = r.Any(); return true })
		if err := documentOf(v).Validate(); err != nil {
			t.Fatalf("%s is read as %v %x: %v", text, v.Type, v.Value, err)
		}
		if len(r.Errors) > 0 {
			return
		}
		shown := string(wire.AppendJSONAny(nil, v))
		again, problems := readAny(t, shown)
		if second := string(wire.AppendJSONAny(nil, again)); second != shown || problems != "" {
			t.Fatalf("%s is shown as %s, then as %s; %s", text, shown, second, problems)
		}
	})
}
