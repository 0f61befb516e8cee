package fleet_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
)

// adding returns a migration that adds to documents, and fails at its last element with the
// second of them, and that with another last element.
func adding(last string) fleet.Config {
	return fleet.Config{Collections: raw.Declarations(gen.Collections()), LeaseTTL: shortLease, Steps: []steps.Step{count}, Migrations: fstest.MapFS{
		"0001_add.up.json":   {Data: []byte(`[{"update": "counters", "updates": [{"q": {}, "u": {"$inc": {"n": 1}}, "multi": true}]}, ` + last + `]`)},
		"0001_add.down.json": {Data: []byte(`[]`)},
	}}
}

const (
	failing   = `{"update": "counters", "updates": [{"q": {}, "u": {"$push": {"list": 1}}, "multi": true}]}`
	corrected = `{"update": "counters", "updates": [{"q": {"list": {"$type": "array"}}, "u": {"$push": {"list": 1}}, "multi": true}]}`
)

// halfWay returns tenants in which adding stopped at its last element.
func halfWay(t *testing.T, n int) (*fixture, []*mongo.Collection, []string) {
	t.Helper()
	f, names := adopted(t, n)
	var counters []*mongo.Collection
	for _, name := range names {
		c := testdb.Client(t).Database(name).Collection("counters")
		if _, err := c.InsertMany(t.Context(), []bson.D{
			{{Key: "_id", Value: 1}, {Key: "n", Value: 0}, {Key: "list", Value: bson.A{}}}, {{Key: "_id", Value: 2}, {Key: "n", Value: 0}, {Key: "list", Value: "none"}},
		}); err != nil {
			t.Fatal(err)
		}
		counters = append(counters, c)
	}
	f.Fleet = f.with(t, adding(failing))
	if out := f.migrate(t, f.latest()); len(out.Failures) != n {
		t.Fatalf("%+v", out)
	}
	return f, counters, names
}

// total returns the sum of the counters.
func total(t *testing.T, c *mongo.Collection) (n int32) {
	t.Helper()
	cursor, err := c.Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var docs []struct{ N int32 }
	if err := cursor.All(t.Context(), &docs); err != nil {
		t.Fatal(err)
	}
	for _, doc := range docs {
		n += doc.N
	}
	return n
}

// TestRepairDoesNothingTwice: a migration that changed documents before it stopped cannot
// count as not begun, unless it is forced.
func TestRepairDoesNothingTwice(t *testing.T) {
	t.Parallel()
	f, counters, names := halfWay(t, 1)
	_, err := f.Repair(t.Context(), names[0], migrate.RepairOptions{})
	if traces, ok := errors.AsType[*migrate.TracesError](err); !ok || traces.Element != "element 1" || traces.Version != 1 {
		t.Errorf("%v", err)
	}
	for _, said := range []string{"migration 0001 was at work", "element 1 is done", "migrate resume", "--force", "--applied"} {
		if err != nil && !strings.Contains(err.Error(), said) {
			t.Errorf("%q is not in %v", said, err)
		}
	}
	if m := f.find(t, names[0]).Migration; !m.Dirty || m.Done != 1 || f.find(t, names[0]).Lock.Owner != "" {
		t.Errorf("%+v", m)
	}
	if _, err := counters[0].UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: -1}}}}); err != nil {
		t.Fatal(err)
	}
	if version, err := f.Repair(t.Context(), names[0], migrate.RepairOptions{Force: true}); err != nil || version != 0 {
		t.Errorf("%d, %v", version, err)
	}
	f.Fleet = f.with(t, adding(corrected))
	if out := f.migrate(t, f.latest()); out.Done != 1 || total(t, counters[0]) != 2 {
		t.Errorf("%+v, %d", out, total(t, counters[0]))
	}
	if n, err := counters[0].CountDocuments(t.Context(), bson.D{{Key: "_migration", Value: bson.D{{Key: "$exists", Value: true}}}}); err != nil || n > 0 {
		t.Errorf("%d marks are left, %v", n, err)
	}
}

