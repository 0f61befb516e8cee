package fleet_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/runs"
	"github.com/partywall/partywall/gen/tenants"
)

// adopted returns a fleet of n tenants as an older deployment left them, and counting
// migrations.
func adopted(t *testing.T, n int) (*fixture, []string) {
	t.Helper()
	f := newFixture(t)
	f.Fleet = f.with(t, countingConfig(0))
	var names []string
	var entries []any
	for i := range n {
		name := fmt.Sprintf("%s%03d", f.prefix, i)
		testdb.DropAtEnd(name)
		names, entries = append(names, name), append(entries, bson.D{{Key: "name", Value: name}})
	}
	if _, err := f.admin.Collection("tenants").InsertMany(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	return f, names
}

func (f *fixture) latest() migrate.Options {
	return migrate.Options{Target: f.Latest(), Parallel: 8}
}

// migrate carries out a run, which must not fail.
func (f *fixture) migrate(t *testing.T, m migrate.Options) *migrate.Outcome {
	t.Helper()
	out, err := f.Migrate(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f *fixture) find(t *testing.T, name string) *tenant.Entry {
	t.Helper()
	one, err := f.catalog.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// set changes an entry behind the catalog's back.
func (f *fixture) set(t *testing.T, name string, members bson.D) {
	t.Helper()
	result, err := f.admin.Collection("tenants").UpdateOne(t.Context(), bson.D{{Key: "name", Value: name}}, bson.D{{Key: "$set", Value: members}})
	if err != nil || result.MatchedCount != 1 {
		t.Fatal(result, err)
	}
}

// take puts a document where a migration wants to insert one.
func take(t *testing.T, name string) {
	t.Helper()
	if _, err := testdb.Client(t).Database(name).Collection("counters").InsertOne(t.Context(), bson.D{{Key: "_id", Value: int32(1)}}); err != nil {
		t.Fatal(err)
	}
}

// free removes it again.
func free(t *testing.T, name string) {
	t.Helper()
	if _, err := testdb.Client(t).Database(name).Collection("counters").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: int32(1)}}); err != nil {
		t.Fatal(err)
	}
}

