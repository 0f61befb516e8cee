package wire_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

func jsonColour(r *wire.Reader, dst []byte) []byte { return wire.JSONEnum(r, dst, parseColour) }

func jsonPart(r *wire.Reader, dst []byte) []byte {
	var found [2]wire.Value
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "n":
			found[0] = r.Value()
		case "c":
			found[1] = r.Value()
		}
	}
	dst = append(dst, '{')
	dst = r.Member(dst, `"n":`, found[0], (*wire.Reader).JSONInt, "0")
	dst = r.Member(dst, `"c":`, found[1], jsonColour, "")
	return wire.CloseJSON(dst)
}

func jsonListOf(each func(*wire.Reader, []byte) []byte) func(*wire.Reader, []byte) []byte {
	return func(r *wire.Reader, dst []byte) []byte { return wire.JSONList(r, dst, each) }
}

func transcode(raw []byte) (string, error) {
	keys := []string{"s", "b", "i", "f", "t", "id", "p", "ss", "is", "ts", "os", "ps"}
	var found [12]wire.Value
	r := wire.NewReader(raw)
	for end := r.EnterDocument(); r.Next(end); {
		for i, key := range keys {
			if string(r.Key()) == key {
				found[i] = r.Value()
			}
		}
	}
	dst := []byte{'{'}
	dst = r.Member(dst, `"s":`, found[0], (*wire.Reader).JSONString, `""`)
	dst = r.Member(dst, `"b":`, found[1], (*wire.Reader).JSONBool, "false")
	dst = r.Member(dst, `"i":`, found[2], (*wire.Reader).JSONInt, "0")
	dst = r.Member(dst, `"f":`, found[3], (*wire.Reader).JSONFloat, "0")
	dst = r.Member(dst, `"t":`, found[4], (*wire.Reader).JSONTime, "")
	dst = r.Member(dst, `"id":`, found[5], (*wire.Reader).JSONObjectID, "")
	dst = r.Member(dst, `"p":`, found[6], jsonPart, `{"n":0}`)
	dst = r.Member(dst, `"ss":`, found[7], jsonListOf((*wire.Reader).JSONString), "[]")
	dst = r.Member(dst, `"is":`, found[8], jsonListOf((*wire.Reader).JSONInt), "[]")
	dst = r.Member(dst, `"ts":`, found[9], jsonListOf((*wire.Reader).JSONTime), "[]")
	dst = r.Member(dst, `"os":`, found[10], jsonListOf((*wire.Reader).JSONObjectID), "[]")
	dst = r.Member(dst, `"ps":`, found[11], jsonListOf(jsonPart), "[]")
	return string(wire.CloseJSON(dst)), r.Err()
}

// recordJSON is a record as encoding/json reads it; nil is null or missing.
type recordJSON struct {
	S  string       `json:"s"`
	B  bool         `json:"b"`
	I  int64        `json:"i"`
	F  *float64     `json:"f"`
	T  *time.Time   `json:"t"`
	ID *string      `json:"id"`
	P  partJSON     `json:"p"`
	SS []string     `json:"ss"`
	IS []int64      `json:"is"`
	TS []*time.Time `json:"ts"`
	OS []*string    `json:"os"`
	PS []partJSON   `json:"ps"`
}

type partJSON struct {
	N int64  `json:"n"`
	C colour `json:"c"`
}

// compareJSON fails unless text holds the values of d. What JSON cannot carry
// differs: bytes that are no UTF-8, and what is no number.
func compareJSON(t *testing.T, d record, text string) {
	t.Helper()
	var got recordJSON
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	want := recordJSON{
		S: valid(d.S), B: d.B, I: d.I, F: &d.F, T: timeJSON(d.T), ID: idJSON(d.ID), P: partJSON(d.P),
		SS: []string{}, IS: append([]int64{}, d.IS...), TS: []*time.Time{}, OS: []*string{}, PS: []partJSON{},
	}
	if math.IsNaN(d.F) || math.IsInf(d.F, 0) {
		want.F = nil
	}
	for _, s := range d.SS {
		want.SS = append(want.SS, valid(s))
	}
	for _, v := range d.TS {
		want.TS = append(want.TS, timeJSON(v))
	}
	for _, id := range d.OS {
		want.OS = append(want.OS, idJSON(id))
	}
	for _, p := range d.PS {
		want.PS = append(want.PS, partJSON(p))
	}
	const noID = "000000000000000000000000"
	if got.ID != nil && *got.ID == noID {
		got.ID = nil
	}
	for i, id := range got.OS {
		if id != nil && *id == noID {
			got.OS[i] = nil
		}
	}
	if diff := cmp.Diff(want, got, sameFloats); diff != "" {
		t.Fatalf("%s: -want +got:\n%s", text, diff)
	}
}

func valid(s string) string { return string([]rune(s)) }

