package raw_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// sum returns the change that adds by to the number at path.
func sum[N int64 | float64 | bson.Decimal128](path string, by N, appendTo func([]byte, string, N) []byte) raw.Changes {
	var c raw.Changes
	runtime.ApplyNumber(&c, path, store.Inc(by), appendTo)
	return c
}

func decimalOf(t testing.TB, text string) bson.Decimal128 {
	t.Helper()
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// If a sum would be no number, the document stays as it was, and the error names the member.
// Sums just below that are made.
func TestSumsThatAreNoNumbers(t *testing.T) {
	docs, coll, _ := modelled(t, &things)
	decimal := func(text string) bson.Decimal128 { return decimalOf(t, text) }
	inc := func(text string) raw.Changes { return sum("v", decimal(text), wire.AppendDecimal) }
	const most = "9.999999999999999999999999999999999E+6144"
	for name, test := range map[string]struct {
		stored any
		by     raw.Changes
		want   any
	}{
		"a float":                    {math.MaxFloat64, sum("v", math.MaxFloat64, wire.AppendFloat), nil},
		"a float below":              {-math.MaxFloat64, sum("v", -math.MaxFloat64/2, wire.AppendFloat), nil},
		"a float that is infinite":   {math.Inf(1), sum("v", math.MaxFloat64, wire.AppendFloat), nil},
		"a float the other way":      {math.MaxFloat64, sum("v", -math.MaxFloat64, wire.AppendFloat), 0.0},
		"a float below, back":        {-math.MaxFloat64, sum("v", math.MaxFloat64, wire.AppendFloat), 0.0},
		"a float with room":          {math.MaxFloat64 / 4, sum("v", math.MaxFloat64/2, wire.AppendFloat), math.MaxFloat64 / 4 * 3},
		"a float that is rounded":    {math.MaxFloat64, sum("v", 1e291, wire.AppendFloat), math.MaxFloat64},
		"nothing":                    {nil, sum("v", math.MaxFloat64, wire.AppendFloat), math.MaxFloat64},
		"a whole number":             {int64(1), sum("v", math.MaxFloat64, wire.AppendFloat), math.MaxFloat64},
		"a decimal":                  {decimal(most), inc("1E+6144"), nil},
		"a decimal below":            {decimal("-" + most), inc("-1E+6111"), nil},
		"a decimal the other way":    {decimal(most), inc("-" + most), decimal("0E+6111")},
		"a decimal below, back":      {decimal("-" + most), inc(most), decimal("0E+6111")},
		"a decimal with room":        {decimal("8E+6144"), inc("1E+6144"), decimal("9.000000000000000000000000000000000E+6144")},
		"a small decimal":            {decimal("5"), inc("1.5"), decimal("6.5")},
		"a decimal that is infinite": {bson.NewDecimal128(0x7800000000000000, 0), inc("1E+6144"), nil},
	} {
		id := bson.NewObjectID()
		doc := bson.D{{Key: "_id", Value: id}, {Key: "code", Value: id.Hex()}}
		if test.stored != nil {
			doc = append(doc, bson.E{Key: "v", Value: test.stored})
		}
		insert(t, coll, doc)
		before, err := docs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		after, err := docs.Update(t.Context(), id, test.by)
		var invalid *store.InvalidError
		switch {
		case test.want != nil:
			want := marshalled(t, bson.D{{Key: "v", Value: test.want}}).Lookup("v")
			if err != nil || !after.Lookup("v").Equal(want) {
				t.Errorf("%s: %v, %v, want %v", name, after, err, want)
			}
		case !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0] != (check.FieldError{Pointer: "/v", Code: "out_of_range", Message: "must be a number that its type holds"}):
			t.Errorf("%s: %v, %v", name, after, err)
		default:
			if now, err := docs.Get(t.Context(), id); err != nil || !slices.Equal(now, before) {
				t.Errorf("%s: it became %v, %v", name, now, err)
			}
		}
	}
}

// Other reasons for which nothing is written have their usual errors.
func TestSumsOfOtherDocuments(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "_rev", Value: int64(7)}, {Key: "v", Value: 1.0}, {Key: "w", Value: math.MaxFloat64}})
	great := sum("v", math.MaxFloat64, wire.AppendFloat)
	if _, err := docs.Update(t.Context(), bson.NewObjectID(), great); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if _, err := docs.Update(t.Context(), id, great, store.IfRev(store.Rev{})); !errors.Is(err, store.ErrStale) {
		t.Errorf("one of another revision: %v", err)
	}
	runtime.ApplyNumber(&great, "w", store.Inc(math.MaxFloat64), wire.AppendFloat)
	var invalid *store.InvalidError
	if _, err := docs.Update(t.Context(), id, great); !errors.As(err, &invalid) || invalid.Fields[0].Pointer != "/w" {
		t.Errorf("the second of two: %v", err)
	}
	server.Reset()
	if _, err := docs.Update(t.Context(), id, sum("v", 1.0, wire.AppendFloat)); err != nil {
		t.Fatal(err)
	}
	for _, c := range server.Commands() {
		if c.Name == "findAndModify" && len(c.Body.Lookup("query").Document()) > 30 {
			t.Errorf("a small sum asks for more than the document: %s", c.Body)
		}
	}
	server.CutAll()
	server.On("find").Always().CutBefore()
	if _, err := docs.Update(t.Context(), id, great); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("while nobody answers: %v", err)
	}
}

func TestResolvedSums(t *testing.T) {
	for name, test := range map[string]struct {
		change store.Change[float64]
		now    float64
		want   float64
		fits   bool
	}{
		"Inc": {store.Inc(0.5), 1, 1.5, true}, "Inc beyond": {store.Inc(math.MaxFloat64), math.MaxFloat64, 0, false},
		"Inc below": {store.Inc(-math.MaxFloat64), -math.MaxFloat64, 0, false}, "Set": {store.Set(7.0), 1, 7, true},
	} {
		v, ok := runtime.ResolveNumber(test.change, test.now).Value()
		if ok != test.fits || v != test.want {
			t.Errorf("%s: %v, %v", name, v, ok)
		}
	}
	whole := decimalOf(t, "9999999999999999999999999999999999")
	if v, ok := runtime.ResolveNumber(store.Inc(decimalOf(t, "1.50")), decimalOf(t, "2.25")).Value(); !ok || v.String() != "3.75" {
		t.Errorf("decimals: %v, %v", v, ok)
	}
	var p check.FieldErrors
	runtime.CheckChange(&p, "/d", runtime.ResolveNumber(store.Inc(decimalOf(t, "0.1")), whole), false, check.AnyDecimal)
	if len(p) != 1 || p[0].Code != "out_of_range" {
		t.Errorf("a sum of 35 digits: %v", p)
	}
	for _, test := range []struct {
		by, now int64
		fits    bool
	}{{1, math.MaxInt64 - 1, true}, {1, math.MaxInt64, false}, {-1, math.MinInt64 + 1, true}, {-1, math.MinInt64, false}, {0, math.MaxInt64, true}, {0, math.MinInt64, true}} {
		if v, ok := runtime.ResolveNumber(store.Inc(test.by), test.now).Value(); ok != test.fits || ok && v != test.by+test.now {
			t.Errorf("%d and %d: %d, %v", test.now, test.by, v, ok)
		}
	}
}
