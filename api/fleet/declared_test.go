package fleet_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// inTheField is a collection with indexes as other programs make them.
var inTheField = meta.Collection{
	Name: "books", Collation: meta.Collation{Locale: "en", Strength: 2}, IgnoredIndexes: []string{"legacy_*"},
	Indexes: []meta.Index{
		{Name: "author_1", Keys: []meta.Key{{Path: "author"}}, Exact: true, Collation: meta.Collation{Locale: "en", Strength: 2}},
		{Name: "shelf_1", Keys: []meta.Key{{Path: "shelf"}}, Hidden: true, Collation: meta.Collation{Locale: "simple"}},
		{Name: "title_1", Keys: []meta.Key{{Path: "title"}}, Unique: true, Collation: meta.Collation{Locale: "en", Strength: 1}},
		{Name: "badge_1", Keys: []meta.Key{{Path: "badge"}}, Unique: true, Sparse: true, Collation: meta.Collation{Locale: "simple"}},
		{
			Name: "phone_1", Keys: []meta.Key{{Path: "phone"}}, Unique: true, Collation: meta.Collation{Locale: "simple"},
			Partial: []meta.Condition{{Path: "phone", Op: meta.Exists, Value: wire.BoolValue(true)}},
		},
		{
			Name: "words", Keys: []meta.Key{{Path: "title"}, {Path: "notes"}}, Collation: meta.Collation{Locale: "simple"},
			Text: &meta.TextSearch{Weights: []meta.Weight{{Path: "title", Weight: 10}, {Path: "notes", Weight: 1}}, Language: "none", Override: "language_"},
		},
	},
}

// TestIndexesInTheField are built as declared, so that the next look finds nothing; and what
// another program made the same way is current as it stands.
func TestIndexesInTheField(t *testing.T) {
	t.Parallel()
	f, server, db := modelled(t)
	f.Fleet = f.with(t, fleet.Config{Collections: []meta.Collection{inTheField}})
	coll := db.Collection("books")
	if report := f.ensure(t, visit.Options{}, false); len(report.Open()) > 0 {
		t.Fatalf("%+v", report.Open())
	}
	if found := f.check(t, visit.Options{}); len(found) > 0 {
		t.Errorf("what was built differs: %+v", found)
	}
	// As MongoDB's shell makes them.
	for _, name := range []string{"author_1", "words"} {
		drop(t, coll, name)
	}
	other := options.Index().SetName("text").SetWeights(bson.D{{Key: "notes", Value: 1.0}, {Key: "title", Value: 10.0}}).SetDefaultLanguage("none").SetLanguageOverride("language_").
		SetCollation(&options.Collation{Locale: "simple"})
	for _, x := range []mongo.IndexModel{
		{Keys: bson.D{{Key: "author", Value: 1}}, Options: options.Index()},
		{Keys: bson.D{{Key: "notes", Value: "text"}, {Key: "title", Value: "text"}}, Options: other},
		{Keys: bson.D{{Key: "place", Value: "2dsphere"}}, Options: options.Index().SetName("legacy_place").SetCollation(&options.Collation{Locale: "simple"})},
	} {
		if _, err := coll.Indexes().CreateOne(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	server.Reset()
	report := f.ensure(t, visit.Options{}, true)
	if len(report.Open()) > 0 || changes(server) != "" {
		t.Errorf("%s: %+v", changes(server), report.Findings)
	}
	for _, finding := range report.Findings {
		if finding.Problem != indexes.Ignored && finding.Problem != indexes.Renamed {
			t.Errorf("%+v", finding)
		}
	}
	if report.OmitIgnored(); len(report.Findings) != 1 {
		t.Errorf("%+v", report.Findings)
	}
}

// TestUniqueOnOptionalFields: documents without the field stand beside each other, those with it
// do not repeat it, whichever way they are left out.
func TestUniqueOnOptionalFields(t *testing.T) {
	t.Parallel()
	f, _, db := modelled(t)
	f.Fleet = f.with(t, fleet.Config{Collections: []meta.Collection{inTheField}})
	f.ensure(t, visit.Options{}, false)
	coll := db.Collection("books")
	for i, c := range []struct {
		doc   bson.D
		taken bool
	}{
		{bson.D{}, false}, {bson.D{}, false}, {bson.D{{Key: "phone", Value: "1"}}, false}, {bson.D{{Key: "phone", Value: "1"}}, true},
		{bson.D{{Key: "badge", Value: "a"}}, false}, {bson.D{{Key: "badge", Value: "a"}}, true}, {bson.D{{Key: "badge", Value: "A"}}, false},
	} {
		doc := append(bson.D{{Key: "title", Value: i}}, c.doc...)
		if _, err := coll.InsertOne(t.Context(), doc); mongo.IsDuplicateKeyError(err) != c.taken || err != nil && !c.taken {
			t.Errorf("%v: %v", doc, err)
		}
	}
}
