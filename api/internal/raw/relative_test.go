package raw_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

func TestRelativeChanges(t *testing.T) {
	docs, coll := newThings(t)
	whole := bson.D{
		{Key: "n", Value: int64(5)}, {Key: "tags", Value: bson.A{"a", "b"}}, {Key: "level", Value: int64(50)}, {Key: "few", Value: bson.A{"x", "y"}},
		{Key: "ratio", Value: 0.5}, {Key: "box", Value: bson.D{{Key: "count", Value: int64(1)}, {Key: "size", Value: int64(2)}}},
	}
	nulls := bson.D{
		{Key: "n", Value: nil}, {Key: "tags", Value: nil}, {Key: "level", Value: nil}, {Key: "few", Value: nil}, {Key: "ratio", Value: nil}, {Key: "box", Value: nil},
	}
	within := bson.D{{Key: "box", Value: bson.D{{Key: "count", Value: nil}, {Key: "size", Value: nil}}}}
	for name, test := range map[string]struct {
		stored bson.D
		patch  thingPatch
		want   thing
	}{
		"Inc": {
			whole,
			thingPatch{N: store.Inc[int64](3), Ratio: store.Inc(-0.25), Level: store.Inc[int64](-50), Box: store.Set(boxPatch{Count: store.Inc[int64](1), Size: store.Inc[int64](3)})},
			thing{N: 8, Tags: []string{"a", "b"}, Level: 0, Few: []string{"x", "y"}, Ratio: 0.25, Box: box{2, 5}},
		},
		"Inc of what is missing": {
			nil, thingPatch{N: store.Inc[int64](3), Ratio: store.Inc(0.5), Level: store.Inc[int64](1), Box: store.Set(boxPatch{Count: store.Inc[int64](1)})},
			thing{N: 3, Ratio: 0.5, Level: 11, Box: box{Count: 1}},
		},
		"Inc of nulls": {
			nulls, thingPatch{N: store.Inc[int64](3), Ratio: store.Inc(0.5), Level: store.Inc[int64](1), Box: store.Set(boxPatch{Count: store.Inc[int64](1), Size: store.Inc[int64](2)})},
			thing{N: 3, Ratio: 0.5, Level: 11, Box: box{1, 2}},
		},
		"Inc of nulls within": {
			within, thingPatch{Box: store.Set(boxPatch{Count: store.Inc[int64](1), Size: store.Inc[int64](2)})}, thing{Level: 10, Box: box{1, 2}},
		},
		"Inc by all that there is room for": {nil, thingPatch{Ratio: store.Inc(-math.MaxFloat64)}, thing{Level: 10, Ratio: -math.MaxFloat64}},
		"AddToSet": {
			whole, thingPatch{Tags: store.AddToSet("c", "b", "c"), Few: store.AddToSet("x", "z", "z")},
			thing{N: 5, Tags: []string{"a", "b", "c"}, Level: 50, Few: []string{"x", "y", "z"}, Ratio: 0.5, Box: box{1, 2}},
		},
		"AddToSet to what is missing": {
			nil, thingPatch{Tags: store.AddToSet("c"), Few: store.AddToSet("x")}, thing{Level: 10, Tags: []string{"c"}, Few: []string{"x"}},
		},
		"AddToSet to nulls": {
			nulls, thingPatch{Tags: store.AddToSet("c"), Few: store.AddToSet("x")}, thing{Level: 10, Tags: []string{"c"}, Few: []string{"x"}},
		},
		"nulls beside a list with one": {
			bson.D{{Key: "n", Value: nil}, {Key: "tags", Value: bson.A{nil, "a"}}}, thingPatch{N: store.Inc[int64](1), Tags: store.AddToSet("b")},
			thing{N: 1, Level: 10, Tags: []string{"", "a", "b"}},
		},
		"Pull": {
			whole, thingPatch{Tags: store.Pull("a", "none"), Few: store.Pull("y", "x")},
			thing{N: 5, Tags: []string{"b"}, Level: 50, Few: []string{}, Ratio: 0.5, Box: box{1, 2}},
		},
		"Pull from what is missing": {nil, thingPatch{Tags: store.Pull("a"), Few: store.Pull("y")}, thing{Level: 10, Few: []string{}}},
		"Pull from nulls":           {nulls, thingPatch{Tags: store.Pull("a")}, thing{Level: 10}},
		"along with others": {
			whole, thingPatch{N: store.Inc[int64](1), Tags: store.Set([]string{"q"}), Level: store.Unset[int64](), Ratio: store.Set(2.0), Box: store.Unset[boxPatch]()},
			thing{N: 6, Tags: []string{"q"}, Level: 10, Few: []string{"x", "y"}, Ratio: 2},
		},
	} {
		id := bson.NewObjectID()
		code := id.Hex()
		insert(t, coll, append(bson.D{{Key: "_id", Value: id}, {Key: "code", Value: code}, {Key: "other", Value: bson.A{nil}}}, test.stored...))
		got, err := change(t, docs, id, test.patch)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		test.want.ID, test.want.Code = id, code
		if diff := cmp.Diff(test.want, *got); diff != "" {
			t.Errorf("%s (-want +have):\n%s", name, diff)
		}
		if doc := stored(t, coll, id); doc["_rev"] != int64(1) || !cmp.Equal(doc["other"], bson.A{nil}) {
			t.Errorf("%s: stored is %v", name, doc)
		}
	}
}

