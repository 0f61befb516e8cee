package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

func jsonInner(r *wire.Reader, dst []byte) []byte {
	var found wire.Value
	for end := r.EnterDocument(); r.Next(end); {
		if string(r.Key()) == "N" {
			found = r.Value()
		}
	}
	return wire.CloseJSON(r.Member(append(dst, '{'), `"N":`, found, (*wire.Reader).JSONInt, "0"))
}

func jsonPart(r *wire.Reader, dst []byte) []byte {
	return jsonMembers(r, dst, []jsonMember{
		{"N", (*wire.Reader).JSONInt, "0"}, {"C", colourEnum.JSON, `""`}, {"SS", jsonListOf((*wire.Reader).JSONString), "[]"}, {"P", jsonInner, `{"N":0}`},
	})
}

func jsonListOf(each func(*wire.Reader, []byte) []byte) func(*wire.Reader, []byte) []byte {
	return func(r *wire.Reader, dst []byte) []byte { return wire.JSONList(r, dst, each) }
}

func jsonSetOf(each func(*wire.Reader, []byte) []byte) func(*wire.Reader, []byte) []byte {
	return func(r *wire.Reader, dst []byte) []byte { return wire.JSONSet(r, dst, each) }
}

func jsonMapOf(each func(*wire.Reader, []byte) []byte) func(*wire.Reader, []byte) []byte {
	return func(r *wire.Reader, dst []byte) []byte { return wire.JSONMap(r, dst, each) }
}

// jsonMember is how a member is rendered, and what takes its place where it is
// missing.
type jsonMember struct {
	key    string
	render func(*wire.Reader, []byte) []byte
	absent string
}

var recordJSON = []jsonMember{
	{"S", (*wire.Reader).JSONString, `""`}, {"M", (*wire.Reader).JSONString, `""`}, {"B", (*wire.Reader).JSONBool, "false"},
	{"I", (*wire.Reader).JSONInt, "0"}, {"F", (*wire.Reader).JSONFloat, "0"}, {"T", (*wire.Reader).JSONTime, zeroTimeJSON},
	{"ID", (*wire.Reader).JSONObjectID, zeroIDJSON}, {"C", colourEnum.JSON, `""`}, {"D", (*wire.Reader).JSONDecimal, `"0"`}, {"X", (*wire.Reader).JSONBytes, `""`},
	{"P", jsonPart, `{"N":0,"C":"","SS":[],"P":{"N":0}}`}, {"SS", jsonListOf((*wire.Reader).JSONString), "[]"}, {"IS", jsonListOf((*wire.Reader).JSONInt), "[]"},
	{"GS", jsonListOf(jsonListOf((*wire.Reader).JSONFloat)), "[]"}, {"BS", jsonListOf((*wire.Reader).JSONBool), "[]"},
	{"TS", jsonListOf((*wire.Reader).JSONTime), "[]"}, {"OS", jsonListOf((*wire.Reader).JSONObjectID), "[]"}, {"CS", jsonListOf(colourEnum.JSON), "[]"},
	{"US", jsonSetOf((*wire.Reader).JSONString), "[]"}, {"UI", jsonSetOf((*wire.Reader).JSONInt), "[]"}, {"PS", jsonListOf(jsonPart), "[]"},
	{"MI", jsonMapOf((*wire.Reader).JSONInt), "{}"}, {"MT", jsonMapOf((*wire.Reader).JSONTime), "{}"},
}

// jsonMembers finds the members first and renders them then, as the generator's code
// does.
func jsonMembers(r *wire.Reader, dst []byte, members []jsonMember) []byte {
	found := make([]wire.Value, len(members))
	for end := r.EnterDocument(); r.Next(end); {
		for i, m := range members {
			if string(r.Key()) == m.key {
				found[i] = r.Value()
			}
		}
	}
	dst = append(dst, '{')
	for i, m := range members {
		dst = r.Member(dst, `"`+m.key+`":`, found[i], m.render, m.absent)
	}
	return wire.CloseJSON(dst)
}

func transcode(raw []byte) (string, error) {
	r := wire.NewReader(raw)
	defer r.Release()
	text := jsonMembers(r, nil, recordJSON)
	return string(text), r.Err()
}

func appendJSONList[T any](each func([]byte, T) []byte) func([]byte, []T) []byte {
	return func(dst []byte, v []T) []byte { return wire.AppendJSONList(dst, v, each) }
}