func TestTwoRunnersAtOnce(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 24)
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 2 {
		all.Go(func() {
			other, catalog, err := openFleet(testdb.URI(t), f.admin.Name(), 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer catalog.Close()
			out, err := other.Migrate(t.Context(), f.latest())
			if _, ok := errors.AsType[*migrate.BusyError](err); ok {
				return
			}
			if err != nil || len(out.Failures) > 0 || out.Left > 0 {
				t.Errorf("%+v, %v", out, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			done += out.Done
		})
	}
	all.Wait()
	if err := checkMigrated(t.Context(), testdb.Client(t), f.catalog, names); err != nil {
		t.Error(err)
	}
	if done != len(names) {
		t.Errorf("%d tenants were brought to the target", done)
	}
}

var fleetSize = flag.Int("fleet-size", 30, "how many tenants the suite migrates that is about a large fleet")

// TestOneOfManyFails goes on past it, and takes it up once it is mended.
func TestOneOfManyFails(t *testing.T) {
	t.Parallel()
	many := *fleetSize
	f, names := adopted(t, many)
	// The locks and the files are those of everyday use.
	f.Fleet = f.with(t, fleet.Config{Migrations: fstest.MapFS{
		"0001_one.up.json":   {Data: []byte(`[{"insert": "counters", "documents": [{"_id": 1}]}]`)},
		"0001_one.down.json": {Data: []byte(`[]`)},
		"0002_two.up.json":   {Data: []byte(`[{"update": "counters", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}]}]`)},
		"0002_two.down.json": {Data: []byte(`[]`)},
	}})
	broken := names[many/2]
	take(t, broken)
	var last, all int
	m := f.latest()
	m.Progress = func(through, of int) { last, all = through, of }
	out := f.migrate(t, m)
	if out.Done != many-1 || out.Current != 0 || out.Left != 0 || len(out.Failures) != 1 || out.Failures[0].Tenant != broken || last != many || all != many {
		t.Fatalf("%+v, progress %d of %d", out, last, all)
	}
	if problem := out.Failures[0].Problem; !strings.Contains(problem, "0001 up: element 1: insert counters") {
		t.Errorf("%s", problem)
	}
	if one := f.find(t, broken); !one.Migration.Dirty || one.Migration.Version != 1 || one.Migration.Problem == "" || one.Lock.Owner != "" {
		t.Errorf("%+v", one.Migration)
	}
	run, err := f.LastRun(t.Context())
	if err != nil || run.State != runs.StateFailed || run.Tenants != int64(many) || run.Done != int64(many-1) || run.Failed != 1 || run.Failures[0].Name != broken {
		t.Errorf("%+v, %v", run, err)
	}
	again := f.migrate(t, f.latest())
	if again.Current != many-1 || len(again.Failures) != 1 || !strings.Contains(again.Failures[0].Problem, "migration 0001 stopped half way") {
		t.Errorf("without a resumption: %+v", again)
	}
	free(t, broken)
	if out, err := f.Resume(t.Context(), f.latest()); err != nil || out.Done != 1 || len(out.Failures) != 0 {
		t.Errorf("resumed: %+v, %v", out, err)
	}
	for _, name := range names {
		var doc bson.M
		if err := testdb.Client(t).Database(name).Collection("counters").FindOne(t.Context(), bson.D{}).Decode(&doc); err != nil || doc["n"] != int32(1) || len(doc) != 2 {
			t.Errorf("%s: %v, %v", name, doc, err)
		}
	}
}

func TestRepair(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 2)
	for i, applied := range []bool{false, true} {
		take(t, names[i])
		f.migrate(t, migrate.Options{Target: 3, Tenants: names[i : i+1]})
		free(t, names[i])
		if version, err := f.Repair(t.Context(), names[i], migrate.RepairOptions{Applied: applied}); err != nil || version != int64(i) {
			t.Errorf("%d, %v", version, err)
		}
		if m := f.find(t, names[i]).Migration; m.Dirty || m.Version != int64(i) || len(m.Checksums) != i || m.Problem != "" || !m.Attempt.IsZero() {
			t.Errorf("%+v", m)
		}
	}
	if out := f.migrate(t, f.latest()); out.Done != 2 || len(out.Failures) != 0 {
		t.Errorf("%+v", out)
	}
	if err := checkCounted(t.Context(), testdb.Client(t).Database(names[0])); err != nil {
		t.Error(err)
	}
}

func TestCanariesGoFirst(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		broken int
		m      migrate.Options
		done   int
		left   int
	}{
		"by number":      {0, migrate.Options{CanarySize: 2}, 1, 4},
		"by name":        {3, migrate.Options{Canary: []string{"3", "4"}}, 1, 4},
		"not one":        {5, migrate.Options{CanarySize: 2}, 5, 0},
		"first failure":  {0, migrate.Options{MaxFailures: 1, Parallel: 1}, 0, 5},
		"second failure": {0, migrate.Options{MaxFailures: 2, Parallel: 1}, 5, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, names := adopted(t, 6)
			for i, digit := range c.m.Canary {
				c.m.Canary[i] = names[int(digit[0]-'0')]
			}
			take(t, names[c.broken])
			c.m.Target = 3
			out := f.migrate(t, c.m)
			if out.Done != c.done || out.Left != c.left || len(out.Failures) != 1 {
				t.Errorf("%+v", out)
			}
			if run, err := f.LastRun(t.Context()); err != nil || run.State != runs.StateFailed || run.Done != int64(c.done) {
				t.Errorf("%+v, %v", run, err)
			}
		})
	}
}