func timeJSON(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func idJSON(id bson.ObjectID) *string {
	if id.IsZero() {
		return nil
	}
	return new(id.Hex())
}

func yearsOutOfJSON(d record) bool {
	for _, t := range append([]time.Time{d.T}, d.TS...) {
		if t.Year() < 0 || t.Year() > 9999 {
			return true
		}
	}
	return false
}

func TestTranscode(t *testing.T) {
	for _, test := range []struct {
		name string
		doc  any
		want string
	}{
		{
			"all",
			record{
				S: "s", B: true, I: -1, F: 1.5, T: moment, ID: someID, P: part{1, "red"},
				SS: []string{"a", "b"}, IS: []int64{1, 2}, TS: []time.Time{moment}, OS: []bson.ObjectID{someID}, PS: []part{{2, "blue"}, {3, "red"}},
			},
			`{"s":"s","b":true,"i":-1,"f":1.5,"t":"2026-01-31T08:30:00.123Z","id":"0102030405060708090a0b0c","p":{"n":1,"c":"red"},` +
				`"ss":["a","b"],"is":[1,2],"ts":["2026-01-31T08:30:00.123Z"],"os":["0102030405060708090a0b0c"],"ps":[{"n":2,"c":"blue"},{"n":3,"c":"red"}]}`,
		},
		{"nothing", bson.D{}, `{"s":"","b":false,"i":0,"f":0,"p":{"n":0},"ss":[],"is":[],"ts":[],"os":[],"ps":[]}`},
		{
			"nulls in lists",
			bson.D{
				{Key: "ss", Value: bson.A{nil}}, {Key: "is", Value: bson.A{1, nil}}, {Key: "ts", Value: bson.A{nil, moment}},
				{Key: "os", Value: bson.A{nil}}, {Key: "ps", Value: bson.A{nil, bson.D{{Key: "n", Value: 1}}, nil}},
			},
			`{"s":"","b":false,"i":0,"f":0,"p":{"n":0},"ss":[""],"is":[1,0],"ts":[null,"2026-01-31T08:30:00.123Z"],"os":[null],"ps":[{"n":0},{"n":1},{"n":0}]}`,
		},
		{
			"another order, the last of a name",
			bson.D{{Key: "p", Value: part{1, "red"}}, {Key: "x", Value: bson.A{1}}, {Key: "s", Value: "a"}, {Key: "p", Value: bson.D{{Key: "c", Value: "blue"}}}, {Key: "s", Value: "b"}},
			`{"s":"b","b":false,"i":0,"f":0,"p":{"n":0,"c":"blue"},"ss":[],"is":[],"ts":[],"os":[],"ps":[]}`,
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
		})
	}
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
		if err := json.Unmarshal(text, &got); err != nil || !cmp.Equal(got, v, sameFloats) {
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
		{time.Time{}, `null`},
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
		text, err := transcode(raw(t, bson.D{{Key: "ts", Value: bson.A{moment, test.time}}}))
		if test.ok {
			if err != nil || !json.Valid([]byte(text)) {
				t.Errorf("%v: %s, %v", test.time, text, err)
			}
			continue
		}
		if err == nil || err.Error() != "ts.1 is a date outside the years 0 to 9999, which JSON cannot carry" {
			t.Errorf("%v: error %v", test.time, err)
		}
	}
}

func TestTranscodeFailures(t *testing.T) {
	for _, test := range []struct {
		doc  bson.D
		want string
	}{
		{bson.D{{Key: "s", Value: 1}}, "s must be a string, is a number"},
		{bson.D{{Key: "b", Value: "true"}}, "b must be a boolean, is a string"},
		{bson.D{{Key: "i", Value: 1.5}}, "i must be a whole number, has a fraction or is out of range"},
		{bson.D{{Key: "f", Value: decimal}}, "f must be a number, is a Decimal128"},
		{bson.D{{Key: "t", Value: "2026"}}, "t must be a date, is a string"},
		{bson.D{{Key: "id", Value: "x"}}, "id must be an ObjectID, is a string"},
		{bson.D{{Key: "p", Value: bson.A{}}}, "p must be a document, is an array"},
		{bson.D{{Key: "p", Value: bson.D{{Key: "c", Value: "green"}}}}, `p.c is "green", which is not one of the declared values`},
		{bson.D{{Key: "ss", Value: bson.D{}}}, "ss must be an array, is a document"},
		{bson.D{{Key: "ss", Value: bson.A{"a", nil, true}}}, "ss.2 must be a string, is a boolean"},
		{bson.D{{Key: "ps", Value: bson.A{part{1, "red"}, bson.D{{Key: "x", Value: 1}, {Key: "n", Value: "1"}}}}}, "ps.1.n must be a whole number, is a string"},
		{bson.D{{Key: "ps", Value: bson.A{part{1, "red"}, "x"}}}, "ps.1 must be a document, is a string"},
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
	dst = wire.AppendJSONMember(dst, `"none":`, bson.NilObjectID, wire.AppendJSONObjectID)
	dst = wire.AppendJSONOptional(dst, `"left":`, bson.NilObjectID, wire.AppendJSONObjectID)
	dst = wire.AppendJSONOptional(dst, `"out":`, time.Time{}, wire.AppendJSONTime)
	dst = wire.AppendJSONOptional(dst, `"id":`, someID, wire.AppendJSONObjectID)
	for i, list := range [][]string{nil, {}, {"a"}, {"a", "a", ","}} {
		dst = wire.AppendJSONMember(dst, fmt.Sprintf(`"l%d":`, i), list, func(dst []byte, v []string) []byte {
			return wire.AppendJSONList(dst, v, wire.AppendJSONString[string])
		})
	}
	const want = `{"b":true,"i":-9223372036854775808,"none":null,"id":"0102030405060708090a0b0c","l0":[],"l1":[],"l2":["a"],"l3":["a","a",","]}`
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
	f.Add(raw(f, whole))
	for _, v := range []any{nil, 2.5, "<b>\u2028\xff", math.NaN(), true, moment, someID, decimal, int32(1), math.MaxInt64, part{1, "red"}, time.UnixMilli(math.MaxInt64)} {
		for _, key := range []string{"s", "b", "i", "f", "t", "id", "p"} {
			f.Add(raw(f, bson.D{{Key: key, Value: v}}))
		}
		for _, key := range []string{"ss", "is", "ts", "os", "ps"} {
			f.Add(raw(f, bson.D{{Key: key, Value: bson.A{v, nil, v}}}))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := readBetween(t, b)
		text, errJSON := transcode(b)
		if err == nil && errJSON == nil && !namesTwice(b) {
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