func TestRelativeChangesAreChecked(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll,
		bson.D{
			{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "n", Value: int64(math.MaxInt64 - 1)}, {Key: "level", Value: int64(90)},
			{Key: "ratio", Value: math.MaxFloat64 / 2},
			{Key: "few", Value: bson.A{"a", "b"}}, {Key: "box", Value: bson.D{{Key: "size", Value: int64(math.MinInt64)}, {Key: "count", Value: int64(math.MinInt64)}}},
		},
	)
	before := stored(t, coll, id)
	for name, test := range map[string]struct {
		patch thingPatch
		want  string
	}{
		"beyond the most":         {thingPatch{Level: store.Inc[int64](11)}, "/level too_large"},
		"below the least":         {thingPatch{Level: store.Inc[int64](-91)}, "/level too_small"},
		"too many":                {thingPatch{Few: store.AddToSet("a", "c", "d")}, "/few too_long"},
		"no number":               {thingPatch{Ratio: store.Inc(math.NaN())}, "/ratio type"},
		"beyond float64":          {thingPatch{Ratio: store.Inc(math.MaxFloat64)}, "/ratio out_of_range"},
		"no text":                 {thingPatch{Tags: store.AddToSet("a", "\xff")}, "/tags/1 format"},
		"beyond int64":            {thingPatch{N: store.Inc[int64](2)}, "/n out_of_range"},
		"below int64":             {thingPatch{Box: store.Set(boxPatch{Count: store.Inc[int64](-1)})}, "/box/count out_of_range"},
		"below int64, if checked": {thingPatch{Box: store.Set(boxPatch{Size: store.Inc[int64](-1)})}, "/box/size out_of_range"},
		"one of several":          {thingPatch{N: store.Inc[int64](1), Level: store.Inc[int64](11), Few: store.AddToSet("c")}, "/level too_large"},
	} {
		_, err := change(t, docs, id, test.patch)
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[0].Pointer+" "+invalid.Fields[0].Code != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if diff := cmp.Diff(before, stored(t, coll, id)); diff != "" {
		t.Errorf("a refused change left (-before +after):\n%s", diff)
	}
}

func TestRelativeChangesOfWhatDoesNotFit(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "n", Value: "five"}, {Key: "tags", Value: "a"}, {Key: "box", Value: 3}})
	for path, patch := range map[string]thingPatch{
		"n":    {N: store.Inc[int64](1)},
		"tags": {Tags: store.AddToSet("b")},
		"box":  {Box: store.Set(boxPatch{Count: store.Inc[int64](1)})},
	} {
		_, err := change(t, docs, id, patch)
		var misfit *store.DocumentError
		if !errors.As(err, &misfit) || misfit.ID != id.Hex() {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestNoChangeAtAll(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}})
	if _, err := change(t, docs, id, thingPatch{Tags: store.AddToSet[string](), Few: store.Pull[string]()}); err != nil {
		t.Fatal(err)
	}
	if doc := stored(t, coll, id); len(doc) != 2 {
		t.Errorf("stored is %v", doc)
	}
}

