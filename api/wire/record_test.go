package wire_test

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

// colour is an enum as the generator writes them.
type colour string

var colourEnum = wire.NewEnum[colour]("red", "blue")

// address are the constraints on an address.
var address = wire.Text{Text: check.Text{Format: check.Email}}

// record has a member of every type that is read and written, but for UUIDs, which the
// driver has no tag for (TestUUIDIsTheDrivers): what the driver makes of it by its tags,
// this package has to make of it by its codec, which is written as the generator writes
// them. Its names are capitals, since the driver takes
// others for the same in small letters.
type record struct {
	S  string               `bson:"S"`
	M  string               `bson:"M"` // an address
	B  bool                 `bson:"B"`
	I  int64                `bson:"I"`
	F  float64              `bson:"F"`
	T  time.Time            `bson:"T"`
	ID bson.ObjectID        `bson:"ID"`
	C  colour               `bson:"C"`
	D  bson.Decimal128      `bson:"D"`
	X  []byte               `bson:"X"`
	P  part                 `bson:"P"`
	SS []string             `bson:"SS"`
	IS []int64              `bson:"IS"`
	GS [][]float64          `bson:"GS"`
	BS []bool               `bson:"BS"`
	TS []time.Time          `bson:"TS"`
	OS []bson.ObjectID      `bson:"OS"`
	CS []colour             `bson:"CS"`
	US []string             `bson:"US"` // a set
	UI []int64              `bson:"UI"` // a set
	PS []part               `bson:"PS"`
	MI map[string]int64     `bson:"MI"`
	MT map[string]time.Time `bson:"MT"`
}

type part struct {
	N  int64    `bson:"N"`
	C  colour   `bson:"C"`
	SS []string `bson:"SS"`
	P  inner    `bson:"P"`
}

type inner struct {
	N int64 `bson:"N"`
}

func readInner(r *wire.Reader) inner {
	var v inner
	for end := r.EnterDocument(); r.Next(end); {
		if string(r.Key()) == "N" {
			v.N = r.Int()
		}
	}
	return v
}

func readPart(r *wire.Reader) part {
	var v part
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "N":
			v.N = r.Int()
		case "C":
			v.C = colourEnum.Read(r)
		case "SS":
			v.SS = wire.ReadList(r, (*wire.Reader).String)
		case "P":
			v.P = readInner(r)
		}
	}
	return v
}

func readFloats(r *wire.Reader) []float64 { return wire.ReadList(r, (*wire.Reader).Float) }

// recordReads are how the members of a record are read.
var recordReads = map[string]func(*wire.Reader, *record){
	"S":  func(r *wire.Reader, d *record) { d.S = r.String() },
	"M":  func(r *wire.Reader, d *record) { d.M = r.String() },
	"B":  func(r *wire.Reader, d *record) { d.B = r.Bool() },
	"I":  func(r *wire.Reader, d *record) { d.I = r.Int() },
	"F":  func(r *wire.Reader, d *record) { d.F = r.Float() },
	"T":  func(r *wire.Reader, d *record) { d.T = r.Time() },
	"ID": func(r *wire.Reader, d *record) { d.ID = r.ObjectID() },
	"C":  func(r *wire.Reader, d *record) { d.C = colourEnum.Read(r) },
	"D":  func(r *wire.Reader, d *record) { d.D = r.Decimal() },
	"X":  func(r *wire.Reader, d *record) { d.X = r.Bytes() },
	"P":  func(r *wire.Reader, d *record) { d.P = readPart(r) },
	"SS": func(r *wire.Reader, d *record) { d.SS = wire.ReadList(r, (*wire.Reader).String) },
	"IS": func(r *wire.Reader, d *record) { d.IS = wire.ReadList(r, (*wire.Reader).Int) },
	"GS": func(r *wire.Reader, d *record) { d.GS = wire.ReadList(r, readFloats) },
	"BS": func(r *wire.Reader, d *record) { d.BS = wire.ReadList(r, (*wire.Reader).Bool) },
	"TS": func(r *wire.Reader, d *record) { d.TS = wire.ReadList(r, (*wire.Reader).Time) },
	"OS": func(r *wire.Reader, d *record) { d.OS = wire.ReadList(r, (*wire.Reader).ObjectID) },
	"CS": func(r *wire.Reader, d *record) { d.CS = wire.ReadList(r, colourEnum.Read) },
	"US": func(r *wire.Reader, d *record) { d.US = wire.ReadSet(r, (*wire.Reader).String) },
	"UI": func(r *wire.Reader, d *record) { d.UI = wire.ReadSet(r, (*wire.Reader).Int) },
	"PS": func(r *wire.Reader, d *record) { d.PS = wire.ReadList(r, readPart) },
	"MI": func(r *wire.Reader, d *record) { d.MI = wire.ReadMap(r, (*wire.Reader).Int) },
	"MT": func(r *wire.Reader, d *record) { d.MT = wire.ReadMap(r, (*wire.Reader).Time) },
}

