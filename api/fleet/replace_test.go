package fleet_test

import (
	"flag"
	"fmt"
	"maps"
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
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// succession is an existing index, and the declared one that is to replace it.
type succession struct {
	was      mongo.IndexModel
	declared meta.Index
	// remedy is the difference's, and commands are those that carry it out, without reads.
	remedy   indexes.Remedy
	commands string
	// left is the finding afterwards, if any.
	left string
}

func whoIn(direction int) bson.D { return bson.D{{Key: "who", Value: direction}} }

func byWho() meta.Index {
	return meta.Index{Name: "who_1", Keys: []meta.Key{{Path: "who"}}}
}

func declare(change func(*meta.Index)) meta.Index {
	x := byWho()
	change(&x)
	return x
}

// successions returns the successions, made anew each time: the driver changes an index's options.
func successions() map[string]succession {
	return map[string]succession{
		"not unique to unique": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1")},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Convert, "collMod prepareUnique, collMod unique", "",
		},
		"not unique to unique, hidden": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetHidden(true)},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Convert, "collMod prepareUnique, collMod unique, collMod hidden", "",
		},
		"unique to not unique": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true)},
			byWho(),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"sparse to all": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true).SetSparse(true)},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"all to partial": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true)},
			declare(func(x *meta.Index) {
				x.Unique, x.Partial = true, []meta.Condition{{Path: "who", Op: meta.Gt, Value: wire.StringValue("")}}
			}),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"collation": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true).SetCollation(&options.Collation{Locale: "de"})},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"collation, under another name": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("by_who").SetCollation(&options.Collation{Locale: "de"})},
			byWho(),
			indexes.Replace, "createIndexes, dropIndexes", "",
		},
		"to a collation": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true)},
			declare(func(x *meta.Index) { x.Unique, x.Collation = true, meta.Collation{Locale: "en", Strength: 2} }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"to a finer collation": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true).SetCollation(&options.Collation{Locale: "en", Strength: 1})},
			declare(func(x *meta.Index) { x.Unique, x.Collation = true, meta.Collation{Locale: "en", Strength: 2} }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"not unique and no expiry to unique": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetExpireAfterSeconds(60)},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"direction, both unique": {
			mongo.IndexModel{Keys: whoIn(-1), Options: options.Index().SetName("who_1").SetUnique(true)},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"direction": {
			mongo.IndexModel{Keys: whoIn(-1), Options: options.Index().SetName("who_1")},
			byWho(),
			indexes.Rebuild, "dropIndexes, createIndexes", "",
		},
		"text": {
			mongo.IndexModel{Keys: bson.D{{Key: "who", Value: "text"}}, Options: options.Index().SetName("who_1")},
			byWho(),
			indexes.Rebuild, "dropIndexes, createIndexes", "",
		},
		"ordered to text": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1")},
			declare(func(x *meta.Index) {
				x.Text = &meta.TextSearch{Weights: []meta.Weight{{Path: "who", Weight: 2}}, Language: "none", Override: "language"}
			}),
			indexes.Rebuild, "dropIndexes, createIndexes", "",
		},
		"other words, under another name": {
			mongo.IndexModel{Keys: bson.D{{Key: "what", Value: "text"}}, Options: options.Index().SetName("words")},
			declare(func(x *meta.Index) {
				x.Text = &meta.TextSearch{Weights: []meta.Weight{{Path: "who", Weight: 1}}, Language: "english", Override: "language"}
			}),
			indexes.Rebuild, "dropIndexes, createIndexes", "",
		},
		"other weights": {
			mongo.IndexModel{Keys: bson.D{{Key: "who", Value: "text"}}, Options: options.Index().SetName("who_1").SetWeights(bson.D{{Key: "who", Value: 3}})},
			declare(func(x *meta.Index) {
				x.Text = &meta.TextSearch{Weights: []meta.Weight{{Path: "who", Weight: 1}}, Language: "english", Override: "language"}
			}),
			indexes.Rebuild, "dropIndexes, createIndexes", "",
		},
		"expiry taken away": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetExpireAfterSeconds(60)},
			byWho(),
			indexes.Rebuild, "dropIndexes, createIndexes", "",
		},
		"expiry": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1")},
			declare(func(x *meta.Index) { x.Expires, x.TTL = true, time.Hour }),
			indexes.Change, "collMod expireAfterSeconds", "",
		},
		"seconds, hidden": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetExpireAfterSeconds(60).SetHidden(true)},
			declare(func(x *meta.Index) { x.Expires, x.TTL = true, time.Hour }),
			indexes.Change, "collMod expireAfterSeconds hidden", "",
		},
		"another name": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("by_who").SetUnique(true)},
			declare(func(x *meta.Index) { x.Unique = true }),
			"", "", "renamed by_who",
		},
		"to be hidden": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1")},
			declare(func(x *meta.Index) { x.Hidden = true }),
			indexes.Change, "collMod hidden", "",
		},
		"unique to not unique and hidden": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("who_1").SetUnique(true)},
			declare(func(x *meta.Index) { x.Hidden = true }),
			indexes.Replace, "createIndexes, dropIndexes", "renamed who_1_2",
		},
		"another name, hidden": {
			mongo.IndexModel{Keys: whoIn(1), Options: options.Index().SetName("by_who").SetUnique(true).SetHidden(true)},
			declare(func(x *meta.Index) { x.Unique = true }),
			indexes.Change, "collMod hidden", "renamed by_who",
		},
	}
}

