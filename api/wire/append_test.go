package wire_test

import (
	"bytes"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
)

// checkStored writes d, and expects the driver to read it as it was given, in the
// size that was foretold.
func checkStored(t testing.TB, d record) {
	t.Helper()
	b := appendRecord([]byte("before"), d)
	if string(b[:6]) != "before" {
		t.Fatalf("what was there became %q", b[:6])
	}
	b = b[6:]
	if size := sizeRecord(d); size != len(b) {
		t.Fatalf("%+v takes %d bytes, its size is %d", d, len(b), size)
	}
	if err := bson.Raw(b).Validate(); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	want := asStored(d)
	if diff := cmp.Diff(want, driver(t, b), alike); diff != "" {
		t.Fatalf("-given +stored:\n%s", diff)
	}
	back, err := readRecord(b)
	if diff := cmp.Diff(want, back, alike); diff != "" || err != nil {
		t.Fatalf("%v, -given +read:\n%s", err, diff)
	}
}

func TestAppendedDocumentsReadBack(t *testing.T) {
	many := make([]int64, 1001)
	for i := range many {
		many[i] = int64(i % 700)
	}
	for _, d := range []record{
		{},
		wholeNumber,
		{S: "\x00 and more", F: math.NaN(), I: math.MinInt64, T: time.UnixMilli(math.MinInt64)},
		{M: " Ada@Example.COM\t", F: math.Inf(-1), I: math.MaxInt64, T: time.UnixMilli(math.MaxInt64)},
		{C: "red", B: true, T: moment.Add(999_999).In(time.FixedZone("", 3600)), ID: someID},
		{TS: []time.Time{{}, moment, {}}, OS: []bson.ObjectID{{}, someID, {}}, CS: []colour{"", "red", ""}},
		{US: []string{"b", "a", "b", "c", "a"}, UI: []int64{2, 2, 1}, SS: []string{"a", "a"}},
		{IS: many, UI: many, BS: make([]bool, 101), TS: make([]time.Time, 1001)},
		{MT: map[string]time.Time{"": {}, "b": moment, "a": {}}, MI: map[string]int64{"a.b": 1, "$c": 2}},
	} {
		checkStored(t, d)
	}
}

func TestAnyAppendedDocumentReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { checkStored(t, records().Draw(rt, "record")) })
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
		"decimal": wire.AppendDecimal(nil, "k", bson.Decimal128{}),
		"bytes":   wire.AppendBytes(nil, "k", nil),
		"list":    wire.AppendList(nil, "k", nil, wire.AppendInt),
		"map":     wire.AppendMap(nil, "k", nil, wire.AppendInt),
	} {
		if len(got) == 0 {
			t.Errorf("%s is left out", name)
		}
	}
}

// What is left out of a list or map leaves its place, as null.
func TestListsKeepTheirPlaces(t *testing.T) {
	list := make([]time.Time, 103)
	for i := range list {
		if i%2 == 1 {
			list[i] = moment
		}
	}
	b := document(func(dst []byte) []byte { return wire.AppendList(dst, "v", list, wire.AppendTime) })
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
	m := map[string]time.Time{"c": {}, "a": moment, "b": {}}
	b = document(func(dst []byte) []byte { return wire.AppendMap(dst, "v", m, wire.AppendTime) })
	want := raw(t, bson.D{{Key: "v", Value: bson.D{{Key: "a", Value: moment}, {Key: "b", Value: nil}, {Key: "c", Value: nil}}}})
	if !bytes.Equal(b, want) {
		t.Errorf("a map is %s, want %s", bson.Raw(b), bson.Raw(want))
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