func appendJSONInner(dst []byte, v inner) []byte {
	return wire.CloseJSON(wire.AppendJSONMember(append(dst, '{'), `"N":`, v.N, wire.AppendJSONInt))
}

func appendJSONPart(dst []byte, v part) []byte {
	dst = wire.AppendJSONMember(append(dst, '{'), `"N":`, v.N, wire.AppendJSONInt)
	dst = wire.AppendJSONMember(dst, `"C":`, v.C, wire.AppendJSONString[colour])
	dst = wire.AppendJSONListMember(dst, `"SS":`, v.SS, wire.AppendJSONString[string])
	return wire.CloseJSON(wire.AppendJSONMember(dst, `"P":`, v.P, appendJSONInner))
}

// marshalled returns d as JSON by way of Go.
func marshalled(d record) string {
	dst := wire.AppendJSONMember([]byte{'{'}, `"S":`, d.S, wire.AppendJSONString[string])
	dst = wire.AppendJSONMember(dst, `"M":`, d.M, wire.AppendJSONString[string])
	dst = wire.AppendJSONMember(dst, `"B":`, d.B, wire.AppendJSONBool)
	dst = wire.AppendJSONMember(dst, `"I":`, d.I, wire.AppendJSONInt)
	dst = wire.AppendJSONMember(dst, `"F":`, d.F, wire.AppendJSONFloat)
	dst = wire.AppendJSONMember(dst, `"T":`, d.T, wire.AppendJSONTime)
	dst = wire.AppendJSONMember(dst, `"ID":`, d.ID, wire.AppendJSONObjectID)
	dst = wire.AppendJSONMember(dst, `"C":`, d.C, wire.AppendJSONString[colour])
	dst = wire.AppendJSONMember(dst, `"D":`, d.D, wire.AppendJSONDecimal)
	dst = wire.AppendJSONMember(dst, `"X":`, d.X, wire.AppendJSONBytes)
	dst = wire.AppendJSONMember(dst, `"P":`, d.P, appendJSONPart)
	dst = wire.AppendJSONListMember(dst, `"SS":`, d.SS, wire.AppendJSONString[string])
	dst = wire.AppendJSONListMember(dst, `"IS":`, d.IS, wire.AppendJSONInt)
	dst = wire.AppendJSONListMember(dst, `"GS":`, d.GS, appendJSONList(wire.AppendJSONFloat))
	dst = wire.AppendJSONListMember(dst, `"BS":`, d.BS, wire.AppendJSONBool)
	dst = wire.AppendJSONListMember(dst, `"TS":`, d.TS, wire.AppendJSONTime)
	dst = wire.AppendJSONListMember(dst, `"OS":`, d.OS, wire.AppendJSONObjectID)
	dst = wire.AppendJSONListMember(dst, `"CS":`, d.CS, wire.AppendJSONString[colour])
	dst = wire.AppendJSONListMember(dst, `"US":`, d.US, wire.AppendJSONString[string])
	dst = wire.AppendJSONListMember(dst, `"UI":`, d.UI, wire.AppendJSONInt)
	dst = wire.AppendJSONListMember(dst, `"PS":`, d.PS, appendJSONPart)
	dst = wire.AppendJSONMapMember(dst, `"MI":`, d.MI, wire.AppendJSONInt)
	dst = wire.AppendJSONMapMember(dst, `"MT":`, d.MT, wire.AppendJSONTime)
	return string(wire.CloseJSON(dst))
}

// asJSON returns d as encoding/json renders what the API says of it: no bytes that
// are not UTF-8, null for what is no number, and times as JavaScript's Date writes
// them.
func asJSON(d record) map[string]any {
	m := map[string]any{
		"S": valid(d.S), "M": valid(d.M), "B": d.B, "I": json.Number(strconv.FormatInt(d.I, 10)), "F": number(d.F), "T": date(d.T), "ID": hexadecimal(d.ID), "C": string(d.C), "D": writtenDecimal(d.D),
		"X": base64.StdEncoding.EncodeToString(d.X), "P": partAsJSON(d.P), "SS": listOf(d.SS, valid), "IS": listOf(d.IS, whole64),
		"GS": listOf(d.GS, func(v []float64) []any { return listOf(v, number) }), "BS": listOf(d.BS, func(v bool) bool { return v }),
		"TS": listOf(d.TS, date), "OS": listOf(d.OS, hexadecimal), "CS": listOf(d.CS, func(v colour) string { return string(v) }),
		"US": listOf(d.US, valid), "UI": listOf(d.UI, whole64), "PS": listOf(d.PS, partAsJSON), "MI": map[string]any{}, "MT": map[string]any{},
	}
	for name, v := range d.MI {
		m["MI"].(map[string]any)[valid(name)] = whole64(v)
	}
	for name, v := range d.MT {
		m["MT"].(map[string]any)[valid(name)] = date(v)
	}
	return m
}

