package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

func TestParseRequest(t *testing.T) {
	nested := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}" }
	for _, test := range []struct{ body, want string }{
		{`{}`, ""},
		{" \t\r\n{ \n} \t\r\n", ""},
		{`{"a":1}`, ""},
		{`{ "a" : [ 1 , true , false , null , "x" , { } , [ ] ] , "b" : { "" : -0 } }`, ""},
		{`{"a":[0,-0,1,10,-1.5,0.5,1e5,1E5,1e+5,1e-5,0e0,1.25e-10,1e400]}`, ""},
		{`{"a":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000"}`, ""},
		{`{"a":"` + "é世😀\u2028\x7f\ufffd" + `"}`, ""},
		{`{"a":1,"a":2}`, ""},
		{nested(wire.MaxDepth), ""},

		{"", "expected {, found nothing at byte 0"},
		{"  ", "expected {, found nothing at byte 2"},
		{"[]", "expected { at byte 0"},
		{`"a"`, "expected { at byte 0"},
		{"null", "expected { at byte 0"},
		{"\xef\xbb\xbf{}", "expected {, found a byte order mark at byte 0"},
		{"\v{}", "expected { at byte 0"},
		{"\u00a0{}", "expected { at byte 0"},
		{"{", "expected a member's name in quotes at byte 1"},
		{`{"`, "string without an end at byte 2"},
		{`{"a`, "string without an end at byte 3"},
		{`{"a"`, "expected : at byte 4"},
		{`{"a":`, "expected a value at byte 5"},
		{`{"a":1`, "expected , or } at byte 6"},
		{`{"a":[`, "expected a value at byte 6"},
		{`{"a":[1`, "expected , or ] at byte 7"},
		{`{"a":1}}`, "unexpected text after the object at byte 7"},
		{`{} {}`, "unexpected text after the object at byte 3"},
		{"{}\x00", "unexpected text after the object at byte 2"},
		{"{\"a\":\x00}", "expected a value at byte 5"},
		{`{a:1}`, "expected a member's name in quotes at byte 1"},
		{`{'a':1}`, "expected a member's name in quotes at byte 1"},
		{`{1:1}`, "expected a member's name in quotes at byte 1"},
		{`{"a":1,}`, "expected a member's name in quotes at byte 7"},
		{`{,}`, "expected a member's name in quotes at byte 1"},
		{`{"a":[1,]}`, "expected a value at byte 8"},
		{`{"a":[,]}`, "expected a value at byte 6"},
		{`{"a":[1 2]}`, "expected , or ] at byte 8"},
		{`{"a":[1}}`, "expected , or ] at byte 7"},
		{`{"a" 1}`, "expected : at byte 5"},
		{`{"a":1 "b":2}`, "expected , or } at byte 7"},
		{`{"a":/**/1}`, "expected a value at byte 5"},
		{`{"a":True}`, "expected a value at byte 5"},
		{`{"a":tru}`, "expected a value at byte 5"},
		{`{"a":truex}`, "expected , or } at byte 9"},
		{`{"a":nul`, "expected a value at byte 5"},
		{`{"a":NaN}`, "expected a value at byte 5"},
		{`{"a":01}`, "expected , or } at byte 6"},
		{`{"a":-}`, "expected a digit at byte 6"},
		{`{"a":-01}`, "expected , or } at byte 7"},
		{`{"a":+1}`, "expected a value at byte 5"},
		{`{"a":.5}`, "expected a value at byte 5"},
		{`{"a":1.}`, "expected a digit at byte 7"},
		{`{"a":1.e5}`, "expected a digit at byte 7"},
		{`{"a":1e}`, "expected a digit at byte 7"},
		{`{"a":1e+}`, "expected a digit at byte 8"},
		{`{"a":1e+-5}`, "expected a digit at byte 8"},
		{`{"a":1e5.5}`, "expected , or } at byte 8"},
		{`{"a":0x1}`, "expected , or } at byte 6"},
		{`{"a":-Infinity}`, "expected a digit at byte 6"},
		{`{"a":"\x"}`, "unknown escape in a string at byte 7"},
		{`{"a":"\'"}`, "unknown escape in a string at byte 7"},
		{`{"a":"\u12"}`, "expected four hexadecimal digits at byte 10"},
		{`{"a":"\u12G4"}`, "expected four hexadecimal digits at byte 10"},
		{`{"a":"\u`, "expected four hexadecimal digits at byte 8"},
		{`{"a":"\`, "unknown escape in a string at byte 7"},
		{"{\"a\":\"\\\x00\"}", "unknown escape in a string at byte 7"},
		{"{\"a\":\"\n\"}", "control character in a string at byte 6"},
		{"{\"a\":\"\x00\"}", "control character in a string at byte 6"},
		{"{\"a\x1f\":1}", "control character in a string at byte 3"},
		{"{\"a\":\"b\xff\"}", "invalid UTF-8 at byte 7"},
		{"\xff{}", "invalid UTF-8 at byte 0"},
		{`{"a":"\u12g4"}`, "expected four hexadecimal digits at byte 10"},
		{`{"a":"\u12~4"}`, "expected four hexadecimal digits at byte 10"},
		{"{\"a\":\"\xed\xa0\x80\"}", "invalid UTF-8 at byte 6"},
		{"{\"a\":\"\xc0\x80\"}", "invalid UTF-8 at byte 6"},
		{`{"a":"\ud83d"}`, "half of a surrogate pair in a string at byte 6"},
		{`{"a":"é\uDE00"}`, "half of a surrogate pair in a string at byte 8"},
		{`{"\ud83dx":1}`, "half of a surrogate pair in a string at byte 2"},
		{`{"a":"\ud83d\n"}`, "half of a surrogate pair in a string at byte 6"},
		{`{"a":"\ud83d\\ude00"}`, "half of a surrogate pair in a string at byte 6"},
		{`{"a":"\ud83dxude00"}`, "half of a surrogate pair in a string at byte 6"},
		{`{"a":"\ud83d\u0041"}`, "half of a surrogate pair in a string at byte 6"},
		{`{"a":"\ud83d\ud83d\ude00"}`, "half of a surrogate pair in a string at byte 6"},
		{`{"a":["\ude00\ud83d"]}`, "half of a surrogate pair in a string at byte 7"},
		{`{"a":"\ud83d\ude0"}`, "expected four hexadecimal digits at byte 17"},
		{"{\"\ufffd\":1} \xff", "invalid UTF-8 at byte 10"},
		{nested(wire.MaxDepth + 1), "nested too deeply at byte 36"},
		{strings.Repeat(`{"a":`, 100_000), "nested too deeply at byte 160"},
		{`{"a":` + strings.Repeat("[", 100_000), "nested too deeply at byte 36"},
	} {
		_, err := wire.NewJSONReader([]byte(test.body))
		want := test.want
		if want != "" {
			want = "the body is not a JSON object: " + want
		}
		got := ""
		if syntax, ok := errors.AsType[*wire.SyntaxError](err); ok {
			got = syntax.Error()
		}
		if got != want || (err == nil) != (want == "") {
			t.Errorf("%.60q: error %q, want %q", test.body, got, want)
		}
		if err == nil && !json.Valid([]byte(test.body)) {
			t.Errorf("%.60q is no JSON", test.body)
		}
	}
}

// form is what the requests of these tests are read into.
type form struct {
	S  string
	B  bool
	I  int64
	F  float64
	T  time.Time
	ID bson.ObjectID
	C  colour
	SS []string
	US []string
	FS []float64
	IS []int64
	O  *sub
	OS []sub
	D  colour
}

type sub struct {
	N int64
	S string
	L []colour
}

func requestSub(r *wire.JSONReader) sub {
	var v sub
	r.Object(func(name string) bool {
		switch name {
		case "n":
			v.N = r.Int()
		case "s":
			v.S = r.String()
		case "l":
			v.L = wire.ReadJSONSet(r, colourEnum.ReadJSON)
		default:
			return false
		}
		return true
	}, "n")
	return v
}

func readForm(r *wire.JSONReader, required ...string) form {
	v := form{D: "blue"}
	r.Object(func(name string) bool {
		switch name {
		case "s":
			v.S = r.String()
		case "b":
			v.B = r.Bool()
		case "i":
			v.I = r.Int()
		case "f":
			v.F = r.Float()
		case "t":
			v.T = r.Time()
		case "id":
			v.ID = r.ObjectID()
		case "c":
			v.C = colourEnum.ReadJSON(r)
		case "ss":
			v.SS = wire.ReadJSONList(r, (*wire.JSONReader).String)
		case "us":
			v.US = wire.ReadJSONSet(r, (*wire.JSONReader).String)
		case "fs":
			v.FS = wire.ReadJSONList(r, (*wire.JSONReader).Float)
		case "is":
			v.IS = wire.ReadJSONList(r, (*wire.JSONReader).Int)
		case "o":
			if o, ok := wire.ReadOptional(r, requestSub).Get(); ok {
				v.O = &o
			}
		case "os":
			v.OS = wire.ReadJSONList(r, requestSub)
		case "d":
			v.D = wire.Keep(r, v.D, colourEnum.ReadJSON)
		case "_id":
			r.ReadOnly()
		default:
			return false
		}
		return true
	}, required...)
	return v
}

func TestRequestValues(t *testing.T) {
	for _, test := range []struct {
		body string
		want form
	}{
		{`{}`, form{D: "blue"}},
		{
			` { "s" : "x" , "b" : true , "i" : -7 , "f" : 1.5 , "t" : "2026-01-31T08:30:00.123Z" , "id" : "0102030405060708090a0b0C" , "c" : "red" ,
			"ss" : [ "a" , "a" ] , "us" : [ "b" , "a" , "b" ] , "fs" : [ 1 , 0.5 ] , "is" : [ ] ,
			"o" : { "n" : 1 , "s" : "y" , "l" : [ "red" , "blue" , "red" ] } , "os" : [ { "n" : 2 } , { "s" : "z" , "n" : 3 } ] , "d" : "red" } `,
			form{
				S: "x", B: true, I: -7, F: 1.5, T: moment, ID: someID, C: "red",
				SS: []string{"a", "a"}, US: []string{"b", "a"}, FS: []float64{1, 0.5}, IS: []int64{},
				O: &sub{N: 1, S: "y", L: []colour{"red", "blue"}}, OS: []sub{{N: 2}, {N: 3, S: "z"}}, D: "red",
			},
		},
		{
			`{"s":null,"b":null,"i":null,"f":null,"t":null,"id":null,"c":null,"ss":null,"us":null,"fs":null,"is":null,"o":null,"os":null,"d":null}`,
			form{D: "blue"},
		},
		{`{"b":false,"s":"x"}`, form{S: "x", D: "blue"}},
		{`{"o":{"n":1,"s":null,"l":null}}`, form{O: &sub{N: 1}, D: "blue"}},
		{`{"ss":["[","]",",","{","}","\"",""]}`, form{SS: []string{"[", "]", ",", "{", "}", `"`, ""}, D: "blue"}},
		{"{\"\\u0073\":\"escaped name\"}", form{S: "escaped name", D: "blue"}},
		{`{"t":"2026-01-31T09:30:00.1239+01:00"}`, form{T: moment, D: "blue"}},
	} {
		r, err := wire.NewJSONReader([]byte(test.body))
		if err != nil {
			t.Fatal(err)
		}
		got := readForm(r)
		if diff := cmp.Diff(test.want, got); diff != "" || r.Errors != nil {
			t.Errorf("%s: problems %v, -want +got:\n%s", test.body, r.Errors, diff)
		}
	}
}

// fieldError is a check.FieldError.
type fieldError struct{ Pointer, Code, Message string }

func fieldErrors(errs check.FieldErrors) []fieldError {
	var list []fieldError
	for _, e := range errs {
		list = append(list, fieldError(e))
	}
	return list
}

func TestRequestProblems(t *testing.T) {
	const (
		notTime  = "must be an RFC 3339 date and time such as 2026-01-31T08:30:00Z"
		notID    = "must be an ObjectID of 24 hexadecimal digits"
		zeroTime = "must not be 0001-01-01T00:00:00Z, which stands for no date"
	)
	for _, test := range []struct {
		name, body string
		required   []string
		want       []fieldError
	}{
		{"nothing required", `{}`, nil, nil},
		{
			"all of the wrong type, in order",
			`{"ss":{},"s":1,"b":"true","i":"1","f":true,"t":5,"id":[],"c":{},"us":"x","o":[],"os":{"n":1},"d":1}`, nil,
			[]fieldError{
				{"/ss", "type", "must be an array"},
				{"/s", "type", "must be a string"},
				{"/b", "type", "must be true or false"},
				{"/i", "type", "must be a whole number"},
				{"/f", "type", "must be a number"},
				{"/t", "type", "must be a string with an RFC 3339 date and time"},
				{"/id", "type", "must be a string with an ObjectID"},
				{"/c", "type", "must be a string"},
				{"/us", "type", "must be an array"},
				{"/o", "type", "must be an object"},
				{"/os", "type", "must be an array"},
				{"/d", "type", "must be a string"},
			},
		},
		{
			"operators", `{"s":{"$gt":""},"$where":"1","i":{"$ne":null},"c":{"$in":["red"]},"ss":[{"$gt":""}],"o":{"n":{"$gt":0}}}`, nil,
			[]fieldError{
				{"/s", "type", "must be a string"},
				{"/$where", "unknown_field", "is not a field of this object"},
				{"/i", "type", "must be a whole number"},
				{"/c", "type", "must be a string"},
				{"/ss/0", "type", "must be a string"},
				{"/o/n", "type", "must be a whole number"},
			},
		},
		{
			"unknown members, whatever they hold", `{"x":{"s":[1,{"n":["}"]}]},"":null,"a/b":1,"~c":2,"~1":3,"S":"x","é\n":4,"s":"read"}`, nil,
			[]fieldError{
				{"/x", "unknown_field", "is not a field of this object"},
				{"/", "unknown_field", "is not a field of this object"},
				{"/a~1b", "unknown_field", "is not a field of this object"},
				{"/~0c", "unknown_field", "is not a field of this object"},
				{"/~01", "unknown_field", "is not a field of this object"},
				{"/S", "unknown_field", "is not a field of this object"},
				{"/é\n", "unknown_field", "is not a field of this object"},
			},
		},
		{
			"names twice", `{"s":"a","i":null,"s":"b","i":1,"\u0069":2,"x":1,"x":2,"o":{"n":1,"n":2}}`, []string{"i"},
			[]fieldError{
				{"/s", "duplicate_member", "is given twice"},
				{"/i", "duplicate_member", "is given twice"},
				{"/x", "unknown_field", "is not a field of this object"},
				{"/o/n", "duplicate_member", "is given twice"},
			},
		},
		{
			"required", `{"i":null,"c":"red"}`, []string{"s", "i", "c", "a/b"},
			[]fieldError{
				{"/s", "required", "must be given"},
				{"/i", "required", "must be given"},
				{"/a~1b", "required", "must be given"},
			},
		},
		{"required, of the wrong type", `{"s":1}`, []string{"s"}, []fieldError{{"/s", "type", "must be a string"}}},
		{"required within", `{"o":{},"os":[{"n":1},{"n":null}]}`, nil, []fieldError{{"/o/n", "required", "must be given"}, {"/os/1/n", "required", "must be given"}}},
		{
			"within lists", `{"ss":["a",1,"b",null],"is":[1,"2",3.5],"os":[{"n":1},{"n":"1","l":["red","green"]},[],null,{"x":1,"n":0}],"fs":[null]}`, nil,
			[]fieldError{
				{"/ss/1", "type", "must be a string"},
				{"/ss/3", "type", "must be a string"},
				{"/is/1", "type", "must be a whole number"},
				{"/is/2", "type", "must be a whole number of 64 bits"},
				{"/os/1/n", "type", "must be a whole number"},
				{"/os/1/l/1", "not_allowed", "must be one of red or blue"},
				{"/os/2", "type", "must be an object"},
				{"/os/3", "type", "must be an object"},
				{"/os/4/x", "unknown_field", "is not a field of this object"},
				{"/fs/0", "type", "must be a number"},
			},
		},
		{"an enum", `{"c":"green","d":"RED"}`, nil, []fieldError{
			{"/c", "not_allowed", "must be one of red or blue"}, {"/d", "not_allowed", "must be one of red or blue"},
		}},
		{"U+0000", `{"s":"a\u0000b","ss":["\u0000"]}`, nil, []fieldError{
			{"/s", "format", "must not contain the character U+0000"}, {"/ss/0", "format", "must not contain the character U+0000"},
		}},
		{"a time", `{"t":"yesterday"}`, nil, []fieldError{{"/t", "format", notTime}}},
		{"an ObjectID", `{"id":"0102030405060708090a0b0"}`, nil, []fieldError{{"/id", "format", notID}}},
		{"the zero time", `{"t":"0001-01-01T00:00:00Z"}`, []string{"t"}, nil},
		{"the zero time of another zone", `{"t":"0000-12-31T22:30:00.000-01:30"}`, []string{"t"}, nil},
		{"the zero ObjectID", `{"id":"000000000000000000000000"}`, []string{"id"}, nil},
		{"no hexadecimal digits", `{"id":"0102030405060708090a0b0g"}`, nil, []fieldError{{"/id", "format", notID}}},
		{"read-only", `{"_id":"x","s":"a"}`, nil, []fieldError{{"/_id", "read_only", "cannot be set"}}},
		{"read-only, null", `{"_id":null}`, nil, []fieldError{{"/_id", "read_only", "cannot be set"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := wire.NewJSONReader([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			readForm(r, test.required...)
			if diff := cmp.Diff(test.want, fieldErrors(r.Errors)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRequestMembers(t *testing.T) {
	for body, want := range map[string][]string{
		`{}`: nil,
		`{"x":1,"i":"no number","s":null,"o":{"n":1,"s":"x"},"os":[{"n":1}],"i":2,"_id":1,"y":{}}`: {"i", "s", "o", "os", "_id"},
	} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		readForm(r)
		if diff := cmp.Diff(want, r.Members()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", body, diff)
		}
	}
}

func TestRequestNumbers(t *testing.T) {
	const (
		notInt   = "must be a whole number of 64 bits"
		notFloat = "must be a number that 64 bits can hold"
	)
	for _, test := range []struct {
		text              string
		whole             int64
		float             float64
		wholeErr, tooLong string
	}{
		{text: "0"},
		{text: "-0", float: math.Copysign(0, -1)},
		{text: "-0.0", float: math.Copysign(0, -1)},
		{text: "2.0", whole: 2, float: 2},
		{text: "2e3", whole: 2000, float: 2000},
		{text: "2.50e1", whole: 25, float: 25},
		{text: "-2000E-3", whole: -2, float: -2},
		{text: "1.5", float: 1.5, wholeErr: notInt},
		{text: "1e-1", float: 0.1, wholeErr: notInt},
		{text: "9007199254740993", whole: 9007199254740993, float: 9007199254740992},
		{text: "9007199254740991.0", whole: 9007199254740991, float: 9007199254740991},
		{text: "9007199254740993.0", whole: 9007199254740993, float: 9007199254740992}, // no float64 on the way
		{text: "0.99999999999999999999", float: 1, wholeErr: notInt},
		{text: "-92233720368547758.08e2", whole: math.MinInt64, float: -(1 << 63)},
		{text: "92233720368547758.08e2", float: 1 << 63, wholeErr: notInt},
		{text: "0.0e99999999999999999999"},
		{text: "1e-99999999999999999999", wholeErr: notInt},
		{text: "1e16", whole: 1e16, float: 1e16},
		{text: "9223372036854775807", whole: math.MaxInt64, float: 1 << 63},
		{text: "9223372036854775808", float: 1 << 63, wholeErr: notInt},
		{text: "-9223372036854775808", whole: math.MinInt64, float: -(1 << 63)},
		{text: "-9223372036854775809", float: -(1 << 63), wholeErr: notInt},
		{text: "1e308", float: 1e308, wholeErr: notInt},
		{text: "1e9223372036854775807", wholeErr: notInt, tooLong: notFloat},
		{text: "1e18", whole: 1e18, float: 1e18},
		{text: "10e18", float: 1e19, wholeErr: notInt},
		{text: "1e400", wholeErr: notInt, tooLong: notFloat},
		{text: "-1e400", wholeErr: notInt, tooLong: notFloat},
	} {
		r, err := wire.NewJSONReader([]byte(`{"i":` + test.text + `,"f":` + test.text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		v := readForm(r)
		var want check.FieldErrors
		if test.wholeErr != "" {
			want.Add("/i", "type", test.wholeErr)
		}
		if test.tooLong != "" {
			want.Add("/f", "type", test.tooLong)
		}
		if v.I != test.whole || !cmp.Equal(v.F, test.float, exactly) || !slices.Equal(want, r.Errors) {
			t.Errorf("%s reads as %d and %v, problems %v, want %d, %v, %v", test.text, v.I, v.F, r.Errors, test.whole, test.float, want)
		}
	}
}

// requestOf returns a request with the member v, which is the text.
func requestOf(t testing.TB, text string) *wire.JSONReader {
	t.Helper()
	body, err := json.Marshal(map[string]string{"v": text})
	if err != nil {
		t.Fatal(err)
	}
	r, err := wire.NewJSONReader(body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A whole number is one whose value is, however it is written, and no float64 on the
// way loses a digit.
func TestAnyNumberInARequest(t *testing.T) {
	read, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`-?(0|[1-9][0-9]{0,22})(\.[0-9]{1,22})?([eE][+-]?[0-9]{1,2})?`),
			rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,3}0{0,3})?([eE][+-]?[0-9]{1,2})?`),
			rapid.SampledFrom([]string{"9223372036854775807.0", "9223372036854775808", "-9223372036854775808e0", "-9223372036854775809", "92233720368547758070e-1"}),
		).Draw(rt, "text")
		value, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatal(text)
		}
		r, err := wire.NewJSONReader([]byte(`{"i":` + text + `,"f":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		v := readForm(r)
		whole := value.IsInt() && value.Num().IsInt64()
		if whole && (len(r.Errors) > 0 || v.I != value.Num().Int64()) {
			t.Errorf("%s reads as %d, %v", text, v.I, r.Errors)
		}
		if !whole && (v.I != 0 || !slices.Equal(r.Errors, check.FieldErrors{{Pointer: "/i", Code: "type", Message: "must be a whole number of 64 bits"}})) {
			t.Errorf("%s reads as %d, %v", text, v.I, r.Errors)
		}
		var known float64
		if err := json.Unmarshal([]byte(text), &known); err != nil || !cmp.Equal(v.F, known, exactly) {
			t.Errorf("%s reads as %v, with encoding/json as %v, %v", text, v.F, known, err)
		}
		if whole {
			read++
		} else {
			refused++
		}
	})
	if read == 0 || refused == 0 { // how many is chance
		t.Errorf("%d were whole, %d not", read, refused)
	}
}

// pieces are what text in JSON is made of: characters, escapes, and two of these for one.
var pieces = regexp.MustCompile(`(?is)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|.`)

// halved reports whether JSON holds half of a surrogate pair, for which
// encoding/json reads U+FFFD.
func halved(text string) bool {
	return slices.ContainsFunc(pieces.FindAllString(text, -1), func(piece string) bool {
		code, isEscape := strings.CutPrefix(piece, `\u`)
		n, _ := strconv.ParseUint(code, 16, 16)
		return isEscape && utf16.IsSurrogate(rune(n))
	})
}

// Any text, however its literal is written, reads as with encoding/json, and what is
// written here reads there.
func TestAnyTextInARequest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		literal := strings.Join(rapid.SliceOfN(rapid.OneOf(
			rapid.StringMatching(`\\u[0-9a-fA-F]{4}`), rapid.StringMatching(`\\ud[89a-fA-F][0-9a-f]{2}`), rapid.StringMatching(`\\["\\/bfnrt]`),
			rapid.StringMatching(`[^"\\\x00-\x1f]{0,2}`), rapid.SampledFrom([]string{`\ud83d\ude00`, `\udbff\udfff`, `\ud800\u0041`, "é", "😀", "u0041"}),
		), 0, 6).Draw(rt, "parts"), "")
		var want string
		if err := json.Unmarshal([]byte(`"`+literal+`"`), &want); err != nil {
			t.Fatalf("%s: %v", literal, err)
		}
		r, err := wire.NewJSONReader([]byte(`{"s":"` + literal + `"}`))
		if (err != nil) != halved(literal) {
			t.Fatalf("%s: %v", literal, err)
		}
		if err != nil {
			return
		}
		have := readForm(r).S
		if zero := strings.ContainsRune(want, 0); have != want || zero != (len(r.Errors) > 0) {
			t.Errorf("%s reads as %q, want %q; problems %v", literal, have, want, r.Errors)
		}
		var back string
		if err := json.Unmarshal(wire.AppendJSONString(nil, have), &back); err != nil || back != have {
			t.Errorf("%q is written as %s", have, wire.AppendJSONString(nil, have))
		}
	})
}

// What is no JSON object is refused, and nothing else: bodies made of its tokens at
// random, and objects with a byte changed, are judged by encoding/json.
func TestAnyBody(t *testing.T) {
	token := rapid.SampledFrom([]string{
		"{", "}", "[", "]", ":", ",", `"a"`, `"\u00e9"`, `"\x"`, `"`, "0", "-", "1", ".", "5", "e", "E", "+", "true", "false", "null", "tru", " ", "\n", "\v", "\x00", "\xff", "\u00a0",
	})
	taken, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var body []byte
		if rapid.Bool().Draw(rt, "an object with a byte changed") {
			body = []byte(marshalled(asStored(records().Draw(rt, "record"))))
			body[rapid.IntRange(0, len(body)-1).Draw(rt, "at")] = rapid.SampledFrom([]byte(`{}[]:,"\0123-+.eEtfn Aux`+"\x1f\x80")).Draw(rt, "byte")
		} else {
			body = []byte("{" + strings.Join(rapid.SliceOfN(token, 0, 12).Draw(rt, "tokens"), "") + "}")
		}
		want := json.Valid(body) && utf8.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
		_, err := wire.NewJSONReader(body)
		var syntax *wire.SyntaxError
		if want != (err == nil) || err != nil && (!errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(body) || syntax.Reason == "") {
			t.Errorf("%q: %v", body, err)
		}
		if want {
			taken++
		} else {
			refused++
		}
	})
	if taken == 0 || refused == 0 { // how many is chance
		t.Errorf("%d were taken, %d refused", taken, refused)
	}
}

func TestRequestEscapes(t *testing.T) {
	for literal, want := range map[string]string{
		`plain`:            "plain",
		`\"\\\/\b\f\n\r\t`: "\"\\/\b\f\n\r\t",
		`\u00e9\u00E9`:     "éé",
		`\ud83d\ude00`:     "😀",
		`\uD83D\uDE00x`:    "😀x",
		`\udbff\udfff`:     "\U0010ffff",
		`\\u0041`:          `\u0041`,
		`a\u2028b`:         "a\u2028b",
	} {
		r, err := wire.NewJSONReader([]byte(`{"s":"` + literal + `"}`))
		if err != nil {
			t.Fatalf("%s: %v", literal, err)
		}
		if got := readForm(r).S; got != want || r.Errors != nil {
			t.Errorf("%s reads as %q, want %q; problems %v", literal, got, want, r.Errors)
		}
	}
}

func TestParseTime(t *testing.T) {
	const form, years = "must be an RFC 3339 date and time such as 2026-01-31T08:30:00Z", "must be in the years 0 to 9999 in UTC"
	for _, test := range []struct {
		text string
		want time.Time
		err  string
	}{
		{"2026-01-31T08:30:00Z", moment.Truncate(time.Second), ""},
		{"2026-01-31T08:30:00.123999999Z", moment, ""},
		{"2026-01-31T00:00:00.123-08:30", moment, ""},
		{"2024-02-29T00:00:00Z", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), ""},
		{"1969-12-31T23:59:59.9995Z", time.UnixMilli(-1).UTC(), ""},
		{"0000-01-01T00:00:00Z", time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"9999-12-31T23:59:59.999Z", time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), ""},
		{"9999-12-31T23:59:59-01:00", time.Time{}, years},
		{"0000-01-01T00:00:00+01:00", time.Time{}, years},
		{"", time.Time{}, form},
		{"2026-01-31", time.Time{}, form},
		{"2026-01-31 08:30:00Z", time.Time{}, form},
		{"2026-01-31T08:30:00", time.Time{}, form},
		{"2026-01-31T08:30Z", time.Time{}, form},
		{"2026-01-31T8:30:00Z", time.Time{}, form},
		{"2026-01-31T08:30:00,5Z", time.Time{}, form},
		{"2026-01-31T08:30:00.Z", time.Time{}, form},
		{"2026-01-31T08:30:00+24:00", time.Time{}, form},
		{"2026-01-31T08:30:00+0100", time.Time{}, form},
		{"2026-02-29T00:00:00Z", time.Time{}, form},
		{"2026-01-31T24:00:00Z", time.Time{}, form},
		{"10000-01-01T00:00:00Z", time.Time{}, form},
		{" 2026-01-31T08:30:00Z", time.Time{}, form},
	} {
		got, err := wire.ParseTime(test.text)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if !got.Equal(test.want) || got.Location() != time.UTC || text != test.err {
			t.Errorf("%q reads as %v, %q; want %v, %q", test.text, got, text, test.want, test.err)
		}
	}
}

func TestParseObjectID(t *testing.T) {
	for text, ok := range map[string]bool{
		"0102030405060708090a0b0c": true, "0102030405060708090A0B0C": true, "": false, "0102030405060708090a0b0": false,
		"0102030405060708090a0b0c0": false, "0102030405060708090a0b0x": false, "abcdefghijkl": false, " 102030405060708090a0b0c": false,
	} {
		id, err := wire.ParseObjectID(text)
		if ok && (err != nil || id != someID) || !ok && (err == nil || !id.IsZero()) {
			t.Errorf("%q reads as %v, %v", text, id, err)
		}
	}
}

// A body may hold any number of members that do not belong there.
func TestRequestWithManyUnknownMembers(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"s":"x"`)
	for i := range 20_000 {
		fmt.Fprintf(&b, `,"m%d":[{}]`, i)
	}
	b.WriteString(`,"i":1}`)
	r, err := wire.NewJSONReader(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if v := readForm(r); v.S != "x" || v.I != 1 || len(r.Errors) != 100 {
		t.Errorf("read %+v with %d problems", v, len(r.Errors))
	}
}

func depth(body []byte) int {
	decoder := json.NewDecoder(bytes.NewReader(body))
	deepest, open := 0, 0
	for {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
			deepest = max(deepest, open)
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
}

// FuzzParseRequest compares with encoding/json. A request is stricter in this
// alone: it is an object, in UTF-8 without halves of surrogate pairs, and no deeper
// than MaxDepth. Values read as
// encoding/json reads them, but that a string must not hold U+0000, a name must
// not come twice, and a whole number may be written as 2.0 or 2e3.
func FuzzParseRequest(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `{"s":"\ud83d"}`, `{"s":"\ud83d\ude00\u0000","i":2.0,"f":1e400,"b":true,"ss":["a",null,{}],"o":{"n":1}}`,
		`{"i":9223372036854775808,"f":-0}`, `{"s":"a","s":"b"}`, "{\"s\":\"\xff\"}", `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
		`{"a":"\ud83d\`, `{"a":01}`, `{"a":1.}`, "{\"a\":\x00}", `{"f":1E-400,"i":-9007199254740993.0,"fs":[0.1]}`, `{"t":"2026-01-31T08:30:00Z","c":"red","id":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		kept := bytes.Clone(body)
		r, err := wire.NewJSONReader(body)
		if err != nil {
			object := bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
			if json.Valid(body) && object && !halved(string(body)) && utf8.Valid(body) && depth(body) <= wire.MaxDepth {
				t.Fatalf("encoding/json takes what we refuse: %v", err)
			}
			return
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatalf("encoding/json refuses what we take: %v", err)
		}
		v := readForm(r)
		if !bytes.Equal(body, kept) {
			t.Fatal("reading changed the body")
		}
		failed := map[string]bool{}
		for _, p := range r.Errors {
			if p.Code == "duplicate_member" {
				return
			}
			failed[strings.Split(p.Pointer, "/")[1]] = true
		}
		for name, got := range map[string]any{"s": v.S, "b": v.B, "f": v.F, "ss": v.SS, "fs": v.FS, "i": v.I} {
			text, given := members[name]
			if !given || failed[name] || string(text) == "null" {
				continue
			}
			want := new(any)
			if err := json.Unmarshal(text, want); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if i, ok := got.(int64); ok {
				if f := (*want).(float64); f != float64(i) {
					t.Fatalf("%s reads as %d", text, i)
				}
				continue
			}
			again, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var back any
			if err := json.Unmarshal(again, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*want, back, exactly); diff != "" {
				t.Fatalf("%s: -encoding/json +ours:\n%s", text, diff)
			}
		}
	})
}