// TestNothingRunsBefore: what keeps every run from beginning.
func TestNothingRunsBefore(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 3)
	f.migrate(t, migrate.Options{Target: 1, Tenants: names[:1]})
	edited := maps.Clone(counting)
	edited["0001_count.up.json"] = &fstest.MapFile{Data: []byte(`[]`)}
	fewer := fstest.MapFS{}
	for says, c := range map[string]struct {
		files fstest.MapFS
		m     migrate.Options
	}{
		"0001_count was edited after it was applied":         {edited, migrate.Options{Target: 3, Strict: true}},
		"is at version 1, the newest migration here is 0":    {fewer, migrate.Options{Strict: true}},
		names[0] + ": migration 0001_count was edited":       {edited, migrate.Options{Target: 3, Canary: names[:1]}},
		"nobody: is not in the catalog":                      {counting, migrate.Options{Target: 3, Tenants: []string{names[1], "nobody"}}},
		"somebody: is not in the catalog":                    {counting, migrate.Options{Target: 3, Canary: []string{"somebody"}}},
		"there is no migration 0004; there are 0000, before": {counting, migrate.Options{Target: 4}},
		"there is no migration -001":                         {counting, migrate.Options{Target: -1}},
	} {
		cfg := countingConfig(0)
		cfg.Migrations = c.files
		out, err := f.with(t, cfg).Migrate(t.Context(), c.m)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", says, out, err)
		}
	}
	for _, name := range names[1:] {
		if one := f.find(t, name); one.Migration.Version != 0 || one.Lock.Token != 0 {
			t.Errorf("%s was touched: %+v", name, one)
		}
	}
}

// TestOddTenantsArePassedBy: they are named and counted, and neither stop the others
// nor count as failures of a run that did not try them.
func TestOddTenantsArePassedBy(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 6)
	f.migrate(t, migrate.Options{Target: 3, Tenants: names[:1]}) // ahead of who has no migration
	f.migrate(t, migrate.Options{Target: 1, Tenants: names[1:2]})
	f.set(t, names[2], bson.D{{Key: "cluster", Value: "mars"}})
	take(t, names[3])
	edited := maps.Clone(counting)
	edited["0003_last.up.json"] = &fstest.MapFile{Data: []byte(`[]`)}
	cfg := countingConfig(0)
	cfg.Migrations = edited
	out, err := f.with(t, cfg).Migrate(t.Context(), migrate.Options{Target: 3, MaxFailures: 2, CanarySize: 1})
	if err != nil {
		t.Fatal(err)
	}
	if out.Tenants != 6 || out.Done != 3 || out.Left != 0 || len(out.Failures) != 1 || out.Failures[0].Tenant != names[3] {
		t.Errorf("%+v", out)
	}
	passed := map[string]string{}
	for _, p := range out.Passed {
		passed[p.Tenant] = p.Problem
	}
	if len(passed) != 2 || !strings.Contains(passed[names[0]], "0003_last was edited") || !strings.Contains(passed[names[2]], "mars") {
		t.Errorf("passed by are %v", passed)
	}
	for i, version := range map[int]int64{0: 3, 1: 3, 4: 3, 5: 3} {
		if one := f.find(t, names[i]); one.Migration.Version != version {
			t.Errorf("%s: %+v", names[i], one.Migration)
		}
	}
	if run, err := f.LastRun(t.Context()); err != nil || len(run.Failures) != 1 || run.State != runs.StateFailed {
		t.Errorf("%+v, %v", run, err)
	}
}

// TestChangedHalfWay has a migration that failed, and whose file was changed then: it was
// not applied, and the message says how far it came.
func TestChangedHalfWay(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 1)
	take(t, names[0])
	f.migrate(t, f.latest())
	changed := maps.Clone(counting)
	changed["0001_count.up.json"] = &fstest.MapFile{Data: []byte(`[]`)}
	cfg := countingConfig(0)
	cfg.Migrations = changed
	out, err := f.with(t, cfg).Migrate(t.Context(), f.latest())
	if err != nil || len(out.Passed) != 1 || !strings.Contains(out.Passed[0].Problem, "0001_count stopped half way, at element 1, and its file was changed since") {
		t.Errorf("%+v, %v", out, err)
	}
	free(t, names[0])
	if out, err := f.Resume(t.Context(), f.latest()); err != nil || out.Done != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestWhoIsMigrated are tenants in all states, and an entry that cannot be trusted.