func partAsJSON(v part) map[string]any {
	return map[string]any{"N": whole64(v.N), "C": string(v.C), "SS": listOf(v.SS, valid), "P": map[string]any{"N": whole64(v.P.N)}}
}

func listOf[T, U any](list []T, each func(T) U) []any {
	all := []any{}
	for _, v := range list {
		all = append(all, each(v))
	}
	return all
}

func valid(s string) string { return string([]rune(s)) }

func whole64(v int64) json.Number { return json.Number(strconv.FormatInt(v, 10)) }

func number(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return json.Number(strconv.FormatFloat(v, 'g', -1, 64))
}

func writtenDecimal(v bson.Decimal128) string {
	if v == (bson.Decimal128{}) {
		return "0"
	}
	return v.String()
}

func date(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func hexadecimal(id bson.ObjectID) any {
	if id.IsZero() {
		return nil
	}
	return id.Hex()
}

// zeroless returns text with null for the zero time and the zero ObjectID: a null element of a
// list is shown as null, and read as they are.
func zeroless(text string) string {
	return strings.NewReplacer(zeroTimeJSON, "null", zeroIDJSON, "null").Replace(text)
}

const zeroTimeJSON, zeroIDJSON = `"0001-01-01T00:00:00.000Z"`, `"000000000000000000000000"`

// compareJSON expects text to be d in JSON, of which every member is there once.
func compareJSON(t testing.TB, d record, text string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(zeroless(text)))
	decoder.UseNumber()
	var got map[string]any
	if err := decoder.Decode(&got); err != nil || decoder.More() {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(asJSON(d), got); diff != "" {
		t.Fatalf("%s: -want +got:\n%s", text, diff)
	}
}

func yearsOutOfJSON(d record) bool {
	times := slices.Concat([]time.Time{d.T}, d.TS, slices.Collect(maps.Values(d.MT)))
	return slices.ContainsFunc(times, func(t time.Time) bool { return t.Year() < 0 || t.Year() > 9999 })
}

func TestTranscode(t *testing.T) {
	const nothing = `"M":"","B":false,"I":0,"F":0,"T":"0001-01-01T00:00:00.000Z","ID":"000000000000000000000000","C":"","D":"0","X":"","P":{"N":0,"C":"","SS":[],"P":{"N":0}},"SS":[],"IS":[],"GS":[],"BS":[],"TS":[],"OS":[],"CS":[],"US":[],"UI":[],"PS":[],"MI":{},"MT":{}}`
	for _, test := range []struct {
		name string
		doc  any
		want string
	}{
		{
			"all", wholeNumber,
			`{"S":"Zoë \u0000 \u2028","M":"ada@example.com","B":true,"I":-9223372036854775808,"F":-0.1,"T":"2026-01-31T08:30:00.123Z","ID":"0102030405060708090a0b0c",` +
				`"C":"blue","D":"2","X":"AP8=","P":{"N":1,"C":"red","SS":["x"],"P":{"N":9}},"SS":["","b"],"IS":[1,2],"GS":[[],[1,2.5]],"BS":[true,false],` +
				`"TS":["2026-01-31T08:30:00.123Z"],"OS":["0102030405060708090a0b0c"],"CS":["red","blue"],"US":["a","b"],"UI":[3],` +
				`"PS":[{"N":2,"C":"blue","SS":[],"P":{"N":0}},{"N":3,"C":"red","SS":["y"],"P":{"N":0}}],"MI":{"one":1},"MT":{"then":"2026-01-31T08:30:00.123Z"}}`,
		},
		{"nothing", bson.D{}, `{"S":"",` + nothing},
		{
			"nulls in lists and maps",
			bson.D{
				{Key: "SS", Value: bson.A{nil}}, {Key: "IS", Value: bson.A{1, nil}}, {Key: "TS", Value: bson.A{nil, moment}}, {Key: "OS", Value: bson.A{nil}},
				{Key: "GS", Value: bson.A{nil, bson.A{nil}}}, {Key: "BS", Value: bson.A{nil}}, {Key: "CS", Value: bson.A{nil}}, {Key: "US", Value: bson.A{nil, "", "a"}},
				{Key: "PS", Value: bson.A{nil, bson.D{{Key: "N", Value: 1}}, nil}}, {Key: "MI", Value: bson.D{{Key: "b", Value: nil}, {Key: "a", Value: 1}}},
				{Key: "MT", Value: bson.D{{Key: "t", Value: nil}}},
			},
			`{"S":"","M":"","B":false,"I":0,"F":0,"T":"0001-01-01T00:00:00.000Z","ID":"000000000000000000000000","C":"","D":"0","X":"","P":{"N":0,"C":"","SS":[],"P":{"N":0}},"SS":[""],"IS":[1,0],"GS":[[],[0]],"BS":[false],"TS":[null,"2026-01-31T08:30:00.123Z"],` +
				`"OS":[null],"CS":[""],"US":["","a"],"UI":[],"PS":[{"N":0,"C":"","SS":[],"P":{"N":0}},{"N":1,"C":"","SS":[],"P":{"N":0}},{"N":0,"C":"","SS":[],"P":{"N":0}}],"MI":{"a":1,"b":0},"MT":{"t":null}}`,
		},
		{
			"zero values",
			bson.D{{Key: "T", Value: time.Time{}}, {Key: "ID", Value: bson.NilObjectID}, {Key: "D", Value: bson.Decimal128{}}, {Key: "F", Value: math.NaN()}},
			strings.Replace(`{"S":"",`+nothing, `"F":0`, `"F":null`, 1),
		},
		{
			"another order, the last of a name",
			bson.D{
				{Key: "P", Value: part{N: 1, C: "red"}}, {Key: "x", Value: bson.A{1}}, {Key: "S", Value: "a"}, {Key: "P", Value: bson.D{{Key: "C", Value: "blue"}}}, {Key: "S", Value: "b"},
				{Key: "MI", Value: bson.D{{Key: "b", Value: 1}, {Key: "a", Value: 1}, {Key: "b", Value: 2}, {Key: "a", Value: 3}, {Key: "c", Value: 4}, {Key: "c", Value: 5}}},
			},
			strings.NewReplacer(`"P":{"N":0,"C":"",`, `"P":{"N":0,"C":"blue",`, `"MI":{}`, `"MI":{"a":3,"b":2,"c":5}`).Replace(`{"S":"b",` + nothing),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := raw(t, test.doc)
			got, err := transcode(b)
			if got != test.want || err != nil {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
			d, err := readRecord(b)
			if err != nil {
				t.Fatal(err)
			}
			compareJSON(t, d, got)
			if text := marshalled(d); zeroless(text) != zeroless(got) {
				t.Errorf("by way of Go: %s\nstraight from BSON: %s", text, got)
			}
		})
	}
}

// Any record becomes JSON in two ways, which agree to the byte, and is what
// encoding/json reads.
func TestAnyRecordAsJSON(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := records().Draw(rt, "record")
		b := appendRecord(nil, d)
		text, err := transcode(b)
		if err != nil {
			t.Fatal(err)
		}
		compareJSON(t, asStored(d), text)
		if direct := marshalled(asStored(d)); zeroless(direct) != zeroless(text) {
			t.Fatalf("by way of Go: %s\nstraight from BSON: %s", direct, text)
		}
	})
}