func readRecord(raw []byte) (record, error) {
	var d record
	r := wire.NewReader(raw)
	defer r.Release()
	for end := r.EnterDocument(); r.Next(end); {
		if read, ok := recordReads[string(r.Key())]; ok {
			read(r, &d)
		}
	}
	return d, r.Err()
}

// readBetween reads b twice, with different bytes behind it: what is read must
// not depend on them.
func readBetween(t testing.TB, b []byte) (record, error) {
	t.Helper()
	buf := append(bytes.Clone(b), make([]byte, 64)...)
	d, err := readRecord(buf[:len(b)])
	copy(buf[len(b):], bytes.Repeat([]byte("\x02S\x00\x02"), 16))
	again, errAgain := readRecord(buf[:len(b)])
	if (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
		t.Fatalf("%x: error %v, then %v", b, err, errAgain)
	}
	if !reflect.DeepEqual(d, again) { // as nearly all are, but for a NaN
		if diff := cmp.Diff(d, again, exactly); diff != "" {
			t.Fatalf("%x: read\n%s", b, diff)
		}
	}
	return d, err
}

func appendPart(dst []byte, key string, v part) []byte {
	dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, key))
	dst = wire.AppendInt(dst, "N", v.N)
	dst = wire.AppendString(dst, "C", v.C)
	dst = wire.AppendList(dst, "SS", v.SS, wire.AppendString)
	dst, in := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, "P"))
	return wire.EndDocument(wire.EndDocument(wire.AppendInt(dst, "N", v.P.N), in), start)
}

func sizePart(key string, v part) int {
	return wire.SizeHeader(key) + wire.DocumentOverhead + wire.SizeInt("N", v.N) + wire.SizeString("C", v.C) +
		wire.SizeList("SS", v.SS, wire.SizeString) + wire.SizeHeader("P") + wire.DocumentOverhead + wire.SizeInt("N", v.P.N)
}

func appendFloats(dst []byte, key string, v []float64) []byte {
	return wire.AppendList(dst, key, v, wire.AppendFloat)
}

func sizeFloats(key string, v []float64) int { return wire.SizeList(key, v, wire.SizeFloat) }

func appendRecord(dst []byte, d record) []byte {
	dst, start := wire.BeginDocument(dst)
	dst = wire.AppendString(dst, "S", d.S)
	dst = address.Append(dst, "M", d.M)
	dst = wire.AppendBool(dst, "B", d.B)
	dst = wire.AppendInt(dst, "I", d.I)
	dst = wire.AppendFloat(dst, "F", d.F)
	dst = wire.AppendTime(dst, "T", d.T)
	dst = wire.AppendObjectID(dst, "ID", d.ID)
	dst = wire.AppendString(dst, "C", d.C)
	dst = wire.AppendDecimal(dst, "D", d.D)
	dst = wire.AppendBytes(dst, "X", d.X)
	dst = appendPart(dst, "P", d.P)
	dst = wire.AppendList(dst, "SS", d.SS, wire.AppendString)
	dst = wire.AppendList(dst, "IS", d.IS, wire.AppendInt)
	dst = wire.AppendList(dst, "GS", d.GS, appendFloats)
	dst = wire.AppendList(dst, "BS", d.BS, wire.AppendBool)
	dst = wire.AppendList(dst, "TS", d.TS, wire.AppendTime)
	dst = wire.AppendList(dst, "OS", d.OS, wire.AppendObjectID)
	dst = wire.AppendList(dst, "CS", d.CS, wire.AppendString)
	dst = wire.AppendSet(dst, "US", d.US, wire.AppendString)
	dst = wire.AppendSet(dst, "UI", d.UI, wire.AppendInt)
	dst = wire.AppendList(dst, "PS", d.PS, appendPart)
	dst = wire.AppendMap(dst, "MI", d.MI, wire.AppendInt)
	dst = wire.AppendMap(dst, "MT", d.MT, wire.AppendTime)
	return wire.EndDocument(dst, start)
}

