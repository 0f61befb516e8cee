package meta_test

import (
	"testing"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// TestWhatIndexesServe names their keys, and what a query has to ask for besides.
func TestWhatIndexesServe(t *testing.T) {
	for name, test := range map[string]struct {
		index meta.Index
		want  string
	}{
		"all":             {meta.Index{Keys: []meta.Key{{Path: "a"}, {Path: "_id"}}}, "a, _id"},
		"a value":         {meta.Index{Keys: []meta.Key{{Path: "a"}, {Path: "_id"}}, Partial: []meta.Condition{{Path: "b", Op: meta.Eq, Value: wire.IntValue(1)}}}, `a, _id (if b equals {"$numberLong":"1"})`},
		"several":         {meta.Index{Keys: []meta.Key{{Path: "a"}, {Path: "_id"}}, Partial: []meta.Condition{{Path: "c", Op: meta.Eq, Value: wire.IntValue(2)}, {Path: "b", Op: meta.Eq, Value: wire.IntValue(1)}}}, `a, _id (if c equals {"$numberLong":"2"}) (if b equals {"$numberLong":"1"})`},
		"its own key":     {meta.Index{Keys: []meta.Key{{Path: "a"}, {Path: "_id"}}, Partial: []meta.Condition{{Path: "a", Op: meta.Exists, Value: wire.BoolValue(true)}}}, "a, _id (if a value of a is asked for)"},
		"an unlike order": {meta.Index{Keys: []meta.Key{{Path: "lent"}}, Sparse: true}, ""},
	} {
		if got := test.index.Served(func(path string) string { return path }); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
