package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"
)

var (
	someID   = bson.ObjectID{0x65, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0xff}
	someTime = time.Date(2026, 1, 31, 8, 30, 0, 123e6, time.UTC)
)

// colour is an enum, as generated packages have them.
type colour string

func parseColour(b []byte) (colour, bool) {
	switch string(b) {
	case "red":
		return "red", true
	case "blue":
		return "blue", true
	}
	return "", false
}

func readColour(r *Reader) colour { return ReadEnum(r, parseColour) }

func marshal(t testing.TB, doc any) []byte {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sample is a value of a BSON type, and how an error calls it.
type sample struct {
	name  string
	value any
	is    string
}

func decimalOf(text string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		panic(err)
	}
	return d
}

// samples has a row for every BSON type.
var samples = []sample{
	{"double", 2.5, "a number"},
	{"string", "red", "a string"},
	{"document", bson.D{{Key: "a", Value: 1}}, "a document"},
	{"array", bson.A{"red"}, "an array"},
	{"binary", bson.Binary{Subtype: 4, Data: []byte{1, 2}}, "binary data"},
	{"bytes", bson.Binary{Data: []byte{1, 2}}, "binary data"},
	{"old bytes", bson.Binary{Subtype: 2, Data: []byte{1, 2}}, "binary data"},
	{"undefined", bson.Undefined{}, ""},
	{"objectID", someID, "an ObjectID"},
	{"boolean", true, "a boolean"},
	{"date", bson.NewDateTimeFromTime(someTime), "a date"},
	{"null", nil, ""},
	{"regex", bson.Regex{Pattern: "^a", Options: "i"}, "of BSON type regex"},
	{"dbPointer", bson.DBPointer{DB: "a.b", Pointer: someID}, "of BSON type dbPointer"},
	{"javascript", bson.JavaScript("f()"), "of BSON type javascript"},
	{"symbol", bson.Symbol("red"), "of BSON type symbol"},
	{"code with scope", bson.CodeWithScope{Code: "f()", Scope: bson.D{{Key: "a", Value: 1}}}, "of BSON type code with scope"},
	{"int32", int32(-7), "a number"},
	{"timestamp", bson.Timestamp{T: 1, I: 2}, "of BSON type timestamp"},
	{"int64", int64(1 << 60), "a number"},
	{"decimal128", bson.NewDecimal128(1, 2), "a Decimal128"},
	{"min key", bson.MinKey{}, "of BSON type min key"},
	{"max key", bson.MaxKey{}, "of BSON type max key"},
}

// typedReads has a row for every read: what it reads the samples as, by their
// names, and how an error calls what it wants.
var typedReads = []struct {
	name string
	want string
	read func(*Reader) any
	zero any
	fits map[string]any
	not  map[string]string // samples of a type that fits, with a value that does not
}{
	{
		"String", "a string", func(r *Reader) any { return r.String() }, "",
		map[string]any{"string": "red"}, nil,
	},
	{
		"Bool", "a boolean", func(r *Reader) any { return r.Bool() }, false,
		map[string]any{"boolean": true}, nil,
	},
	{
		"Int", "a whole number", func(r *Reader) any { return r.Int() }, int64(0),
		map[string]any{"int32": int64(-7), "int64": int64(1 << 60)},
		map[string]string{"double": "must be a whole number, has a fraction or is out of range"},
	},
	{
		"Float", "a number", func(r *Reader) any { return r.Float() }, 0.0,
		map[string]any{"double": 2.5, "int32": -7.0, "int64": float64(1 << 60)}, nil,
	},
	{
		"Time", "a date", func(r *Reader) any { return r.Time() }, time.Time{},
		map[string]any{"date": someTime}, nil,
	},
	{
		"ObjectID", "an ObjectID", func(r *Reader) any { return r.ObjectID() }, bson.NilObjectID,
		map[string]any{"objectID": someID}, nil,
	},
	{
		"Bytes", "binary data", func(r *Reader) any { return r.Bytes() }, []byte{},
		map[string]any{"bytes": []byte{1, 2}, "old bytes": []byte{1, 2}},
		map[string]string{"binary": "must be binary data of the generic subtype, is of another"},
	},
	{
		"Decimal", "a decimal number", func(r *Reader) any { return r.Decimal() }, bson.Decimal128{},
		map[string]any{"decimal128": bson.NewDecimal128(1, 2), "int32": decimalOf("-7"), "int64": decimalOf("1152921504606846976")}, nil,
	},
	{
		"ReadMap", "a document", func(r *Reader) any { return ReadMap(r, (*Reader).Int) }, map[string]int64{},
		map[string]any{"document": map[string]int64{"a": 1}}, nil,
	},
	{
		"ReadEnum", "a string", func(r *Reader) any { return readColour(r) }, colour(""),
		map[string]any{"string": colour("red")}, nil,
	},
	{
		"ReadList", "an array", func(r *Reader) any { return ReadList(r, (*Reader).String) }, []string{},
		map[string]any{"array": []string{"red"}}, nil,
	},
	{
		"ReadSet", "an array", func(r *Reader) any { return ReadSet(r, readColour) }, []colour{},
		map[string]any{"array": []colour{"red"}}, nil,
	},
	{
		"EnterDocument", "a document", func(r *Reader) any {
			var n int64
			for end := r.EnterDocument(); r.Next(end); {
				n += r.Int()
			}
			return n
		}, int64(0),
		map[string]any{"document": int64(1)}, nil,
	},
}