func TestRelativeChangesIfRev(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}})
	for name, patch := range map[string]thingPatch{"n": {N: store.Inc[int64](1)}, "level": {Level: store.Inc[int64](1)}} {
		read, err := docs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := change(t, docs, id, patch, store.IfRev(store.RevOf(read, "updatedAt"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := change(t, docs, id, patch, store.IfRev(store.RevOf(read, "updatedAt"))); !errors.Is(err, store.ErrStale) {
			t.Errorf("%s again: %v", name, err)
		}
		if _, err := change(t, docs, bson.NewObjectID(), patch); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of nothing: %v", name, err)
		}
	}
}

// together calls f from 64 goroutines at once.
func together(f func(i int)) {
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

func TestNoChangeIsLost(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "n", Value: nil}, {Key: "tags", Value: bson.A{"old"}}})
	together(func(i int) {
		_, err := change(t, docs, id, thingPatch{N: store.Inc[int64](2), Tags: store.AddToSet(fmt.Sprint(i), fmt.Sprint(i%8)), Box: store.Set(boxPatch{Count: store.Inc[int64](1)})})
		if err != nil {
			t.Error(err)
		}
	})
	together(func(i int) {
		if _, err := change(t, docs, id, thingPatch{Tags: store.Pull("old", fmt.Sprint(i+8))}); err != nil {
			t.Error(err)
		}
	})
	raw, err := docs.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var got thing
	if err := got.UnmarshalBSON(raw); err != nil {
		t.Fatal(err)
	}
	want := []string{"0", "1", "2", "3", "4", "5", "6", "7"}
	if got.N != 128 || got.Box.Count != 64 || !slices.Equal(sorted(got.Tags), want) {
		t.Errorf("%+v", got)
	}
}

// Where the document has to be read first, a change happens once, or not at all.
func TestResolvedChangesHappenOnce(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "level", Value: int64(60)}})
	var mu sync.Mutex
	var done, full, stale int
	together(func(int) {
		_, err := change(t, docs, id, thingPatch{Level: store.Inc[int64](1), N: store.Inc[int64](1)})
		mu.Lock()
		defer mu.Unlock()
		var invalid *store.InvalidError
		switch {
		case err == nil:
			done++
		case errors.As(err, &invalid):
			full++
		case errors.Is(err, store.ErrStale):
			stale++
		default:
			t.Error(err)
		}
	})
	doc := stored(t, coll, id)
	if doc["level"] != int64(60+done) || doc["n"] != int64(done) || doc["_rev"] != int64(done) || done == 0 || done > 40 || (full > 0 && done != 40) {
		t.Errorf("%d done, %d refused, %d stale; stored is %v", done, full, stale, doc)
	}
}

func TestDuplicateBesideRelativeChanges(t *testing.T) {
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll,
		bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "alias", Value: "x"}},
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "d"}, {Key: "alias", Value: "y"}},
	)
	_, err := change(t, docs, id, thingPatch{N: store.Inc[int64](1), Alias: store.Set("y")})
	var taken *store.DuplicateError
	if !errors.As(err, &taken) || taken.Field != "alias" {
		t.Errorf("%#v", err)
	}
	changes := thingPatch{N: store.Inc[int64](1), Tags: store.Pull("a"), Alias: store.Unset[string](), Code: store.Set("e")}.changes()
	for path, want := range map[string]string{"n": "", "tags": "", "alias": "null", "code": `"e"`, "box": "untouched"} {
		value, touched := changes.Lookup(path)
		got := "untouched"
		if touched {
			got = strings.TrimSpace(value.String())
		}
		if value.IsZero() && touched {
			got = ""
		}
		if got != want {
			t.Errorf("%s becomes %q, want %q", path, got, want)
		}
	}
}

