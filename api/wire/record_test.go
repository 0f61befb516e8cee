package wire_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// colour is an enum as the generator writes them.
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

func readColour(r *wire.Reader) colour { return wire.ReadEnum(r, parseColour) }

// part and record are a schema with every type that is read.
type part struct {
	N int64  `bson:"n"`
	C colour `bson:"c"`
}

type record struct {
	S  string          `bson:"s"`
	B  bool            `bson:"b"`
	I  int64           `bson:"i"`
	F  float64         `bson:"f"`
	T  time.Time       `bson:"t"`
	ID bson.ObjectID   `bson:"id"`
	P  part            `bson:"p"`
	SS []string        `bson:"ss"`
	IS []int64         `bson:"is"`
	TS []time.Time     `bson:"ts"`
	OS []bson.ObjectID `bson:"os"`
	PS []part          `bson:"ps"`
}

func readPart(r *wire.Reader) part {
	var p part
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "n":
			p.N = r.Int()
		case "c":
			p.C = readColour(r)
		}
	}
	return p
}

func readRecord(raw []byte) (record, error) {
	var d record
	r := wire.NewReader(raw)
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "s":
			d.S = r.String()
		case "b":
			d.B = r.Bool()
		case "i":
			d.I = r.Int()
		case "f":
			d.F = r.Float()
		case "t":
			d.T = r.Time()
		case "id":
			d.ID = r.ObjectID()
		case "p":
			d.P = readPart(r)
		case "ss":
			d.SS = wire.ReadList(r, (*wire.Reader).String)
		case "is":
			d.IS = wire.ReadList(r, (*wire.Reader).Int)
		case "ts":
			d.TS = wire.ReadList(r, (*wire.Reader).Time)
		case "os":
			d.OS = wire.ReadList(r, (*wire.Reader).ObjectID)
		case "ps":
			d.PS = wire.ReadList(r, readPart)
		}
	}
	return d, r.Err()
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

var sameFloats = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

// whole is a record with every member.
var whole = record{
	S: "s", B: true, I: -1, F: 1.5, T: moment, ID: someID, P: part{1, "red"},
	SS: []string{"a", "b"}, IS: []int64{1, 2}, TS: []time.Time{moment}, OS: []bson.ObjectID{someID}, PS: []part{{2, "blue"}, {3, "red"}},
}

// readBetween reads b twice, with different bytes behind it: what is read must
// not depend on them.
func readBetween(t *testing.T, b []byte) (record, error) {
	t.Helper()
	buf := append(bytes.Clone(b), make([]byte, 64)...)
	d, err := readRecord(buf[:len(b)])
	copy(buf[len(b):], bytes.Repeat([]byte("\x02s\x00\x02"), 16))
	again, errAgain := readRecord(buf[:len(b)])
	if (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
		t.Fatalf("%x: error %v, then %v", b, err, errAgain)
	}
	if diff := cmp.Diff(d, again, sameFloats); diff != "" {
		t.Fatalf("%x: read\n%s", b, diff)
	}
	return d, err
}

func TestNothingBehindTheDocumentIsRead(t *testing.T) {
	b := raw(t, whole)
	for i := range b {
		_, _ = readBetween(t, b[:i])
		for _, c := range []byte{0, 1, 4, 5, 0x7f, 0x80, 0xff} {
			changed := bytes.Clone(b)
			changed[i] = c
			_, _ = readBetween(t, changed)
		}
	}
}