func TestTranscodeListsInLists(t *testing.T) {
	// The inner members come in the wrong order: each document is walked to its
	// end, then back to where its values are.
	type node = bson.D
	doc := node{
		{Key: "name", Value: "root"},
		{Key: "below", Value: bson.A{
			node{{Key: "below", Value: bson.A{node{{Key: "name", Value: "a1"}}, node{{Key: "below", Value: bson.A{}}}, nil}}, {Key: "name", Value: "a"}},
			nil,
			node{{Key: "below", Value: nil}, {Key: "name", Value: "b"}},
		}},
		{Key: "behind", Value: 1},
	}
	var tree func(r *wire.Reader, dst []byte) []byte
	tree = func(r *wire.Reader, dst []byte) []byte {
		var name, below wire.Value
		for end := r.EnterDocument(); r.Next(end); {
			switch string(r.Key()) {
			case "name":
				name = r.Value()
			case "below":
				below = r.Value()
			}
		}
		dst = append(dst, '{')
		dst = r.Member(dst, `"below":`, below, jsonListOf(tree), "")
		dst = r.Member(dst, `"name":`, name, (*wire.Reader).JSONString, "")
		return wire.CloseJSON(dst)
	}
	r := wire.NewReader(raw(t, doc))
	const want = `{"below":[{"below":[{"name":"a1"},{"below":[]},{}],"name":"a"},{},{"name":"b"}],"name":"root"}`
	if got := tree(r, nil); string(got) != want || r.Err() != nil {
		t.Errorf("got  %s, %v\nwant %s", got, r.Err(), want)
	}
	doc[1].Value.(bson.A)[0].(node)[0].Value.(bson.A)[1] = node{{Key: "name", Value: 1}}
	r.Reset(raw(t, doc))
	tree(r, nil)
	if r.Err() == nil || r.Err().Error() != "below.0.below.1.name must be a string, is a number" {
		t.Errorf("error %v", r.Err())
	}
}