// succeeding returns a fleet of one tenant on a model of MongoDB, with the index that was and
// the other declared.
func succeeding(t *testing.T, s succession) (*fixture, *scripted.Server, *mongo.Collection) {
	t.Helper()
	f, server, db := modelled(t)
	coll := db.Collection("visits")
	if err := coll.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := coll.Indexes().CreateOne(t.Context(), s.was); err != nil {
		t.Fatal(err)
	}
	if _, err := coll.InsertMany(t.Context(), []bson.D{{{Key: "who", Value: "a"}}, {{Key: "who", Value: "b"}}}); err != nil {
		t.Fatal(err)
	}
	declared := meta.Collection{Name: "visits", Title: "Visits", Indexes: []meta.Index{s.declared}}
	f.Fleet = f.with(t, fleet.Config{Collections: []meta.Collection{declared}})
	server.Reset()
	return f, server, coll
}

// changes returns the commands that change indexes, and what collMod sets.
func changes(server *scripted.Server) string {
	var list []string
	for _, c := range server.Commands() {
		switch c.Name {
		case "createIndexes", "dropIndexes":
			list = append(list, c.Name)
		case "collMod":
			text := c.Name
			elements, _ := c.Body.Lookup("index").Document().Elements()
			for _, e := range elements[1:] {
				text += " " + e.Key()
			}
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

// TestSuccessions: the remedy for a different index depends on the difference.
func TestSuccessions(t *testing.T) {
	t.Parallel()
	for name, s := range successions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, server, _ := succeeding(t, s)
			found := f.check(t, visit.Options{})
			if len(found) != 1 || found[0].Remedy != s.remedy {
				t.Fatalf("found %+v", found)
			}
			if said := strings.Contains(found[0].Detail, "dropped before it is built"); said != (s.remedy == indexes.Rebuild) {
				t.Errorf("beforehand: %s", found[0].Detail)
			}
			atOnce := s.remedy == indexes.Change
			if report := f.ensure(t, visit.Options{}, false); (len(report.Open()) == 0) != (atOnce || s.remedy == "") {
				t.Errorf("without prune: %v", report.Open())
			}
			if got := changes(server); !atOnce && got != "" {
				t.Errorf("without prune: %s", got)
			}
			if report := f.ensure(t, visit.Options{}, true); len(report.Open()) > 0 {
				t.Errorf("with prune: %v", report.Open())
			}
			if got := changes(server); got != s.commands {
				t.Errorf("commands: %s; want %s", got, s.commands)
			}
			if got := only(t, f.check(t, visit.Options{})); got != s.left {
				t.Errorf("left: %q", got)
			}
		})
	}
}

var everyFault = flag.Bool("every-fault", false, "meet every fault in every succession of indexes, instead of a third of them")

