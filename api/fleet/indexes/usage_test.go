package indexes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// monday and tuesday are when counters began.
var monday, tuesday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// used are collections with an index of each kind.
var used = []meta.Collection{
	{Name: "people", IgnoredIndexes: []string{"dba_*"}, Indexes: []meta.Index{
		{Name: "plain", Keys: declaredOn("a")}, {Name: "unique", Keys: declaredOn("b"), Unique: true},
		{Name: "expiring", Keys: declaredOn("c"), Expires: true, TTL: time.Hour}, {Name: "hidden", Keys: declaredOn("d"), Hidden: true},
		{Name: "missing", Keys: declaredOn("e")}, {Name: "renamed", Keys: declaredOn("-f")},
		{Name: "repeating", Keys: declaredOn("k"), Unique: true}, {Name: "lasting", Keys: declaredOn("l"), Expires: true},
	}},
	{Name: "things", Indexes: []meta.Index{{Name: "plain", Keys: declaredOn("a")}}},
}

// databaseOn returns a database on a server, whatever that is a member of.
func databaseOn(t *testing.T, server *scripted.Server) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI() + "?directConnection=true"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("shop")
}

// makeIndexes makes indexes of a collection.
func makeIndexes(t *testing.T, db *mongo.Database, collection string, specs ...bson.D) {
	t.Helper()
	command := bson.D{{Key: "createIndexes", Value: collection}, {Key: "indexes", Value: specs}}
	if err := db.RunCommand(t.Context(), command).Err(); err != nil {
		t.Fatal(err)
	}
}

func spec(name, key string, more ...bson.E) bson.D {
	path, descending := strings.CutPrefix(key, "-")
	direction := int32(1)
	if descending {
		direction = -1
	}
	return append(bson.D{{Key: "name", Value: name}, {Key: "key", Value: bson.D{{Key: path, Value: direction}}}}, more...)
}

// makePeople makes a database as used has it, but for an index that is missing, one of
// another name, two with fewer options, and some that are not declared.
func makePeople(t *testing.T, db *mongo.Database) {
	t.Helper()
	is := func(option string) bson.E { return bson.E{Key: option, Value: true} }
	expires := bson.E{Key: "expireAfterSeconds", Value: int32(3600)}
	makeIndexes(t, db, "people",
		spec("plain", "a"), spec("unique", "b", is("unique")), spec("expiring", "c", expires), spec("hidden", "d", is("hidden")), spec("by_f", "-f"), spec("repeating", "k"), spec("lasting", "l"),
		spec("extra", "g"), spec("extra_unique", "h", is("unique")), spec("extra_expiring", "i", expires), spec("extra_prepared", "m", is("prepareUnique")), spec("dba_1", "j"),
	)
}

// setUsed sets what a member counts of an index.
func setUsed(t *testing.T, server *scripted.Server, index string, counted ...scripted.Accesses) {
	t.Helper()
	if err := server.SetAccesses("shop", "people", index, counted...); err != nil {
		t.Fatal(err)
	}
}

