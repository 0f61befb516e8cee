package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// counted is the schema of fleets whose indexes are counted.
var counted = []meta.Collection{
	{Name: "people", Indexes: []meta.Index{
		{Name: "a_1", Keys: []meta.Key{{Path: "a"}}}, {Name: "b_1", Keys: []meta.Key{{Path: "b"}}, Unique: true}, {Name: "c_1", Keys: []meta.Key{{Path: "c"}}},
	}},
	{Name: "things"},
}

// makeCounted makes a collection with its indexes and one that is not declared, each of which
// but for c_1 was used ops times since a time, as server counts.
func makeCounted(t *testing.T, server *scripted.Server, db *mongo.Database, ops int64, since time.Time) {
	t.Helper()
	var specs []bson.D
	for _, path := range []string{"a", "b", "c", "extra"} {
		spec := bson.D{{Key: "name", Value: path + "_1"}, {Key: "key", Value: bson.D{{Key: path, Value: int32(1)}}}}
		if path == "b" {
			spec = append(spec, bson.E{Key: "unique", Value: true})
		}
		specs = append(specs, spec)
	}
	if err := db.RunCommand(t.Context(), bson.D{{Key: "createIndexes", Value: "people"}, {Key: "indexes", Value: specs}}).Err(); err != nil {
		t.Fatal(err)
	}
	for _, index := range []string{"a_1", "b_1", "extra_1"} {
		if err := server.SetAccesses(db.Name(), "people", index, scripted.Accesses{Ops: ops, Since: since}); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.SetAccesses(db.Name(), "people", "c_1", scripted.Accesses{Ops: 100, Since: since}); err != nil {
		t.Fatal(err)
	}
}

// days returns the beginning of the day so many days ago.
func days(ago int) time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -ago) }

