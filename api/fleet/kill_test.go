package fleet_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/runs"
	"github.com/partywall/partywall/gen/tenants"
)

// counting are migrations of which each part would be noticed if it was done twice.
var counting = fstest.MapFS{
	"0001_count.up.json": {Data: []byte(`[
		{"insert": "counters", "documents": [{"_id": 1, "many": true}, {"_id": 2, "many": true}, {"_id": 3, "many": true}, {"made": true}]},
		{"update": "counters", "updates": [
			{"q": {"_id": "c"}, "u": {"$inc": {"n": 1}}, "upsert": true},
			{"q": {"many": true}, "u": {"$inc": {"n": 1}}, "multi": true}
		]}
	]`)},
	"0001_count.down.json": {Data: []byte(`[]`)},
	"0002_step.up.json":    {Data: []byte(`[{"step": "count", "batch": 2}, {"step": "to_text", "collection": "counters", "path": "n", "batch": 2}, {"update": "counters", "updates": [{"q": {}, "u": {"$push": {"list": 1}}, "multi": true}]}]`)},
	"0002_step.down.json":  {Data: []byte(`[]`)},
	"0003_last.up.json":    {Data: []byte(`[{"update": "counters", "updates": [{"q": {"_id": "c"}, "u": {"$inc": {"last": 1}}}]}]`)},
	"0003_last.down.json":  {Data: []byte(`[{"update": "counters", "updates": [{"q": {"_id": "c"}, "u": {"$inc": {"last": -1}}}]}]`)},
}

// count is a step that is done with a document once it has counted it.
var count = steps.Step{Name: "count", Read: func(*steps.Members) steps.Work {
	return steps.Work{Collection: "counters", Change: func(doc bson.Raw) (steps.Edit, error) {
		if !doc.Lookup("stepped").IsZero() {
			return steps.Edit{}, nil
		}
		return steps.Edit{When: bson.D{{Key: "stepped", Value: nil}}, Set: bson.D{{Key: "stepped", Value: int32(1)}}}, nil
	}}
}}

// countAfter is count, with a check.
func countAfter(check func(context.Context) error) steps.Step {
	return steps.Step{Name: count.Name, Read: func(m *steps.Members) steps.Work {
		w := count.Read(m)
		w.Check = func(ctx context.Context, _ *mongo.Collection) error { return check(ctx) }
		return w
	}}
}

// shortLease lets the locks of killed processes expire soon, and is long enough for living
// ones on a busy machine.
const shortLease = 5 * time.Second

func countingConfig(lease time.Duration) fleet.Config {
	return fleet.Config{Collections: raw.Declarations(gen.Collections()), Migrations: counting, Steps: []steps.Step{count, steps.ToText()}, LeaseTTL: lease}
}

// counted is the sum of the counters if everything was done once.
var counted = []string{
	"1 many:true n:1 stepped:1 list:[1] _rev:2", "2 many:true n:1 stepped:1 list:[1] _rev:2", "3 many:true n:1 stepped:1 list:[1] _rev:2",
	"c n:1 last:1 stepped:1 list:[1] _rev:2", "made:true stepped:1 list:[1] _rev:1",
}

// checkCounted returns what in a tenant's database was not done exactly once.
func checkCounted(ctx context.Context, db *mongo.Database) error {
	cursor, err := db.Collection("counters").Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	var docs []map[string]any
	if err := cursor.All(ctx, &docs); err != nil {
		return err
	}
	if len(docs) != len(counted) {
		return fmt.Errorf("%s has %d documents: %v", db.Name(), len(docs), docs)
	}
	var have []string
	for _, doc := range docs {
		var text []string
		if _, chosen := doc["_id"].(bson.ObjectID); !chosen {
			text = append(text, fmt.Sprint(doc["_id"]))
		}
		for _, key := range []string{"many", "made", "n", "last", "stepped", "list", "_rev", "_migration"} {
			if value, ok := doc[key]; ok {
				text = append(text, fmt.Sprintf("%s:%v", key, value))
			}
		}
		have = append(have, strings.Join(text, " "))
	}
	for _, want := range counted {
		if !slices.Contains(have, want) {
			return fmt.Errorf("%s has no %q: %q", db.Name(), want, have)
		}
	}
	return nil
}

// What a child process of the tests is told by its environment.
const (
	childTask  = "PARTYWALL_FLEET_CHILD"
	childURI   = "PARTYWALL_FLEET_URI"
	childAdmin = "PARTYWALL_FLEET_ADMIN"
)

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		if err := runChild(task); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testdb.Run(m))
}

