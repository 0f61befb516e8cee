package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// thisIndexes is the fingerprint of the indexes that the tests' program declares.
const thisIndexes = "thisIndexes"

// programAt returns a program whose newest migration is latest, on a catalog of
// entries.
func programAt(t *testing.T, latest int64, entries []bson.D) *Fleet {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: testdb.URI(t)}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	log := slog.New(slog.DiscardHandler)
	name := testdb.Database(t, "admin")
	catalog, err := tenant.NewCatalog(clusters, name, time.Minute, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	for _, entry := range entries {
		if _, err := testdb.Client(t).Database(name).Collection("tenants").InsertOne(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	files := fstest.MapFS{}
	for version := int64(1); version <= latest; version++ {
		for _, way := range []string{"up", "down"} {
			files[fmt.Sprintf("%04d_one.%s.json", version, way)] = &fstest.MapFile{Data: []byte(`[]`)}
		}
	}
	loaded, err := script.Load(files, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Fleet{
		Migrator: migrate.New(migrate.Config{Catalog: catalog, Files: loaded, Fingerprint: thisIndexes, Log: log}),
		catalog:  catalog, latest: latest, fingerprint: thisIndexes, log: log,
	}
}

// standingEntry returns a catalog's entry; the values that are nil are missing in it.
func standingEntry(name string, state, version, dirty, fingerprint any) bson.D {
	migration := bson.D{}
	add := func(to bson.D, key string, value any) bson.D {
		if value == nil {
			return to
		}
		return append(to, bson.E{Key: key, Value: value})
	}
	migration = add(add(migration, "version", version), "dirty", dirty)
	entry := add(add(bson.D{{Key: "name", Value: name}}, "state", state), "fingerprint", fingerprint)
	if len(migration) > 0 {
		entry = append(entry, bson.E{Key: "migration", Value: migration})
	}
	return entry
}

// TestStanding has a row for each kind of entry: how it is counted by a program with each
// number of migrations, and whether it is behind.
func TestStanding(t *testing.T) {
	t.Parallel()
	type want struct {
		in     string
		behind bool
	}
	rows := []struct {
		entry bson.D
		// at is how a program with that many migrations counts the entry.
		at [3]want
	}{
		{standingEntry("name-alone", nil, nil, nil, nil), [3]want{{"behind", true}, {"behind", true}, {"behind", true}}},
		{standingEntry("nulls", bson.Null{}, bson.Null{}, bson.Null{}, bson.Null{}), [3]want{{"behind", true}, {"behind", true}, {"behind", true}}},
		{append(standingEntry("no-migration", nil, nil, nil, thisIndexes), bson.E{Key: "migration", Value: nil}), [3]want{{"current", false}, {"behind", true}, {"behind", true}}},
		{standingEntry("indexes-alone", "active", nil, nil, thisIndexes), [3]want{{"current", false}, {"behind", true}, {"behind", true}}},
		{standingEntry("at-0", "active", int64(0), false, thisIndexes), [3]want{{"current", false}, {"behind", true}, {"behind", true}}},
		{standingEntry("at-1", "active", int64(1), false, thisIndexes), [3]want{{"ahead", false}, {"current", false}, {"behind", true}}},
		{standingEntry("at-1-in-short", nil, int32(1), nil, thisIndexes), [3]want{{"ahead", false}, {"current", false}, {"behind", true}}},
		{append(standingEntry("at-1-somewhere", "active", int64(1), false, thisIndexes), bson.E{Key: "cluster", Value: tenant.DefaultCluster}), [3]want{{"ahead", false}, {"current", false}, {"behind", true}}},
		{standingEntry("at-2", "active", int64(2), nil, thisIndexes), [3]want{{"ahead", false}, {"ahead", false}, {"current", false}}},
		{standingEntry("suspended-at-1", "suspended", int64(1), nil, thisIndexes), [3]want{{"ahead", false}, {"current", false}, {"behind", true}}},
		{standingEntry("no-indexes", "active", int64(1), nil, nil), [3]want{{"ahead", false}, {"behind", true}, {"behind", true}}},
		{standingEntry("other-indexes", "active", int64(1), nil, "elsewhere"), [3]want{{"ahead", false}, {"behind", true}, {"behind", true}}},
		{append(standingEntry("these-indexes-too", "active", int64(1), nil, "elsewhere"), bson.E{Key: "kept", Value: bson.A{"older", thisIndexes}}), [3]want{{"ahead", false}, {"current", false}, {"behind", true}}},
		{append(standingEntry("others-kept", "active", int64(1), nil, "elsewhere"), bson.E{Key: "kept", Value: bson.A{"older"}}), [3]want{{"ahead", false}, {"behind", true}, {"behind", true}}},
		{standingEntry("on-the-way", "active", int64(1), true, thisIndexes), [3]want{{"dirty", false}, {"dirty", true}, {"dirty", true}}},
		{standingEntry("half-made", "provisioning", int64(1), nil, thisIndexes), [3]want{{"provisioning", false}, {"provisioning", false}, {"provisioning", true}}},
		{append(standingEntry("nowhere", "active", int64(1), false, thisIndexes), bson.E{Key: "cluster", Value: "mars"}), [3]want{{in: "unusable"}, {in: "unusable"}, {in: "unusable"}}},
		{append(standingEntry("nowhere-yet", "provisioning", int64(1), true, thisIndexes), bson.E{Key: "cluster", Value: "mars"}), [3]want{{in: "unusable"}, {in: "unusable"}, {in: "unusable"}}},
		{append(standingEntry("mongodb-s", nil, nil, nil, nil), bson.E{Key: "database", Value: "config"}), [3]want{{in: "unusable"}, {in: "unusable"}, {in: "unusable"}}},
		{append(standingEntry("nowhere-any-more", "deleted", int64(1), true, thisIndexes), bson.E{Key: "cluster", Value: "mars"}), [3]want{}},
		{standingEntry("going", "deleting", nil, nil, nil), [3]want{{"", true}, {"", true}, {"", true}}},
		{standingEntry("gone", "deleted", int64(1), true, thisIndexes), [3]want{{"", false}, {"", true}, {"", true}}},
	}
	var entries []bson.D
	for _, row := range rows {
		entries = append(entries, row.entry)
	}
	for latest := range int64(3) {
		f := programAt(t, latest, entries)
		counts := map[string]int64{}
		for _, row := range rows {
			name := row.entry[0].Value.(string)
			want := row.at[latest]
			counts[want.in]++
			if want.in == "unusable" || name == "nowhere-any-more" {
				continue // nobody finds them, so that it does not matter whether they are behind
			}
			found, err := f.catalog.Find(t.Context(), name)
			if err != nil {
				t.Fatal(name, err)
			}
			if got := f.Behind(found); got != want.behind {
				t.Errorf("%d migrations, %s: behind is %v", latest, name, got)
			}
		}
		want := Counts{counts["current"], counts["behind"], counts["dirty"], counts["ahead"], counts["provisioning"], counts["unusable"]}
		got, err := f.Count(t.Context())
		if err != nil || got != want {
			t.Errorf("%d migrations: %+v, want %+v (%v)", latest, got, want, err)
		}
	}
}

// TestStandingOfEach counts one entry at a time, so that no two mistakes cancel out.
func TestStandingOfEach(t *testing.T) {
	t.Parallel()
	for want, entry := range map[Counts]bson.D{
		{Current: 1}:      append(standingEntry("one", nil, int64(1), nil, thisIndexes), bson.E{Key: "cluster", Value: tenant.DefaultCluster}),
		{Behind: 1}:       standingEntry("one", nil, nil, nil, nil),
		{Dirty: 1}:        standingEntry("one", nil, int64(1), true, thisIndexes),
		{Ahead: 1}:        standingEntry("one", nil, int64(2), nil, nil),
		{Provisioning: 1}: standingEntry("one", string(tenants.StateProvisioning), int64(1), true, thisIndexes),
		{Unusable: 1}:     append(standingEntry("one", nil, int64(1), nil, thisIndexes), bson.E{Key: "cluster", Value: "mars"}),
		{}:                standingEntry("one", string(tenants.StateDeleted), int64(1), nil, thisIndexes),
	} {
		f := programAt(t, 1, []bson.D{entry})
		if got, err := f.Count(t.Context()); err != nil || got != want {
			t.Errorf("%+v, want %+v (%v)", got, want, err)
		}
	}
}

// TestStandingOfACatalogThatFails is an error, whichever count fails.
func TestStandingOfACatalogThatFails(t *testing.T) {
	t.Parallel()
	f, server, _ := modelFleet(t, Config{Migrations: fstest.MapFS{
		"0001_first.up.json": {Data: []byte(`[]`)}, "0001_first.down.json": {Data: []byte(`[]`)},
		"0002_second.up.json": {Data: []byte(`[]`)}, "0002_second.down.json": {Data: []byte(`[]`)},
	}}, named("a")...)
	for n := 1; n <= len(f.groups()); n++ {
		server.Reset()
		server.On("aggregate", "count").Nth(n).Fail(scripted.Error{Code: 13, Message: "no"})
		if s, err := f.Count(t.Context()); s != (Counts{}) || err == nil || !strings.HasPrefix(err.Error(), "count tenants: ") {
			t.Errorf("count %d: %+v, %v", n, s, err)
		}
	}
	if f.Latest() != 2 {
		t.Errorf("the newest migration is %d", f.Latest())
	}
}
