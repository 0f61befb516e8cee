package fleet_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen"
)

// declaring returns a program of the fixture's catalog whose users have other indexes.
func (f *fixture) declaring(t *testing.T, change func([]meta.Index) []meta.Index) *fleet.Fleet {
	t.Helper()
	collections := raw.Declarations(gen.Collections())
	at := slices.IndexFunc(collections, func(c meta.Collection) bool { return c.Name == "users" })
	collections[at].Indexes = change(slices.Clone(collections[at].Indexes))
	return f.with(t, fleet.Config{Collections: collections})
}

// oneOnTheModel has one tenant, called like its prefix, on the model of MongoDB.
func oneOnTheModel(t *testing.T) *fixture {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	f := fixtureOn(t, server.URI(), client)
	if _, err := f.Provision(t.Context(), f.prefix, tenant.DefaultCluster); err != nil {
		t.Fatal(err)
	}
	return f
}

// onName declares one more index, unique or not.
func onName(unique bool) func([]meta.Index) []meta.Index {
	return func(all []meta.Index) []meta.Index {
		return append(all, meta.Index{Name: "name_1", Keys: []meta.Key{{Path: "name"}}, Unique: unique})
	}
}

// TestVersionsSideBySide has versions with other indexes migrate one tenant in turn: it is
// behind only for those whose indexes it lacks.
func TestVersionsSideBySide(t *testing.T) {
	t.Parallel()
	f := oneOnTheModel(t)
	versions := map[string]*fleet.Fleet{
		"first": f.Fleet, "more": f.declaring(t, onName(false)), "unique": f.declaring(t, onName(true)),
		"fewer": f.declaring(t, func(all []meta.Index) []meta.Index {
			return slices.DeleteFunc(all, func(x meta.Index) bool { return x.Name == byRole })
		}),
	}
	ensure := func(name string, prune bool) func() {
		return func() {
			report, err := versions[name].EnsureIndexes(t.Context(), visit.Options{Parallel: 1}, prune)
			if err != nil {
				t.Fatal(report, err)
			}
		}
	}
	migrate := func(name string) func() {
		return func() {
			out, err := versions[name].Migrate(t.Context(), migrate.Options{Parallel: 1, Target: versions[name].Latest()})
			if err != nil || len(out.Failures) > 0 {
				t.Fatal(out, err)
			}
		}
	}
	for _, step := range []struct {
		name   string
		do     func()
		served []string
	}{
		{"made by the first", func() {}, []string{"first"}},
		{"with an index more", migrate("more"), []string{"first", "more"}},
		{"looked after by the first", ensure("first", false), []string{"first", "more"}},
		{"migrated by the first", migrate("first"), []string{"first", "more"}},
		{"without an index, which stays", ensure("fewer", false), []string{"fewer", "first", "more"}},
		{"looked after, with nothing to drop", ensure("more", true), []string{"fewer", "first", "more"}},
		{"with a unique one in place of one that is not", ensure("unique", true), []string{"fewer", "first", "more", "unique"}},
		{"without an index, which goes", ensure("fewer", true), []string{"fewer"}},
		{"back", migrate("first"), []string{"fewer", "first"}},
		{"with what is dropped in favour of one that is kept", ensure("fewer", true), []string{"fewer"}},
	} {
		step.do()
		one, err := f.catalog.Find(t.Context(), f.prefix)
		if err != nil {
			t.Fatal(err)
		}
		var served []string
		for name, version := range versions {
			if version.Behind(one) {
				continue
			}
			served = append(served, name)
			if standing, err := version.Count(t.Context()); err != nil || standing.Current != 1 {
				t.Errorf("%s, says %s: %+v, %v", step.name, name, standing, err)
			}
		}
		slices.Sort(served)
		if !slices.Equal(served, step.served) {
			t.Errorf("%s: it is current for %v, want %v", step.name, served, step.served)
		}
	}
}

// TestFewVersionsAreKept migrates a tenant for more versions than are kept.
func TestFewVersionsAreKept(t *testing.T) {
	t.Parallel()
	f := oneOnTheModel(t)
	const most = 8
	for i := range most + 2 {
		last := f.declaring(t, func(all []meta.Index) []meta.Index {
			return append(all, meta.Index{Name: fmt.Sprintf("f%d_1", i), Keys: []meta.Key{{Path: fmt.Sprintf("f%d", i)}}})
		})
		if _, err := last.EnsureIndexes(t.Context(), visit.Options{Parallel: 1}, false); err != nil {
			t.Fatal(err)
		}
	}
	one, err := f.catalog.Find(t.Context(), f.prefix)
	if err != nil || len(one.Kept) != most || !f.Behind(one) {
		t.Errorf("%d are kept, the first of them: %v, %v", len(one.Kept), !f.Behind(one), err)
	}
}

// TestOtherVersionsAlone migrates a tenant whose indexes are as declared, and one without a
// recorded fingerprint: there is no other version to keep.
func TestOtherVersionsAlone(t *testing.T) {
	t.Parallel()
	f := oneOnTheModel(t)
	f.Fleet = f.with(t, fleet.Config{Migrations: fstest.MapFS{
		"0001_first.up.json": {Data: []byte(`[{"create": "made"}]`)}, "0001_first.down.json": {Data: []byte(`[{"drop": "made"}]`)},
	}})
	for _, step := range []struct {
		name   string
		before bson.D
		target int64
	}{
		{"its data", nil, 1},
		{"its data back", nil, 0},
		{"its data and indexes", bson.D{{Key: "fingerprint", Value: nil}}, 1},
	} {
		if step.before != nil {
			f.set(t, f.prefix, step.before)
		}
		if out := f.migrate(t, migrate.Options{Parallel: 1, Target: step.target}); out.Done != 1 || len(out.Failures) > 0 {
			t.Fatalf("%s: %+v", step.name, out)
		}
		if one := f.find(t, f.prefix); len(one.Kept) > 0 || !f.Indexed(&tenant.Indexes{Fingerprint: one.Fingerprint}) {
			t.Errorf("%s: beside %q it keeps %q", step.name, one.Fingerprint, one.Kept)
		}
	}
}
