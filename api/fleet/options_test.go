package fleet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen"
)

// holds reports whether the server that the tests run against holds indexes with the
// given options.
func (f *fixture) holds(t *testing.T, opts *options.IndexOptionsBuilder) bool {
	t.Helper()
	coll := f.admin.Collection("probe")
	_, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "at", Value: 1}}, Options: opts})
	if dropped := coll.Drop(t.Context()); dropped != nil {
		t.Fatal(dropped)
	}
	return err == nil
}

// With declared indexes that a server may not know, it either has all that is
// declared or none of it.
func TestIndexesThatNotEveryServerHolds(t *testing.T) {
	t.Parallel()
	plain := meta.Index{Name: "name_1", Keys: []meta.Key{{Path: "name"}}, Unique: true}
	expiring := meta.Index{Name: "at_1", Keys: []meta.Key{{Path: "at"}}, Expires: true, TTL: time.Hour}
	limited := meta.Index{
		Name: "phone_1", Keys: []meta.Key{{Path: "phone"}}, Unique: true,
		Partial: []meta.Condition{{Path: "phone", Op: meta.Gt, Value: wire.StringValue("")}},
	}
	living := meta.Index{Name: "phone_1", Keys: []meta.Key{{Path: "phone"}}, Unique: true, Living: true}
	for _, c := range []struct {
		option string
		index  meta.Index
		probe  *options.IndexOptionsBuilder
	}{
		{"expireAfterSeconds", expiring, options.Index().SetExpireAfterSeconds(60)},
		{"partialFilterExpression", living, options.Index().SetPartialFilterExpression(bson.D{meta.Living})},
		{"partialFilterExpression", limited, options.Index().SetPartialFilterExpression(bson.D{{Key: "at", Value: bson.D{{Key: "$gt", Value: 1}}}})},
	} {
		t.Run(c.option, func(t *testing.T) {
			f := newFixture(t)
			things := meta.Collection{Name: "things", Indexes: []meta.Index{plain, c.index}}
			f.Fleet = f.with(t, fleet.Config{Collections: append(raw.Declarations(gen.Collections()), things)})
			made, err := f.Provision(t.Context(), f.prefix, tenant.DefaultCluster)
			begun, findErr := f.catalog.Find(t.Context(), f.prefix)
			if findErr != nil {
				t.Fatal(findErr)
			}
			testdb.DropAtEnd(begun.Database)
			db := testdb.Client(t).Database(begun.Database)
			if f.holds(t, c.probe) {
				f.expectHeld(t, made, err, db, c.index)
				return
			}
			if err == nil {
				t.Fatal("a tenant was made without its indexes")
			}
			for _, said := range []string{c.index.Name, c.option, "version ", `cluster "default"`, "declare the index without"} {
				if !strings.Contains(err.Error(), said) {
					t.Errorf("the error does not say %s: %v", said, err)
				}
			}
			for _, coll := range []string{"things", "users"} {
				if names := indexNames(t, db.Collection(coll)); !slices.Equal(names, []string{"_id_"}) {
					t.Errorf("%s has the indexes %v", coll, names)
				}
			}
			if _, err := f.catalog.Resolve(t.Context(), f.prefix); err == nil {
				t.Error("the tenant is served")
			}
		})
	}
}

// expectHeld expects index to be built, compared and told apart.
func (f *fixture) expectHeld(t *testing.T, made *tenant.Entry, err error, db *mongo.Database, index meta.Index) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	run := visit.Options{Tenants: []string{made.Name}}
	report, err := f.CheckIndexes(t.Context(), run)
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	coll := db.Collection("things")
	if err := coll.Indexes().DropOne(t.Context(), index.Name); err != nil {
		t.Fatal(err)
	}
	bare := mongo.IndexModel{Keys: bson.D{{Key: index.Keys[0].Path, Value: 1}}, Options: options.Index().SetName(index.Name).SetUnique(index.Unique)}
	if _, err := coll.Indexes().CreateOne(t.Context(), bare); err != nil {
		t.Fatal(err)
	}
	report, err = f.CheckIndexes(t.Context(), run)
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Problem != indexes.Different {
		t.Errorf("%+v, %v", report, err)
	}
	report, err = f.EnsureIndexes(t.Context(), run, true)
	if err != nil || len(report.Open()) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// The documents that a limited index leaves out do not stand against it.
func TestRepeatsOutsideAPartialIndex(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	partial := options.Index().SetPartialFilterExpression(bson.D{{Key: "at", Value: bson.D{{Key: "$gt", Value: 1}}}})
	if !f.holds(t, partial) {
		t.Skip("the server has no partialFilterExpression")
	}
	db := f.provision(t, f.prefix)
	coll := db.Collection("things")
	if _, err := coll.InsertMany(t.Context(), []bson.D{{{Key: "phone", Value: ""}}, {{Key: "phone", Value: ""}}, {{Key: "phone", Value: "1"}}}); err != nil {
		t.Fatal(err)
	}
	limited := meta.Index{
		Name: "phone_1", Keys: []meta.Key{{Path: "phone"}}, Unique: true,
		Partial: []meta.Condition{{Path: "phone", Op: meta.Gt, Value: wire.StringValue("")}},
	}
	f.Fleet = f.with(t, fleet.Config{Collections: append(raw.Declarations(gen.Collections()), meta.Collection{Name: "things", Indexes: []meta.Index{limited}})})
	ensure := func() *fleet.Report {
		report, err := f.EnsureIndexes(t.Context(), visit.Options{}, false)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	if report := ensure(); len(report.Open()) > 0 {
		t.Errorf("%+v", report)
	}
}

// Nor do documents that are deleted stand against a unique index of the living.
func TestRepeatsAmongTheDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	db := f.provision(t, f.prefix)
	doc := func(id string, deleted any) bson.D {
		return bson.D{{Key: "_id", Value: id}, {Key: "phone", Value: "1"}, {Key: "deletedAt", Value: deleted}}
	}
	if _, err := db.Collection("things").InsertMany(t.Context(), []bson.D{doc("a", bson.DateTime(5)), doc("b", nil), doc("c", bson.DateTime(7))}); err != nil {
		t.Fatal(err)
	}
	things := meta.Collection{Name: "things", SoftDelete: true, Indexes: []meta.Index{
		{Name: "phone_1", Keys: []meta.Key{{Path: "phone"}}, Unique: true, Living: true},
	}}
	f.Fleet = f.with(t, fleet.Config{Collections: append(raw.Declarations(gen.Collections()), things)})
	report, err := f.EnsureIndexes(t.Context(), visit.Options{}, false)
	if err != nil || len(report.Open()) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := db.Collection("things").InsertOne(t.Context(), doc("d", nil)); !mongo.IsDuplicateKeyError(err) {
		t.Errorf("a living one that repeats: %v", err)
	}
	if err := db.Collection("things").Indexes().DropOne(t.Context(), "phone_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("things").InsertOne(t.Context(), doc("d", nil)); err != nil {
		t.Fatal(err)
	}
	report, err = f.EnsureIndexes(t.Context(), visit.Options{}, false)
	if err != nil || len(report.Open()) != 1 || report.Findings[0].Repeats == nil || report.Findings[0].Repeats.Count != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}
