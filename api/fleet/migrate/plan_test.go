package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// modelMigrator returns one on a model of MongoDB with entries in the catalog, and its
// admin database.
func modelMigrator(t *testing.T, files fs.FS, entries ...bson.D) (*Migrator, *scripted.Server, *mongo.Database) {
	t.Helper()
	server := scripted.Start(t)
	f := newMigrator(t, server.URI(), "admins", files)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	admin := client.Database("admins")
	for _, entry := range entries {
		if _, err := admin.Collection("tenants").InsertOne(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	server.Reset()
	return f, server, admin
}

// twoMigrations returns files that make a collection each.
func twoMigrations() fstest.MapFS {
	files := fstest.MapFS{}
	for i, name := range []string{"0001_first", "0002_second"} {
		files[name+".up.json"] = &fstest.MapFile{Data: fmt.Appendf(nil, `[{"create": "made%d"}]`, i)}
		files[name+".down.json"] = &fstest.MapFile{Data: fmt.Appendf(nil, `[{"drop": "made%d"}]`, i)}
	}
	return files
}

// planned is a catalog's entry of a tenant.
type planned struct {
	name string
	// members are beside the name, migration is what is recorded of the data.
	members, migration bson.D
}

func (p planned) entry() bson.D {
	entry := append(bson.D{{Key: "name", Value: p.name}, {Key: "collections", Value: bson.A{}}}, p.members...)
	if p.migration != nil {
		entry = append(entry, bson.E{Key: "migration", Value: p.migration})
	}
	return entry
}

// TestPlan has a tenant of each kind, and all that the plan says of it.
func TestPlan(t *testing.T) {
	t.Parallel()
	f, server, admin := modelMigrator(t, twoMigrations())
	indexes := bson.E{Key: "fingerprint", Value: f.fingerprint}
	at := func(version int64, more ...bson.E) bson.D {
		return append(bson.D{{Key: "version", Value: version}, {Key: "checksums", Value: f.files.Checksums(version)}}, more...)
	}
	for _, p := range []planned{
		{"at-1", bson.D{indexes}, at(1)},
		{"current", bson.D{indexes}, at(2)},
		{"half-made", bson.D{indexes, {Key: "state", Value: "provisioning"}}, at(2)},
		{"interrupted", bson.D{indexes, {Key: "lock", Value: bson.D{{Key: "owner", Value: "another"}}}}, at(2, bson.E{Key: "from", Value: int64(1)}, bson.E{Key: "dirty", Value: true})},
		{"stopped", bson.D{indexes}, at(2, bson.E{Key: "from", Value: int64(1)}, bson.E{Key: "dirty", Value: true}, bson.E{Key: "problem", Value: "no room"})},
		{"name-alone", nil, nil},
		{"other-indexes", bson.D{{Key: "fingerprint", Value: "elsewhere"}}, at(2)},
		{"edited", bson.D{indexes}, bson.D{{Key: "version", Value: int64(1)}, {Key: "checksums", Value: bson.A{"another"}}}},
		{"ahead", bson.D{indexes}, bson.D{{Key: "version", Value: int64(3)}}},
		{"odd", bson.D{{Key: "database", Value: "config"}}, nil},
		{"gone", bson.D{{Key: "state", Value: "deleted"}}, nil},
	} {
		if _, err := admin.Collection("tenants").InsertOne(t.Context(), p.entry()); err != nil {
			t.Fatal(err)
		}
	}
	stale := map[string]Stale{
		"at-1":          {Tenant: "at-1", Version: 1},
		"current":       {Tenant: "current", Version: 2},
		"half-made":     {Tenant: "half-made", Version: 2, Provisioning: true},
		"interrupted":   {Tenant: "interrupted", Version: 2, Dirty: true, Locked: "another"},
		"stopped":       {Tenant: "stopped", Version: 2, Dirty: true, Problem: "no room"},
		"name-alone":    {Tenant: "name-alone", Indexes: true},
		"other-indexes": {Tenant: "other-indexes", Version: 2, Indexes: true},
	}
	for name, c := range map[string]struct {
		target         int64
		only, somebody []string
		tenants        int
		stale          string
		unusable       string
		refused        string
		missing        string
	}{
		"to the newest":            {2, nil, nil, 10, "at-1 half-made interrupted name-alone other-indexes stopped", "odd", "ahead edited", ""},
		"to the one before":        {1, nil, nil, 10, "current half-made interrupted name-alone other-indexes stopped", "odd", "ahead edited", ""},
		"to before the first":      {0, nil, nil, 10, "at-1 current half-made interrupted name-alone other-indexes stopped", "odd", "ahead edited", ""},
		"one of them":              {2, []string{"at-1"}, nil, 1, "at-1", "", "", ""},
		"one that is current":      {2, []string{"current"}, nil, 1, "", "", "", ""},
		"some":                     {2, []string{"odd", "edited", "nobody", "gone"}, nil, 2, "", "odd", "edited", "gone nobody"},
		"all, some to be somebody": {2, nil, []string{"at-1", "nobody"}, 10, "at-1 half-made interrupted name-alone other-indexes stopped", "odd", "ahead edited", "nobody"},
		"one, some to be somebody": {2, []string{"at-1"}, []string{"current", "nobody"}, 1, "at-1", "", "", "nobody"},
	} {
		server.Reset()
		p, err := f.plan(t.Context(), c.target, c.only, c.somebody)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Target != c.target || p.Tenants != c.tenants || p.Stale == nil || p.Unusable == nil || p.Refused == nil || p.Missing == nil {
			t.Errorf("%s: %+v", name, p)
		}
		var names []string
		for _, s := range p.Stale {
			names = append(names, s.Tenant)
			if diff := cmp.Diff(stale[s.Tenant], s, cmpopts.IgnoreFields(Stale{}, "ID", "cluster")); diff != "" || s.cluster != "default" || s.ID.IsZero() {
				t.Errorf("%s: %s", name, diff)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.stale {
			t.Errorf("%s: stale are %s, want %s", name, got, c.stale)
		}
		for kind, list := range map[string]struct {
			got  []FailedTenant
			want string
			says string
		}{
			"unusable": {p.Unusable, c.unusable, "config"}, "refused": {p.Refused, c.refused, "migration"}, "missing": {p.Missing, c.missing, "is not in the catalog"},
		} {
			var names []string
			for _, failure := range list.got {
				names = append(names, failure.Tenant)
				if !strings.Contains(failure.Problem, list.says) || failure.ID.IsZero() != (kind != "refused") {
					t.Errorf("%s, %s: %+v", name, kind, failure)
				}
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != list.want {
				t.Errorf("%s: %s are %s, want %s", name, kind, got, list.want)
			}
		}
		for _, command := range server.Commands() {
			if command.Database != "admins" {
				t.Errorf("%s: a tenant's database was asked: %s", name, command.Body)
			}
		}
	}
	if p, err := f.Plan(t.Context(), 2, []string{"at-1"}); err != nil || len(p.Stale) != 1 || p.Tenants != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestPlansThatCannotBe name what there is to choose from, or what failed.
func TestPlansThatCannotBe(t *testing.T) {
	t.Parallel()
	f, server, _ := modelMigrator(t, twoMigrations(), bson.D{{Key: "name", Value: "a"}})
	none, _, _ := modelMigrator(t, nil, bson.D{{Key: "name", Value: "a"}})
	for want, plan := range map[string]func() (*Plan, error){
		"there is no migration 0003; there are 0000, before the first, to 0002": func() (*Plan, error) { return f.Plan(t.Context(), 3, nil) },
		"there is no migration -001; there are 0000, before the first, to 0002": func() (*Plan, error) { return f.Plan(t.Context(), -1, nil) },
		"there is no migration 0001; there are none":                            func() (*Plan, error) { return none.Plan(t.Context(), 1, nil) },
	} {
		if p, err := plan(); p != nil || err == nil || err.Error() != want {
			t.Errorf("%+v, %v, want %s", p, err, want)
		}
	}
	if p, err := none.Plan(t.Context(), 0, nil); err != nil || p.Tenants != 1 || len(p.Stale) != 1 {
		t.Errorf("without migrations: %+v, %v", p, err)
	}
	server.On("find").Fail(scripted.Error{Code: 13, Message: "no"})
	if p, err := f.Plan(t.Context(), 2, nil); p != nil || err == nil {
		t.Errorf("of a catalog that fails: %+v, %v", p, err)
	}
	ctx, end := context.WithCancel(t.Context())
	held := server.On("find").Hold()
	go func() { <-held.Arrived(); end() }()
	if p, err := f.Plan(ctx, 2, nil); p != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("that ends: %+v, %v", p, err)
	}
	held.Release()
}

// TestStale has a row for each reason to take up a tenant.
func TestStale(t *testing.T) {
	t.Parallel()
	f := &Migrator{fingerprint: "these"}
	at := tenants.MigrationState{Version: 1}
	for name, c := range map[string]struct {
		state       tenants.StateValue
		m           tenants.MigrationState
		fingerprint string
		target      int64
		want        bool
		kept        []string
	}{
		"current":              {tenants.StateActive, at, "these", 1, false, nil},
		"suspended":            {tenants.StateSuspended, at, "these", 1, false, nil},
		"half made":            {tenants.StateProvisioning, at, "these", 1, true, nil},
		"dirty":                {tenants.StateActive, tenants.MigrationState{Version: 1, Dirty: true}, "these", 1, true, nil},
		"another version":      {tenants.StateActive, at, "these", 2, true, nil},
		"the version before":   {tenants.StateActive, at, "these", 0, true, nil},
		"indexes of another":   {tenants.StateActive, at, "elsewhere", 1, true, nil},
		"these indexes, too":   {tenants.StateActive, at, "elsewhere", 1, false, []string{"older", "these"}},
		"older ones, too":      {tenants.StateActive, at, "elsewhere", 1, true, []string{"older"}},
		"indexes not compared": {tenants.StateActive, at, "", 1, true, nil},
	} {
		if got := f.isStale(c.state, c.m, f.Indexed(&tenant.Indexes{Fingerprint: c.fingerprint, Kept: c.kept}), c.target); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestWaysBack: an unfinished migration to an older version is a way back, and a finished one
// is not.
func TestWaysBack(t *testing.T) {
	t.Parallel()
	f := &Migrator{}
	for name, c := range map[string]struct {
		m    tenants.MigrationState
		want bool
	}{
		"back":           {tenants.MigrationState{Version: 1, From: 2, Dirty: true}, true},
		"on":             {tenants.MigrationState{Version: 2, From: 1, Dirty: true}, false},
		"nowhere":        {tenants.MigrationState{Version: 1, From: 1, Dirty: true}, false},
		"back, and done": {tenants.MigrationState{Version: 1, From: 2}, false},
	} {
		if s := f.stale(&tenant.Entry{Migration: c.m}); s.Back != c.want || s.Dirty != c.m.Dirty {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