func TestJSONSet(t *testing.T) {
	many, want := bson.A{}, []string{}
	long := strings.Repeat("long ", 20)
	for i := range 100 {
		many = append(many, long+strconv.Itoa(i), long+strconv.Itoa(i/2))
		want = append(want, `"`+long+strconv.Itoa(i)+`"`)
	}
	for _, test := range []struct {
		stored bson.A
		want   string
	}{
		{bson.A{}, `[]`},
		{bson.A{"a"}, `["a"]`},
		{bson.A{"a", "a", "a"}, `["a"]`},
		{bson.A{"b", "a", "b", "c", "a"}, `["b","a","c"]`},
		{bson.A{`a","b`, "a", "b", "a"}, `["a\",\"b","a","b"]`},
		{bson.A{"", nil, "a"}, `["","a"]`},
		{many, "[" + strings.Join(want, ",") + "]"},
	} {
		r := wire.NewReader(raw(t, bson.D{{Key: "v", Value: test.stored}}))
		for end := r.EnterDocument(); r.Next(end); {
			if got := wire.JSONSet(r, nil, (*wire.Reader).JSONString); string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		}
		if r.Err() != nil {
			t.Error(r.Err())
		}
	}
}

func TestAppendJSONString(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", `""`},
		{"plain", `"plain"`},
		{`"\/`, `"\"\\/"`},
		{"a\tb\nc\rd", `"a\tb\nc\rd"`},
		{"\x00\x01\b\f\x1f\x7f", `"\u0000\u0001\u0008\u000c\u001f` + "\x7f" + `"`},
		{"<b>&</b>", `"<b>&</b>"`},
		{"é世", `"é世"`},
		{"\u2028 \u2029\u202a", `"\u2028 \u2029` + "\u202a" + `"`},
		{"😀\U0010ffff", `"😀` + "\U0010ffff" + `"`},
		{"\ufffd", `"` + "\ufffd" + `"`},
		{"a\xffb", `"a\ufffdb"`},
		{"\xe4\xb8", `"\ufffd\ufffd"`},
		{"\xed\xa0\x80", `"\ufffd\ufffd\ufffd"`}, // a surrogate in UTF-8 is none
		{"\xf0\x9f\x98", `"\ufffd\ufffd\ufffd"`},
	} {
		if got := wire.AppendJSONString([]byte("x"), test.text); string(got) != "x"+test.want {
			t.Errorf("%q is %s, want %s", test.text, got[1:], test.want)
		}
		if got := wire.AppendJSONString(nil, []byte(test.text)); string(got) != test.want {
			t.Errorf("the bytes %q are %s, want %s", test.text, got, test.want)
		}
	}
}

func TestJSONStringsReadBack(t *testing.T) {
	readsBack := func(runes []rune, b []byte) bool {
		for _, s := range []string{string(runes), string(b)} {
			var got string
			if err := json.Unmarshal(wire.AppendJSONString(nil, s), &got); err != nil || got != valid(s) {
				t.Logf("%q reads as %q, %v", s, got, err)
				return false
			}
		}
		return true
	}
	if err := quick.Check(readsBack, &quick.Config{MaxCount: 2000}); err != nil {
		t.Error(err)
	}
}