// TestReads reads a value of every BSON type with every read: as a member, as
// an element of an array in a document, and in an array of arrays.
func TestReads(t *testing.T) {
	for _, read := range typedReads {
		for _, sample := range samples {
			t.Run(read.name+" of "+sample.name, func(t *testing.T) {
				want, fits := read.fits[sample.name]
				problem := read.not[sample.name]
				if problem == "" && !fits {
					problem = "must be " + read.want + ", is " + sample.is
				}
				null := sample.is == ""
				if null {
					problem = ""
				}

				var got any = "missing"
				r := NewReader(marshal(t, bson.D{{Key: "v", Value: sample.value}, {Key: "last", Value: true}}))
				var last bool
				for end := r.EnterDocument(); r.Next(end); {
					switch string(r.Key()) {
					case "v":
						got = read.read(r)
					case "last":
						last = r.Bool()
					}
				}
				expectProblem(t, r.Err(), "v", problem)
				switch {
				case null && got != "missing":
					t.Errorf("a null member reads as %v", got)
				case fits && !cmp.Equal(got, want, cmpopts.EquateComparable(bson.Decimal128{})):
					t.Errorf("a member reads as %#v, want %#v", got, want)
				case problem == "" && !last:
					t.Error("the walk did not go on behind the member")
				}

				got, last = nil, false
				if null {
					want = read.zero
				}
				r = NewReader(marshal(t, bson.D{
					{Key: "role", Value: bson.D{{Key: "permission", Value: bson.A{sample.value}}}},
					{Key: "last", Value: true},
				}))
				for end := r.EnterDocument(); r.Next(end); {
					switch string(r.Key()) {
					case "role":
						for end := r.EnterDocument(); r.Next(end); {
							for end := r.EnterArray(); r.NextElement(end); {
								got = read.read(r)
							}
						}
					case "last":
						last = r.Bool()
					}
				}
				expectProblem(t, r.Err(), "role.permission.0", problem)
				if problem == "" && (!cmp.Equal(got, want, cmpopts.EquateComparable(bson.Decimal128{})) || !last) {
					t.Errorf("an element reads as %#v, want %#v; behind it: %v", got, want, last)
				}

				r = NewReader(marshal(t, bson.D{
					{Key: "a", Value: bson.A{bson.A{}, bson.A{nil, nil, sample.value}}},
				}))
				for end := r.EnterDocument(); r.Next(end); {
					ReadList(r, func(r *Reader) []any { return ReadList(r, read.read) })
				}
				expectProblem(t, r.Err(), "a.1.2", problem)
			})
		}
	}
}

