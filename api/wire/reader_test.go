package wire_test

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
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
)

// typedReads has a row for every read: what it reads the samples as, by their
// names, and how an error calls what it wants.
var typedReads = []struct {
	name string
	want string
	read func(*wire.Reader) any
	zero any
	fits map[string]any
	not  map[string]string // samples of a type that fits, with a value that does not
}{
	{
		"String", "a string", func(r *wire.Reader) any { return r.String() }, "",
		map[string]any{"string": "red"}, nil,
	},
	{
		"Bool", "a boolean", func(r *wire.Reader) any { return r.Bool() }, false,
		map[string]any{"boolean": true}, nil,
	},
	{
		"Int", "a whole number", func(r *wire.Reader) any { return r.Int() }, int64(0),
		map[string]any{"int32": int64(-7), "int64": int64(1 << 60)},
		map[string]string{"double": "must be a whole number, has a fraction or is out of range"},
	},
	{
		"Float", "a number", func(r *wire.Reader) any { return r.Float() }, 0.0,
		map[string]any{"double": 2.5, "int32": -7.0, "int64": float64(1 << 60)},
		map[string]string{"decimal128": "must be a number that a double holds, is the decimal number 1.8446744073709551618E-6157"},
	},
	{
		"Time", "a date", func(r *wire.Reader) any { return r.Time() }, time.Time{},
		map[string]any{"date": moment}, nil,
	},
	{
		"ObjectID", "an ObjectID", func(r *wire.Reader) any { return r.ObjectID() }, bson.NilObjectID,
		map[string]any{"objectID": someID}, nil,
	},
	{
		"Bytes", "binary data", func(r *wire.Reader) any { return r.Bytes() }, []byte{},
		map[string]any{"bytes": []byte{1, 2}, "old bytes": []byte{1, 2}},
		map[string]string{"binary": "must be binary data of the generic subtype, is of another"},
	},
	{
		"Decimal", "a decimal number", func(r *wire.Reader) any { return r.Decimal() }, bson.Decimal128{},
		map[string]any{"decimal128": bson.NewDecimal128(1, 2), "int32": decimalOf("-7"), "int64": decimalOf("1152921504606846976"), "double": decimalOf("2.5")}, nil,
	},
	{
		"ReadMap", "a document", func(r *wire.Reader) any { return wire.ReadMap(r, (*wire.Reader).Int) }, map[string]int64{},
		map[string]any{"document": map[string]int64{"a": 1}}, nil,
	},
	{
		"ReadEnum", "a string", func(r *wire.Reader) any { return colourEnum.Read(r) }, colour(""),
		map[string]any{"string": colour("red")}, nil,
	},
	{
		"ReadList", "an array", func(r *wire.Reader) any { return wire.ReadList(r, (*wire.Reader).String) }, []string{},
		map[string]any{"array": []string{"red"}}, nil,
	},
	{
		"ReadSet", "an array", func(r *wire.Reader) any { return wire.ReadSet(r, colourEnum.Read) }, []colour{},
		map[string]any{"array": []colour{"red"}}, nil,
	},
	{
		"EnterDocument", "a document", func(r *wire.Reader) any {
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
				r := wire.NewReader(raw(t, bson.D{{Key: "v", Value: sample.value}, {Key: "last", Value: true}}))
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
				r = wire.NewReader(raw(t, bson.D{
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

				r = wire.NewReader(raw(t, bson.D{
					{Key: "a", Value: bson.A{bson.A{}, bson.A{nil, nil, sample.value}}},
				}))
				for end := r.EnterDocument(); r.Next(end); {
					wire.ReadList(r, func(r *wire.Reader) []any { return wire.ReadList(r, read.read) })
				}
				expectProblem(t, r.Err(), "a.1.2", problem)
			})
		}
	}
}

// expectProblem expects err to be a *wire.ValueError at path, or nil where problem is
// empty.
func expectProblem(t *testing.T, err error, path, problem string) {
	t.Helper()
	if problem == "" {
		if err != nil {
			t.Errorf("Err is %q, want none", err)
		}
		return
	}
	at, ok := errors.AsType[*wire.ValueError](err)
	if !ok {
		t.Errorf("Err is %v, want a *wire.ValueError", err)
		return
	}
	if at.Path != path || at.Reason != problem {
		t.Errorf("Err is %q at %q, want %q at %q", at.Reason, at.Path, problem, path)
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
		r := wire.NewReader(document(func(dst []byte) []byte { return wire.AppendFloat(dst, "v", test.stored) }))
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
		r := wire.NewReader(raw(t, bson.D{{Key: "v", Value: stored}}))
		for end := r.EnterDocument(); r.Next(end); {
			colourEnum.Read(r)
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
			r := wire.NewReader(raw(t, test.doc))
			walkInts(r)
			expectProblem(t, r.Err(), test.want, "must be a whole number, is a string")
		})
	}

	// An array's elements are counted, whatever their keys say.
	r := wire.NewReader(document(func(dst []byte) []byte {
		dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeArray, "list"))
		dst = wire.AppendInt(wire.AppendInt(dst, "7", 1), "7", 2)
		return wire.EndDocument(wire.AppendString(dst, "", "x"), start)
	}))
	walkInts(r)
	expectProblem(t, r.Err(), "list.2", "must be a whole number, is a string")
}