// TestSuccessionsCutShort: whichever command of a replacement fails, and however, documents
// that both indexes refuse are never let in, there is always an index unless the remedy
// announced that there would be none, and the next run finishes the replacement.
func TestSuccessionsCutShort(t *testing.T) {
	t.Parallel()
	faults := []struct {
		name string
		fail func(*scripted.Rule)
	}{
		{"refused", func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 8000}) }},
		{"interrupted", func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 11601}) }},
		{"cut before", func(r *scripted.Rule) { r.CutBefore() }},
		{"cut after", func(r *scripted.Rule) { r.CutAfter() }},
		{"done, no answer", func(r *scripted.Rule) { r.FailAfter(scripted.Error{Code: 91}) }},
		{"no write concern", func(r *scripted.Rule) { r.WriteConcernError(scripted.Error{Code: 64}) }},
	}
	for i, name := range slices.Sorted(maps.Keys(successions())) {
		for j, fault := range faults {
			if !*everyFault && (i+j)%3 != 0 { // the next succession meets others
				continue
			}
			t.Run(name+", "+fault.name, func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n++ {
					s := successions()[name]
					f, server, coll := succeeding(t, s)
					rule := server.On("createIndexes", "dropIndexes", "collMod", "listIndexes", "aggregate").Nth(n)
					fault.fail(rule)
					if _, err := f.EnsureIndexes(t.Context(), visit.Options{}, true); err != nil {
						t.Fatal(err)
					}
					met := rule.Met() >= n
					server.Reset()
					s.expectGuarded(t, coll, fmt.Sprintf("command %d", n))
					f.ensure(t, visit.Options{}, true)
					if report := f.ensure(t, visit.Options{}, true); len(report.Open()) > 0 {
						t.Errorf("command %d, later: %v", n, report.Open())
					}
					if left := f.check(t, visit.Options{}); len(left) > 1 || len(left) == 1 && left[0].Problem != indexes.Renamed {
						t.Errorf("command %d, left: %v", n, left)
					}
					s.expectGuarded(t, coll, fmt.Sprintf("command %d, later", n))
					if !met {
						return
					}
				}
			})
		}
	}
}

// expectGuarded tries to store what both indexes refuse, and expects an index that the
// declared one or the one before is.
func (s *succession) expectGuarded(t *testing.T, coll *mongo.Collection, when string) {
	t.Helper()
	specs, err := coll.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.remedy != indexes.Rebuild && len(specs) < 2 {
		t.Errorf("%s: no index is left", when)
	}
	var was options.IndexOptions
	for _, set := range s.was.Options.List() {
		if err := set(&was); err != nil {
			t.Fatal(err)
		}
	}
	if !s.declared.Unique || was.Unique == nil || !*was.Unique || s.remedy == indexes.Rebuild {
		return
	}
	if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "who", Value: "a"}}); !mongo.IsDuplicateKeyError(err) {
		t.Errorf("%s: a repeat came in: %v; indexes are %v", when, err, slices.Collect(func(yield func(string) bool) {
			for _, spec := range specs {
				yield(spec.Name)
			}
		}))
	}
}

// TestConversionsThatDocumentsBreak: an index that cannot become unique stays as it was.
func TestConversionsThatDocumentsBreak(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		f, server, coll := succeeding(t, successions()["not unique to unique"])
		repeat := func() {
			if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "who", Value: "a"}}); err != nil {
				t.Error(err)
			}
		}
		var held *scripted.Held
		if late {
			held = server.On("collMod").Hold()
			go func() {
				<-held.Arrived()
				repeat()
				held.Release()
			}()
		} else {
			repeat()
		}
		report := f.ensure(t, visit.Options{}, true)
		if only(t, report.Open()) != "different who_1" || report.Findings[0].Remedy != indexes.Refuse || !strings.Contains(report.Findings[0].Detail, "change or remove them") {
			t.Errorf("late %t: %+v", late, report.Findings)
		}
		repeat() // as before
	}
}

