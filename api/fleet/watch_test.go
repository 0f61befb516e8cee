package fleet_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
)

// TestWatch: missing and different unique indexes are found, and no other drift.
func TestWatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.provision(t, f.prefix+"agrees")
	lacks, empty, extra, unordered := f.provision(t, f.prefix+"lacks"), f.provision(t, f.prefix+"empty"), f.provision(t, f.prefix+"extra"), f.provision(t, f.prefix+"unordered")
	drop(t, lacks.Collection("users"), "email_1")
	if err := empty.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	drifts[4].do(t, extra.Collection("users"))
	drop(t, unordered.Collection("users"), byRole)
	behind := f.provision(t, f.prefix+"behind")
	drop(t, behind.Collection("users"), "email_1")
	f.set(t, f.prefix+"behind", bson.D{{Key: "fingerprint", Value: "another"}})
	w := f.NewWatch()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	for _, name := range []string{"agrees", "lacks", "empty", "extra", "unordered", "behind", "lacks"} {
		one, err := f.catalog.Find(t.Context(), f.prefix+name)
		if err != nil {
			t.Fatal(err)
		}
		w.Note(one)
	}
	want := []string{"tenant " + f.prefix + "empty is absent", "tenant " + f.prefix + "lacks, collection users, index email_1 is missing"}
	for {
		var got []string
		for _, finding := range w.Findings() {
			text, _, _ := strings.Cut(finding.String(), ":")
			got = append(got, text)
		}
		if slices.Equal(got, want) || t.Context().Err() != nil || len(got) > len(want) {
			if !slices.Equal(got, want) {
				t.Errorf("found %q", got)
			}
			break
		}
	}
	stop()
	<-done
}

// TestRestoredDatabasesAreProvisioned: provisioning a database whose documents repeat a unique
// key fails, and names them.
func TestRestoredDatabasesAreProvisioned(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	name := strings.ToLower(f.prefix) + "restored"
	begun, err := f.catalog.Create(t.Context(), name, tenant.DefaultCluster, tenant.Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(begun.Database)
	users := testdb.Client(t).Database(begun.Database).Collection("users")
	ids := []bson.ObjectID{bson.NewObjectID(), bson.NewObjectID()}
	for _, id := range ids {
		if _, err := users.InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "email", Value: "ada@example.com"}}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = f.Provision(t.Context(), name, tenant.DefaultCluster)
	if err == nil || !strings.Contains(err.Error(), ids[0].Hex()) || !strings.Contains(err.Error(), ids[1].Hex()) {
		t.Errorf("%v", err)
	}
	if one, err := f.catalog.Find(t.Context(), name); err != nil || one.State != tenants.StateProvisioning {
		t.Errorf("%+v, %v", one, err)
	}
	var retained *fleet.RetainedError
	if err := f.Discard(t.Context(), name); !errors.As(err, &retained) {
		t.Errorf("it may be thrown away: %v", err)
	}
	if _, err := users.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: ids[1]}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Provision(t.Context(), name, tenant.DefaultCluster); err != nil {
		t.Error(err)
	}
}
