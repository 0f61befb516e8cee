package scripted_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestIndexStats lists what each server, or each shard, counts of an index's use.
func TestIndexStats(t *testing.T) {
	t.Parallel()
	const stats = `{"aggregate": "things", "pipeline": [{"$indexStats": {}}, {"$match": {"name": "a"}}, {"$project": {"shard": 1, "accesses": 1}}], "cursor": {}}`
	accesses := func(ops, since int64) string {
		return fmt.Sprintf(`"accesses": {"ops": {"$numberLong":"%d"},"since": {"$date":{"$numberLong":"%d"}}}`, ops, since)
	}
	for name, c := range map[string]struct {
		kind   scripted.Option
		counts []scripted.Accesses
		want   []string
	}{
		"a member": {scripted.ReplicaSet(), []scripted.Accesses{{Ops: 7, Since: time.UnixMilli(5)}}, []string{"{" + accesses(7, 5) + "}"}},
		"a mongos": {
			scripted.Mongos(), []scripted.Accesses{{Shard: "one", Since: time.UnixMilli(5)}, {Shard: "two", Ops: 2, Since: time.UnixMilli(6)}},
			[]string{"{" + accesses(0, 5) + `,"shard": "one"}`, "{" + accesses(2, 6) + `,"shard": "two"}`},
		},
	} {
		s := scripted.Start(t, c.kind)
		db := connect(t, s).Database("shop")
		if got := listed(t, db, stats); len(got) != 0 {
			t.Errorf("%s: of a collection that is not there: %v", name, got)
		}
		must(t, db, `{"createIndexes": "things", "indexes": [{"name": "a", "key": {"a": 1}}]}`)
		if got := listed(t, db, stats); len(got) != 1 || !strings.Contains(got[0], `"ops": {"$numberLong":"0"}`) {
			t.Errorf("%s: a new index is %v", name, got)
		}
		if err := s.SetAccesses("shop", "things", "a", c.counts...); err != nil {
			t.Fatal(err)
		}
		if got := listed(t, db, stats); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if err := s.SetAccesses("shop", "things", "b", c.counts...); err == nil {
			t.Errorf("%s: an index that is not there is counted", name)
		}
	}
}

// TestTypesOfCollections: a view and a time series are listed as such, and hold nothing.
func TestTypesOfCollections(t *testing.T) {
	t.Parallel()
	db := connect(t, scripted.Start(t)).Database("shop")
	must(t, db, `{"create": "plain"}`)
	must(t, db, `{"create": "shown", "viewOn": "plain", "pipeline": []}`)
	must(t, db, `{"create": "measured", "timeseries": {"timeField": "at"}}`)
	want := []string{`{"name": "measured","type": "timeseries"}`, `{"name": "plain","type": "collection"}`, `{"name": "shown","type": "view"}`}
	if got := listed(t, db, `{"listCollections": 1, "nameOnly": true}`); !slices.Equal(got, want) {
		t.Errorf("%s", got)
	}
	for _, command := range []string{
		`{"aggregate": "shown", "pipeline": [], "cursor": {}}`, `{"find": "shown"}`, `{"listIndexes": "shown"}`,
		`{"insert": "measured", "documents": [{}]}`, `{"find": "measured"}`,
	} {
		if _, err := run(t, db, command); codeOf(err) != 238 {
			t.Errorf("%s is modelled: %v", command, err)
		}
	}
	must(t, db, `{"createIndexes": "measured", "indexes": [{"name": "at", "key": {"at": 1}}]}`)
	if got := listed(t, db, `{"aggregate": "measured", "pipeline": [{"$indexStats": {}}], "cursor": {}}`); len(got) != 2 {
		t.Errorf("%s", got)
	}
	must(t, db, `{"drop": "shown"}`)
}