func TestAppendJSONFloat(t *testing.T) {
	for _, v := range []float64{
		0, math.Copysign(0, -1), 1, -1.5, 0.1, 1e6, 1e20, 1e21, 1e-6, 1e-7, 1e-9, 123456789.125,
		math.MaxFloat64, math.SmallestNonzeroFloat64, -math.MaxFloat64, 1 << 53,
	} {
		var got float64
		text := wire.AppendJSONFloat(nil, v)
		if err := json.Unmarshal(text, &got); err != nil || math.Float64bits(got) != math.Float64bits(v) {
			t.Errorf("%v is %s, which reads as %v, %v", v, text, got, err)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if text := wire.AppendJSONFloat(nil, v); string(text) != "null" {
			t.Errorf("%v is %s", v, text)
		}
	}
}

func TestAppendJSONTime(t *testing.T) {
	for _, test := range []struct {
		time time.Time
		want string
	}{
		{time.Time{}, `"0001-01-01T00:00:00.000Z"`},
		{moment, `"2026-01-31T08:30:00.123Z"`},
		{moment.In(time.FixedZone("", -9*3600)), `"2026-01-31T08:30:00.123Z"`},
		{moment.Add(999_999), `"2026-01-31T08:30:00.123Z"`},
		{time.Unix(0, 0), `"1970-01-01T00:00:00.000Z"`},
		{time.UnixMilli(-1), `"1969-12-31T23:59:59.999Z"`},
		{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), `"0000-01-01T00:00:00.000Z"`},
		{time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), `"9999-12-31T23:59:59.999Z"`},
		{time.Date(45, 2, 3, 4, 5, 6, 7e6, time.UTC), `"0045-02-03T04:05:06.007Z"`},
	} {
		got := wire.AppendJSONTime(nil, test.time)
		if string(got) != test.want {
			t.Errorf("%v is %s, want %s", test.time, got, test.want)
		}
		var back time.Time
		if err := json.Unmarshal(got, &back); err != nil || back.UnixMilli() != test.time.UnixMilli() {
			t.Errorf("%s reads as %v, %v", got, back, err)
		}
	}
}

func TestTranscodeTimesThatJSONCannotCarry(t *testing.T) {
	for _, test := range []struct {
		time time.Time
		ok   bool
	}{
		{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{time.Date(0, 1, 1, 0, 0, 0, -1e6, time.UTC), false},
		{time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), true},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{time.UnixMilli(math.MinInt64), false},
		{time.UnixMilli(math.MaxInt64), false},
	} {
		text, err := transcode(raw(t, bson.D{{Key: "TS", Value: bson.A{moment, test.time}}}))
		if test.ok {
			if err != nil || !json.Valid([]byte(text)) {
				t.Errorf("%v: %s, %v", test.time, text, err)
			}
			continue
		}
		if err == nil || err.Error() != "TS.1 is a date outside the years 0 to 9999, which JSON cannot carry" {
			t.Errorf("%v: error %v", test.time, err)
		}
	}
}