// TestUsage counts the tenants that use an index, do not, and cannot.
func TestUsage(t *testing.T) {
	t.Parallel()
	f, server, admin := modelFleet(t, Config{Collections: counted}, named("busy", "idle", "later", "new", "nothing")...)
	for name, c := range map[string]struct {
		ops int64
		ago int
	}{"busy": {5, 30}, "idle": {0, 20}, "later": {0, 9}, "new": {0, 1}} {
		makeCounted(t, server, admin.Client().Database(name), c.ops, days(c.ago))
	}
	server.Reset()
	var through []int
	run := visit.Options{Parallel: 2, Progress: func(done int) { through = append(through, done) }}
	got, err := f.ReadUsage(t.Context(), run, UsageOptions{Observed: 72 * time.Hour})
	extra := IndexUsage{Collection: "people", Index: "extra_1", Keys: "extra", Unused: 2, Since: new(days(9)), Used: 1, Ops: 5, Brief: 1}
	unused := extra
	unused.Index, unused.Keys, unused.Absent = "a_1", "a", 1
	want := &UsageReport{
		Tenants: 5, Observed: "72h0m0s",
		Declared: []IndexUsage{
			unused,
			{Collection: "people", Index: "b_1", Keys: "b", Ops: 5, Enforcing: 4, Absent: 1},
			{Collection: "people", Index: "c_1", Keys: "c", Used: 4, Ops: 400, Absent: 1},
		},
		Extra: []IndexUsage{extra}, Failed: []migrate.FailedTenant{},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || !slices.Equal(through, []int{1, 2, 3, 4, 5}) {
		t.Errorf("%v, %v; -want +have:\n%s", err, through, diff)
	}
	sent := map[string]int{}
	for _, c := range server.Commands() {
		if c.Database != "admins" && c.Database != "admin" {
			sent[c.Name+" "+c.Collection]++
		}
	}
	if want := map[string]int{"listCollections ": 5, "aggregate people": 4}; !cmp.Equal(want, sent) {
		t.Errorf("sent was %v", sent)
	}
	// Without a bound, the shortest time counts.
	all, err := f.ReadUsage(t.Context(), visit.Options{}, UsageOptions{})
	if err != nil || all.Declared[0].Unused != 3 || all.Declared[0].Brief != 0 || !all.Declared[0].Since.Equal(days(1)) {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestUsageOfMembers: what one member uses is used, whoever is the primary.
func TestUsageOfMembers(t *testing.T) {
	t.Parallel()
	f, primary, admin := modelFleet(t, Config{Collections: counted, OutageTimeout: time.Millisecond}, named("one", "two")...)
	secondary := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(secondary.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	for _, name := range []string{"one", "two"} {
		makeCounted(t, primary, admin.Client().Database(name), 0, days(9))
	}
	makeCounted(t, secondary, client.Database("one"), 3, days(5))
	makeCounted(t, secondary, client.Database("two"), 0, days(2))
	secondary.Join(primary)
	for members, want := range map[bool]IndexUsage{
		false: {Collection: "people", Index: "a_1", Keys: "a", Unused: 2, Since: new(days(9))},
		true:  {Collection: "people", Index: "a_1", Keys: "a", Unused: 1, Since: new(days(2)), Used: 1, Ops: 3},
	} {
		report, err := f.ReadUsage(t.Context(), visit.Options{Parallel: 2}, UsageOptions{Members: members})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, report.Declared[0]); diff != "" {
			t.Errorf("members: %v; -want +have:\n%s", members, diff)
		}
	}
	secondary.On("aggregate").Always().CutBefore()
	_, err = f.ReadUsage(t.Context(), visit.Options{}, UsageOptions{Members: true})
	if _, out := errors.AsType[*visit.OutageError](err); !out || !strings.Contains(err.Error(), "people at "+secondary.Addr()+": "+store.ErrUnavailable.Error()) {
		t.Errorf("a member that goes: %v", err)
	}
}

// TestUsageOfTenantsThatFail does not keep that of others from being read.
func TestUsageOfTenantsThatFail(t *testing.T) {
	t.Parallel()
	entries := append(named("a", "b", "c"), bson.D{{Key: "name", Value: "thief"}, {Key: "database", Value: "a"}})
	f, server, admin := modelFleet(t, Config{Collections: counted}, entries...)
	for _, name := range []string{"a", "b"} {
		makeCounted(t, server, admin.Client().Database(name), 0, days(9))
	}
	if err := admin.Client().Database("c").CreateView(t.Context(), "people", "others", bson.A{}); err != nil {
		t.Fatal(err)
	}
	server.On("aggregate").Where(func(c scripted.Command) bool { return c.Database == "a" }).Always().Fail(scripted.Error{Code: 13, Message: "no"})
	report, err := f.ReadUsage(t.Context(), visit.Options{Tenants: []string{"a", "b", "c", "thief", "nobody"}}, UsageOptions{})
	if err != nil || report.Tenants != 5 || report.Declared[0].Unused != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	want := []migrate.FailedTenant{
		{Tenant: "a", Problem: "people: the connection string's user lacks the privilege indexStats; docs/privileges.md has a role with it"},
		{Tenant: "c", Problem: "people: it is a view, which has no indexes"},
		{Tenant: "nobody", Problem: unknownTenant},
		{Tenant: "thief", Problem: `tenant "thief" has database "a", which is tenant "a"'s`},
	}
	if diff := cmp.Diff(want, report.Failed); diff != "" {
		t.Errorf("-want +have:\n%s", diff)
	}
}

// TestUsageThatEndsEarly: a run that cannot succeed has no answer.
func TestUsageThatEndsEarly(t *testing.T) {
	t.Parallel()
	f, server, admin := modelFleet(t, Config{Collections: counted, OutageTimeout: time.Minute}, named("a", "b", "c")...)
	for _, name := range []string{"a", "b", "c"} {
		makeCounted(t, server, admin.Client().Database(name), 0, days(9))
	}
	server.On("aggregate").Nth(2).Times(4).CutBefore()
	report, err := f.ReadUsage(t.Context(), visit.Options{}, UsageOptions{})
	if err != nil || report.Tenants != 3 || report.Declared[0].Unused != 3 {
		t.Errorf("a short outage: %+v, %v", report, err)
	}
	server.On("aggregate").Nth(2).Fail(scripted.Error{Code: 40324, Message: "Unrecognized pipeline stage name: '$indexStats'"})
	_, err = f.ReadUsage(t.Context(), visit.Options{}, UsageOptions{})
	if _, ok := errors.AsType[*indexes.UncountedError](err); !ok || !strings.HasPrefix(err.Error(), `the run ended after 1 tenants: cluster "default": the server, version 8.`) || !strings.Contains(err.Error(), "does not count how indexes are used") {
		t.Errorf("a server that does not count: %v", err)
	}
	server.Reset()
	held := server.On("aggregate").Nth(2).Hold()
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		<-held.Arrived()
		interrupt()
	}()
	if _, err := f.ReadUsage(ctx, visit.Options{}, UsageOptions{}); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "the run ended after 1 tenants") {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := f.ReadUsage(ctx, visit.Options{}, UsageOptions{Members: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted before members are there: %v", err)
	}
	held.Release()
	server.On("find").In("tenants").Fail(scripted.Error{Code: 8000, Message: "no"})
	if _, err := f.ReadUsage(t.Context(), visit.Options{}, UsageOptions{}); err == nil || !strings.HasSuffix(err.Error(), "(AtlasError) no") {
		t.Errorf("a catalog that fails: %v", err)
	}
}

// TestTheMostWastefulComeFirst: those that most tenants have and do not use, then those that
// fewest use.
func TestTheMostWastefulComeFirst(t *testing.T) {
	t.Parallel()
	tally := newUsageTally(0)
	for i, c := range []struct {
		index        string
		unused, used int
		ops          int64
	}{{"d", 1, 0, 0}, {"a", 0, 1, 9}, {"b", 2, 1, 5}, {"c", 0, 1, 3}, {"e", 1, 2, 0}, {"f", 0, 0, 0}} {
		for range c.unused {
			tally.add([]indexes.Use{{Collection: "people", Index: c.index, Since: time.Unix(int64(i), 0)}})
		}
		for range c.used {
			tally.add([]indexes.Use{{Collection: "people", Index: c.index, Ops: 1 + c.ops}})
		}
		if c.unused+c.used == 0 {
			tally.add([]indexes.Use{{Collection: "people", Index: c.index, Problem: indexes.Missing}})
		}
	}
	var order string
	for _, x := range tally.usages(false) {
		order += x.Index
	}
	if order != "bdefca" {
		t.Errorf("the order is %s", order)
	}
}

// TestEveryTenantCountsOnce in one of the numbers, whatever is counted of its index.
func TestEveryTenantCountsOnce(t *testing.T) {
	t.Parallel()
	long, short, ahead := days(9), time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		observed time.Duration
		uses     []indexes.Use
		want     IndexUsage
	}{
		"not there":          {0, []indexes.Use{{Problem: indexes.Absent, Enforcing: true}}, IndexUsage{Absent: 1}},
		"missing":            {0, []indexes.Use{{Problem: indexes.Missing, Enforcing: true}}, IndexUsage{Missing: 1}},
		"being built":        {0, []indexes.Use{{Problem: indexes.Building, Ops: 1, Since: long}}, IndexUsage{Building: 1, Ops: 1}},
		"hidden":             {0, []indexes.Use{{Problem: indexes.Hidden, Enforcing: true, Since: long}}, IndexUsage{Hidden: 1}},
		"enforcing":          {0, []indexes.Use{{Enforcing: true, Since: long}}, IndexUsage{Enforcing: 1}},
		"enforcing and used": {0, []indexes.Use{{Enforcing: true, Ops: 2, Since: long}}, IndexUsage{Enforcing: 1, Ops: 2}},
		"used, new":          {time.Hour, []indexes.Use{{Ops: 2, Since: short}}, IndexUsage{Used: 1, Ops: 2}},
		"unused, new":        {time.Hour, []indexes.Use{{Since: short}}, IndexUsage{Brief: 1}},
		"unused":             {time.Hour, []indexes.Use{{Since: long}}, IndexUsage{Unused: 1, Since: &long}},
		"unused, however new": {
			0, []indexes.Use{{Since: short}, {Since: long}}, IndexUsage{Unused: 2, Since: &short},
		},
		"a server's clock is ahead": {0, []indexes.Use{{Since: ahead}}, IndexUsage{Unused: 1, Since: &ahead}},
		"the latest comes first":    {time.Hour, []indexes.Use{{Since: days(3)}, {Since: long}, {Since: short}}, IndexUsage{Unused: 2, Since: new(days(3)), Brief: 1}},
	} {
		tally := newUsageTally(c.observed)
		for _, u := range c.uses {
			tally.add([]indexes.Use{u})
		}
		if diff := cmp.Diff([]IndexUsage{c.want}, tally.usages(false)); diff != "" || len(tally.usages(true)) > 0 {
			t.Errorf("%s: -want +have:\n%s", name, diff)
		}
	}
}