func sizeRecord(d record) int {
	return wire.DocumentOverhead +
		wire.SizeString("S", d.S) +
		address.Size("M", d.M) +
		wire.SizeBool("B", d.B) +
		wire.SizeInt("I", d.I) +
		wire.SizeFloat("F", d.F) +
		wire.SizeTime("T", d.T) +
		wire.SizeObjectID("ID", d.ID) +
		wire.SizeString("C", d.C) +
		wire.SizeDecimal("D", d.D) +
		wire.SizeBytes("X", d.X) +
		sizePart("P", d.P) +
		wire.SizeList("SS", d.SS, wire.SizeString) +
		wire.SizeList("IS", d.IS, wire.SizeInt) +
		wire.SizeList("GS", d.GS, sizeFloats) +
		wire.SizeList("BS", d.BS, wire.SizeBool) +
		wire.SizeList("TS", d.TS, wire.SizeTime) +
		wire.SizeList("OS", d.OS, wire.SizeObjectID) +
		wire.SizeList("CS", d.CS, wire.SizeString) +
		wire.SizeSet("US", d.US, wire.SizeString) +
		wire.SizeSet("UI", d.UI, wire.SizeInt) +
		wire.SizeList("PS", d.PS, sizePart) +
		wire.SizeMap("MI", d.MI, wire.SizeInt) +
		wire.SizeMap("MT", d.MT, wire.SizeTime)
}

// asStored returns d as it comes back: folded, in UTC and milliseconds, without
// repeats, with no list or map that is nil, and no decimal that nobody writes.
func asStored(d record) record {
	d.M = check.FoldEmail(d.M)
	d.T = cut(d.T)
	if d.D == (bson.Decimal128{}) {
		d.D = bson.NewDecimal128(0x3040000000000000, 0)
	}
	times := []time.Time{}
	for _, t := range d.TS {
		times = append(times, cut(t))
	}
	d.TS = times
	byName := map[string]time.Time{}
	for name, t := range d.MT {
		byName[name] = cut(t)
	}
	d.MT = byName
	d.US, d.UI = firstSeen(d.US), firstSeen(d.UI)
	return d
}

func cut(t time.Time) time.Time {
	return time.UnixMilli(t.UnixMilli()).UTC()
}

func firstSeen[T comparable](list []T) []T {
	kept := []T{}
	for _, v := range list {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}

// driver returns raw as the driver reads it.
func driver(t testing.TB, raw []byte) record {
	t.Helper()
	var d record
	if err := bson.Unmarshal(raw, &d); err != nil {
		t.Fatalf("the driver refuses %x: %v", raw, err)
	}
	d.T = d.T.UTC()
	for i := range d.TS {
		d.TS[i] = d.TS[i].UTC()
	}
	for name := range d.MT {
		d.MT[name] = d.MT[name].UTC()
	}
	return d
}

// records returns of values as odd as they come, and often of few, so that sets
// have repeats.
func records() *rapid.Generator[record] {
	return rapid.Custom(func(t *rapid.T) record {
		return record{
			S: texts.Draw(t, "S"), M: rapid.OneOf(texts, rapid.SampledFrom([]string{" Ada@Example.COM\t", "x@y"})).Draw(t, "M"), B: rapid.Bool().Draw(t, "B"),
			I: rapid.Int64().Draw(t, "I"), F: floats.Draw(t, "F"), T: times.Draw(t, "T"), ID: objectIDs.Draw(t, "ID"), C: colours.Draw(t, "C"),
			D: decimals.Draw(t, "D"), X: some(rapid.Byte()).Draw(t, "X"), P: parts.Draw(t, "P"),
			SS: some(texts).Draw(t, "SS"), IS: some(rapid.Int64()).Draw(t, "IS"), GS: some(rapid.SliceOf(floats)).Draw(t, "GS"),
			BS: some(rapid.Bool()).Draw(t, "BS"), TS: some(times).Draw(t, "TS"), OS: some(objectIDs).Draw(t, "OS"),
			CS: some(colours).Draw(t, "CS"), US: some(rapid.StringMatching(`[ab"]?`)).Draw(t, "US"), UI: rapid.SliceOfN(rapid.Int64Range(0, 30), 0, 40).Draw(t, "UI"),
			PS: some(parts).Draw(t, "PS"), MI: rapid.MapOfN(names, rapid.Int64(), 0, 5).Draw(t, "MI"), MT: rapid.MapOfN(names, times, 0, 5).Draw(t, "MT"),
		}
	})
}

// some returns a few.
func some[T any](each *rapid.Generator[T]) *rapid.Generator[[]T] { return rapid.SliceOfN(each, 0, 5) }

var (
	texts = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "a\xffb", "\xed\xa0\x80", "\u2028<&>\u2029", "\x00\b\f\n\r\t\x1f\x7f\"\\/", "😀"}))
	// names are those of entries, which are in order where they have to be.
	names  = rapid.StringMatching(`[a-zäé0-9 "\\]{0,3}`)
	floats = rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1e21, 1e-7}))
	times  = rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 5).Draw(t, "zero") == 0 {
			return time.Time{}
		}
		at := time.UnixMilli(rapid.Int64Range(firstMillis, lastMillis).Draw(t, "millis")).Add(time.Duration(rapid.IntRange(0, 999_999).Draw(t, "nanos")))
		return at.In(time.FixedZone("", 60*rapid.IntRange(-900, 900).Draw(t, "zone")))
	})
	objectIDs = rapid.Custom(func(t *rapid.T) (id bson.ObjectID) {
		if rapid.IntRange(0, 3).Draw(t, "zero") > 0 {
			copy(id[:], rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "bytes"))
		}
		return id
	})
	colours  = rapid.SampledFrom([]colour{"red", "blue"})
	decimals = rapid.Custom(func(t *rapid.T) bson.Decimal128 {
		if rapid.IntRange(0, 5).Draw(t, "zero") == 0 {
			return bson.Decimal128{}
		}
		return decimalOf(rapid.StringMatching(`-?[0-9]{1,33}(\.[0-9])?(E[+-]?[0-9]{1,3})?`).Draw(t, "decimal"))
	})
	parts = rapid.Custom(func(t *rapid.T) part {
		return part{rapid.Int64().Draw(t, "N"), colours.Draw(t, "C"), some(texts).Draw(t, "SS"), inner{rapid.Int64().Draw(t, "P")}}
	})
)