func TestTranscodeFailures(t *testing.T) {
	for _, test := range []struct {
		doc  bson.D
		want string
	}{
		{bson.D{{Key: "S", Value: 1}}, "S must be a string, is a number"},
		{bson.D{{Key: "B", Value: "true"}}, "B must be a boolean, is a string"},
		{bson.D{{Key: "I", Value: 1.5}}, "I must be a whole number, has a fraction or is out of range"},
		{bson.D{{Key: "F", Value: decimalOf("0.1234567890123456789")}}, "F must be a number that a double holds, is the decimal number 0.1234567890123456789"},
		{bson.D{{Key: "F", Value: int64(1<<53 + 1)}}, "F must be a number that a double holds, is the whole number 9007199254740993"},
		{bson.D{{Key: "T", Value: "2026"}}, "T must be a date, is a string"},
		{bson.D{{Key: "ID", Value: "x"}}, "ID must be an ObjectID, is a string"},
		{bson.D{{Key: "P", Value: bson.A{}}}, "P must be a document, is an array"},
		{bson.D{{Key: "P", Value: bson.D{{Key: "C", Value: "green"}}}}, `P.C is "green", which is not one of the declared values`},
		{bson.D{{Key: "SS", Value: bson.D{}}}, "SS must be an array, is a document"},
		{bson.D{{Key: "SS", Value: bson.A{"a", nil, true}}}, "SS.2 must be a string, is a boolean"},
		{bson.D{{Key: "PS", Value: bson.A{part{N: 1, C: "red"}, bson.D{{Key: "x", Value: 1}, {Key: "N", Value: "1"}}}}}, "PS.1.N must be a whole number, is a string"},
		{bson.D{{Key: "PS", Value: bson.A{part{N: 1, C: "red"}, "x"}}}, "PS.1 must be a document, is a string"},
		{bson.D{{Key: "D", Value: "1.5"}}, "D must be a decimal number, is a string"},
		{bson.D{{Key: "X", Value: "AA=="}}, "X must be binary data, is a string"},
		{bson.D{{Key: "MI", Value: bson.A{}}}, "MI must be a document, is an array"},
		{bson.D{{Key: "MT", Value: bson.D{{Key: "z", Value: moment}, {Key: "a", Value: 1}}}}, "MT.a must be a date, is a number"},
		{bson.D{{Key: "UI", Value: bson.A{1, 1, "1"}}}, "UI.2 must be a whole number, is a string"},
	} {
		b := raw(t, test.doc)
		if _, err := transcode(b); err == nil || err.Error() != test.want {
			t.Errorf("transcoding: %v, want %s", err, test.want)
		}
		if _, err := readRecord(b); err == nil || err.Error() != test.want {
			t.Errorf("decoding: %v, want %s", err, test.want)
		}
	}
}