// walkInts reads the current document, of which every leaf must be an Int.
func walkInts(r *wire.Reader) {
	for end := r.EnterDocument(); r.Next(end); {
		walkIntValue(r)
	}
}

func walkIntValue(r *wire.Reader) {
	switch r.Value().Kind() {
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
	r := wire.NewReader(raw(t, bson.D{}))
	r.EnterArray()
	expectProblem(t, r.Err(), "", "must be an array, is a document")
	r = wire.NewReader(raw(t, bson.D{{Key: "a", Value: 1}}))
	r.EnterArray()
	expectProblem(t, r.Err(), "", "must be an array, is a document")
	r = wire.NewReader(raw(t, bson.D{}))
	if s := r.String(); s != "" {
		t.Errorf("read %q", s)
	}
	expectProblem(t, r.Err(), "", "must be a string, is a document")
}

func TestMissing(t *testing.T) {
	// A null is no member at all: it does not undo one of the same name.
	got, err := readRecord(raw(t, bson.D{
		{Key: "S", Value: "first"}, {Key: "S", Value: "last"}, {Key: "S", Value: nil},
		{Key: "SS", Value: nil}, {Key: "P", Value: bson.Undefined{}},
	}))
	if diff := cmp.Diff(record{S: "last"}, got, exactly); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestDuplicates expects the last member of a name to win, with nothing left of
// those before it.
func TestDuplicates(t *testing.T) {
	got, err := readRecord(raw(t, bson.D{
		{Key: "I", Value: 1}, {Key: "P", Value: bson.D{{Key: "SS", Value: bson.A{"a"}}}}, {Key: "SS", Value: bson.A{"a", "b"}},
		{Key: "MI", Value: bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}, {Key: "a", Value: 2}}},
		{Key: "I", Value: 2}, {Key: "P", Value: bson.D{{Key: "N", Value: 7}}}, {Key: "SS", Value: bson.A{}},
	}))
	want := record{I: 2, P: part{N: 7}, SS: []string{}, MI: map[string]int64{"a": 2, "b": 1}}
	if diff := cmp.Diff(want, got, exactly); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestUnknown expects members that nobody asks for to be stepped over, of
// whatever type, and whatever is in them.
func TestUnknown(t *testing.T) {
	for _, sample := range samples {
		got, err := readRecord(raw(t, bson.D{
			{Key: "before", Value: sample.value}, {Key: "S", Value: "x"},
			{Key: "P", Value: bson.D{{Key: "inside", Value: sample.value}, {Key: "N", Value: 7}, {Key: "z", Value: sample.value}}},
			{Key: "between", Value: bson.A{sample.value, sample.value}}, {Key: "I", Value: int64(3)}, {Key: "behind", Value: sample.value},
		}))
		if diff := cmp.Diff(record{S: "x", P: part{N: 7}, I: 3}, got, exactly); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", sample.name, err, diff)
		}
	}
}