// runChild migrates the fleet, writes first documents, or provisions the tenants whose names task lists. It reports
// that it has begun, so that it is not killed before.
func runChild(task string) error {
	ctx := context.Background()
	if strings.HasPrefix(task, "write ") {
		return writeAsChild(ctx, task)
	}
	f, catalog, err := openFleet(os.Getenv(childURI), os.Getenv(childAdmin), shortLease)
	if err != nil {
		return err
	}
	defer catalog.Close()
	fmt.Println("begun")
	if task == "migrate" {
		_, err = f.Resume(ctx, migrate.Options{Parallel: 4})
		return err
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for name := range strings.SplitSeq(task, ",") {
		all.Go(func() {
			_, err := f.Provision(ctx, name, tenant.DefaultCluster)
			mu.Lock()
			defer mu.Unlock()
			if !errors.Is(err, tenant.ErrExists) {
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// openFleet returns a fleet with connections of its own, as each process has.
func openFleet(uri, admin string, lease time.Duration) (*fleet.Fleet, *tenant.Catalog, error) {
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	catalog, err := tenant.NewCatalog(clusters, admin, time.Minute, log)
	if err != nil {
		return nil, nil, err
	}
	cfg := countingConfig(lease)
	cfg.Catalog, cfg.Log = catalog, log
	f, err := fleet.New(cfg)
	return f, catalog, err
}

// killed starts a child and kills it at a random moment within after, unless it ends first.
func killed(ctx context.Context, task, uri, admin string, after time.Duration) error {
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), childTask+"="+task, childURI+"="+uri, childAdmin+"="+admin)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "begun\n" {
		return fmt.Errorf("the child says %q: %w", line, err)
	}
	timer := time.AfterFunc(rand.N(after), func() { _ = child.Process.Kill() })
	defer timer.Stop()
	var exit *exec.ExitError
	if err := child.Wait(); err != nil && (!errors.As(err, &exit) || exit.Exited()) {
		return err
	}
	return nil
}

// killRounds is how often processes are killed.
var killRounds = flag.Int("kill-rounds", 10, "how often the suites kill a process that migrates or provisions")

// killAtOnce is how many rounds go on side by side: they mostly wait for locks to run
// out.
const killAtOnce = 10

// rounds calls round killRounds times.
func rounds(t *testing.T, n int, round func(ctx context.Context, i int) error) {
	t.Helper()
	slots := make(chan struct{}, killAtOnce)
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := round(t.Context(), i); err != nil {
				t.Errorf("round %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// killWithin is a little more than a run takes beside others.
const killWithin = 1500 * time.Millisecond

// TestKilledRunIsResumed kills a process that migrates a fleet, and goes on where
// it stopped.
func TestKilledRunIsResumed(t *testing.T) {
	client, uri := testdb.Client(t), testdb.URI(t)
	rounds(t, *killRounds, func(ctx context.Context, _ int) error {
		admin := testdb.Database(t, "admin")
		var names []string
		var entries []bson.D
		for i := range 6 {
			name := testdb.Database(t, fmt.Sprint(i))
			names, entries = append(names, name), append(entries, bson.D{{Key: "name", Value: name}})
		}
		if _, err := client.Database(admin).Collection("tenants").InsertMany(ctx, entries); err != nil {
			return err
		}
		for range 1 + rand.N(2) {
			if err := killed(ctx, "migrate", uri, admin, killWithin); err != nil {
				return err
			}
		}
		f, catalog, err := openFleet(uri, admin, shortLease)
		if err != nil {
			return err
		}
		defer catalog.Close()
		if err := resume(ctx, f); err != nil {
			return err
		}
		if last, err := f.LastRun(ctx); err != nil || last == nil || last.State != runs.StateDone || last.Tenants != last.Done || last.EndedAt.IsZero() {
			return fmt.Errorf("the record is %+v, %w", last, err)
		}
		return checkMigrated(ctx, client, catalog, names)
	})
}

// resumptions bounds how often a run that loses locks on a busy machine is resumed.
const resumptions = 5

func resume(ctx context.Context, f *fleet.Fleet) error {
	for i := 1; ; i++ {
		out, err := f.Resume(ctx, migrate.Options{Parallel: 4})
		if err == nil && len(out.Failures) == 0 {
			return nil
		}
		if err != nil || i == resumptions {
			return fmt.Errorf("resume: %+v, %w", out, err)
		}
	}
}

// checkMigrated fails for each tenant that was not migrated exactly once.
func checkMigrated(ctx context.Context, client *mongo.Client, catalog *tenant.Catalog, names []string) error {
	for _, name := range names {
		one, err := catalog.Find(ctx, name)
		if err != nil {
			return err
		}
		m := one.Migration
		if m.Version != 3 || m.Dirty || m.Done != 0 || m.Problem != "" || len(m.Checksums) != 3 || one.Lock.Owner != "" || one.State != tenants.StateActive {
			return fmt.Errorf("%s: %+v, lock %+v, %s", name, m, one.Lock, one.State)
		}
		if err := checkCounted(ctx, client.Database(one.Database)); err != nil {
			return err
		}
	}
	return nil
}

// TestKilledProvisioningIsFinished kills a process that makes tenants.
func TestKilledProvisioningIsFinished(t *testing.T) {
	client, uri := testdb.Client(t), testdb.URI(t)
	rounds(t, *killRounds/2, func(ctx context.Context, i int) error {
		admin := testdb.Database(t, "admin")
		names := []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), fmt.Sprintf("c%d", i)}
		if err := killed(ctx, strings.Join(names, ","), uri, admin, killWithin); err != nil {
			return err
		}
		f, catalog, err := openFleet(uri, admin, shortLease)
		if err != nil {
			return err
		}
		defer catalog.Close()
		for { // until the locks of the dead have run out
			if _, err := f.Reconcile(ctx); err != nil {
				return err
			}
			standing, err := f.Count(ctx)
			if err != nil {
				return err
			}
			if standing.Provisioning == 0 {
				break
			}
		}
		for _, name := range names {
			// Those that were not even begun.
			if _, err := f.Provision(ctx, name, tenant.DefaultCluster); err != nil && !errors.Is(err, tenant.ErrExists) {
				return err
			}
			one, err := catalog.Find(ctx, name)
			if err != nil {
				return err
			}
			testdb.DropAtEnd(one.Database)
		}
		if report, err := f.CheckIndexes(ctx, visit.Options{}); err != nil || len(report.Findings) > 0 {
			return fmt.Errorf("%+v, %w", report, err)
		}
		return checkMigrated(ctx, client, catalog, names)
	})
}