// A key that documents lack is not taken by another that lacks it.
func TestDuplicateIsNotOfWhatIsMissing(t *testing.T) {
	_, coll := newThings(t)
	limited := things
	limited.Indexes = slices.Clone(things.Indexes)
	slices.Reverse(limited.Indexes)
	docs := raw.In(handle.NewTenant(coll.Database(), nil, nil, nil), &limited)
	insert(t, coll, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}})
	err := docs.Insert(t.Context(), marshalled(t, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}}))
	var taken *store.DuplicateError
	if !errors.As(err, &taken) || taken.Field != "code" {
		t.Errorf("%#v", err)
	}
}

func TestResolvedNumbers(t *testing.T) {
	decimal := func(text string) bson.Decimal128 {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	most := "9" + strings.Repeat("9", 33)
	for _, test := range []struct{ current, by, want string }{
		{"1.50", "-0.25", "1.25"}, {"0", "3", "3"}, {"1E+3", "0.5", "1000.5"}, {most, "1", "1.000000000000000000000000000000000E+34"}, {most, "0.1", ""}, {"Infinity", "1", ""},
	} {
		got := ""
		if v, ok := runtime.ResolveNumber(store.Inc(decimal(test.by)), decimal(test.current)).Value(); ok {
			got = v.String()
		}
		if got != test.want {
			t.Errorf("%s and %s are %q, want %q", test.current, test.by, got, test.want)
		}
	}
	if v, ok := runtime.ResolveNumber(store.Inc(decimal("0.1")), bson.Decimal128{}).Value(); !ok || v.String() != "0.1" {
		t.Errorf("to one that is missing: %s", v)
	}
}

func TestResolvedEntries(t *testing.T) {
	grow := func(c store.Change[boxPatch], v box) store.Change[boxPatch] {
		return runtime.ResolveObject(c, v, boxPatch.resolve)
	}
	by := func(n int64) store.Change[boxPatch] { return store.Set(boxPatch{Size: store.Inc(n)}) }
	patch := store.Set(store.Entries[boxPatch]{"a": by(1), "new": by(2), "gone": store.Unset[boxPatch]()})
	resolved, _ := runtime.ResolveEntries(patch, map[string]box{"a": {Size: 5}, "b": {Size: 6}, "gone": {}}, box{Size: 100}, grow).Value()
	want := map[string]int64{"a": 6, "new": 102}
	for name, change := range resolved {
		p, _ := change.Value()
		if size, ok := p.Size.Value(); size != want[name] || ok != (name != "gone") {
			t.Errorf("%s becomes %d", name, size)
		}
	}
	if given, _ := patch.Value(); len(resolved) != 3 || !resolved["gone"].IsUnset() || given["a"] != by(1) {
		t.Errorf("%v of %v", resolved, given)
	}
	for name, whole := range map[string]store.Change[store.Entries[boxPatch]]{"no change": {}, "none any more": store.Unset[store.Entries[boxPatch]]()} {
		got := runtime.ResolveEntries(whole, map[string]box{"a": {Size: 5}}, box{}, grow)
		if _, set := got.Value(); set || got.IsUnset() != whole.IsUnset() {
			t.Errorf("%s becomes %v", name, got)
		}
	}
}

func TestAddToAGeneratedSet(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	made, err := people.Create(t.Context(), ada())
	if err != nil {
		t.Fatal(err)
	}
	got, err := people.Update(t.Context(), made.ID, users.Patch{
		Role: store.Set(users.RolePatch{Permission: store.AddToSet(users.PermissionDelete, users.PermissionRead)}),
	})
	if err != nil || len(got.Role.Permission) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = people.Update(t.Context(), made.ID, users.Patch{
		Role: store.Set(users.RolePatch{Permission: store.AddToSet(users.Permission("approve"))}),
	})
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Pointer != "/role/permission/0" {
		t.Errorf("what is none: %v", err)
	}
	got, err = people.Update(t.Context(), made.ID, users.Patch{
		Role: store.Set(users.RolePatch{Permission: store.Pull(users.PermissionRead)}),
	})
	if err != nil || !slices.Equal(got.Role.Permission, []users.Permission{"write", "delete"}) {
		t.Errorf("%+v, %v", got, err)
	}
}
