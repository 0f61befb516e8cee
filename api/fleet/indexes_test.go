package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// things is a collection with a unique index and one that is not.
var things = meta.Collection{Name: "things", Indexes: []meta.Index{
	{Name: "a_1", Keys: []meta.Key{{Path: "a"}}, Unique: true},
	{Name: "b_1", Keys: []meta.Key{{Path: "b"}}},
}}

// modelFleet returns a fleet on a model of MongoDB, and its admin database.
func modelFleet(t *testing.T, cfg Config, entries ...bson.D) (*Fleet, *scripted.Server, *mongo.Database) {
	t.Helper()
	server := scripted.Start(t)
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: server.URI()}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	log := slog.New(slog.DiscardHandler)
	catalog, err := tenant.NewCatalog(clusters, "admins", time.Minute, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	cfg.Catalog, cfg.Log, cfg.Eager = catalog, log, true
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	admin := client.Database("admins")
	for _, entry := range entries {
		if _, err := admin.Collection("tenants").InsertOne(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	server.Reset()
	return f, server, admin
}

// named returns entries of the catalog that have a name alone.
func named(names ...string) (entries []bson.D) {
	for _, name := range names {
		entries = append(entries, bson.D{{Key: "name", Value: name}})
	}
	return entries
}

func TestNameOf(t *testing.T) {
	t.Parallel()
	entry := &tenant.EntryError{Tenant: "entered", Reason: "is not one"}
	misfit := &store.DocumentError{Collection: "tenants", ID: "507f1f77bcf86cd799439011", Path: "state", Problem: "is no text"}
	for want, c := range map[string]struct {
		t       *tenant.Entry
		problem error
	}{
		"one":                      {&tenant.Entry{Name: "one"}, nil},
		"entered":                  {nil, fmt.Errorf("entry: %w", entry)},
		"507f1f77bcf86cd799439011": {nil, fmt.Errorf("entry: %w", misfit)},
		"":                         {nil, errors.New("lost")},
	} {
		if got := visit.Name(c.t, c.problem); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestExamine: the result of inspecting a tenant, or why it was not inspected.
func TestExamine(t *testing.T) {
	t.Parallel()
	one := &tenant.Entry{Name: "one", Cluster: "east", State: tenants.StateActive}
	half := &tenant.Entry{Name: "half", Cluster: "east", State: tenants.StateProvisioning}
	unknown := fmt.Errorf("%w: %w", tenant.ErrUnknown, &tenant.EntryError{Tenant: "nobody", Reason: "is not in the catalog"})
	found := []indexes.Finding{{Index: "a_1", Problem: indexes.Missing, Detail: "gone"}, {Index: "b_1", Problem: indexes.Missing, Detail: "built", Done: true}}
	provisioned := "; the tenant is still being provisioned, which a running server finishes, or creating it once more"
	for name, c := range map[string]struct {
		t       *tenant.Entry
		problem error
		found   []indexes.Finding
		err     error
		ended   bool
		want    []string
		verdict visit.Verdict
	}{
		"nothing found":       {t: one},
		"found":               {t: one, found: found, want: []string{"tenant one, index a_1 is missing: gone", "tenant one, index b_1 is missing: built"}},
		"not known":           {problem: unknown, want: []string{"tenant nobody is unknown: no tenant of that name is provisioning, active or suspended"}},
		"not to be trusted":   {problem: &tenant.EntryError{Tenant: "odd", Reason: "names a system's database"}, want: []string{`tenant odd is unreadable: ` + (&tenant.EntryError{Tenant: "odd", Reason: "names a system's database"}).Error()}},
		"failed":              {t: one, found: found[:1], err: errors.New("oops"), want: []string{"tenant one, index a_1 is missing: gone", "tenant one is unreadable: oops"}},
		"not answered":        {t: one, found: found, err: fmt.Errorf("things: %w", store.ErrUnavailable), want: []string{"tenant one, index b_1 is missing: built"}, verdict: visit.Unanswered},
		"the run ended":       {t: one, found: found[:1], err: errors.New("ended"), ended: true, want: []string{"tenant one, index a_1 is missing: gone"}},
		"ended, not answered": {t: one, found: found[:1], err: store.ErrUnavailable, ended: true, want: []string{"tenant one, index a_1 is missing: gone"}},
		"half made":           {t: half, found: found[:1], want: []string{"tenant half, index a_1 is missing: gone" + provisioned}},
		"no database":         {t: one, found: []indexes.Finding{{Problem: indexes.Absent, Detail: "there is none"}}, want: []string{`tenant one is absent: there is none on cluster "east"`}},
		"no collection":       {t: one, found: []indexes.Finding{{Problem: indexes.Absent, Collection: "things", Detail: "there is none"}}, want: []string{`tenant one, collection things is absent: there is none`}},
		"half made, no database": {
			t: half, found: []indexes.Finding{{Problem: indexes.Absent, Detail: "there is none"}}, want: []string{`tenant half is absent: there is none on cluster "east"` + provisioned},
		},
		"a problem of all of it": {t: one, found: []indexes.Finding{{Problem: indexes.Unreadable, Detail: "oops"}}, want: []string{`tenant one is unreadable: oops`}},
	} {
		ctx, end := context.WithCancel(t.Context())
		looks := 0
		in, v := examine(ctx, c.t, c.problem, func(_ context.Context, of *tenant.Entry) (*indexes.Inspection, error) {
			if looks++; of != c.t {
				t.Errorf("%s: looked at %v", name, of)
			}
			if c.ended {
				end()
			}
			return &indexes.Inspection{Findings: slices.Clone(c.found)}, c.err
		})
		end()
		var got []string
		for _, f := range in.Findings {
			got = append(got, f.String())
		}
		if !slices.Equal(got, c.want) || v != c.verdict {
			t.Errorf("%s: %d\n%s\nwant\n%s", name, v, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if (looks > 0) != (c.problem == nil) {
			t.Errorf("%s: %d looks", name, looks)
		}
	}
}

// looks notes the tenants that were looked at.
type looks struct {
	mu    sync.Mutex
	names []string
}

func (l *looks) look(_ context.Context, t *tenant.Entry) (*indexes.Inspection, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = append(l.names, t.Name)
	return &indexes.Inspection{}, nil
}

// TestRunsGoThroughTheFleet: the named tenants, or all, are inspected once.
func TestRunsGoThroughTheFleet(t *testing.T) {
	t.Parallel()
	f, _, _ := modelFleet(t, Config{}, append(named("a", "b", "c"), bson.D{{Key: "name", Value: "gone"}, {Key: "state", Value: "deleted"}}, bson.D{{Key: "name", Value: "odd"}, {Key: "database", Value: "config"}})...)
	for name, c := range map[string]struct {
		only []string
		// looked are the tenants that were inspected, and found those with findings.
		looked, found string
		tenants       int
	}{
		"all":                      {nil, "a b c", "odd unreadable", 4},
		"one":                      {[]string{"b"}, "b", "", 1},
		"two":                      {[]string{"c", "a"}, "a c", "", 2},
		"one, named twice":         {[]string{"b", "b"}, "b", "", 1},
		"one that nobody is":       {[]string{"z"}, "", "z unknown", 1},
		"such as nobody is, twice": {[]string{"z", "y", "z", "b", "gone"}, "b", "gone unknown, y unknown, z unknown", 4},
		"one that is odd":          {[]string{"odd"}, "", "odd unreadable", 1},
	} {
		for _, parallel := range []int{0, 1, 3} {
			var l looks
			var progress []int
			report, err := f.inspectTenants(t.Context(), visit.Options{Tenants: c.only, Parallel: parallel, Progress: func(done int) { progress = append(progress, done) }}, l.look)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			slices.Sort(l.names)
			if got := strings.Join(l.names, " "); got != c.looked {
				t.Errorf("%s: looked at %s, want %s", name, got, c.looked)
			}
			var found []string
			for _, finding := range report.Findings {
				found = append(found, finding.Tenant+" "+string(finding.Problem))
			}
			if got := strings.Join(found, ", "); got != c.found || report.Findings == nil {
				t.Errorf("%s: found %q, want %q", name, got, c.found)
			}
			var steps []int
			for i := range c.tenants {
				steps = append(steps, i+1)
			}
			if report.Tenants != c.tenants || !slices.Equal(progress, steps) {
				t.Errorf("%s: %d tenants, progress %v", name, report.Tenants, progress)
			}
		}
	}
}

// TestFindingsAreInOrder of tenants, collections and indexes, whoever was done first.
func TestFindingsAreInOrder(t *testing.T) {
	t.Parallel()
	f, _, _ := modelFleet(t, Config{}, named("b", "a")...)
	report, err := f.inspectTenants(t.Context(), visit.Options{}, func(context.Context, *tenant.Entry) (*indexes.Inspection, error) {
		return &indexes.Inspection{Findings: []indexes.Finding{{Collection: "y", Index: "1"}, {Collection: "x", Index: "3"}, {Collection: "x", Index: "2", Done: true}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, finding := range report.Findings {
		got = append(got, finding.Tenant+finding.Collection+finding.Index)
	}
	if want := []string{"ax2", "ax3", "ay1", "bx2", "bx3", "by1"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if open := report.Open(); len(open) != 4 || len(report.Findings) != 6 || open[0].Index != "3" {
		t.Errorf("open are %v of %v", open, report.Findings)
	}
}

// TestRunsThatEnd: a tenant that was being inspected when the run ended does not count, nor
// does one that was not begun.
func TestRunsThatEnd(t *testing.T) {
	t.Parallel()
	f, _, _ := modelFleet(t, Config{}, named("a", "b", "c", "d")...)
	ctx, end := context.WithCancel(t.Context())
	report, err := f.inspectTenants(ctx, visit.Options{Parallel: 1, Progress: func(done int) { t.Errorf("progress %d", done) }}, func(context.Context, *tenant.Entry) (*indexes.Inspection, error) {
		end()
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "the run ended after 0 tenants: ") || report.Tenants != 0 || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	for name, only := range map[string][]string{"tenants": nil, "names": {"x", "y", "z", "w"}} {
		var l looks
		ctx, end := context.WithCancel(t.Context())
		report, err := f.inspectTenants(ctx, visit.Options{Tenants: only, Parallel: 1, Progress: func(int) { end() }}, l.look)
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "the run ended after 1 tenants: ") || report.Tenants != 1 || len(report.Findings)+len(l.names) != 1 {
			t.Errorf("%s: %+v, %v, looked at %v", name, report, err, l.names)
		}
	}
}

// TestRunsOnACatalogThatFails end, and report what they found.
func TestRunsOnACatalogThatFails(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range meta.MaxLimit + 5 {
		names = append(names, fmt.Sprintf("t%03d", i))
	}
	f, server, _ := modelFleet(t, Config{}, named(names...)...)
	for pages, want := range []int{0, meta.MaxLimit} {
		var l looks
		server.On("find").In("tenants").Where(func(c scripted.Command) bool { return c.Body.Lookup("limit").AsInt64() > 2 }).Nth(pages + 1).Fail(scripted.Error{Code: 13, Message: "no"})
		report, err := f.inspectTenants(t.Context(), visit.Options{Tenants: append([]string{"nobody"}, names...)}, l.look)
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("the run ended after %d tenants: ", want)) || report.Tenants != want || len(l.names) != want || len(report.Findings) > 0 {
			t.Errorf("%d pages: %d tenants, %d looked at, findings %v, %v", pages, report.Tenants, len(l.names), report.Findings, err)
		}
		server.Reset()
	}
}

// TestTenantsThatDoNotAnswer: once nothing has answered for too long, the error names their
// cluster, and the report has what was mended before.
func TestTenantsThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	f, _, _ := modelFleet(t, Config{OutageTimeout: time.Nanosecond}, named("a")...)
	report, err := f.inspectTenants(t.Context(), visit.Options{Progress: func(done int) { t.Errorf("progress %d", done) }}, func(context.Context, *tenant.Entry) (*indexes.Inspection, error) {
		return &indexes.Inspection{Findings: []indexes.Finding{{Index: "a_1", Done: true}, {Index: "b_1"}}}, fmt.Errorf("things: %w", store.ErrUnavailable)
	})
	if outage, ok := errors.AsType[*visit.OutageError](err); !ok || !slices.Equal(outage.Clusters, []string{tenant.DefaultCluster}) || outage.Tenants != 1 {
		t.Errorf("%v", err)
	}
	if report.Tenants != 0 || len(report.Findings) != 1 || report.Findings[0].Index != "a_1" || report.Findings[0].Tenant != "a" {
		t.Errorf("%+v", report)
	}
}

// TestChecksThatAreNotAnswered say so, rather than that nothing differs.
func TestChecksThatAreNotAnswered(t *testing.T) {
	t.Parallel()
	f, server, _ := modelFleet(t, Config{Collections: []meta.Collection{things}, OutageTimeout: time.Nanosecond}, named("a")...)
	server.On("listCollections").Times(2).Fail(scripted.Error{Code: 189})
	report, err := f.CheckIndexes(t.Context(), visit.Options{})
	if _, ok := errors.AsType[*visit.OutageError](err); !ok || report.Tenants != 0 || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err = f.CheckIndexes(t.Context(), visit.Options{}); err != nil || report.Tenants != 1 || len(report.Findings) != 1 {
		t.Errorf("afterwards: %+v, %v", report, err)
	}
}

// TestWhatIsNotedInTheCatalog: that tenants have their indexes is recorded once; after that,
// an inspection writes nothing to the catalog.
func TestWhatIsNotedInTheCatalog(t *testing.T) {
	t.Parallel()
	half := bson.D{{Key: "name", Value: "half"}, {Key: "state", Value: "provisioning"}}
	f, server, admin := modelFleet(t, Config{Collections: []meta.Collection{things}}, append(named("a"), half)...)
	noted := func(name string) bool {
		t.Helper()
		entry, err := admin.Collection("tenants").FindOne(t.Context(), bson.D{{Key: "name", Value: name}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		text, _ := entry.Lookup("fingerprint").StringValueOK()
		if owner := entry.Lookup("lock", "owner"); !owner.IsZero() {
			t.Errorf("%s is locked: %s", name, entry)
		}
		return text == f.fingerprint
	}
	if report, err := f.EnsureIndexes(t.Context(), visit.Options{}, false); err != nil || len(report.Open()) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if !noted("a") || noted("half") {
		t.Errorf("noted are a, %t, and half, %t: what provisions a tenant notes it", noted("a"), noted("half"))
	}
	server.Reset()
	if report, err := f.EnsureIndexes(t.Context(), visit.Options{}, false); err != nil || len(report.Findings) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, c := range server.Commands() {
		if c.Database == "admins" && c.Name != "find" {
			t.Errorf("once more: %s", c.Body)
		}
	}
}

// TestWhatIsNotDoneIsNotNoted: a tenant that lacks an index, or does not answer, is not
// recorded as having all of them.
func TestWhatIsNotDoneIsNotNoted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail func(*scripted.Rule)
		open []string
		// ends reports whether the run does.
		ends bool
	}{
		"refused":     {func(r *scripted.Rule) { r.Always().Fail(scripted.Error{Code: 13}) }, []string{"missing a_1", "missing b_1"}, false},
		"no answer":   {func(r *scripted.Rule) { r.Always().Fail(scripted.Error{Code: 189}) }, nil, true},
		"nothing did": {func(*scripted.Rule) {}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server, admin := modelFleet(t, Config{Collections: []meta.Collection{things}, OutageTimeout: time.Nanosecond}, named("a")...)
			if err := admin.Client().Database("a").CreateCollection(t.Context(), "things"); err != nil {
				t.Fatal(err)
			}
			c.fail(server.On("createIndexes").In("things"))
			report, err := f.EnsureIndexes(t.Context(), visit.Options{}, false)
			if _, ok := errors.AsType[*visit.OutageError](err); ok != c.ends || (err != nil) != c.ends {
				t.Errorf("%v", err)
			}
			var open []string
			for _, finding := range report.Open() {
				open = append(open, string(finding.Problem)+" "+finding.Index)
			}
			if !slices.Equal(open, c.open) {
				t.Errorf("open are %v", report.Open())
			}
			entry, err := admin.Collection("tenants").FindOne(t.Context(), bson.D{}).Raw()
			if err != nil {
				t.Fatal(err)
			}
			if noted := !entry.Lookup("fingerprint").IsZero(); noted != (len(c.open) == 0 && !c.ends) {
				t.Errorf("noted is %t", noted)
			}
		})
	}
}

// TestMigratedBesideOtherIndexes: what a migration cannot build says how it is replaced, and
// then the tenant is as it has to be.
func TestMigratedBesideOtherIndexes(t *testing.T) {
	t.Parallel()
	f, _, admin := modelFleet(t, Config{Collections: []meta.Collection{things}}, named("a")...)
	other := mongo.IndexModel{Keys: bson.D{{Key: "a", Value: 1}}}
	if _, err := admin.Client().Database("a").Collection("things").Indexes().CreateOne(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	up := migrate.Options{Target: f.Latest()}
	out, err := f.Migrate(t.Context(), up)
	if err != nil || len(out.Failures) != 1 || !strings.Contains(out.Failures[0].Problem, "unique is false, declared true; tenantctl indexes ensure --prune replaces") {
		t.Fatalf("%+v, %v", out, err)
	}
	if report, err := f.EnsureIndexes(t.Context(), visit.Options{}, true); err != nil || len(report.Open()) > 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if out, err = f.Migrate(t.Context(), up); err != nil || out.Current != 1 {
		t.Errorf("once it is replaced: %+v, %v", out, err)
	}
}

// TestWhatCannotBeNoted is a finding, unless another process holds the tenant's lock.
func TestWhatCannotBeNoted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail func(server *scripted.Server, admin *mongo.Database) error
		want []string
	}{
		"no lock": {
			func(server *scripted.Server, _ *mongo.Database) error {
				server.On("update", "findAndModify").In("tenants").Always().Fail(scripted.Error{Code: 13, Message: "no"})
				return nil
			}, []string{"unreadable"},
		},
		"not released": {
			func(server *scripted.Server, _ *mongo.Database) error {
				server.On("update", "findAndModify").In("tenants").Nth(2).Always().Fail(scripted.Error{Code: 13, Message: "no"})
				return nil
			}, []string{"unreadable"},
		},
		"locked": {
			func(_ *scripted.Server, admin *mongo.Database) error {
				lock := bson.D{{Key: "lock", Value: bson.D{{Key: "owner", Value: "another"}, {Key: "until", Value: time.Now().Add(time.Hour)}}}}
				_, err := admin.Collection("tenants").UpdateOne(context.Background(), bson.D{}, bson.D{{Key: "$set", Value: lock}})
				return err
			}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server, admin := modelFleet(t, Config{Collections: []meta.Collection{things}}, named("a")...)
			if err := f.EnsureAdmin(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := c.fail(server, admin); err != nil {
				t.Fatal(err)
			}
			report, err := f.EnsureIndexes(t.Context(), visit.Options{}, false)
			if err != nil || report.Tenants != 1 {
				t.Errorf("%+v, %v", report, err)
			}
			var open []string
			for _, finding := range report.Open() {
				open = append(open, string(finding.Problem))
				if finding.Tenant != "a" || !strings.Contains(finding.Detail, "no") {
					t.Errorf("%v", finding)
				}
			}
			if !slices.Equal(open, c.want) {
				t.Errorf("open are %v", report.Open())
			}
		})
	}
}

// TestNothingIsDroppedUnannounced: an index is dropped only after the catalog has told the
// servers of other versions, and never if it cannot.
func TestNothingIsDroppedUnannounced(t *testing.T) {
	t.Parallel()
	f, server, admin := modelFleet(t, Config{Collections: []meta.Collection{things}}, named("a")...)
	view := admin.Client().Database("a").Collection("things").Indexes()
	if _, err := view.CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "more", Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	server.Reset()
	server.On("update", "findAndModify").In("tenants").Always().Fail(scripted.Error{Code: 13, Message: "no"})
	report, err := f.EnsureIndexes(t.Context(), visit.Options{}, true)
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Problem != indexes.Unreadable || !strings.Contains(report.Findings[0].Detail, "no") {
		t.Errorf("%+v, %v", report, err)
	}
	for _, c := range server.Commands() {
		if c.Database == "a" && (c.Name == "dropIndexes" || c.Name == "createIndexes") {
			t.Errorf("sent: %s", c.Body)
		}
	}
	server.Reset()
	if report, err = f.EnsureIndexes(t.Context(), visit.Options{}, true); err != nil || len(report.Findings) != 3 || len(report.Open()) > 0 {
		t.Errorf("afterwards: %+v, %v", report, err)
	}
}

// TestRepeatsThatAreNotKnown: a check goes on if documents cannot be read, and says so in
// the finding.
func TestRepeatsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	f, server, admin := modelFleet(t, Config{Collections: []meta.Collection{things}}, named("a")...)
	if _, err := admin.Client().Database("a").Collection("things").InsertOne(t.Context(), bson.D{{Key: "a", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	server.On("aggregate").In("things").Fail(scripted.Error{Code: 13, Message: "not allowed"})
	report, err := f.CheckIndexes(t.Context(), visit.Options{})
	if err != nil || len(report.Findings) != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	for i, want := range []bool{true, false} { // a_1 is unique, b_1 is not
		finding := report.Findings[i]
		if said := strings.Contains(finding.Detail, "; whether documents repeat its keys is not known: things: (Unauthorized) not allowed"); finding.Problem != indexes.Missing || said != want {
			t.Errorf("%v", finding)
		}
	}
	if report, err = f.CheckIndexes(t.Context(), visit.Options{}); err != nil || strings.Contains(report.Findings[0].Detail, "not known") {
		t.Errorf("afterwards: %+v, %v", report, err)
	}
}
