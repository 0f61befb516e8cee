package runtime_test

import (
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// TestWhatChangesHold has a row for each kind of Change, made without a look at the
// document: what depends on it is not made at all.
func TestWhatChangesHold(t *testing.T) {
	list := func(dst []byte, key string, v []string) []byte {
		return wire.AppendList(dst, key, v, wire.AppendString)
	}
	for name, test := range map[string]struct {
		apply       func(c *runtime.Changes)
		touched     bool
		value       bson.RawValue
		depends     bool
		left, moved int // the members that are gone, and those that depend on what is stored
	}{
		"nothing":            {func(c *runtime.Changes) { runtime.Apply(c, "n", store.Change[int64]{}, wire.AppendInt) }, false, bson.RawValue{}, false, 0, 0},
		"Set":                {func(c *runtime.Changes) { runtime.Apply(c, "n", store.Set[int64](7), wire.AppendInt) }, true, wire.IntValue(7), false, 0, 0},
		"Set to what is not": {func(c *runtime.Changes) { runtime.Apply(c, "n", store.Set([]byte(nil)), wire.AppendOptionalBytes) }, true, bson.RawValue{Type: bson.TypeNull}, false, 1, 0},
		"Unset":              {func(c *runtime.Changes) { runtime.Apply(c, "n", store.Unset[int64](), wire.AppendInt) }, true, bson.RawValue{Type: bson.TypeNull}, false, 1, 0},
		"Inc with a rule":    {func(c *runtime.Changes) { runtime.Apply(c, "n", store.Inc[int64](1), wire.AppendInt) }, false, bson.RawValue{}, true, 0, 0},
		"Inc beyond all": {func(c *runtime.Changes) {
			runtime.ApplyNumber(c, "n", runtime.ResolveNumber(store.Inc[int64](1), math.MaxInt64), wire.AppendInt)
		}, false, bson.RawValue{}, true, 0, 0},
		"Inc":             {func(c *runtime.Changes) { runtime.ApplyNumber(c, "n", store.Inc[int64](1), wire.AppendInt) }, true, bson.RawValue{}, false, 0, 1},
		"Add with a rule": {func(c *runtime.Changes) { runtime.Apply(c, "n", store.AddToSet("x"), list) }, false, bson.RawValue{}, true, 0, 0},
		"Add":             {func(c *runtime.Changes) { runtime.ApplyList(c, "n", store.AddToSet("x"), wire.AppendString) }, true, bson.RawValue{}, false, 0, 1},
		"Pull":            {func(c *runtime.Changes) { runtime.ApplySet(c, "n", store.Pull("x"), wire.AppendString) }, true, bson.RawValue{}, false, 0, 1},
		"Unset of a list": {func(c *runtime.Changes) { runtime.ApplyList(c, "n", store.Unset[[]string](), wire.AppendString) }, true, bson.RawValue{Type: bson.TypeNull}, false, 1, 0},
	} {
		var c runtime.Changes
		test.apply(&c)
		value, touched := c.Lookup("n")
		if touched != test.touched || !value.Equal(test.value) || c.Unresolved != test.depends || len(c.Unset) != test.left || len(c.Relative) != test.moved {
			t.Errorf("%s: touched %v, %v, %+v", name, touched, value, c)
		}
		if c.IsEmpty() != (name == "nothing") {
			t.Errorf("%s: empty %v", name, c.IsEmpty())
		}
	}
}

// A set has no duplicates, as read from a request and as stored; a list keeps them.
func TestSetsHaveNoDuplicates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		read  func(*wire.JSONReader, func(*wire.JSONReader) string) store.Change[[]string]
		apply func(*runtime.Changes, string, store.Change[[]string], func([]byte, string, string) []byte)
		want  int
	}{
		"a list":                  {runtime.ReadListChange[string], runtime.ApplyList[string], 3},
		"a set, when it is read":  {runtime.ReadSetChange[string], runtime.ApplyList[string], 2},
		"a set, when it is given": {runtime.ReadListChange[string], runtime.ApplySet[string], 2},
	} {
		r, err := wire.NewJSONReader([]byte(`{"v":["a","b","a"]}`))
		if err != nil {
			t.Fatal(err)
		}
		var c runtime.Changes
		r.Object(func(name string) bool {
			test.apply(&c, name, test.read(r, (*wire.JSONReader).String), wire.AppendString)
			return true
		})
		value, _ := c.Lookup("v")
		if stored, err := value.Array().Values(); err != nil || len(stored) != test.want {
			t.Errorf("%s has %d elements, %v; want %d", name, len(stored), err, test.want)
		}
	}
}
