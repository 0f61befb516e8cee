package fleet

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/documents"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

var people = documents.Options{Collections: []raw.Collection{users.Collection()}, Examples: 1}

// wrongNames stores n users of a tenant, each second of which has a number for a name.
func wrongNames(t *testing.T, db *mongo.Database, n int) {
	t.Helper()
	var docs []bson.D
	for i := range n {
		doc := bson.D{{Key: "_id", Value: bson.ObjectID{11: byte(i), 10: byte(i >> 8)}}, {Key: "name", Value: "Ada"}}
		if i%2 == 1 {
			doc[1].Value = i
		}
		docs = append(docs, doc)
	}
	if _, err := db.Collection("users").InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
}

// TestDocumentsAreReadOnce: what is not answered half way is read again, and counted once.
func TestDocumentsAreReadOnce(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*scripted.Server){
		"all is answered":   func(*scripted.Server) {},
		"a cursor is gone":  func(s *scripted.Server) { s.On("getMore").Nth(2).Fail(scripted.Error{Code: 43}) },
		"a connection ends": func(s *scripted.Server) { s.On("getMore").Nth(1).CutBefore() },
		"a primary ends":    func(s *scripted.Server) { s.On("find").In("users").Nth(1).Times(2).Fail(scripted.Error{Code: 91}) },
	} {
		f, server, admin := modelFleet(t, Config{OutageTimeout: time.Minute}, named("a", "b", "c")...)
		for _, tenant := range []string{"a", "b"} {
			wrongNames(t, admin.Client().Database(tenant), 2500)
		}
		fail(server)
		var through []int
		run := visit.Options{Parallel: 2, Progress: func(done int) { through = append(through, done) }}
		report, err := f.CheckDocuments(t.Context(), run, people)
		want := &DocumentReport{
			Tenants: 3, Documents: 5000, Failed: []migrate.FailedTenant{},
			Findings: []documents.Finding{{
				Collection: "users", Path: "name", Problem: "must be a string, is a number", Documents: 2500, Tenants: 2,
				Examples: []documents.Example{{Tenant: "a", ID: "000000000000000000000001"}},
			}},
		}
		if diff := cmp.Diff(want, report); err != nil || diff != "" || !slices.Equal(through, []int{1, 2, 3}) {
			t.Errorf("%s: %v, %v; -want +have:\n%s", name, err, through, diff)
		}
	}
}

// TestDeletedDocumentsAreRead: they can be restored, and have to fit then.
func TestDeletedDocumentsAreRead(t *testing.T) {
	t.Parallel()
	f, _, admin := modelFleet(t, Config{}, named("a")...)
	db := admin.Client().Database("a")
	wrongNames(t, db, 2)
	if _, err := db.Collection("users").UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "deletedAt", Value: bson.DateTime(5)}}}}); err != nil {
		t.Fatal(err)
	}
	kept := users.Collection()
	kept.SoftDelete = true
	report, err := f.CheckDocuments(t.Context(), visit.Options{}, documents.Options{Collections: []raw.Collection{kept}, Examples: 1})
	if err != nil || report.Documents != 2 || len(report.Findings) != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestTenantsThatCannotBeRead do not keep the others from being read.
func TestTenantsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	entries := append(named("a", "b"), bson.D{{Key: "name", Value: "thief"}, {Key: "database", Value: "a"}}, bson.D{{Key: "_id", Value: bson.ObjectID{7}}, {Key: "name", Value: "torn"}, {Key: "lock", Value: "x"}})
	f, server, admin := modelFleet(t, Config{}, entries...)
	wrongNames(t, admin.Client().Database("b"), 2)
	server.On("find").Where(func(c scripted.Command) bool { return c.Database == "a" }).Always().Fail(scripted.Error{Code: 13, Message: "no"})
	report, err := f.CheckDocuments(t.Context(), visit.Options{}, people)
	if err != nil || report.Tenants != 4 || report.Documents != 2 || len(report.Findings) != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	want := []migrate.FailedTenant{
		{Tenant: "070000000000000000000000", Problem: "tenants: document 070000000000000000000000: lock must be a document, is a string"},
		{Tenant: "a", Problem: "users: (Unauthorized) no"},
		{Tenant: "thief", Problem: `tenant "thief" has database "a", which is tenant "a"'s`},
	}
	if diff := cmp.Diff(want, report.Failed); diff != "" {
		t.Errorf("-want +have:\n%s", diff)
	}
	report, err = f.CheckDocuments(t.Context(), visit.Options{Tenants: []string{"b", "nobody"}}, people)
	if want := []migrate.FailedTenant{{Tenant: "nobody", Problem: unknownTenant}}; err != nil || report.Tenants != 2 || report.Documents != 2 || !cmp.Equal(want, report.Failed) {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestDocumentsOfAnOutage: a run in which nothing answers, or which is ended, has no answer.
func TestDocumentsOfAnOutage(t *testing.T) {
	t.Parallel()
	f, server, admin := modelFleet(t, Config{OutageTimeout: time.Millisecond}, named("a")...)
	wrongNames(t, admin.Client().Database("a"), 2)
	ctx, cancel := context.WithCancel(t.Context())
	server.On("find").In("users").Always().CutBefore()
	if _, err := f.CheckDocuments(ctx, visit.Options{}, people); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	cancel()
	if _, err := f.CheckDocuments(ctx, visit.Options{}, people); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
