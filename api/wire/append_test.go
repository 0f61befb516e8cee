package wire_test

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// stored is what the appended documents of these tests hold, for the driver.
type stored struct {
	S  string          `bson:"s"`
	E  colour          `bson:"e"`
	M  string          `bson:"m"`
	B  bool            `bson:"b"`
	I  int64           `bson:"i"`
	F  float64         `bson:"f"`
	T  time.Time       `bson:"t"`
	ID bson.ObjectID   `bson:"id"`
	SS []string        `bson:"ss"`
	IS []int64         `bson:"is"`
	FS []float64       `bson:"fs"`
	BS []bool          `bson:"bs"`
	TS []time.Time     `bson:"ts"`
	OS []bson.ObjectID `bson:"os"`
	CS []colour        `bson:"cs"`
	US []string        `bson:"us"`
	UI []int64         `bson:"ui"`
}

func appendStored(dst []byte, d stored) []byte {
	dst, start := wire.BeginDocument(dst)
	dst = wire.AppendString(dst, "s", d.S)
	dst = wire.AppendEnum(dst, "e", d.E)
	dst = wire.AppendEmail(dst, "m", d.M)
	dst = wire.AppendBool(dst, "b", d.B)
	dst = wire.AppendInt(dst, "i", d.I)
	dst = wire.AppendFloat(dst, "f", d.F)
	dst = wire.AppendTime(dst, "t", d.T)
	dst = wire.AppendObjectID(dst, "id", d.ID)
	dst = wire.AppendList(dst, "ss", d.SS, wire.AppendString)
	dst = wire.AppendList(dst, "is", d.IS, wire.AppendInt)
	dst = wire.AppendList(dst, "fs", d.FS, wire.AppendFloat)
	dst = wire.AppendList(dst, "bs", d.BS, wire.AppendBool)
	dst = wire.AppendList(dst, "ts", d.TS, wire.AppendTime)
	dst = wire.AppendList(dst, "os", d.OS, wire.AppendObjectID)
	dst = wire.AppendList(dst, "cs", d.CS, wire.AppendEnum)
	dst = wire.AppendSet(dst, "us", d.US, wire.AppendString)
	dst = wire.AppendSet(dst, "ui", d.UI, wire.AppendInt)
	return wire.EndDocument(dst, start)
}

func sizeStored(d stored) int {
	return wire.DocumentOverhead +
		wire.SizeString("s", d.S) +
		wire.SizeEnum("e", d.E) +
		wire.SizeEmail("m", d.M) +
		wire.SizeBool("b", d.B) +
		wire.SizeInt("i", d.I) +
		wire.SizeFloat("f", d.F) +
		wire.SizeTime("t", d.T) +
		wire.SizeObjectID("id", d.ID) +
		wire.SizeList("ss", d.SS, wire.SizeString) +
		wire.SizeList("is", d.IS, wire.SizeInt) +
		wire.SizeList("fs", d.FS, wire.SizeFloat) +
		wire.SizeList("bs", d.BS, wire.SizeBool) +
		wire.SizeList("ts", d.TS, wire.SizeTime) +
		wire.SizeList("os", d.OS, wire.SizeObjectID) +
		wire.SizeList("cs", d.CS, wire.SizeEnum) +
		wire.SizeSet("us", d.US, wire.SizeString) +
		wire.SizeSet("ui", d.UI, wire.SizeInt)
}

// asStored is d as it comes back: folded, in UTC and milliseconds, without
// repeats.
func asStored(d stored) stored {
	d.M = wire.FoldEmail(d.M)
	d.T = cut(d.T)
	d.SS, d.IS, d.FS, d.BS = append([]string{}, d.SS...), append([]int64{}, d.IS...), append([]float64{}, d.FS...), append([]bool{}, d.BS...)
	d.OS, d.CS = append([]bson.ObjectID{}, d.OS...), append([]colour{}, d.CS...)
	times := []time.Time{}
	for _, t := range d.TS {
		times = append(times, cut(t))
	}
	d.TS = times
	d.US, d.UI = firstSeen(d.US), firstSeen(d.UI)
	return d
}

