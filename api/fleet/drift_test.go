package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
)

// fleetOf makes n tenants and returns their databases by name. The first one is
// provisioned. The others are entered in the catalog as it is, and made by ensure.
func (f *fixture) fleetOf(t *testing.T, n int) map[string]*mongo.Database {
	t.Helper()
	name := func(i int) string { return fmt.Sprintf("%s%03d", f.prefix, i) }
	databases := map[string]*mongo.Database{name(0): f.provision(t, name(0))}
	first, err := f.catalog.Find(t.Context(), name(0))
	if err != nil {
		t.Fatal(err)
	}
	var entries []bson.D
	for i := 1; i < n; i++ {
		database := testdb.Database(t, fmt.Sprint(i))
		databases[name(i)] = testdb.Client(t).Database(database)
		entries = append(entries, bson.D{
			{Key: "name", Value: name(i)}, {Key: "database", Value: database}, {Key: "state", Value: string(first.State)}, {Key: "fingerprint", Value: first.Fingerprint},
		})
	}
	if _, err := f.admin.Collection("tenants").InsertMany(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	if made := f.ensure(t, visit.Options{Parallel: 8}, false); len(made.Findings) != n-1 || len(made.Open()) > 0 {
		t.Fatalf("%d findings, open are %v", len(made.Findings), made.Open())
	}
	return databases
}

func (f *fixture) check(t *testing.T, run visit.Options) []indexes.Finding {
	t.Helper()
	report, err := f.CheckIndexes(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return report.Findings
}

func (f *fixture) ensure(t *testing.T, run visit.Options, prune bool) *fleet.Report {
	t.Helper()
	report, err := f.EnsureIndexes(t.Context(), run, prune)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestDriftsAmongManyTenants has five of 300 tenants drift, each in a way of its
// own.
func TestDriftsAmongManyTenants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	databases := f.fleetOf(t, 300)
	run := visit.Options{Parallel: 8}
	if found := f.check(t, run); len(found) > 0 {
		t.Fatalf("before any drift: %v", found)
	}
	var want []string
	for i, drift := range drifts[:5] {
		name := fmt.Sprintf("%s%03d", f.prefix, 7+61*i)
		drift.do(t, databases[name].Collection("users"))
		want = append(want, fmt.Sprintf("tenant %s, collection users, index %s is %s: %s", name, drift.index, drift.problem, drift.detail))
	}
	expect := func(what string, found []indexes.Finding, want []string) {
		t.Helper()
		var got []string
		for _, finding := range found {
			got = append(got, finding.String())
		}
		// How an index became unique depends on the server, and the name that it has then.
		if !slices.EqualFunc(got, want, strings.HasPrefix) {
			t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	report, err := f.CheckIndexes(t.Context(), run)
	if err != nil || report.Tenants != 300 {
		t.Fatalf("%d tenants, %v", report.Tenants, err)
	}
	expect("check", report.Findings, want)

	built := f.ensure(t, run, false)
	expect("ensure", built.Findings, want)
	expect("ensure left", built.Open(), slices.Delete(slices.Clone(want[1:]), 1, 2)) // not the one of another name
	expect("check after ensure", f.check(t, run), want[1:])

	pruned := f.ensure(t, run, true)
	expect("ensure with prune", pruned.Findings, want[1:])
	expect("ensure with prune left", pruned.Open(), nil)
	if report, err = f.CheckIndexes(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	expect("check after all", report.Open(), nil)
}

// enter makes an entry of the catalog by hand, and returns its tenant's database.
func (f *fixture) enter(t *testing.T, name string, members ...bson.E) *mongo.Database {
	t.Helper()
	database := testdb.Database(t, name)
	entry := append(bson.D{{Key: "name", Value: f.prefix + name}, {Key: "database", Value: database}}, members...)
	if _, err := f.admin.Collection("tenants").InsertOne(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	return testdb.Client(t).Database(database)
}

func TestDatabasesAndCollectionsThatAreAbsent(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	things := meta.Collection{Name: "things"}
	f.Fleet = f.with(t, fleet.Config{Collections: append(raw.Declarations(gen.Collections()), things)})
	f.provision(t, f.prefix+"agrees")
	active := f.enter(t, "active")
	begun := f.enter(t, "begun", bson.E{Key: "state", Value: "provisioning"})
	emptied := f.enter(t, "emptied")
	partly := f.provision(t, f.prefix+"partly")
	if err := partly.Collection("users").Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := emptied.CreateCollection(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	noDatabase := func(name string, db *mongo.Database) string {
		return fmt.Sprintf("tenant %s%s is absent: there is no database %q on cluster \"default\"", f.prefix, name, db.Name())
	}
	noCollection := func(name, collection string, db *mongo.Database) string {
		return fmt.Sprintf("tenant %s%s, collection %s is absent: it is not in database %s", f.prefix, name, collection, db.Name())
	}
	want := []string{
		noDatabase("active", active),
		noDatabase("begun", begun) + "; the tenant is still being provisioned, which a running server finishes, or creating it once more",
		noCollection("emptied", "things", emptied),
		noCollection("emptied", "users", emptied),
		noCollection("partly", "users", partly),
	}
	texts := func(findings []indexes.Finding) (texts []string) {
		for _, finding := range findings {
			texts = append(texts, finding.String())
			if finding.Remedy != indexes.Create {
				t.Errorf("remedy %q of %s", finding.Remedy, finding)
			}
		}
		return texts
	}
	if got := texts(f.check(t, visit.Options{Parallel: 3})); !slices.Equal(got, want) {
		t.Errorf("check:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	names, err := testdb.Client(t).ListDatabaseNames(t.Context(), bson.D{{Key: "name", Value: active.Name()}})
	if err != nil || len(names) > 0 {
		t.Errorf("looking made databases %v, %v", names, err)
	}
	report := f.ensure(t, visit.Options{Parallel: 3}, false)
	if got := texts(report.Findings); !slices.Equal(got, want) || len(report.Open()) > 0 {
		t.Errorf("ensure:\n%s\nleft %v", strings.Join(got, "\n"), report.Open())
	}
	for _, db := range []*mongo.Database{active, begun, emptied, partly} {
		if got := indexNames(t, db.Collection("users")); !slices.Equal(got, []string{"_id_", "email_1", byRole}) {
			t.Errorf("%s: indexes are %v", db.Name(), got)
		}
		if got := indexNames(t, db.Collection("things")); !slices.Equal(got, []string{"_id_"}) {
			t.Errorf("%s: a collection without declared indexes has %v", db.Name(), got)
		}
	}
	if found := f.check(t, visit.Options{}); len(found) > 0 {
		t.Errorf("after ensure: %v", found)
	}
}

func TestNamesThatNoTenantHas(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.provision(t, f.prefix)
	f.enter(t, "gone", bson.E{Key: "state", Value: "deleted"})
	report, err := f.CheckIndexes(t.Context(), visit.Options{Tenants: []string{"nobody", f.prefix, "nobody", f.prefix + "gone"}})
	if err != nil || report.Tenants != 3 || len(report.Findings) != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	for i, name := range []string{"nobody", f.prefix + "gone"} {
		if got := report.Findings[i]; got.Tenant != name || got.Problem != indexes.Unknown {
			t.Errorf("found %+v", got)
		}
	}
}

// TestRunThatEnds ends in the middle: nothing is reported as done that is not, and the next
// run does the rest.
func TestRunThatEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	databases := f.fleetOf(t, 12)
	for _, db := range databases {
		drop(t, db.Collection("users"), "email_1")
		drop(t, db.Collection("users"), byRole)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	report, err := f.EnsureIndexes(ctx, visit.Options{Parallel: 4, Progress: func(done int) {
		if done == 2 {
			cancel()
		}
	}}, true)
	if !errors.Is(err, context.Canceled) || report.Tenants < 2 || report.Tenants == len(databases) {
		t.Fatalf("%d tenants, %v", report.Tenants, err)
	}
	for _, finding := range report.Findings {
		there := slices.Contains(indexNames(t, databases[finding.Tenant].Collection("users")), finding.Index)
		if finding.Done && !there || finding.Problem != indexes.Missing {
			t.Errorf("found %+v", finding)
		}
	}
	if left := f.check(t, visit.Options{Parallel: 4}); len(left) == 0 {
		t.Error("the run went on to the end")
	}
	f.ensure(t, visit.Options{Parallel: 4}, false)
	if left := f.check(t, visit.Options{Parallel: 4}); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestEnsureIsNoted: the catalog records the indexes that ensure completed, and no others.
func TestEnsureIsNoted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	name := f.prefix
	db := f.provision(t, name)
	behind := func() bool {
		one, err := f.catalog.Find(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return f.Behind(one)
	}
	forgotten := bson.D{{Key: "$unset", Value: bson.D{{Key: "fingerprint", Value: ""}}}}
	if _, err := f.admin.Collection("tenants").UpdateOne(t.Context(), bson.D{{Key: "name", Value: name}}, forgotten); err != nil {
		t.Fatal(err)
	}
	drifts[1].do(t, db.Collection("users"))
	drifts[4].do(t, db.Collection("users"))
	f.ensure(t, visit.Options{}, false)
	if !behind() {
		t.Error("current without a unique index")
	}
	drop(t, db.Collection("users"), "email_1")
	f.check(t, visit.Options{})
	if !behind() {
		t.Error("check wrote to the catalog")
	}
	f.ensure(t, visit.Options{}, false)
	if behind() {
		t.Error("behind with all indexes, and one more")
	}
}
