package fleet_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// visits are documents that expire, with one index of each kind.
var visits = meta.Collection{Name: "visits", Title: "Visits", Indexes: []meta.Index{
	{Name: "at_1", Keys: []meta.Key{{Path: "at"}}, Expires: true, TTL: time.Hour},
	{Name: "who_1", Keys: []meta.Key{{Path: "who"}}, Unique: true},
}}

// modelled returns a fleet of one tenant on a model of MongoDB.
func modelled(t *testing.T) (*fixture, *scripted.Server, *mongo.Database) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	f := fixtureOn(t, server.URI(), client)
	f.Fleet = f.with(t, fleet.Config{Collections: []meta.Collection{visits}})
	made, err := f.Provision(t.Context(), "one", "default")
	if err != nil {
		t.Fatal(err)
	}
	return f, server, client.Database(made.Database)
}

// only returns the only finding as text, "" without any.
func only(t *testing.T, findings []indexes.Finding) string {
	t.Helper()
	if len(findings) > 1 {
		t.Errorf("%d findings: %v", len(findings), findings)
	}
	if len(findings) == 0 {
		return ""
	}
	return string(findings[0].Problem) + " " + findings[0].Index
}

// TestIndexesUnderWay exist, but do nothing yet: neither check nor ensure takes them for
// the declared ones.
func TestIndexesUnderWay(t *testing.T) {
	t.Parallel()
	f, server, db := modelled(t)
	if err := server.SetBuilding(db.Name(), "visits", "who_1", true); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := only(t, f.check(t, visit.Options{})); got != "building who_1" {
			t.Errorf("checked: %q", got)
		}
		if report := f.ensure(t, visit.Options{}, true); only(t, report.Open()) != "building who_1" {
			t.Errorf("ensured: %v", report.Findings)
		}
	}
	if err := server.SetBuilding(db.Name(), "visits", "who_1", false); err != nil {
		t.Fatal(err)
	}
	if got := only(t, f.check(t, visit.Options{})); got != "" {
		t.Errorf("once it is there: %q", got)
	}
}

// TestIndexesThatAreChanged without being built again: hidden ones, and those that let
// documents expire.
func TestIndexesThatAreChanged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, want, detail string }{
		"hidden":      {`{"name": "who_1", "hidden": true}`, "hidden who_1", "no query is planned"},
		"hidden, TTL": {`{"name": "at_1", "hidden": true}`, "hidden at_1", "no query is planned"},
		"seconds":     {`{"name": "at_1", "expireAfterSeconds": 60}`, "different at_1", "expireAfterSeconds is 60, declared 3600"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server, db := modelled(t)
			var index bson.D
			if err := bson.UnmarshalExtJSON([]byte(test.change), false, &index); err != nil {
				t.Fatal(err)
			}
			if err := db.RunCommand(t.Context(), bson.D{{Key: "collMod", Value: "visits"}, {Key: "index", Value: index}}).Err(); err != nil {
				t.Fatal(err)
			}
			found := f.check(t, visit.Options{})
			if only(t, found) != test.want || !strings.Contains(found[0].Detail, test.detail) {
				t.Errorf("%v", found)
			}
			server.Reset()
			if report := f.ensure(t, visit.Options{}, false); len(report.Findings) != 1 || len(report.Open()) > 0 {
				t.Errorf("%v", report.Findings)
			}
			for _, c := range server.Commands() {
				if c.Name == "dropIndexes" || c.Name == "createIndexes" {
					t.Errorf("it was built again: %s", c.Body)
				}
			}
			if got := only(t, f.check(t, visit.Options{})); got != "" {
				t.Errorf("afterwards: %q", got)
			}
		})
	}
}

// TestRefusalsSayWhatTheyAre: if a server refuses an index for another reason than that it
// does not support it, it is not said to lack support, and keeps what it built.
func TestRefusalsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	for code, test := range map[int32]struct {
		problem indexes.Kind
		says    string
	}{
		13:   {indexes.Missing, "createIndex"},
		85:   {indexes.Missing, "with other options"},
		86:   {indexes.Missing, "of this name"},
		276:  {indexes.Missing, "run indexes ensure again"},
		8000: {indexes.Missing, "the provider"},
		197:  {indexes.Unsupported, "expireAfterSeconds"},
		67:   {indexes.Unsupported, "expireAfterSeconds"},
		72:   {indexes.Unsupported, "expireAfterSeconds"},
		115:  {indexes.Unsupported, "expireAfterSeconds"},
		238:  {indexes.Unsupported, "expireAfterSeconds"},
	} {
		f, server, db := modelled(t)
		for _, name := range []string{"at_1", "who_1"} {
			if err := db.Collection("visits").Indexes().DropOne(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		server.On("createIndexes").Always().Where(func(c scripted.Command) bool {
			return strings.Contains(c.Body.String(), "expireAfterSeconds")
		}).Fail(scripted.Error{Code: code, Message: "no"})
		report := f.ensure(t, visit.Options{}, false)
		there := map[string]indexes.Finding{}
		for _, finding := range report.Findings {
			there[finding.Index] = finding
		}
		if at := there["at_1"]; at.Done || at.Problem != test.problem || !strings.Contains(at.Detail, test.says) {
			t.Errorf("%d: %+v", code, at)
		}
		if who := there["who_1"]; test.problem == indexes.Missing && !who.Done {
			t.Errorf("%d: the other one is %+v", code, who)
		}
	}
}

// TestRefusedSuccessors: if the server refuses the index that is to replace an existing one,
// that one stays, or is built again.
func TestRefusedSuccessors(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]mongo.IndexModel{
		"built beside":  {Keys: bson.D{{Key: "who", Value: -1}}, Options: options.Index().SetName("who_1").SetUnique(true)},
		"dropped first": {Keys: bson.D{{Key: "who", Value: 1}}, Options: options.Index().SetName("who_1").SetUnique(true).SetExpireAfterSeconds(60)},
	} {
		for _, code := range []int32{276, 8000, 67, 11000} {
			f, server, db := modelled(t)
			indexes := db.Collection("visits").Indexes()
			if err := indexes.DropOne(t.Context(), "who_1"); err != nil {
				t.Fatal(err)
			}
			if _, err := indexes.CreateOne(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			before := f.check(t, visit.Options{})
			server.On("createIndexes").Fail(scripted.Error{Code: code, Message: "no"})
			report := f.ensure(t, visit.Options{}, true)
			if only(t, report.Open()) != "different who_1" {
				t.Errorf("%s, %d: %+v", name, code, report.Findings)
			}
			if after := f.check(t, visit.Options{}); len(after) != 1 || after[0].Detail != before[0].Detail {
				t.Errorf("%s, %d: before %v, after %v", name, code, before, after)
			}
			if report := f.ensure(t, visit.Options{}, true); len(report.Open()) > 0 {
				t.Errorf("%s, %d, once more: %v", name, code, report.Open())
			}
		}
	}
}