// TestMalformed breaks a document in every way, and expects an error that says
// where.
func TestMalformed(t *testing.T) {
	raw := func(t bson.Type, value ...byte) []byte {
		return document(func(dst []byte) []byte { return append(wire.AppendHeader(dst, t, "S"), value...) })
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
		{"unknown type", "S", value, raw(0x42, 5, 0, 0, 0, 0)},
		{"type zero", "S", value, raw(0, 5, 0, 0, 0, 0)},
		{"a name that does not end", "", "has a member whose name does not end", []byte{8, 0, 0, 0, 2, 'a', 'b', 0}},
		{"no name", "", "has a member whose name does not end", []byte{6, 0, 0, 0, 2, 0}},
		{"a string without its length", "S", value, raw(bson.TypeString, 1, 0, 0)},
		{"a string of length 0", "S", value, raw(bson.TypeString, 0, 0, 0, 0)},
		{"a string of negative length", "S", value, raw(bson.TypeString, 0xff, 0xff, 0xff, 0xff, 0)},
		{"a string of the smallest length", "S", value, raw(bson.TypeString, 0, 0, 0, 0x80, 0)},
		{"a string of the largest length", "S", value, raw(bson.TypeString, 0xff, 0xff, 0xff, 0x7f, 0)},
		{"a string past the document", "S", value, raw(bson.TypeString, 3, 0, 0, 0, 'a', 0)},
		{"a string without its terminator", "S", "is a string without its terminator", raw(bson.TypeString, 2, 0, 0, 0, 'a', 'b')},
		{"a boolean cut off", "S", value, raw(bson.TypeBoolean)},
		{"an int32 cut off", "S", value, raw(bson.TypeInt32, 1, 2, 3)},
		{"an int64 cut off", "S", value, raw(bson.TypeInt64, 1, 2, 3, 4, 5, 6, 7)},
		{"a double cut off", "S", value, raw(bson.TypeDouble, 1, 2, 3, 4, 5, 6, 7)},
		{"a date cut off", "S", value, raw(bson.TypeDateTime, 1)},
		{"a timestamp cut off", "S", value, raw(bson.TypeTimestamp, 1)},
		{"an ObjectID cut off", "S", value, raw(bson.TypeObjectID, someID[1:]...)},
		{"a decimal cut off", "S", value, raw(bson.TypeDecimal128, make([]byte, 15)...)},
		{"a regex without options", "S", value, raw(bson.TypeRegex, 'a', 0, 'i')},
		{"a regex that does not end", "S", value, raw(bson.TypeRegex, 'a')},
		{"binary data past the document", "S", value, raw(bson.TypeBinary, 2, 0, 0, 0, 0, 1)},
		{"binary data of negative length", "S", value, raw(bson.TypeBinary, 0xfe, 0xff, 0xff, 0xff, 0, 1)},
		{"a DBPointer cut off", "S", value, raw(bson.TypeDBPointer, 1, 0, 0, 0, 0, 1, 2, 3)},
		{"a DBPointer of length 0", "S", value, raw(bson.TypeDBPointer, make([]byte, 16)...)},
		{"code past the document", "S", value, raw(bson.TypeCodeWithScope, 9, 0, 0, 0, 0)},
		{"a document of length 4", "S", value, raw(bson.TypeEmbeddedDocument, 4, 0, 0, 0)},
		{"an array past the document", "S", value, raw(bson.TypeArray, 6, 0, 0, 0, 0)},
		{"an inner document without its terminator", "P", whole, document(func(dst []byte) []byte {
			return append(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, "P"), 5, 0, 0, 0, 9)
		})},
		{"in a member of a member", "P.SS.1", value, document(func(dst []byte) []byte {
			dst, sub := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, "P"))
			dst, tags := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeArray, "SS"))
			dst = wire.AppendHeader(wire.AppendString(dst, "0", "a"), 0x42, "1")
			return wire.EndDocument(wire.EndDocument(dst, tags), sub)
		})},
		{"a member of a member whose name does not end", "P", "has a member whose name does not end",
			document(func(dst []byte) []byte {
				dst, sub := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, "P"))
				return wire.EndDocument(append(wire.AppendInt(dst, "N", 1), 2, 'x'), sub)
			})},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readBetween(t, test.doc)
			expectProblem(t, err, test.path, test.problem)
		})
	}
}