// TestCorrectedFilesAreResumed, in all tenants that failed by them, by saying so once.
func TestCorrectedFilesAreResumed(t *testing.T) {
	t.Parallel()
	f, counters, names := halfWay(t, 3)
	if list, err := f.Correct(t.Context(), nil); err != nil || len(list) != 0 {
		t.Errorf("as it was: %+v, %v", list, err)
	}
	f.Fleet = f.with(t, adding(corrected))
	if out, err := f.Resume(t.Context(), f.latest()); err != nil || len(out.Passed) != 3 || !strings.Contains(out.Passed[0].Problem, "migrate repair --failed") {
		t.Errorf("not said: %+v, %v", out, err)
	}
	list, err := f.Correct(t.Context(), names[:1])
	if err != nil || len(list) != 1 || list[0].Tenant != names[0] || list[0].Version != 1 || list[0].At != "element 2" || list[0].Err != nil {
		t.Errorf("one: %+v, %v", list, err)
	}
	if list, err := f.Correct(t.Context(), nil); err != nil || len(list) != 2 {
		t.Errorf("the others: %+v, %v", list, err)
	}
	if out, err := f.Resume(t.Context(), f.latest()); err != nil || out.Done != 3 {
		t.Errorf("%+v, %v", out, err)
	}
	for i, c := range counters {
		if n := total(t, c); n != 2 {
			t.Errorf("%s: %d", names[i], n)
		}
	}
}

// TestCorrectedFilesThatAreShorter cannot be resumed: what was done is not in them.
func TestCorrectedFilesThatAreShorter(t *testing.T) {
	t.Parallel()
	f, _, names := halfWay(t, 1)
	f.Fleet = f.with(t, fleet.Config{Collections: raw.Declarations(gen.Collections()), LeaseTTL: shortLease, Migrations: fstest.MapFS{
		"0001_add.up.json": {Data: []byte(`[]`)}, "0001_add.down.json": {Data: []byte(`[]`)},
	}})
	list, err := f.Correct(t.Context(), nil)
	if err != nil || len(list) != 1 || list[0].Err == nil || !strings.Contains(list[0].Err.Error(), "put back what is done") {
		t.Errorf("%+v, %v", list, err)
	}
	if out, err := f.Resume(t.Context(), f.latest()); err != nil || len(out.Passed) != 1 || !strings.Contains(out.Passed[0].Problem, "put back what is done") {
		t.Errorf("%+v, %v", out, err)
	}
	if m := f.find(t, names[0]).Migration; !m.Dirty || m.Done != 1 {
		t.Errorf("%+v", m)
	}
}

// TestCorrectedElementsAreDoneWhole: no marks of the failed element are left, and its
// successor does not begin in the middle.
func TestCorrectedElementsAreDoneWhole(t *testing.T) {
	t.Parallel()
	f, counters, names := halfWay(t, 1)
	f.Fleet = f.with(t, adding(`{"step": "count"}`))
	m := f.find(t, names[0]).Migration
	after, err := bson.Marshal(bson.D{{Key: "_id", Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f.set(t, names[0], bson.D{{Key: "migration.after", Value: after}})
	mark := bson.D{{Key: "$set", Value: bson.D{{Key: "_migration", Value: m.Attempt.Or(bson.NilObjectID).Hex() + ".1"}}}}
	if _, err := counters[0].UpdateOne(t.Context(), bson.D{{Key: "_id", Value: 1}}, mark); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Correct(t.Context(), nil); err != nil || len(list) != 1 || list[0].Err != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	if out, err := f.Resume(t.Context(), f.latest()); err != nil || out.Done != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	for what, filter := range map[string]bson.D{
		"not stepped through": {{Key: "stepped", Value: bson.D{{Key: "$exists", Value: false}}}},
		"marked":              {{Key: "_migration", Value: bson.D{{Key: "$exists", Value: true}}}},
	} {
		if n, err := counters[0].CountDocuments(t.Context(), filter); err != nil || n > 0 {
			t.Errorf("%d are %s, %v", n, what, err)
		}
	}
}

// TestCorrectedNames: unknown ones are reported.
func TestCorrectedNames(t *testing.T) {
	t.Parallel()
	f, _, names := halfWay(t, 1)
	f.Fleet = f.with(t, adding(corrected))
	f.enter(t, "nowhere", bson.E{Key: "cluster", Value: "mars"})
	list, err := f.Correct(t.Context(), []string{f.prefix + "nobody", f.prefix + "nowhere", names[0]})
	said := map[string]string{}
	for _, c := range list {
		said[c.Tenant] = fmt.Sprint(c.Err)
	}
	if err != nil || len(list) != 3 || said[names[0]] != "<nil>" {
		t.Errorf("%v, %v", said, err)
	}
	for name, says := range map[string]string{"nobody": tenant.ErrUnknown.Error(), "nowhere": "mars"} {
		if !strings.Contains(said[f.prefix+name], says) {
			t.Errorf("%s: %v", name, said)
		}
	}
}