func TestWhoIsMigrated(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 6)
	for i, state := range []string{"provisioning", "suspended", "deleting", "deleted"} {
		f.set(t, names[i], bson.D{{Key: "state", Value: state}})
	}
	f.set(t, names[5], bson.D{{Key: "database", Value: names[4]}})
	out := f.migrate(t, f.latest())
	if out.Tenants != 4 || out.Done != 3 || len(out.Failures) != 0 || len(out.Passed) != 1 || !strings.Contains(out.Passed[0].Problem, "which is tenant") {
		t.Errorf("%+v", out)
	}
	want := map[int]string{0: "active", 1: "suspended", 2: "deleting", 3: "deleted", 4: "active"}
	for i, state := range want {
		var entry tenants.Tenant
		stored, err := f.admin.Collection("tenants").FindOne(t.Context(), bson.D{{Key: "name", Value: names[i]}}).Raw()
		if err != nil || entry.UnmarshalBSON(stored) != nil {
			t.Fatal(err)
		}
		touched := state == "active" || state == "suspended"
		if string(entry.State) != state || (entry.Migration.Version == 3) != touched || (entry.Fingerprint != "") != touched {
			t.Errorf("%s: %+v", state, entry)
		}
	}
}

// TestDownAndUp goes back and forth, and finishes first what was begun.
func TestDownAndUp(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 1)
	db := testdb.Client(t).Database(names[0])
	last := func() any {
		var doc bson.M
		if err := db.Collection("counters").FindOne(t.Context(), bson.D{{Key: "_id", Value: "c"}}).Decode(&doc); err != nil {
			t.Fatal(err)
		}
		return doc["last"]
	}
	for _, step := range []struct {
		to   int64
		last any
	}{{3, int32(1)}, {2, int32(0)}, {3, int32(1)}, {1, int32(0)}, {2, int32(0)}} {
		if out := f.migrate(t, migrate.Options{Target: step.to}); out.Done != 1 {
			t.Fatalf("to %d: %+v", step.to, out)
		}
		if m := f.find(t, names[0]).Migration; m.Version != step.to || len(m.Checksums) != int(step.to) {
			t.Errorf("to %d: %+v", step.to, m)
		}
		if got := last(); got != step.last {
			t.Errorf("to %d: %v", step.to, got)
		}
	}
	// 0003 was begun and is to be gone back from: it is finished first.
	f.set(t, names[0], bson.D{{Key: "migration.version", Value: 3}, {Key: "migration.from", Value: 2}, {Key: "migration.dirty", Value: true}, {Key: "migration.attempt", Value: bson.NewObjectID()}})
	if out, err := f.Resume(t.Context(), migrate.Options{}); err != nil || out.Done != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if got := last(); got != int32(1) {
		t.Errorf("%v", got)
	}
}

// interrupted has a step that says when it begins, and ends when it must.
func interrupted(begun chan<- struct{}) fleet.Config {
	cfg := countingConfig(shortLease)
	cfg.Steps = []steps.Step{countAfter(func(ctx context.Context) error {
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}), steps.ToText()}
	return cfg
}

func TestInterruptedRunLeavesNoLock(t *testing.T) { // not in parallel: it looks for goroutines that are left
	f, names := adopted(t, 4)
	testdb.Client(t)
	// Clients that were there before start another of these with each heartbeat.
	heartbeat := goleak.IgnoreAnyFunction("go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology.(*contextDoneListener).Listen")
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(), heartbeat)
	begun := make(chan struct{}, len(names))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-begun
		cancel()
	}()
	m := f.latest()
	m.Parallel = 2
	out, err := f.with(t, interrupted(begun)).Migrate(ctx, m)
	if !errors.Is(err, context.Canceled) || out.Done != 0 || len(out.Failures) != 0 || out.Left != 4 {
		t.Errorf("%+v, %v", out, err)
	}
	for _, name := range names {
		if one := f.find(t, name); one.Lock.Owner != "" || one.Migration.Problem != "" {
			t.Errorf("%s: %+v, %+v", name, one.Lock, one.Migration)
		}
	}
	if run, err := f.LastRun(t.Context()); err != nil || run.State != runs.StateInterrupted || run.EndedAt.IsZero() {
		t.Errorf("%+v, %v", run, err)
	}
	if out, err := f.Resume(t.Context(), migrate.Options{Parallel: 4}); err != nil || out.Done != 4 {
		t.Errorf("%+v, %v", out, err)
	}
	if err := checkMigrated(t.Context(), testdb.Client(t), f.catalog, names); err != nil {
		t.Error(err)
	}
}