// The first and the last millisecond that RFC 3339 has a form for.
var (
	firstMillis = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastMillis  = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
)

func decimalOf(text string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		panic(err)
	}
	return d
}

// document returns a document of what members appends.
func document(members func([]byte) []byte) []byte {
	dst, start := wire.BeginDocument(nil)
	return wire.EndDocument(members(dst), start)
}

func raw(t testing.TB, doc any) []byte {
	t.Helper()
	b, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	moment  = time.Date(2026, 1, 31, 8, 30, 0, 123e6, time.UTC)
	someID  = bson.ObjectID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	decimal = bson.NewDecimal128(0x3040000000000000, 2)
)

// exactly compares floats by their bits, and decimals likewise.
var exactly = cmp.Options{
	cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
	cmpopts.EquateComparable(bson.Decimal128{}),
}

// alike takes an empty list or map for one that is missing, too.
var alike = cmp.Options{exactly, cmpopts.EquateEmpty()}

// wholeNumber is a record with every member.
var wholeNumber = record{
	S: "Zoë \x00 \u2028", M: "ada@example.com", B: true, I: math.MinInt64, F: -0.1, T: moment, ID: someID, C: "blue", D: decimal, X: []byte{0, 255},
	P: part{1, "red", []string{"x"}, inner{9}}, SS: []string{"", "b"}, IS: []int64{1, 2}, GS: [][]float64{{}, {1, 2.5}}, BS: []bool{true, false},
	TS: []time.Time{moment}, OS: []bson.ObjectID{someID}, CS: []colour{"red", "blue"}, US: []string{"a", "b"}, UI: []int64{3},
	PS: []part{{N: 2, C: "blue", SS: []string{}}, {N: 3, C: "red", SS: []string{"y"}}}, MI: map[string]int64{"one": 1}, MT: map[string]time.Time{"then": moment},
}

// sample is a value of a BSON type, and how an error calls it.
type sample struct {
	name  string
	value any
	is    string
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
	{"date", bson.NewDateTimeFromTime(moment), "a date"},
	{"null", nil, ""},
	{"regex", bson.Regex{Pattern: "^a", Options: "i"}, "of BSON type regex"},
	{"dbPointer", bson.DBPointer{DB: "a.b", Pointer: someID}, "of BSON type dbPointer"},
	{"regex of nothing", bson.Regex{}, "of BSON type regex"},
	{"dbPointer to nothing", bson.DBPointer{}, "of BSON type dbPointer"},
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

// strewn returns whole as the driver writes it, among members of every type that
// nobody asks for.
func strewn(t testing.TB) []byte {
	t.Helper()
	var doc bson.D
	if err := bson.Unmarshal(raw(t, wholeNumber), &doc); err != nil {
		t.Fatal(err)
	}
	for i, s := range samples {
		doc = slices.Insert(doc, i, bson.E{Key: "unknown " + s.name, Value: s.value})
		doc = append(doc, bson.E{Key: "unknown " + s.name, Value: s.value})
	}
	return raw(t, doc)
}
