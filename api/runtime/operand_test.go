package runtime

import (
	"cmp"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// fulfils judges a date as a server does, which knows milliseconds alone.
func fulfils(t *rapid.T, c meta.Condition, millis int64) bool {
	date := bson.RawValue{Type: bson.TypeDateTime, Value: binary.LittleEndian.AppendUint64(nil, uint64(millis))}
	is := func(want ...int) bool {
		_, value := c.Value.Type, int64(binary.LittleEndian.Uint64(c.Value.Value))
		for _, w := range want {
			if cmp.Compare(millis, value) == w {
				return true
			}
		}
		return false
	}
	switch c.Op {
	case meta.Eq:
		return !c.Value.IsZero() && c.Value.Equal(date)
	case meta.Ne:
		return c.Value.IsZero() || !c.Value.Equal(date)
	case meta.Lt:
		return is(-1)
	case meta.Lte:
		return is(-1, 0)
	case meta.Gt:
		return is(1)
	case meta.Gte:
		return is(1, 0)
	case meta.OneOf:
		values, err := c.Value.Array().Values()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if v.Equal(date) {
				return true
			}
		}
		return false
	}
	t.Fatalf("no date is compared by %s", c.Op)
	return false
}

// meant judges a date by what a filter says.
func meant(op meta.Op, millis int64, instant time.Time) bool {
	order := time.UnixMilli(millis).Compare(instant)
	switch op {
	case meta.Eq, meta.OneOf:
		return order == 0
	case meta.Ne:
		return order != 0
	case meta.Lt:
		return order < 0
	case meta.Lte:
		return order <= 0
	case meta.Gt:
		return order > 0
	}
	return order >= 0
}

// instants are times of nanoseconds, next to which stored dates are: those before 1970
// and the years that BSON cannot hold among them.
func instants() (*rapid.Generator[time.Time], func(time.Time) *rapid.Generator[int64]) {
	ends := []int64{0, -1, 1, -62135596800000, 253402300799999, math.MaxInt64 - 2, math.MinInt64 + 2}
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		millis := rapid.OneOf(rapid.SampledFrom(ends), rapid.Int64Range(-1e14, 1e14)).Draw(t, "millis")
		nanos := rapid.SampledFrom([]time.Duration{0, 0, 1, 500, 999_999, -1, -999_999, 5 * time.Millisecond, -5 * time.Millisecond}).Draw(t, "beside")
		return time.UnixMilli(millis).Add(nanos)
	})
	near := func(at time.Time) *rapid.Generator[int64] {
		return rapid.Custom(func(t *rapid.T) int64 {
			millis := at.UnixMilli()
			if at.After(lastTime) {
				millis = math.MaxInt64
			}
			if at.Before(firstTime) {
				millis = math.MinInt64
			}
			by := rapid.Int64Range(-2, 2).Draw(t, "by")
			if (by > 0 && millis > math.MaxInt64-by) || (by < 0 && millis < math.MinInt64-by) {
				return millis
			}
			return millis + by
		})
	}
	return instant, near
}

func TestTimesAreComparedAsTheyAreMeant(t *testing.T) {
	instant, near := instants()
	field := NewTimeField[struct{}]("at")
	rapid.Check(t, func(t *rapid.T) {
		at := instant.Draw(t, "instant")
		millis := near(at).Draw(t, "stored")
		if at.IsZero() {
			return
		}
		for op, f := range map[meta.Op]store.Filter[struct{}]{
			meta.Eq: field.Eq(at), meta.Ne: field.Ne(at), meta.Lt: field.Lt(at), meta.Lte: field.Lte(at), meta.Gt: field.Gt(at), meta.Gte: field.Gte(at), meta.OneOf: field.In(at, at),
		} {
			if have, want := fulfils(t, f.Clauses()[0].Condition, millis), meant(op, millis, at); have != want {
				t.Errorf("%d %s %s: %v", millis, op, at.UTC().Format(time.RFC3339Nano), have)
			}
		}
	})
}