// TestTruncated cuts a document off at every byte and breaks it at every byte: there
// is no panic, what is cut off is never accepted, and nothing behind it is read.
func TestTruncated(t *testing.T) {
	doc := strewn(t)
	for i := range doc {
		if _, err := readBetween(t, doc[:i]); err == nil {
			t.Errorf("the first %d of %d bytes were accepted", i, len(doc))
		}
		short := bytes.Clone(doc[:i])
		if i >= 5 {
			binary.LittleEndian.PutUint32(short, uint32(i))
			_, _ = readBetween(t, short)
			short[i-1] = 0
			_, _ = readBetween(t, short)
		}
		for _, b := range []byte{0, 1, 4, 5, 0x7f, 0x80, 0xff} {
			broken := bytes.Clone(doc)
			broken[i] = b
			_, _ = readBetween(t, broken)
		}
	}
}

// TestFailureStops expects nothing to be read behind a failure, and the first
// failure to be the one that is told.
func TestFailureStops(t *testing.T) {
	r := wire.NewReader(raw(t, bson.D{{Key: "a", Value: 1}, {Key: "b", Value: "x"}, {Key: "c", Value: true}, {Key: "d", Value: 2}}))
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
	r.Reset(raw(t, bson.D{{Key: "a", Value: 1}}))
	if !r.Next(r.EnterDocument()) || r.Int() != 1 || r.Err() != nil {
		t.Errorf("a Reader that was reset does not read: %v", r.Err())
	}
}

// TestCopies expects what was read to outlive the document's bytes.
func TestCopies(t *testing.T) {
	doc := strewn(t)
	got, err := readRecord(doc)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := readRecord(bytes.Clone(doc))
	clear(doc)
	if diff := cmp.Diff(again, got, exactly); diff != "" {
		t.Error(diff)
	}
}

// TestSeek reads members in another order than the document has them in.
func TestSeek(t *testing.T) {
	r := wire.NewReader(raw(t, bson.D{{Key: "b", Value: "x"}, {Key: "a", Value: bson.A{1, 2}}}))
	found := map[string]wire.Value{}
	for end := r.EnterDocument(); r.Next(end); {
		found[string(r.Key())] = r.Value()
	}
	r.Seek(found["a"])
	if got := wire.ReadList(r, (*wire.Reader).Int); !slices.Equal(got, []int64{1, 2}) {
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
		r := wire.NewReader(document(func(dst []byte) []byte { return append(wire.AppendHeader(dst, bson.TypeBoolean, "v"), stored) }))
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

// TestStrewn reads what the driver wrote.
func TestStrewn(t *testing.T) {
	doc := strewn(t)
	got, err := readRecord(doc)
	if diff := cmp.Diff(driver(t, doc), got, alike); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff(wholeNumber, got, alike); diff != "" {
		t.Error(diff)
	}
}

// What is as long as the first is set aside for at once, but no more than a little.
func TestReadListSetsAside(t *testing.T) {
	for n, want := range map[int]int{1: 1, 9: 9, 10: 10} {
		r := wire.NewReader(raw(t, bson.D{{Key: "v", Value: slices.Repeat([]int64{7}, n)}}))
		for end := r.EnterDocument(); r.Next(end); {
			if list := wire.ReadList(r, (*wire.Reader).Int); len(list) != n || cap(list) != want {
				t.Errorf("%d are read into %d of %d", n, len(list), cap(list))
			}
		}
	}
	var first int
	r := wire.NewReader(raw(t, bson.D{{Key: "v", Value: slices.Repeat([]int64{7}, 200)}}))
	for end := r.EnterDocument(); r.Next(end); {
		seen := 0
		list := wire.ReadList(r, func(r *wire.Reader) int64 { seen++; return r.Int() })
		if first = cap(list); seen != 200 || len(list) != 200 || first > 512 {
			t.Errorf("%d of %d are read into %d", len(list), seen, first)
		}
	}
}

// compareWithDriver reads any bytes. What the driver finds valid and readRecord
// accepts must read as it does with the driver, but for what readsOtherwise names. A
// list that is missing and one that is empty compare equal here.
func compareWithDriver(t testing.TB, doc []byte) (accepted bool) {
	t.Helper()
	kept := bytes.Clone(doc)
	got, err := readBetween(t, doc)
	if !bytes.Equal(kept, doc) {
		t.Fatal("reading changed the document")
	}
	var at *wire.ValueError
	if err != nil && (!errors.As(err, &at) || at.Reason == "" || err.Error() == "") {
		t.Fatalf("the error is %#v", err)
	}
	if err != nil || bson.Raw(doc).Validate() != nil || readsOtherwise(doc) {
		return false
	}
	want := driver(t, doc)
	want.US, want.UI = firstSeen(want.US), firstSeen(want.UI)
	if diff := cmp.Diff(want, got, alike); diff != "" {
		t.Fatal(diff)
	}
	return true
}

func TestReadsLikeTheDriver(t *testing.T) {
	accepted, broken := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := records().Draw(rt, "record")
		if d.C == "" {
			d.C = "red" // the driver writes the empty text
		}
		d.CS, d.PS, d.P.C = nil, nil, "red"
		doc := raw(t, d)
		if compareWithDriver(t, doc) {
			accepted++
		}
		if at := rapid.IntRange(0, len(doc)-1).Draw(rt, "at"); at >= 0 {
			doc[at] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		}
		if compareWithDriver(t, doc) {
			broken++
		}
	})
	if accepted == 0 || broken == 0 { // how many is chance
		t.Errorf("%d documents were accepted, and %d of those with a bit changed", accepted, broken)
	}
}