// TestReadUsage reads a database with every kind of index, and without a collection.
func TestReadUsage(t *testing.T) {
	t.Parallel()
	db, server := modelDatabase(t)
	makePeople(t, db)
	for _, index := range []string{"plain", "unique", "expiring", "hidden", "by_f", "repeating", "lasting", "extra", "extra_unique", "extra_expiring", "extra_prepared", "dba_1"} {
		setUsed(t, server, index, scripted.Accesses{Since: monday})
	}
	setUsed(t, server, "by_f", scripted.Accesses{Ops: 7, Since: tuesday})
	server.Reset()
	got, err := ReadUsage(t.Context(), db, nil, used)
	want := []Use{
		{Collection: "people", Index: "plain", Keys: "a", Since: monday},
		{Collection: "people", Index: "unique", Keys: "b", Enforcing: true, Since: monday},
		{Collection: "people", Index: "expiring", Keys: "c", Enforcing: true, Since: monday},
		{Collection: "people", Index: "hidden", Keys: "d", Problem: Hidden, Since: monday},
		{Collection: "people", Index: "missing", Keys: "e", Problem: Missing},
		{Collection: "people", Index: "renamed", Keys: "-f", Ops: 7, Since: tuesday},
		{Collection: "people", Index: "repeating", Keys: "k", Enforcing: true, Since: monday},
		{Collection: "people", Index: "lasting", Keys: "l", Enforcing: true, Since: monday},
		{Collection: "people", Index: "extra", Keys: "g", Extra: true, Since: monday},
		{Collection: "people", Index: "extra_unique", Keys: "h", Extra: true, Enforcing: true, Since: monday},
		{Collection: "people", Index: "extra_expiring", Keys: "i", Extra: true, Enforcing: true, Since: monday},
		{Collection: "people", Index: "extra_prepared", Keys: "m", Extra: true, Enforcing: true, Since: monday},
		{Collection: "things", Index: "plain", Keys: "a", Problem: Absent},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v; -want +have:\n%s", err, diff)
	}
	if got := sent(server); got != "1 listCollections, 1 aggregate" {
		t.Errorf("sent was %s", got)
	}
	for _, c := range server.Commands() {
		if c.Name == "listCollections" && !c.Body.Lookup("nameOnly").Boolean() {
			t.Errorf("more is listed than names: %s", c.Body)
		}
		if c.Name == "aggregate" && c.Body.Lookup("readConcern", "level").StringValue() != "local" {
			t.Errorf("counters are read with %s", c.Body)
		}
	}
}

// TestUsageIsAdded of shards and of members: what one uses is used, and nothing is known of
// the time before the last of them began to count.
func TestUsageIsAdded(t *testing.T) {
	t.Parallel()
	collections := []meta.Collection{{Name: "people", Indexes: []meta.Index{{Name: "plain", Keys: declaredOn("a")}}}}
	for name, c := range map[string]struct {
		kind     scripted.Option
		primary  []scripted.Accesses
		other    []scripted.Accesses // nil: the other member is not asked
		building []bool              // by the primary, and the other member
		without  bool                // the other member does not have the index yet
		want     Use
	}{
		"two shards": {
			kind: scripted.Mongos(), primary: []scripted.Accesses{{Shard: "one", Ops: 2, Since: tuesday}, {Shard: "two", Since: monday}},
			want: Use{Ops: 2, Since: tuesday},
		},
		"the later one unused": {
			kind: scripted.Mongos(), primary: []scripted.Accesses{{Shard: "one", Since: monday}, {Shard: "two", Since: tuesday}},
			want: Use{Since: tuesday},
		},
		"the other member used it": {
			kind: scripted.ReplicaSet(), primary: []scripted.Accesses{{Since: tuesday}}, other: []scripted.Accesses{{Ops: 3, Since: monday}},
			want: Use{Ops: 3, Since: tuesday},
		},
		"no member used it": {
			kind: scripted.ReplicaSet(), primary: []scripted.Accesses{{Since: monday}}, other: []scripted.Accesses{{Since: tuesday}},
			want: Use{Since: tuesday},
		},
		"it is being built": {
			kind: scripted.ReplicaSet(), primary: []scripted.Accesses{{Since: monday}}, building: []bool{true},
			want: Use{Since: monday, Problem: Building},
		},
		"one member is building it": {
			kind: scripted.ReplicaSet(), primary: []scripted.Accesses{{Since: monday}}, other: []scripted.Accesses{{Since: monday}}, building: []bool{true, false},
			want: Use{Since: monday, Problem: Building},
		},
		"the other member is building it": {
			kind: scripted.ReplicaSet(), primary: []scripted.Accesses{{Since: monday}}, other: []scripted.Accesses{{Since: monday}}, building: []bool{false, true},
			want: Use{Since: monday, Problem: Building},
		},
		"the other member has not built it": {
			kind: scripted.ReplicaSet(), primary: []scripted.Accesses{{Since: monday}}, other: []scripted.Accesses{}, without: true,
			want: Use{Since: monday, Problem: Building},
		},
	} {
		primary, secondary := scripted.Start(t, c.kind), scripted.Start(t, c.kind)
		var databases []*mongo.Database
		for _, server := range []*scripted.Server{primary, secondary} {
			databases = append(databases, databaseOn(t, server))
		}
		makeIndexes(t, databases[0], "people", spec("plain", "a"))
		setUsed(t, primary, "plain", c.primary...)
		var members []Member
		if c.other != nil {
			members = []Member{{primary.Addr(), databases[0]}, {secondary.Addr(), databases[1]}}
		}
		if c.other != nil && !c.without {
			makeIndexes(t, databases[1], "people", spec("plain", "a"))
			setUsed(t, secondary, "plain", c.other...)
		}
		for i, server := range []*scripted.Server{primary, secondary}[:len(c.building)] {
			if err := server.SetBuilding("shop", "people", "plain", c.building[i]); err != nil {
				t.Fatal(err)
			}
		}
		c.want.Collection, c.want.Index, c.want.Keys = "people", "plain", "a"
		got, err := ReadUsage(t.Context(), databases[0], members, collections)
		if diff := cmp.Diff([]Use{c.want}, got); err != nil || diff != "" {
			t.Errorf("%s: %v; -want +have:\n%s", name, err, diff)
		}
	}
}