// expectProblem expects err to be a *ValueError at path, or nil where problem is
// empty.
func expectProblem(t *testing.T, err error, path, problem string) {
	t.Helper()
	if problem == "" {
		if err != nil {
			t.Errorf("Err is %q, want none", err)
		}
		return
	}
	var at *ValueError
	if !errors.As(err, &at) {
		t.Errorf("Err is %v, want a *ValueError", err)
		return
	}
	if at.Path != path || at.Problem != problem {
		t.Errorf("Err is %q at %q, want %q at %q", at.Problem, at.Path, problem, path)
	}
	text := path + " " + problem
	if path == "" {
		text = "the document " + problem
	}
	if err.Error() != text {
		t.Errorf("the error reads %q, want %q", err, text)
	}
}

// TestReadInt is about doubles, which a whole number may have been stored as.
func TestReadInt(t *testing.T) {
	const problem = "v must be a whole number, has a fraction or is out of range"
	for _, test := range []struct {
		stored float64
		want   int64
		err    string
	}{
		{0, 0, ""},
		{math.Copysign(0, -1), 0, ""},
		{42, 42, ""},
		{-1e15, -1e15, ""},
		{1 << 62, 1 << 62, ""},
		{-(1 << 63), math.MinInt64, ""},
		{math.Nextafter(1<<63, 0), 1<<63 - 1024, ""},
		{1 << 63, 0, problem},
		{math.Nextafter(-(1 << 63), math.Inf(-1)), 0, problem},
		{0.5, 0, problem},
		{-2.000001, 0, problem},
		{math.SmallestNonzeroFloat64, 0, problem},
		{math.MaxFloat64, 0, problem},
		{math.Inf(1), 0, problem},
		{math.Inf(-1), 0, problem},
		{math.NaN(), 0, problem},
	} {
		r := NewReader(document(func(dst []byte) []byte { return AppendFloat(dst, "v", test.stored) }))
		var got int64
		for end := r.EnterDocument(); r.Next(end); {
			got = r.Int()
		}
		if got != test.want || errText(r.Err()) != test.err {
			t.Errorf("%v reads as %d, %q; want %d, %q", test.stored, got, errText(r.Err()), test.want, test.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// document is a document of what members appends.
func document(members func([]byte) []byte) []byte {
	dst, start := BeginDocument(nil)
	return EndDocument(members(dst), start)
}

func TestReadEnum(t *testing.T) {
	long := strings.Repeat("x", 41)
	for stored, want := range map[string]string{
		"red":       "",
		"green":     `v is "green", which is not one of the declared values`,
		"":          `v is "", which is not one of the declared values`,
		"a\n\"\xff": `v is "a\n\"\xff", which is not one of the declared values`,
		long[1:]:    `v is "` + long[1:] + `", which is not one of the declared values`,
		long:        `v is "` + long[1:] + `"…, which is not one of the declared values`,
	} {
		r := NewReader(marshal(t, bson.D{{Key: "v", Value: stored}}))
		for end := r.EnterDocument(); r.Next(end); {
			readColour(r)
		}
		if got := errText(r.Err()); got != want {
			t.Errorf("%q: %q, want %q", stored, got, want)
		}
	}
}

// TestPath has errors whose path is more than a few names.
func TestPath(t *testing.T) {
	good, bad := bson.D{{Key: "x", Value: int64(1)}}, bson.D{{Key: "x", Value: "1"}}
	for _, test := range []struct {
		name, want string
		doc        any
	}{
		{"behind other members", "last.x", bson.D{{Key: "a", Value: good}, {Key: "b", Value: good}, {Key: "last", Value: bad}}},
		{"in the eleventh element", "list.10.x", bson.D{{Key: "list", Value: append(slices.Repeat(bson.A{good}, 10), bad)}}},
		{"the second of a name", "a.x", bson.D{{Key: "a", Value: good}, {Key: "a", Value: bad}}},
		{"an empty name", "a..x", bson.D{{Key: "a", Value: bson.D{{Key: "", Value: bad}}}}},
		{"a name that is not UTF-8", "\uFFFD.x", bson.D{{Key: "\xff", Value: bad}}},
		{"behind a null", "b.1.x", bson.D{{Key: "a", Value: nil}, {Key: "b", Value: bson.A{nil, bad}}}},
		{"the first of two", "a.x", bson.D{{Key: "a", Value: bad}, {Key: "b", Value: bad}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader(marshal(t, test.doc))
			walkInts(r)
			expectProblem(t, r.Err(), test.want, "must be a whole number, is a string")
		})
	}

	// An array's elements are counted, whatever their keys say.
	r := NewReader(document(func(dst []byte) []byte {
		dst, start := BeginDocument(AppendHeader(dst, bson.TypeArray, "list"))
		dst = AppendInt(AppendInt(dst, "7", 1), "7", 2)
		return EndDocument(AppendString(dst, "", "x"), start)
	}))
	walkInts(r)
	expectProblem(t, r.Err(), "list.2", "must be a whole number, is a string")
}

// walkInts reads the current document, of which every leaf must be an Int.
func walkInts(r *Reader) {
	for end := r.EnterDocument(); r.Next(end); {
		walkIntValue(r)
	}
}

func walkIntValue(r *Reader) {
	switch r.Value().kind {
	case bson.TypeEmbeddedDocument:
		walkInts(r)
	case bson.TypeArray:
		for end := r.EnterArray(); r.NextElement(end); {
			walkIntValue(r)
		}
	default:
		r.Int()
	}
}

// TestWrongRoot reads what no document is, as one.
func TestWrongRoot(t *testing.T) {
	r := NewReader(marshal(t, bson.D{}))
	r.EnterArray()
	expectProblem(t, r.Err(), "", "must be an array, is a document")
	r = NewReader(marshal(t, bson.D{}))
	if s := r.String(); s != "" {
		t.Errorf("read %q", s)
	}
	expectProblem(t, r.Err(), "", "must be a string, is a document")
}

func TestMissing(t *testing.T) {
	// A null is no member at all: it does not undo one of the same name.
	raw := marshal(t, bson.D{
		{Key: "myName", Value: "first"}, {Key: "myName", Value: "last"}, {Key: "myName", Value: nil},
		{Key: "myTags", Value: nil}, {Key: "mySub", Value: bson.Undefined{}},
	})
	got, err := decodeShape(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shape{Name: "last"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestDuplicates expects the last member of a name to win, with nothing left of
// those before it.
func TestDuplicates(t *testing.T) {
	raw := marshal(t, bson.D{
		{Key: "myCount", Value: 1}, {Key: "mySub", Value: bson.D{{Key: "myTags", Value: bson.A{"a"}}}}, {Key: "myTags", Value: bson.A{"a", "b"}},
		{Key: "myCount", Value: 2}, {Key: "mySub", Value: bson.D{{Key: "myFlag", Value: true}}}, {Key: "myTags", Value: bson.A{}},
	})
	got, err := decodeShape(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := shape{Count: 2, Sub: part{Flag: true}, Tags: []string{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestUnknown expects members that nobody asks for to be stepped over, of
// whatever type, and whatever is in them.
func TestUnknown(t *testing.T) {
	for _, sample := range samples {
		raw := marshal(t, bson.D{
			{Key: "before", Value: sample.value}, {Key: "myName", Value: "x"},
			{Key: "mySub", Value: bson.D{{Key: "inside", Value: sample.value}, {Key: "myFlag", Value: true}, {Key: "z", Value: sample.value}}},
			{Key: "between", Value: bson.A{sample.value, sample.value}}, {Key: "myCount", Value: int64(3)}, {Key: "behind", Value: sample.value},
		})
		got, err := decodeShape(raw)
		if err != nil {
			t.Errorf("%s: %v", sample.name, err)
		}
		if diff := cmp.Diff(shape{Name: "x", Sub: part{Flag: true}, Count: 3}, got); diff != "" {
			t.Errorf("%s: %s", sample.name, diff)
		}
	}
}

// TestMalformed breaks a document in every way, and expects an error that says
// where.
func TestMalformed(t *testing.T) {
	raw := func(t bson.Type, value ...byte) []byte {
		return document(func(dst []byte) []byte { return append(AppendHeader(dst, t, "myName"), value...) })
	}
	const value = "is a truncated or malformed value"
	const whole = "is a truncated or malformed document"
	for _, test := range []struct {
		name, path, problem string
		doc                 []byte
	}{
		{"nothing", "", whole, nil},
		{"too short", "", whole, []byte{4, 0, 0, 0}},
		{"longer than stated", "", whole, []byte{5, 0, 0, 0, 0, 0}},
		{"shorter than stated", "", whole, []byte{6, 0, 0, 0, 0}},
		{"negative length", "", whole, []byte{0xff, 0xff, 0xff, 0xff, 0}},
		{"no terminator", "", whole, []byte{5, 0, 0, 0, 1}},
		{"unknown type", "myName", value, raw(0x42, 5, 0, 0, 0, 0)},
		{"type zero", "myName", value, raw(0, 5, 0, 0, 0, 0)},
		{"a name that does not end", "", "has a member whose name does not end", []byte{8, 0, 0, 0, 2, 'a', 'b', 0}},
		{"no name", "", "has a member whose name does not end", []byte{6, 0, 0, 0, 2, 0}},
		{"a string without its length", "myName", value, raw(bson.TypeString, 1, 0, 0)},
		{"a string of length 0", "myName", value, raw(bson.TypeString, 0, 0, 0, 0)},
		{"a string of negative length", "myName", value, raw(bson.TypeString, 0xff, 0xff, 0xff, 0xff, 0)},
		{"a string of the smallest length", "myName", value, raw(bson.TypeString, 0, 0, 0, 0x80, 0)},
		{"a string of the largest length", "myName", value, raw(bson.TypeString, 0xff, 0xff, 0xff, 0x7f, 0)},
		{"a string past the document", "myName", value, raw(bson.TypeString, 3, 0, 0, 0, 'a', 0)},
		{"a string without its terminator", "myName", "is a string without its terminator", raw(bson.TypeString, 2, 0, 0, 0, 'a', 'b')},
		{"a boolean cut off", "myName", value, raw(bson.TypeBoolean)},
		{"an int32 cut off", "myName", value, raw(bson.TypeInt32, 1, 2, 3)},
		{"an int64 cut off", "myName", value, raw(bson.TypeInt64, 1, 2, 3, 4, 5, 6, 7)},
		{"a double cut off", "myName", value, raw(bson.TypeDouble, 1, 2, 3, 4, 5, 6, 7)},
		{"a date cut off", "myName", value, raw(bson.TypeDateTime, 1)},
		{"a timestamp cut off", "myName", value, raw(bson.TypeTimestamp, 1)},
		{"an ObjectID cut off", "myName", value, raw(bson.TypeObjectID, someID[1:]...)},
		{"a decimal cut off", "myName", value, raw(bson.TypeDecimal128, make([]byte, 15)...)},
		{"a regex without options", "myName", value, raw(bson.TypeRegex, 'a', 0, 'i')},
		{"a regex that does not end", "myName", value, raw(bson.TypeRegex, 'a')},
		{"binary data past the document", "myName", value, raw(bson.TypeBinary, 2, 0, 0, 0, 0, 1)},
		{"binary data of negative length", "myName", value, raw(bson.TypeBinary, 0xfe, 0xff, 0xff, 0xff, 0, 1)},
		{"a DBPointer cut off", "myName", value, raw(bson.TypeDBPointer, 1, 0, 0, 0, 0, 1, 2, 3)},
		{"a DBPointer of length 0", "myName", value, raw(bson.TypeDBPointer, make([]byte, 16)...)},
		{"code past the document", "myName", value, raw(bson.TypeCodeWithScope, 9, 0, 0, 0, 0)},
		{"a document of length 4", "myName", value, raw(bson.TypeEmbeddedDocument, 4, 0, 0, 0)},
		{"an array past the document", "myName", value, raw(bson.TypeArray, 6, 0, 0, 0, 0)},
		{"an inner document without its terminator", "mySub", whole, document(func(dst []byte) []byte {
			return append(AppendHeader(dst, bson.TypeEmbeddedDocument, "mySub"), 5, 0, 0, 0, 9)
		})},
		{"in a member of a member", "mySub.myTags.1", value, document(func(dst []byte) []byte {
			dst, sub := BeginDocument(AppendHeader(dst, bson.TypeEmbeddedDocument, "mySub"))
			dst, tags := BeginDocument(AppendHeader(dst, bson.TypeArray, "myTags"))
			dst = AppendHeader(AppendString(dst, "0", "a"), 0x42, "1")
			return EndDocument(EndDocument(dst, tags), sub)
		})},
		{"a member of a member whose name does not end", "mySub", "has a member whose name does not end",
			document(func(dst []byte) []byte {
				dst, sub := BeginDocument(AppendHeader(dst, bson.TypeEmbeddedDocument, "mySub"))
				return EndDocument(append(AppendBool(dst, "myFlag", true), 2, 'x'), sub)
			})},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := decodeShape(test.doc)
			expectProblem(t, err, test.path, test.problem)
		})
	}
}

// TestTruncated cuts a document off at every byte and breaks it at every byte,
// and expects no panic; what is cut off is never accepted.
func TestTruncated(t *testing.T) {
	raw := fullShape(t)
	for i := range raw {
		if _, err := decodeShape(raw[:i]); err == nil {
			t.Errorf("the first %d of %d bytes were accepted", i, len(raw))
		}
		short := bytes.Clone(raw[:i])
		if i >= 5 {
			binary.LittleEndian.PutUint32(short, uint32(i))
			_, _ = decodeShape(short)
			short[i-1] = 0
			_, _ = decodeShape(short)
		}
		for _, b := range []byte{0, 1, 4, 5, 0x7f, 0x80, 0xff} {
			broken := bytes.Clone(raw)
			broken[i] = b
			_, _ = decodeShape(broken)
		}
	}
}

// TestFailureStops expects nothing to be read behind a failure, and the first
// failure to be the one that is told.
func TestFailureStops(t *testing.T) {
	r := NewReader(marshal(t, bson.D{{Key: "a", Value: 1}, {Key: "b", Value: "x"}, {Key: "c", Value: true}, {Key: "d", Value: 2}}))
	var seen []string
	for end := r.EnterDocument(); r.Next(end); {
		seen = append(seen, string(r.Key()))
		if seen[len(seen)-1] != "a" {
			r.Int()
			r.Float()
		}
	}
	expectProblem(t, r.Err(), "b", "must be a whole number, is a string")
	if !slices.Equal(seen, []string{"a", "b"}) {
		t.Errorf("walked %q", seen)
	}
	if end := r.EnterDocument(); r.Next(end) || r.NextElement(end) {
		t.Error("the walk went on")
	}
	r.Reset(marshal(t, bson.D{{Key: "a", Value: 1}}))
	if !r.Next(r.EnterDocument()) || r.Int() != 1 || r.Err() != nil {
		t.Errorf("a Reader that was reset does not read: %v", r.Err())
	}
}

// TestCopies expects what was read to outlive the document's bytes.
func TestCopies(t *testing.T) {
	raw := fullShape(t)
	got, err := decodeShape(raw)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := decodeShape(bytes.Clone(raw))
	clear(raw)
	if diff := cmp.Diff(again, got); diff != "" {
		t.Error(diff)
	}
}

// TestSeek reads members in another order than the document has them in.
func TestSeek(t *testing.T) {
	r := NewReader(marshal(t, bson.D{{Key: "b", Value: "x"}, {Key: "a", Value: bson.A{1, 2}}}))
	found := map[string]Value{}
	for end := r.EnterDocument(); r.Next(end); {
		found[string(r.Key())] = r.Value()
	}
	r.Seek(found["a"])
	if got := ReadList(r, (*Reader).Int); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("a is %v", got)
	}
	r.Seek(found["b"])
	if got := r.String(); got != "x" {
		t.Errorf("b is %q", got)
	}
	if r.Int(); errText(r.Err()) != "b must be a whole number, is a string" {
		t.Errorf("Err is %v", r.Err())
	}
}

// TestBoolByte expects a boolean to be 0 or 1, as the driver does.
func TestBoolByte(t *testing.T) {
	for stored, want := range map[byte]bool{0: false, 1: true, 2: false, 0xff: false} {
		r := NewReader(document(func(dst []byte) []byte { return append(AppendHeader(dst, bson.TypeBoolean, "v"), stored) }))
		for end := r.EnterDocument(); r.Next(end); {
			if got := r.Bool(); got != want {
				t.Errorf("%d reads as %v", stored, got)
			}
		}
		if (r.Err() != nil) != (stored > 1) {
			t.Errorf("%d: the error is %v", stored, r.Err())
		}
	}
}

func TestUnique(t *testing.T) {
	many := make([]int, 0, 3*smallSet)
	for i := range 3 * smallSet {
		many = append(many, i%(2*smallSet))
	}
	for _, test := range []struct{ list, want []int }{
		{nil, nil},
		{[]int{}, []int{}},
		{[]int{3, 1, 2}, []int{3, 1, 2}},
		{[]int{3, 1, 3, 2, 1}, []int{3, 1, 2}},
		{slices.Repeat([]int{7}, smallSet), []int{7}},
		{slices.Repeat([]int{7}, smallSet+1), []int{7}},
		{many, many[:2*smallSet]},
	} {
		before := slices.Clone(test.list)
		if got := Unique(test.list); !cmp.Equal(got, test.want) {
			t.Errorf("Unique(%v) is %v, want %v", test.list, got, test.want)
		}
		if !slices.Equal(before, test.list) {
			t.Errorf("Unique changed %v", before)
		}
	}
}

// shape is a document that has all that a schema can: what schemagen would make
// of it is decodeShape. The names have capitals, since the driver also takes SUB
// for sub.
type shape struct {
	ID      bson.ObjectID   `bson:"myID"`
	Name    string          `bson:"myName"`
	Flag    bool            `bson:"myFlag"`
	Count   int64           `bson:"myCount"`
	Ratio   float64         `bson:"myRatio"`
	At      time.Time       `bson:"myAt"`
	Colour  colour          `bson:"myColour"`
	Sub     part            `bson:"mySub"`
	Tags    []string        `bson:"myTags"`
	Colours []colour        `bson:"myColours"`
	Times   []time.Time     `bson:"myTimes"`
	IDs     []bson.ObjectID `bson:"myIDs"`
	Grid    [][]float64     `bson:"myGrid"`
	Parts   []part          `bson:"myParts"`
}

type part struct {
	Flag  bool     `bson:"myFlag"`
	Tags  []string `bson:"myTags"`
	Inner struct {
		Count int64 `bson:"myCount"`
	} `bson:"myInner"`
}

func decodeShape(raw []byte) (shape, error) {
	var v shape
	r := NewReader(raw)
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "myID":
			v.ID = r.ObjectID()
		case "myName":
			v.Name = r.String()
		case "myFlag":
			v.Flag = r.Bool()
		case "myCount":
			v.Count = r.Int()
		case "myRatio":
			v.Ratio = r.Float()
		case "myAt":
			v.At = r.Time()
		case "myColour":
			v.Colour = readColour(r)
		case "mySub":
			v.Sub = readPart(r)
		case "myTags":
			v.Tags = ReadList(r, (*Reader).String)
		case "myColours":
			v.Colours = ReadList(r, readColour)
		case "myTimes":
			v.Times = ReadList(r, (*Reader).Time)
		case "myIDs":
			v.IDs = ReadList(r, (*Reader).ObjectID)
		case "myGrid":
			v.Grid = ReadList(r, func(r *Reader) []float64 { return ReadList(r, (*Reader).Float) })
		case "myParts":
			v.Parts = ReadList(r, readPart)
		}
	}
	return v, r.Err()
}

func readPart(r *Reader) part {
	var v part
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "myFlag":
			v.Flag = r.Bool()
		case "myTags":
			v.Tags = ReadList(r, (*Reader).String)
		case "myInner":
			v.Inner.Count = 0
			for end := r.EnterDocument(); r.Next(end); {
				if string(r.Key()) == "myCount" {
					v.Inner.Count = r.Int()
				}
			}
		}
	}
	return v
}

// fullShape is a shape with all members, and unknown ones of every type.
func fullShape(t testing.TB) []byte {
	t.Helper()
	v := shape{
		ID: someID, Name: "Zoë \x00 \u2028", Flag: true, Count: math.MinInt64, Ratio: -0.1, At: someTime, Colour: "blue",
		Tags: []string{"", "b"}, Colours: []colour{"red", "blue"}, Times: []time.Time{someTime}, IDs: []bson.ObjectID{someID},
		Grid: [][]float64{{}, {1, 2.5}}, Parts: []part{{Flag: true}, {Tags: []string{"x"}}},
	}
	v.Sub.Tags = []string{"a"}
	v.Sub.Inner.Count = 9
	var doc bson.D
	if err := bson.Unmarshal(marshal(t, v), &doc); err != nil {
		t.Fatal(err)
	}
	for _, sample := range samples {
		doc = append(doc, bson.E{Key: "unknown " + sample.name, Value: sample.value})
	}
	return marshal(t, doc)
}

// TestShape reads what the driver wrote.
func TestShape(t *testing.T) {
	raw := fullShape(t)
	got, err := decodeShape(raw)
	if err != nil {
		t.Fatal(err)
	}
	var want shape
	if err := bson.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	if got.Name == "" || len(got.Parts) != 2 {
		t.Errorf("read %+v", got)
	}
}

// FuzzReader reads any bytes. What the driver finds valid and decodeShape
// accepts must read as it does with the driver, but for this:
//
//   - A document that names a member twice: the last one wins whole, where the
//     driver merges documents; and a null leaves the one before it, where the
//     driver takes the null.
//   - A boolean whose byte is neither 0 nor 1 is true, where the driver refuses
//     it.
//   - A list that is missing and one that is empty compare equal here.
func FuzzReader(f *testing.F) {
	f.Add(fullShape(f))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte(nil))
	for _, sample := range samples {
		for _, name := range []string{"myID", "myName", "myFlag", "myCount", "myRatio", "myAt", "myColour", "mySub", "other"} {
			f.Add(marshal(f, bson.D{{Key: name, Value: sample.value}}))
		}
		for _, name := range []string{"myTags", "myColours", "myTimes", "myIDs", "myGrid", "myParts"} {
			f.Add(marshal(f, bson.D{{Key: name, Value: bson.A{sample.value, nil, sample.value}}}))
		}
		f.Add(marshal(f, bson.D{{Key: "myGrid", Value: bson.A{bson.A{sample.value}}}}))
		f.Add(marshal(f, bson.D{{Key: "myParts", Value: bson.A{bson.D{{Key: "myTags", Value: bson.A{sample.value}}}}}}))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := bytes.Clone(raw)
		got, err := decodeShape(raw)
		if !bytes.Equal(kept, raw) {
			t.Fatal("reading changed the document")
		}
		var at *ValueError
		if err != nil && (!errors.As(err, &at) || at.Problem == "" || err.Error() == "") {
			t.Fatalf("the error is %#v", err)
		}
		if err != nil || bson.Raw(raw).Validate() != nil || readsOtherwise(raw) {
			return
		}
		var want shape
		if err := bson.Unmarshal(raw, &want); err != nil {
			t.Fatalf("accepted what the driver does not: %v", err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// readsOtherwise reports whether a document, or one in it, has what the driver
// is known to read in another way: two members of one name.
func readsOtherwise(doc bson.Raw) bool {
	elements, err := doc.Elements()
	if err != nil {
		return true
	}
	seen := map[string]bool{}
	for _, element := range elements {
		if seen[element.Key()] || valueReadsOtherwise(element.Value()) {
			return true
		}
		seen[element.Key()] = true
	}
	return false
}

func valueReadsOtherwise(v bson.RawValue) bool {
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		return readsOtherwise(v.Value)
	case bson.TypeArray:
		list, err := bson.RawArray(v.Value).Values()
		return err != nil || slices.ContainsFunc(list, valueReadsOtherwise)
	}
	return false
}