func TestAppendJSONMembers(t *testing.T) {
	dst := []byte(`[1,{`)
	if got := wire.CloseJSON(dst); string(got) != `[1,{}` {
		t.Errorf("an empty object is %s", got)
	}
	dst = append(dst[:0], '{')
	dst = wire.AppendJSONMember(dst, `"b":`, true, wire.AppendJSONBool)
	dst = wire.AppendJSONMember(dst, `"i":`, math.MinInt64, wire.AppendJSONInt)
	dst = wire.AppendJSONMember(dst, `"zero":`, bson.NilObjectID, wire.AppendJSONObjectID)
	dst = wire.AppendJSONGiven(dst, `"out":`, bson.NilObjectID, wire.AppendJSONObjectID)
	dst = wire.AppendJSONGiven(dst, `"given":`, true, wire.AppendJSONBool)
	dst = wire.AppendJSONOptional(dst, `"out":`, wire.Optional[bson.ObjectID]{}, wire.AppendJSONObjectID)
	dst = wire.AppendJSONTimestamp(dst, `"out":`, time.Time{})
	dst = wire.AppendJSONTimestamp(dst, `"at":`, moment)
	dst = wire.AppendJSONOptional(dst, `"id":`, wire.Some(someID), wire.AppendJSONObjectID)
	dst = wire.AppendJSONOptional(dst, `"0":`, wire.Some[int64](0), wire.AppendJSONInt)
	dst = wire.AppendJSONOptionalList(dst, `"out":`, nil, wire.AppendJSONInt)
	dst = wire.AppendJSONOptionalList(dst, `"list":`, []int64{}, wire.AppendJSONInt)
	dst = wire.AppendJSONOptionalMap(dst, `"out":`, nil, wire.AppendJSONInt)
	dst = wire.AppendJSONOptionalMap(dst, `"map":`, map[string]int64{}, wire.AppendJSONInt)
	dst = wire.AppendJSONOptionalBytes(dst, `"out":`, nil)
	dst = wire.AppendJSONOptionalBytes(dst, `"bytes":`, []byte{})
	for i, list := range [][]string{nil, {}, {"a"}, {"a", "a", ","}} {
		dst = wire.AppendJSONMember(dst, fmt.Sprintf(`"l%d":`, i), list, func(dst []byte, v []string) []byte {
			return wire.AppendJSONList(dst, v, wire.AppendJSONString[string])
		})
	}
	const want = `{"b":true,"i":-9223372036854775808,"zero":"000000000000000000000000","given":true,"at":"2026-01-31T08:30:00.123Z","id":"0102030405060708090a0b0c","0":0,"list":[],"map":{},"bytes":"","l0":[],"l1":[],"l2":["a"],"l3":["a","a",","]}`
	if got := wire.CloseJSON(dst); string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTranscodeDoesNotAllocate(t *testing.T) {
	doc := raw(t, bson.D{
		{Key: "_id", Value: someID}, {Key: "name", Value: "Ada \"Countess\" Lovelace, who is called by all of her names"},
		{Key: "email", Value: "ada@example.com"}, {Key: "password", Value: "$argon2id$"},
		{Key: "role", Value: bson.D{{Key: "name", Value: "super"}, {Key: "permission", Value: bson.A{"write", "read", "write"}}}},
		{Key: "createdAt", Value: moment}, {Key: "updatedAt", Value: moment}, {Key: "_rev", Value: int64(3)}, {Key: "__v", Value: 0},
	})
	const want = `{"_id":"0102030405060708090a0b0c","name":"Ada \"Countess\" Lovelace, who is called by all of her names","email":"ada@example.com",` +
		`"role":{"name":"super","permission":["write","read"]},"createdAt":"2026-01-31T08:30:00.123Z","updatedAt":"2026-01-31T08:30:00.123Z"}`
	toJSON := users.Collection().Codec.JSON
	buf, r := make([]byte, 0, 1024), wire.NewReader(nil)
	allocations := testing.AllocsPerRun(100, func() {
		r.Reset(doc)
		buf = toJSON(r, buf[:0])
	})
	if string(buf) != want || r.Err() != nil {
		t.Errorf("got  %s, %v\nwant %s", buf, r.Err(), want)
	}
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// Strings longer than what the compiler keeps on the stack are compared in place.
func TestJSONSetDoesNotAllocate(t *testing.T) {
	long := strings.Repeat("x", 100)
	doc := raw(t, bson.D{{Key: "v", Value: bson.A{long + "1", long + "2", long + "1"}}})
	buf, r := make([]byte, 0, 1024), wire.NewReader(nil)
	if n := testing.AllocsPerRun(100, func() {
		r.Reset(doc)
		for end := r.EnterDocument(); r.Next(end); {
			buf = wire.JSONSet(r, buf[:0], (*wire.Reader).JSONString)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzTranscode renders what may be no document at all: it accepts what decoding
// accepts, with the same values, but for dates that JSON cannot carry, and for a
// name twice whose last value alone fits.
func FuzzTranscode(f *testing.F) {
	f.Add(raw(f, bson.D{}))
	f.Add(raw(f, wholeNumber))
	for _, v := range []any{nil, 2.5, "<b>\u2028\xff", math.NaN(), true, moment, someID, decimal, int32(1), math.MaxInt64, part{N: 1, C: "red"}, time.UnixMilli(math.MaxInt64)} {
		for _, m := range recordJSON {
			f.Add(raw(f, bson.D{{Key: m.key, Value: v}}))
			f.Add(raw(f, bson.D{{Key: m.key, Value: bson.A{v, nil, v}}}))
			f.Add(raw(f, bson.D{{Key: m.key, Value: bson.D{{Key: "b", Value: v}, {Key: "a", Value: v}}}}))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := readBetween(t, b)
		text, errJSON := transcode(b)
		if err == nil && errJSON == nil && !namesTwice(b) && !oddNames(d) {
			compareJSON(t, d, text)
		}
		if errJSON == nil && !json.Valid([]byte(text)) {
			t.Fatalf("no JSON: %s", text)
		}
		if (err == nil) != (errJSON == nil) && !yearsOutOfJSON(d) && !namesTwice(b) {
			t.Fatalf("decoding says %v, transcoding %v", err, errJSON)
		}
	})
}

// oddNames reports whether entries have names that JSON cannot carry, so that two
// of them may become one.
func oddNames(d record) bool {
	names := slices.Concat(slices.Collect(maps.Keys(d.MI)), slices.Collect(maps.Keys(d.MT)))
	return slices.ContainsFunc(names, func(name string) bool { return !utf8.ValidString(name) })
}

func namesTwice(b bson.Raw) bool {
	elements, err := b.Elements()
	if err != nil {
		return true
	}
	seen := map[string]bool{}
	for _, e := range elements {
		if seen[e.Key()] {
			return true
		}
		seen[e.Key()] = true
		switch v := e.Value(); v.Type {
		case bson.TypeEmbeddedDocument:
			if namesTwice(v.Document()) {
				return true
			}
		case bson.TypeArray:
			values, err := v.Array().Values()
			if err != nil {
				return true
			}
			for _, v := range values {
				if v.Type == bson.TypeEmbeddedDocument && namesTwice(v.Document()) {
					return true
				}
			}
		}
	}
	return false
}