// FuzzReader compares any bytes with what the driver makes of them.
func FuzzReader(f *testing.F) {
	f.Add(strewn(f))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte(nil))
	for _, sample := range samples {
		for name := range recordReads {
			f.Add(raw(f, bson.D{{Key: name, Value: sample.value}}))
			f.Add(raw(f, bson.D{{Key: name, Value: bson.A{sample.value, nil, sample.value}}}))
			f.Add(raw(f, bson.D{{Key: name, Value: bson.D{{Key: "N", Value: sample.value}}}}))
		}
		f.Add(raw(f, bson.D{{Key: "GS", Value: bson.A{bson.A{sample.value}}}}))
		f.Add(raw(f, bson.D{{Key: "PS", Value: bson.A{bson.D{{Key: "SS", Value: bson.A{sample.value}}}}}}))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { compareWithDriver(t, doc) })
}

// readsOtherwise reports whether a document, or one in it, has what the driver is
// known to read in another way: two members of one name, of which the last wins whole
// here, and a null leaves the one before it; another number for a decimal, and a whole or
// decimal number for a double; and what is
// against the format, texts without room for their terminator and binary data of the
// old subtype whose second length lies.
func readsOtherwise(doc bson.Raw) bool {
	elements, err := doc.Elements()
	if err != nil {
		return true
	}
	seen := map[string]bool{}
	for _, e := range elements {
		v := e.Value()
		if seen[e.Key()] || isOtherNumber(e.Key(), v) || valueReadsOtherwise(v) {
			return true
		}
		seen[e.Key()] = true
	}
	return false
}

// isOtherNumber reports whether v, a member called name, is or has a number of another type
// than declared, which the driver does not convert, or converts to another number.
func isOtherNumber(name string, v bson.RawValue) bool {
	switch {
	case v.Type == bson.TypeArray && name == "GS":
		list, _ := bson.RawArray(v.Value).Values()
		return slices.ContainsFunc(list, func(v bson.RawValue) bool { return isOtherNumber(name, v) })
	case name == "D":
		return v.Type == bson.TypeInt32 || v.Type == bson.TypeInt64 || v.Type == bson.TypeDouble
	}
	return (name == "F" || name == "GS") && (v.Type == bson.TypeInt64 || v.Type == bson.TypeDecimal128)
}

func valueReadsOtherwise(v bson.RawValue) bool {
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		return readsOtherwise(v.Value)
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		return binary.LittleEndian.Uint32(v.Value) == 0
	case bson.TypeBinary:
		return v.Value[4] == 2 && (len(v.Value) < 9 || int(binary.LittleEndian.Uint32(v.Value[5:])) != len(v.Value)-9)
	case bson.TypeArray:
		list, err := bson.RawArray(v.Value).Values()
		return err != nil || slices.ContainsFunc(list, valueReadsOtherwise)
	}
	return false
}
