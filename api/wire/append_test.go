package wire_test

import (
	"bytes"
	"cmp"
	"math"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
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
	if diff := gocmp.Diff(want, driver(t, b), alike); diff != "" {
		t.Fatalf("-given +stored:\n%s", diff)
	}
	back, err := readRecord(b)
	if diff := gocmp.Diff(want, back, alike); diff != "" || err != nil {
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
		{TS: []time.Time{{}, moment, {}}, OS: []bson.ObjectID{{}, someID, {}}, CS: []colour{"red", "red"}},
		{US: []string{"b", "a", "b", "c", "a"}, UI: []int64{2, 2, 1}, SS: []string{"a", "a"}},
		{IS: many, UI: many, BS: make([]bool, 101), TS: make([]time.Time, 1001)},
		{MT: map[string]time.Time{"": {}, "b": moment, "a": {}}, MI: map[string]int64{"a.b": 1, "$c": 2}},
	} {
		d.C, d.P.C = cmp.Or(d.C, "blue"), cmp.Or(d.P.C, "red") // no enum has an empty value
		checkStored(t, d)
	}
}

func TestAnyAppendedDocumentReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { checkStored(t, records().Draw(rt, "record")) })
}

// A zero value is a value. What stands for none is nil, and the zero time of a timestamp.
func TestZeroValues(t *testing.T) {
	for _, test := range []struct {
		name string
		got  []byte
		size int
	}{
		{"timestamp", wire.AppendTimestamp(nil, "k", time.Time{}), wire.SizeTimestamp("k", time.Time{})},
		{"timestamp of another zone", wire.AppendTimestamp(nil, "k", time.Time{}.In(time.FixedZone("", 60))), 0},
		{"bytes", wire.AppendOptionalBytes(nil, "k", nil), wire.SizeOptionalBytes("k", nil)},
		{"list", wire.AppendOptionalList(nil, "k", nil, wire.AppendInt), wire.SizeOptionalList("k", nil, wire.SizeInt)},
		{"set", wire.AppendOptionalSet(nil, "k", nil, wire.AppendInt), wire.SizeOptionalSet("k", nil, wire.SizeInt)},
		{"map", wire.AppendOptionalMap(nil, "k", nil, wire.AppendInt), wire.SizeOptionalMap("k", nil, wire.SizeInt)},
		{"what is missing", wire.AppendOptional(nil, "k", wire.Optional[int64]{}, wire.AppendInt), wire.SizeOptional("k", wire.Optional[int64]{}, wire.SizeInt)},
	} {
		if len(test.got) != 0 || test.size != 0 {
			t.Errorf("%s: %x, size %d", test.name, test.got, test.size)
		}
	}
	for _, test := range []struct {
		name string
		got  []byte
		size int
	}{
		{"string", wire.AppendString(nil, "k", ""), wire.SizeString("k", "")},
		{"email", address.Append(nil, "k", " "), address.Size("k", " ")},
		{"boolean", wire.AppendBool(nil, "k", false), wire.SizeBool("k", false)},
		{"int", wire.AppendInt(nil, "k", 0), wire.SizeInt("k", 0)},
		{"float", wire.AppendFloat(nil, "k", 0), wire.SizeFloat("k", 0)},
		{"decimal", wire.AppendDecimal(nil, "k", bson.Decimal128{}), wire.SizeDecimal("k", bson.Decimal128{})},
		{"time", wire.AppendTime(nil, "k", time.Time{}), wire.SizeTime("k", time.Time{})},
		{"timestamp", wire.AppendTimestamp(nil, "k", moment), wire.SizeTimestamp("k", moment)},
		{"ObjectID", wire.AppendObjectID(nil, "k", bson.NilObjectID), wire.SizeObjectID("k", bson.NilObjectID)},
		{"UUID", wire.AppendUUID(nil, "k", wire.UUID{}), wire.SizeUUID("k", wire.UUID{})},
		{"bytes", wire.AppendOptionalBytes(nil, "k", []byte{}), wire.SizeOptionalBytes("k", []byte{})},
		{"list", wire.AppendOptionalList(nil, "k", []int64{}, wire.AppendInt), wire.SizeOptionalList("k", []int64{}, wire.SizeInt)},
		{"set", wire.AppendOptionalSet(nil, "k", []int64{1, 1}, wire.AppendInt), wire.SizeOptionalSet("k", []int64{1}, wire.SizeInt)},
		{"map", wire.AppendOptionalMap(nil, "k", map[string]int64{}, wire.AppendInt), wire.SizeOptionalMap("k", map[string]int64{}, wire.SizeInt)},
		{"bytes that are always there", wire.AppendBytes(nil, "k", nil), wire.SizeBytes("k", nil)},
		{"list that is always there", wire.AppendList(nil, "k", nil, wire.AppendInt), wire.SizeList("k", nil, wire.SizeInt)},
		{"map that is always there", wire.AppendMap(nil, "k", nil, wire.AppendInt), wire.SizeMap("k", nil, wire.SizeInt)},
		{"what is given", wire.AppendOptional(nil, "k", wire.Some[int64](0), wire.AppendInt), wire.SizeOptional("k", wire.Some[int64](0), wire.SizeInt)},
	} {
		if len(test.got) == 0 || test.size != len(test.got) {
			t.Errorf("%s: %x, size %d", test.name, test.got, test.size)
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