// TestLostLockEndsItsRun takes a tenant over from a run that stands still, as if its process
// were dead; what the run does afterwards is refused.
func TestLostLockEndsItsRun(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 1)
	begun := make(chan struct{}, 1)
	slow := f.with(t, interrupted(begun))
	ended := make(chan *migrate.Outcome)
	go func() {
		out, err := slow.Migrate(t.Context(), f.latest())
		if err != nil {
			t.Error(err)
		}
		ended <- out
	}()
	<-begun
	if owner, err := f.Unlock(t.Context(), names[0]); err != nil || owner == "" {
		t.Fatalf("%q, %v", owner, err)
	}
	out := <-ended
	if len(out.Failures) != 1 || !strings.Contains(out.Failures[0].Problem, tenant.ErrFenced.Error()) {
		t.Errorf("the old owner: %+v", out)
	}
	if out, err := f.Resume(t.Context(), migrate.Options{}); err != nil || out.Done != 1 {
		t.Fatalf("taken up: %+v, %v", out, err)
	}
	if err := checkMigrated(t.Context(), testdb.Client(t), f.catalog, names); err != nil {
		t.Error(err)
	}
}

// TestLockedTenantIsWaitedFor finds a lock whose owner is dead.
func TestLockedTenantIsWaitedFor(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 2)
	f.Fleet = f.with(t, countingConfig(shortLease))
	f.set(t, names[0], bson.D{{Key: "lock.owner", Value: "dead"}, {Key: "lock.token", Value: 7}, {Key: "lock.until", Value: time.Now().Add(shortLease)}})
	if out := f.migrate(t, f.latest()); out.Done != 2 || len(out.Failures) != 0 {
		t.Errorf("%+v", out)
	}
	if lock := f.find(t, names[0]).Lock; lock.Token != 8 || lock.Owner != "" {
		t.Errorf("%+v", lock)
	}
	f.migrate(t, migrate.Options{Target: 2})
	f.set(t, names[0], bson.D{{Key: "lock.owner", Value: "alive"}, {Key: "lock.until", Value: time.Now().Add(time.Hour)}})
	out := f.migrate(t, f.latest())
	if out.Done != 1 || len(out.Failures) != 1 || !strings.Contains(out.Failures[0].Problem, "is locked by alive until") {
		t.Errorf("%+v", out)
	}
}

// commands counts commands by database.
type commands struct {
	mu   sync.Mutex
	seen map[string]map[string]int
}

func (c *commands) add(database, command string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]map[string]int{}
	}
	if c.seen[database] == nil {
		c.seen[database] = map[string]int{}
	}
	c.seen[database][command]++
}

func (c *commands) by() map[string]map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen
}

// TestNothingToDo sends no tenant's database anything, and the catalog one query.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 1)
	f.migrate(t, f.latest())
	current := f.find(t, names[0])
	var entries []any
	for i := range 1000 {
		entries = append(entries, bson.D{
			{Key: "name", Value: fmt.Sprintf("%snoop%d", f.prefix, i)}, {Key: "fingerprint", Value: current.Fingerprint},
			{Key: "collections", Value: current.Collections}, {Key: "declarations", Value: current.Declarations},
			{Key: "migration", Value: bson.D{{Key: "version", Value: int64(3)}, {Key: "checksums", Value: current.Migration.Checksums}}},
		})
	}
	if _, err := f.admin.Collection("tenants").InsertMany(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	seen := &commands{}
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: testdb.Watch(t, testdb.URI(t), seen.add)}, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = clusters.Close(context.Background()) }()
	catalog, err := tenant.NewCatalog(clusters, f.admin.Name(), time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer catalog.Close()
	cfg := countingConfig(0)
	cfg.Catalog, cfg.Log = catalog, slog.New(slog.DiscardHandler)
	watched, err := fleet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	out, err := watched.Migrate(t.Context(), f.latest())
	if err != nil || out.Tenants != 1001 || out.Current != 1001 || out.Run != "" {
		t.Errorf("%+v, %v", out, err)
	}
	for database, sent := range seen.by() {
		switch {
		case database == "admin":
		case database != f.admin.Name():
			t.Errorf("%s was sent %v", database, sent)
		// The lease is looked for, made, taken and given back; its index, and those of the
		// other collections there, were looked at first.
		case sent["find"] != 2 || sent["update"]+sent["findAndModify"] != 2 || sent["insert"] > 1 || sent["getMore"] > 1:
			t.Errorf("the admin database was sent %v", sent)
		}
	}
}
