package raw_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// TestStreamsOfExactIndexes are not sorted, since the database would have to do it, unless an
// order is asked for, or a place in it.
func TestStreamsOfExactIndexes(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	docs, coll := openZoo(t, server.URI())
	for i := range 3 {
		insert(t, coll, bson.D{{Key: "_id", Value: i}, {Key: "h", Value: 1}})
	}
	one := raw.Selection{Where: []meta.Condition{{Path: "h", Op: meta.Eq, Value: wire.IntValue(1)}}, Limit: 1}
	next, err := docs.Scan(t.Context(), one, func(bson.Raw) error { return nil })
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	rest, sorted := one, one
	rest.After, sorted.Sort = next, "-_id"
	for name, c := range map[string]struct {
		s    raw.Selection
		want string
		seen int
	}{
		"all":            {one, "", 3},
		"what is left":   {rest, `{"_id": {"$numberInt":"1"}}`, 2},
		"in an order":    {sorted, `{"_id": {"$numberInt":"-1"}}`, 3},
		"all, with _ids": {raw.Selection{}, `{"_id": {"$numberInt":"1"}}`, 3},
	} {
		server.Reset()
		seen := 0
		if err := docs.Stream(t.Context(), c.s, func(bson.Raw) error { seen++; return nil }); err != nil || seen != c.seen {
			t.Errorf("%s: %d documents, %v", name, seen, err)
		}
		got := ""
		if sort, ok := server.Commands()[0].Body.Lookup("sort").DocumentOK(); ok {
			got = sort.String()
		}
		if got != c.want {
			t.Errorf("%s: sorted by %s, want %s", name, got, c.want)
		}
	}
}