func cut(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
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

func checkStored(t *testing.T, d stored) bool {
	t.Helper()
	b := appendStored([]byte("before"), d)[len("before"):]
	if size := sizeStored(d); size != len(b) {
		t.Errorf("%+v takes %d bytes, its size is %d", d, len(b), size)
		return false
	}
	if err := bson.Raw(b).Validate(); err != nil {
		t.Errorf("%x: %v", b, err)
		return false
	}
	var got stored
	if err := bson.Unmarshal(b, &got); err != nil {
		t.Errorf("%x: %v", b, err)
		return false
	}
	got.T = got.T.UTC()
	for i := range got.TS {
		got.TS[i] = got.TS[i].UTC()
	}
	diff := cmp.Diff(asStored(d), got, sameFloats)
	if diff != "" {
		t.Errorf("-given +stored:\n%s", diff)
	}
	return diff == ""
}

func TestAppendedDocumentsReadBack(t *testing.T) {
	many := make([]int64, 1001)
	for i := range many {
		many[i] = int64(i % 700)
	}
	for _, d := range []stored{
		{},
		{S: "\x00 and more", F: math.NaN(), I: math.MinInt64, T: time.UnixMilli(math.MinInt64)},
		{M: " Ada@Example.COM\t", F: math.Inf(-1), I: math.MaxInt64, T: time.UnixMilli(math.MaxInt64)},
		{E: "red", B: true, T: moment.Add(999_999).In(time.FixedZone("", 3600)), ID: someID},
		{TS: []time.Time{{}, moment, {}}, OS: []bson.ObjectID{{}, someID, {}}, CS: []colour{"", "red", ""}},
		{US: []string{"b", "a", "b", "c", "a"}, UI: []int64{2, 2, 1}, SS: []string{"a", "a"}},
		{IS: many, UI: many, BS: make([]bool, 101), TS: make([]time.Time, 1001)},
	} {
		checkStored(t, d)
	}
}

func TestAnyAppendedDocumentReadsBack(t *testing.T) {
	readsBack := func(d struct {
		S, M         string
		E            bool
		B            bool
		I, MS        int64
		F            float64
		ID           [12]byte
		SS           []string
		IS, MSS      []int64
		FS           []float64
		BS           []bool
		OS           [][12]byte
		CS           []bool
		Small        []uint8
		RepeatedText []bool
	}) bool {
		doc := stored{S: d.S, M: d.M, B: d.B, I: d.I, F: d.F, T: time.UnixMilli(d.MS), ID: d.ID, SS: d.SS, IS: d.IS, FS: d.FS, BS: d.BS}
		if d.E {
			doc.E = "blue"
		}
		for _, ms := range d.MSS {
			if ms%3 == 0 {
				doc.TS = append(doc.TS, time.Time{})
			}
			doc.TS = append(doc.TS, time.UnixMilli(ms))
		}
		for i, id := range d.OS {
			if i%3 == 0 {
				doc.OS = append(doc.OS, bson.NilObjectID)
			}
			doc.OS = append(doc.OS, id)
		}
		for _, red := range d.CS {
			doc.CS = append(doc.CS, map[bool]colour{true: "red"}[red])
		}
		for i, n := range d.Small {
			doc.UI = append(doc.UI, int64(n%30))
			doc.US = append(doc.US, strconv.Itoa(i%7*int(n%3)))
		}
		return checkStored(t, doc)
	}
	if err := quick.Check(readsBack, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
}

func TestZeroValuesAreLeftOut(t *testing.T) {
	for _, test := range []struct {
		name string
		got  []byte
		size int
	}{
		{"time", wire.AppendTime(nil, "k", time.Time{}), wire.SizeTime("k", time.Time{})},
		{"time of another zone", wire.AppendTime(nil, "k", time.Time{}.In(time.FixedZone("", 60))), 0},
		{"ObjectID", wire.AppendObjectID(nil, "k", bson.NilObjectID), wire.SizeObjectID("k", bson.NilObjectID)},
		{"enum", wire.AppendEnum(nil, "k", colour("")), wire.SizeEnum("k", colour(""))},
	} {
		if len(test.got) != 0 || test.size != 0 {
			t.Errorf("%s: %x, size %d", test.name, test.got, test.size)
		}
	}
	for name, got := range map[string][]byte{
		"string":  wire.AppendString(nil, "k", ""),
		"email":   wire.AppendEmail(nil, "k", " "),
		"boolean": wire.AppendBool(nil, "k", false),
		"int":     wire.AppendInt(nil, "k", 0),
		"float":   wire.AppendFloat(nil, "k", 0),
		"list":    wire.AppendList(nil, "k", nil, wire.AppendInt),
	} {
		if len(got) == 0 {
			t.Errorf("%s is left out", name)
		}
	}
}

func TestListsKeepTheirPlaces(t *testing.T) {
	list := make([]time.Time, 103)
	for i := range list {
		if i%2 == 1 {
			list[i] = moment
		}
	}
	dst, start := wire.BeginDocument(nil)
	b := wire.EndDocument(wire.AppendList(dst, "v", list, wire.AppendTime), start)
	elements, err := bson.Raw(bson.Raw(b).Lookup("v").Value).Elements()
	if err != nil || len(elements) != len(list) {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	for i, e := range elements {
		want := bson.TypeNull
		if i%2 == 1 {
			want = bson.TypeDateTime
		}
		if e.Key() != strconv.Itoa(i) || e.Value().Type != want {
			t.Errorf("element %d is called %s and is %s", i, e.Key(), e.Value().Type)
		}
	}
}

func TestNestedDocuments(t *testing.T) {
	dst, outer := wire.BeginDocument([]byte("x"))
	dst, inner := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, "in"))
	dst = wire.EndDocument(wire.AppendInt(dst, "n", 1), inner)
	dst = wire.EndDocument(wire.AppendBool(dst, "b", true), outer)
	want := raw(t, bson.D{{Key: "in", Value: bson.D{{Key: "n", Value: int64(1)}}}, {Key: "b", Value: true}})
	if !bytes.Equal(dst[1:], want) {
		t.Errorf("got %x, want %x", dst[1:], want)
	}
	if got := wire.SizeHeader("in") + wire.DocumentOverhead + wire.SizeInt("n", 1) + wire.SizeBool("b", true) + wire.DocumentOverhead; got != len(want) {
		t.Errorf("size %d, want %d", got, len(want))
	}
}