// TestConversionsLeftBehind: check names an index that is half converted, and the next ensure
// finishes or reverts the conversion, without prune.
func TestConversionsLeftBehind(t *testing.T) {
	t.Parallel()
	for _, breaks := range []bool{false, true} {
		for _, declared := range []meta.Index{declare(func(x *meta.Index) { x.Unique = true }), byWho()} {
			s := successions()["not unique to unique"]
			s.declared = declared
			f, _, coll := succeeding(t, s)
			if breaks {
				if _, err := coll.InsertOne(t.Context(), bson.D{{Key: "who", Value: "a"}}); err != nil {
					t.Fatal(err)
				}
			}
			prepare := bson.D{{Key: "collMod", Value: "visits"}, {Key: "index", Value: bson.D{{Key: "name", Value: "who_1"}, {Key: "prepareUnique", Value: true}}}}
			if err := coll.Database().RunCommand(t.Context(), prepare).Err(); err != nil {
				t.Fatal(err)
			}
			found := f.check(t, visit.Options{})
			if only(t, found) != "different who_1" || !strings.Contains(found[0].Detail, "prepareUnique is true, declared false") {
				t.Errorf("found %v", found)
			}
			refused := breaks && declared.Unique
			if report := f.ensure(t, visit.Options{}, false); (len(report.Open()) > 0) != refused {
				t.Errorf("breaks %t, unique %t: open %v", breaks, declared.Unique, report.Open())
			}
			for _, finding := range f.check(t, visit.Options{}) {
				if !refused || strings.Contains(finding.Detail, "prepareUnique") {
					t.Errorf("breaks %t, unique %t: left %v", breaks, declared.Unique, finding)
				}
			}
		}
	}
}

// TestExtraIndexesStay until the declared ones exist, whose work they may do.
func TestExtraIndexesStay(t *testing.T) {
	t.Parallel()
	s := successions()["direction, both unique"]
	s.was.Options = options.Index().SetName("by_who").SetUnique(true)
	f, server, _ := succeeding(t, s)
	server.On("createIndexes").Fail(scripted.Error{Code: 8000})
	var got []string
	for _, finding := range f.ensure(t, visit.Options{}, true).Open() {
		got = append(got, string(finding.Problem)+" "+finding.Index)
	}
	if want := []string{"extra by_who", "missing who_1"}; !slices.Equal(got, want) {
		t.Errorf("open: %v", got)
	}
	if report := f.ensure(t, visit.Options{}, true); len(report.Open()) > 0 {
		t.Errorf("once more: %v", report.Open())
	}
	if got := only(t, f.check(t, visit.Options{})); got != "" {
		t.Errorf("left: %s", got)
	}
}

// TestIndexesOfACollectionComeTogether: one command names the missing indexes and no other. If
// it is refused, each has its own finding.
func TestIndexesOfACollectionComeTogether(t *testing.T) {
	t.Parallel()
	named := func(server *scripted.Server) (names []string) {
		for _, c := range server.Commands() {
			if c.Name != "createIndexes" {
				continue
			}
			var body struct {
				Indexes []struct{ Name string } `bson:"indexes"`
			}
			if err := bson.Unmarshal(c.Body, &body); err != nil {
				t.Fatal(err)
			}
			var list []string
			for _, x := range body.Indexes {
				list = append(list, x.Name)
			}
			names = append(names, strings.Join(list, " "))
		}
		return names
	}
	three := meta.Collection{Name: "visits", Title: "Visits", Indexes: []meta.Index{
		byWho(), {Name: "a_1", Keys: []meta.Key{{Path: "a"}}, Unique: true}, {Name: "b_1", Keys: []meta.Key{{Path: "b"}}},
	}}
	s := successions()["another name"]
	s.was.Options = options.Index().SetName("who_1")
	f, server, coll := succeeding(t, s)
	f.Fleet = f.with(t, fleet.Config{Collections: []meta.Collection{three}})
	for i := range 2 { // documents have an a each, or one would repeat the other's none
		if _, err := coll.UpdateOne(t.Context(), bson.D{{Key: "who", Value: string(rune('a' + i))}}, bson.D{{Key: "$set", Value: bson.D{{Key: "a", Value: i}}}}); err != nil {
			t.Fatal(err)
		}
	}
	server.On("createIndexes").Fail(scripted.Error{Code: 276})
	if report := f.ensure(t, visit.Options{}, false); len(report.Findings) != 2 || len(report.Open()) > 0 {
		t.Errorf("%v", report.Findings)
	}
	if got, want := named(server), []string{"a_1 b_1", "a_1", "b_1"}; !slices.Equal(got, want) {
		t.Errorf("after a refusal: %q", got)
	}
	for _, name := range []string{"a_1", "b_1"} {
		if err := coll.Indexes().DropOne(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	server.Reset()
	if report := f.ensure(t, visit.Options{}, false); len(report.Open()) > 0 {
		t.Errorf("%v", report.Open())
	}
	if got, want := named(server), []string{"a_1 b_1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