// TestUsageThatCannotBeRead: of what is no collection, is gone, or is not to be asked for.
func TestUsageThatCannotBeRead(t *testing.T) {
	t.Parallel()
	collections := []meta.Collection{{Name: "people", Indexes: []meta.Index{{Name: "plain", Keys: declaredOn("a")}}}}
	absent := []Use{{Collection: "people", Index: "plain", Keys: "a", Problem: Absent}}
	fails := func(command string, code int32) func(*scripted.Server) {
		return func(s *scripted.Server) { s.On(command).Times(2).Fail(scripted.Error{Code: code, Message: "no"}) }
	}
	for name, c := range map[string]struct {
		create string
		script func(*scripted.Server)
		want   []Use
		fails  string
		is     error
		sent   string
	}{
		"no database":          {"", nil, absent, "", nil, "1 listCollections"},
		"a view":               {`{"create": "people", "viewOn": "others"}`, nil, nil, "people: it is a view", nil, "1 listCollections"},
		"a time series":        {`{"create": "people", "timeseries": {"timeField": "at"}}`, nil, []Use{{Collection: "people", Index: "plain", Keys: "a", Problem: Missing}}, "", nil, "1 listCollections, 1 aggregate"},
		"dropped meanwhile":    {`{"create": "people"}`, fails("aggregate", 26), absent, "", nil, "1 listCollections, 1 aggregate"},
		"no privilege to list": {`{"create": "people"}`, fails("listCollections", 13), nil, "shop: the connection string's user lacks the privilege listCollections; docs/privileges.md", nil, "1 listCollections"},
		"no privilege":         {`{"create": "people"}`, fails("aggregate", 13), nil, "people: the connection string's user lacks the privilege indexStats; docs/privileges.md", nil, "1 listCollections, 1 aggregate"},
		"no such stage":        {`{"create": "people"}`, fails("aggregate", 40324), nil, "the server, version 8.", nil, "1 listCollections, 1 aggregate, 1 buildInfo"},
		"another refusal":      {`{"create": "people"}`, fails("aggregate", 8000), nil, "people: ", nil, "1 listCollections, 1 aggregate"},
		"no answer":            {`{"create": "people"}`, fails("aggregate", 91), nil, "people: ", store.ErrUnavailable, "1 listCollections, 2 aggregate"},
		"no list":              {`{"create": "people"}`, fails("listCollections", 91), nil, "shop: ", store.ErrUnavailable, "2 listCollections"},
	} {
		db, server := modelDatabase(t)
		if c.create != "" {
			var command bson.D
			if err := bson.UnmarshalExtJSON([]byte(c.create), false, &command); err != nil {
				t.Fatal(err)
			}
			if err := db.RunCommand(t.Context(), command).Err(); err != nil {
				t.Fatal(err)
			}
		}
		server.Reset()
		if c.script != nil {
			c.script(server)
		}
		got, err := ReadUsage(t.Context(), db, nil, collections)
		if (err == nil) != (c.fails == "") || err != nil && (!strings.HasPrefix(err.Error(), c.fails) || c.is != nil && !errors.Is(err, c.is)) {
			t.Errorf("%s: %v", name, err)
		}
		if _, own := errors.AsType[mongo.ServerError](err); own {
			t.Errorf("%s: the driver's own error: %v", name, err)
		}
		if _, uncounted := errors.AsType[*UncountedError](err); uncounted != (name == "no such stage") {
			t.Errorf("%s: %T", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +have:\n%s", name, diff)
		}
		if got := sent(server); got != c.sent {
			t.Errorf("%s: sent was %s", name, got)
		}
	}
}

// TestMembersAreNamed where one of them refuses.
func TestMembersAreNamed(t *testing.T) {
	t.Parallel()
	db, server := modelDatabase(t)
	makePeople(t, db)
	server.On("aggregate").Fail(scripted.Error{Code: 8000, Message: "no"})
	_, err := ReadUsage(t.Context(), db, []Member{{server.Addr(), db}}, used)
	if err == nil || !strings.HasPrefix(err.Error(), "people at "+server.Addr()+": ") {
		t.Error(err)
	}
}

// TestCountersThatCannotBeRead are no counters that say nothing.
func TestCountersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	index, accesses := bson.E{Key: "spec", Value: listedIndex("a")}, func(since any) bson.E {
		return bson.E{Key: "accesses", Value: bson.D{{Key: "ops", Value: int64(1)}, {Key: "since", Value: since}}}
	}
	unnamed := bson.E{Key: "spec", Value: bson.D{{Key: "name", Value: int32(5)}}}
	for want, doc := range map[string]bson.D{
		"":                                 {index, accesses(monday)},
		"it lacks spec or accesses.since":  {index},
		"it lacks spec or accesses.since ": {accesses(monday)},
		"error decoding key accesses":      {index, accesses("yesterday")},
		"error decoding key name":          {unnamed, accesses(monday)},
	} {
		c, err := readCounter(encoded(t, doc))
		if want == "" {
			if err != nil || c.Name != "a" || c.building || c.ops != 1 || !c.since.Equal(monday) {
				t.Errorf("%+v, %v", c, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// TestCountersAreMerged by name, that of the first one too.
func TestCountersAreMerged(t *testing.T) {
	t.Parallel()
	named := func(names ...string) (list []counter) {
		for _, name := range names {
			list = append(list, counter{stored: stored{Name: name}, ops: 1, members: 1})
		}
		return list
	}
	var got []string
	for _, c := range merge(named("a", "b"), named("b", "a", "c")) {
		got = append(got, fmt.Sprint(c.Name, c.ops, c.members))
	}
	if want := []string{"a2 2", "b2 2", "c1 1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestCountersThatBreakOff are none, whether the server ends them or what it says cannot be read.
func TestCountersThatBreakOff(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t, scripted.ShortReplies(1))
	db := databaseOn(t, server)
	makePeople(t, db)
	server.On("getMore").Fail(scripted.Error{Code: 8000, Message: "no"})
	if uses, err := ReadUsage(t.Context(), db, nil, used); err == nil || uses != nil || !strings.HasPrefix(err.Error(), "people: (AtlasError) no") {
		t.Errorf("%v, %v", uses, err)
	}
	setUsed(t, server, "plain", scripted.Accesses{})
	if uses, err := ReadUsage(t.Context(), db, nil, used); err == nil || uses != nil || !strings.HasPrefix(err.Error(), "people: an index as $indexStats lists it: it lacks spec") {
		t.Errorf("%v, %v", uses, err)
	}
}