// What a URL says is read to the last digit, also of those that Go's times lack.
func TestTextsOfTimesAreComparedAsTheyAreMeant(t *testing.T) {
	path := meta.Path{Name: "at", Parse: ParseTime}
	rapid.Check(t, func(t *rapid.T) {
		stored := rapid.Int64Range(firstWritten, lastWritten).Draw(t, "millis")
		digits := rapid.StringMatching(`[0-9]{0,12}`).Draw(t, "digits")
		zone := time.FixedZone("", 60*rapid.IntRange(-23*60, 23*60).Draw(t, "zone"))
		said := time.UnixMilli(stored).In(zone)
		if said.Year() < 0 || said.Year() > 9999 || time.UnixMilli(stored).IsZero() {
			return
		}
		text := said.Format("2006-01-02T15:04:05.000") + digits + said.Format("Z07:00")
		beside := 0
		for _, d := range digits {
			if d != '0' {
				beside = 1
			}
		}
		for op, want := range map[meta.Op]bool{meta.Eq: beside == 0, meta.OneOf: beside == 0, meta.Lt: beside > 0, meta.Lte: true, meta.Gt: false, meta.Gte: beside == 0} {
			c, err := path.Condition(op, text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if have := fulfils(t, c, stored); have != want {
				t.Errorf("%d %s %s: %v", stored, op, text, have)
			}
			if next := fulfils(t, c, stored+1); next != (op == meta.Gt || op == meta.Gte) {
				t.Errorf("%d %s %s: %v", stored+1, op, text, next)
			}
		}
	})
}

// The first and the last millisecond that a URL can name.
var (
	firstWritten = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastWritten  = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
)

// What no date holds comes before or behind all that there are.
func TestTimesThatNoDateHolds(t *testing.T) {
	at := NewTimeField[struct{}]("f")
	date := func(millis int64) bson.RawValue {
		return bson.RawValue{Type: bson.TypeDateTime, Value: binary.LittleEndian.AppendUint64(nil, uint64(millis))}
	}
	first, last := date(math.MinInt64), date(math.MaxInt64)
	late, early := time.UnixMilli(math.MaxInt64).Add(time.Hour), time.UnixMilli(math.MinInt64).Add(-time.Hour)
	for name, test := range map[string]struct {
		filter store.Filter[struct{}]
		want   meta.Condition
	}{
		"Gt late": {at.Gt(late), meta.Condition{Path: "f", Op: meta.Gt, Value: last}}, "Gte late": {at.Gte(late), meta.Condition{Path: "f", Op: meta.Gt, Value: last}},
		"Lt late": {at.Lt(late), meta.Condition{Path: "f", Op: meta.Lte, Value: last}}, "Lte late": {at.Lte(late), meta.Condition{Path: "f", Op: meta.Lte, Value: last}},
		"Gt early": {at.Gt(early), meta.Condition{Path: "f", Op: meta.Gte, Value: first}}, "Gte early": {at.Gte(early), meta.Condition{Path: "f", Op: meta.Gte, Value: first}},
		"Lt early": {at.Lt(early), meta.Condition{Path: "f", Op: meta.Lt, Value: first}}, "Lte early": {at.Lte(early), meta.Condition{Path: "f", Op: meta.Lt, Value: first}},
		"Eq late": {at.Eq(late), meta.Condition{Path: "f", Op: meta.Eq}}, "Eq early": {at.Eq(early), meta.Condition{Path: "f", Op: meta.Eq}},
		"In both": {at.In(late, early), meta.NewOneOf("f")}, "the last": {at.Eq(time.UnixMilli(math.MaxInt64)), meta.Condition{Path: "f", Op: meta.Eq, Value: last}},
		"the first": {at.Gte(time.UnixMilli(math.MinInt64)), meta.Condition{Path: "f", Op: meta.Gte, Value: first}},
	} {
		if have := test.filter.Clauses()[0].Condition; !have.Equals(test.want) {
			t.Errorf("%s: %v, want %v", name, have, test.want)
		}
	}
	finer, err := ParseTime("0001-01-01T00:00:00.0001Z")
	if have := meta.Compare("f", meta.Eq, finer); err != nil || !have.Equals(meta.Condition{Path: "f", Op: meta.Eq}) {
		t.Errorf("next to the zero time: %v, %v", have, err)
	}
	if have := meta.Compare("f", meta.Lt, finer); !have.Equals(meta.Condition{Path: "f", Op: meta.Lte, Value: date(time.Time{}.UnixMilli())}) {
		t.Errorf("before what is next to the zero time: %v", have)
	}
}

func TestNoValuesInURLs(t *testing.T) {
	for text, parse := range map[string]func(string) (meta.Operand, error){
		"0E-6176": ParseDecimal,
		"0e-9999": ParseDecimal,
		"\xff":    ParseString,
		"a\xff@b": ParseFolded(&wire.Text{Text: check.Text{Format: check.Email}}),
		"\xff@":   ParseFoldedPrefix(&wire.Text{Text: check.Text{Format: check.Email}}),
	} {
		if _, err := parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
