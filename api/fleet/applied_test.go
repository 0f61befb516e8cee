package fleet_test

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/migrate"
)

// impossible are records that no run leaves behind, and the message about each if there
// are three migrations.
var impossible = map[string]struct {
	record bson.D
	said   string
}{
	"version below none":   {bson.D{{Key: "version", Value: -3}}, "version -3"},
	"from below none":      {bson.D{{Key: "version", Value: 2}, {Key: "from", Value: -7}, {Key: "dirty", Value: true}}, "version -7"},
	"dirty alone":          {bson.D{{Key: "dirty", Value: true}}, "from version 0 to 0"},
	"on the spot":          {bson.D{{Key: "version", Value: 3}, {Key: "from", Value: 3}, {Key: "dirty", Value: true}}, "from version 3 to 3"},
	"two at once":          {bson.D{{Key: "version", Value: 3}, {Key: "from", Value: 1}, {Key: "dirty", Value: true}}, "from version 1 to 3"},
	"done below none":      {bson.D{{Key: "version", Value: 2}, {Key: "from", Value: 1}, {Key: "dirty", Value: true}, {Key: "done", Value: -1}}, "-1 elements done"},
	"back from nowhere":    {bson.D{{Key: "version", Value: 3}, {Key: "from", Value: 4}, {Key: "dirty", Value: true}}, "is at version 4, the newest migration here is 3"},
	"done behind its end":  {bson.D{{Key: "version", Value: 2}, {Key: "from", Value: 1}, {Key: "dirty", Value: true}, {Key: "done", Value: 99}}, "its file was made shorter"},
	"an edit, and no such": {bson.D{{Key: "version", Value: 1}, {Key: "dirty", Value: true}, {Key: "done", Value: -1}, {Key: "checksums", Value: bson.A{"x"}}}, "-1 elements done"},
}

// TestImpossibleRecordsAreNamed, and keep no other tenant from being migrated.
func TestImpossibleRecordsAreNamed(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, len(impossible)+1)
	said := map[string]string{}
	for what, one := range impossible {
		name := names[len(said)]
		f.set(t, name, bson.D{{Key: "migration", Value: one.record}})
		said[name] = one.said
		t.Logf("%s: %s", name, what)
	}
	check := func(passed []migrate.FailedTenant) {
		t.Helper()
		if len(passed) != len(impossible) {
			t.Errorf("%d are passed by", len(passed))
		}
		for _, p := range passed {
			if !strings.Contains(p.Problem, said[p.Tenant]) {
				t.Errorf("%+v", p)
			}
		}
	}
	plan, err := f.Plan(t.Context(), f.Latest(), nil)
	if err != nil || len(plan.Stale) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	check(plan.Refused)
	out := f.migrate(t, f.latest())
	if out.Done != 1 || len(out.Failures) > 0 {
		t.Errorf("%+v", out)
	}
	check(out.Passed)
	out, err = f.Resume(t.Context(), f.latest())
	if err != nil || len(out.Failures) > 0 {
		t.Errorf("%+v, %v", out, err)
	}
	check(out.Passed)
	list, err := f.Correct(t.Context(), nil)
	if err != nil {
		t.Error(err)
	}
	for _, c := range list {
		if c.Err == nil || !strings.Contains(c.Err.Error(), said[c.Tenant]) {
			t.Errorf("%+v", c)
		}
	}
}

// TestImpossibleRecordsAreNotRepaired: they say nothing about the data.
func TestImpossibleRecordsAreNotRepaired(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 1)
	for what, one := range impossible {
		if what == "done behind its end" { // as begun, or as applied: that is for whoever repairs it to say
			continue
		}
		for _, how := range []migrate.RepairOptions{{}, {Applied: true}, {Force: true}} {
			f.set(t, names[0], bson.D{{Key: "migration", Value: one.record}})
			_, err := f.Repair(t.Context(), names[0], how)
			if _, ok := errors.AsType[*migrate.AppliedError](err); !ok || !strings.Contains(err.Error(), one.said) {
				t.Errorf("%s, %+v: %v", what, how, err)
			}
			if lock := f.find(t, names[0]).Lock; lock.Owner != "" {
				t.Errorf("%s, %+v: left locked by %s", what, how, lock.Owner)
			}
		}
	}
}

// TestImpossibleRecordsAreMended as their message says.
func TestImpossibleRecordsAreMended(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, len(impossible))
	for _, one := range impossible {
		f.set(t, names[0], bson.D{{Key: "migration", Value: one.record}})
		f.set(t, names[0], bson.D{{Key: "migration", Value: bson.D{{Key: "version", Value: 0}, {Key: "dirty", Value: false}}}})
		if out := f.migrate(t, migrate.Options{Target: 3, Tenants: names[:1]}); out.Done != 1 || len(out.Passed) > 0 {
			t.Errorf("%+v", out)
		}
		names = names[1:]
	}
}
