package raw_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// bills has a rule of every shape: fields that are required by what is beside them, and values, elements, entries
// and objects that functions check.
var bills = raw.Collection{Collection: meta.Derive(meta.Collection{
	Name: "bills",
	Fields: []meta.Field{
		{Name: "code", Kind: "String"},
		{Name: "kind", Kind: "String", Default: "private"},
		{Name: "vat", Kind: "String", Optional: true, RequiredIf: whenKind("company", false), Check: runtime.CheckBy("short", (*wire.Reader).String)},
		{Name: "excuse", Kind: "String", Optional: true, RequiredIf: slices.Concat(whenKind("private", true), []meta.Requirement{{
			Condition: meta.Condition{Path: "total", Op: meta.Gt, Value: wire.IntValue(10)},
		}})},
		{Name: "total", Kind: "Int", Optional: true, Check: runtime.CheckBy("even", (*wire.Reader).Int)},
		{Name: "sum", Kind: "Decimal", Optional: true, Check: runtime.CheckBy("below", (*wire.Reader).Decimal)},
		{Name: "marks", Kind: "Set", Check: runtime.CheckBy("two", func(r *wire.Reader) []int64 { return wire.ReadList(r, (*wire.Reader).Int) }), Elem: &meta.Field{Kind: "Int"}},
		{Name: "place", Kind: "Object", Optional: true, Check: runtime.CheckBy("place", readPlace), Fields: placeFields},
		{Name: "tags", Kind: "Set", Check: runtime.CheckBy("few", readTexts), Elem: &meta.Field{Kind: "String", Check: runtime.CheckBy("short", (*wire.Reader).String)}},
		{Name: "stops", Kind: "List", Elem: &meta.Field{Kind: "Object", Fields: placeFields}},
		{Name: "names", Kind: "Map", IsMap: true, Elem: &meta.Field{Kind: "String", Check: runtime.CheckBy("short", (*wire.Reader).String)}},
	},
	Indexes: []meta.Index{{Name: "code_1", Keys: []meta.Key{{Path: "code"}}, Unique: true}},
})}

var placeFields = []meta.Field{
	{Name: "country", Kind: "String", Optional: true},
	{Name: "state", Kind: "String", Optional: true, RequiredIf: []meta.Requirement{{Condition: meta.Condition{Path: "country", Op: meta.Eq, Value: wire.StringValue("US")}}}},
}

func whenKind(kind string, ifMissing bool) []meta.Requirement {
	return []meta.Requirement{{Condition: meta.Condition{Path: "kind", Op: meta.Eq, Value: wire.StringValue(kind)}, IfMissing: ifMissing}}
}

func readTexts(r *wire.Reader) []string { return wire.ReadList(r, (*wire.Reader).String) }

// readPlace returns an object's texts by name.
func readPlace(r *wire.Reader) map[string]string {
	texts := map[string]string{}
	for end := r.EnterDocument(); r.Next(end); {
		texts[string(r.Key())] = r.String()
	}
	return texts
}

// billChecks are the app's functions.
var billChecks = map[string]any{
	"short": func(s string) error {
		if len(s) > 4 {
			return errors.New("must be short")
		}
		return nil
	},
	"even": func(n int64) error {
		if n%2 != 0 {
			return errors.New("must be even")
		}
		return nil
	},
	"below": func(d bson.Decimal128) error {
		if d.String() == "10.0" {
			return errors.New("must be below")
		}
		return nil
	},
	"two": func(list []int64) error {
		if len(list) > 2 {
			return errors.New("must be two")
		}
		return nil
	},
	"few": func(list []string) error {
		if len(list) > 2 {
			return errors.New("must be few")
		}
		return nil
	},
	"place": func(place map[string]string) error {
		if place["country"] == place["state"] {
			return errors.New("must differ")
		}
		return nil
	},
}

func openBills(t *testing.T) (raw.Documents, *mongo.Collection) {
	t.Helper()
	_, db := newTenant(t)
	return raw.In(handle.NewTenant(db, nil, handle.NewChecks(billChecks), nil), &bills), db.Collection("bills")
}

// problemsOf returns the pointers and codes of what is wrong.
func problemsOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	invalid, ok := errors.AsType[*store.InvalidError](err)
	if !ok {
		return err.Error()
	}
	var list []string
	for _, f := range invalid.Fields {
		list = append(list, f.Pointer+" "+f.Code)
	}
	return strings.Join(list, ", ")
}

func extended(t *testing.T, text string) bson.Raw {
	t.Helper()
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestChecksOfNewDocuments: what the app's functions refuse is not stored, alone or among others.
func TestChecksOfNewDocuments(t *testing.T) {
	t.Parallel()
	docs, coll := openBills(t)
	for text, want := range map[string]string{
		`{"vat":"DE1","total":2,"tags":["a"],"names":{"x":"y"}}`: "",
		`{"vat":"DE1234","total":3}`:                             "/vat check, /total check",
		`{"tags":["a","longer","b"]}`:                            "/tags check",
		`{"tags":["a","longer"]}`:                                "/tags/1 check",
		`{"names":{"x":"y","a/b":"longer"}}`:                     "/names/a~1b check",
		`{"place":{"country":"DE","state":"DE"}}`:                "/place check",
		`{"vat":5}`: "", // a value of another type is an error elsewhere
	} {
		doc := extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},"code":`+fmt.Sprintf("%q", text)+`,`+text[1:])
		if got := problemsOf(t, docs.Insert(t.Context(), doc)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		fine := extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},"code":"many `+bson.NewObjectID().Hex()+`"}`)
		again := extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},"code":"more `+bson.NewObjectID().Hex()+`",`+text[1:])
		many := want
		if want != "" {
			many = "/1" + strings.ReplaceAll(want, ", ", ", /1")
		}
		if got := problemsOf(t, docs.InsertMany(t.Context(), []bson.Raw{fine, again})); got != many {
			t.Errorf("many with %s: %s, want %s", text, got, many)
		}
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); err != nil || n != 2*(1+2) {
		t.Errorf("%d are stored, %v", n, err)
	}
}

func textChange(path, value string) func(*raw.Changes) {
	return func(c *raw.Changes) { runtime.Apply(c, path, store.Set(value), wire.AppendString[string]) }
}

func removal(path string) func(*raw.Changes) {
	return func(c *raw.Changes) { runtime.Apply(c, path, store.Unset[string](), wire.AppendString[string]) }
}

// TestRulesOfChanges: a change is refused if the document that it leads to is, for what it touches.
func TestRulesOfChanges(t *testing.T) {
	t.Parallel()
	docs, coll := openBills(t)
	added := func(by int64) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.ApplyNumber(c, "total", store.Inc(by), wire.AppendInt) }
	}
	increased := func(by string) func(*raw.Changes) {
		return func(c *raw.Changes) {
			amount, err := bson.ParseDecimal128(by)
			if err != nil {
				t.Fatal(err)
			}
			runtime.ApplyNumber(c, "sum", store.Inc(amount), wire.AppendDecimal)
		}
	}
	mark := func(change store.Change[[]int64]) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.ApplySet(c, "marks", change, wire.AppendInt) }
	}
	tag := func(change store.Change[[]string]) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.ApplySet(c, "tags", change, wire.AppendString[string]) }
	}
	place := func(changes ...func(*raw.Changes)) func(*raw.Changes) {
		return func(c *raw.Changes) {
			c.Objects = append(c.Objects, "place")
			for _, change := range changes {
				change(c)
			}
		}
	}
	stops := func(text string) func(*raw.Changes) {
		return func(c *raw.Changes) {
			list := extended(t, `{"stops":`+text+`}`).Lookup("stops")
			c.Set = append(wire.AppendHeader(c.Set, list.Type, "stops"), list.Value...)
		}
	}
	elements := func(change raw.ElementChange) func(*raw.Changes) {
		change.Path, change.Most = "stops", 9
		return func(c *raw.Changes) { c.Elements = append(c.Elements, change) }
	}
	pushed := func(text string) func(*raw.Changes) {
		return elements(raw.ElementChange{Push: []bson.RawValue{extended(t, `{"stop":`+text+`}`).Lookup("stop")}})
	}
	all := func(changes ...func(*raw.Changes)) []func(*raw.Changes) { return changes }
	for i, c := range []struct {
		stored  string
		changes []func(*raw.Changes)
		want    string
	}{
		{`{}`, all(textChange("kind", "company")), "/vat required"},
		{`{"vat":null}`, all(textChange("kind", "company")), "/vat required"},
		{`{"vat":"DE1"}`, all(textChange("kind", "company")), ""},
		{`{}`, all(textChange("kind", "company"), textChange("vat", "DE1")), ""},
		{`{}`, all(textChange("kind", "company"), textChange("vat", "DE12345")), "/vat check"},
		{`{"kind":"company","vat":"DE1"}`, all(removal("vat")), "/vat required"},
		{`{"kind":"private","vat":"DE1"}`, all(removal("vat")), ""},
		{`{"kind":"company","vat":"DE1"}`, all(removal("vat"), textChange("kind", "private")), ""},
		{`{"kind":"company","vat":"DE1"}`, all(removal("kind")), ""},
		{`{"kind":"company"}`, all(textChange("code", "other")), ""}, // what is not touched stays as it is
		{`{"total":12,"excuse":"none"}`, all(removal("excuse")), "/excuse required"},
		{`{"total":10}`, all(added(2)), "/excuse required"},
		{`{"total":8}`, all(added(2)), ""},
		{`{"total":8}`, all(added(1)), "/total check"},
		{`{"total":{"$numberDouble":"8.0"}}`, all(added(1)), "/total check"},
		{`{"total":{"$numberDouble":"8.0"}}`, all(added(2)), ""},
		{`{"sum":{"$numberDouble":"9.5"}}`, all(increased("0.5")), "/sum check"},
		{`{"marks":[1,{"$numberDouble":"2.0"}]}`, all(mark(store.AddToSet[int64](2))), ""},
		{`{"marks":[1,{"$numberDouble":"2.0"},3]}`, all(mark(store.Pull[int64](2))), ""},
		{`{}`, all(added(1)), "/total check"},
		{`{"tags":["a","b"]}`, all(tag(store.AddToSet("b"))), ""},
		{`{"tags":["a","b"]}`, all(tag(store.AddToSet("c"))), "/tags check"},
		{`{"tags":["a","b","c"]}`, all(tag(store.Pull("c"))), ""},
		{`{"tags":["a","b","c","d"]}`, all(tag(store.Pull("c"))), "/tags check"},
		{`{"tags":["a"]}`, all(tag(store.AddToSet("longer"))), "/tags/1 check"},
		{`{}`, all(textChange("names.x", "longer")), "/names/x check"},
		{`{"names":{"x":"longer"}}`, all(textChange("names.y", "ok")), ""},
		{`{"place":{"country":"DE"}}`, all(place(textChange("place.country", "US"))), "/place/state required"},
		{`{"place":{"country":"DE","state":"NY"}}`, all(place(textChange("place.country", "US"))), ""},
		{`{"place":{"country":"DE","state":"BE"}}`, all(place(textChange("place.country", "BE"))), "/place check"},
		{`{}`, all(place(textChange("place.country", "US"), textChange("place.state", "NY"))), ""},
		{`{}`, all(stops(`[{"country":"DE"},{"country":"US"}]`)), "/stops/1/state required"},
		{`{"stops":[{"country":"US"}]}`, all(textChange("vat", "DE1")), ""},
		{`{"stops":[{"country":"US"}]}`, all(pushed(`{"country":"DE"}`)), ""},
		{`{"stops":[{"country":"US"}]}`, all(pushed(`{"country":"US"}`)), "/stops/1/state required"},
		{`{"stops":[{"country":"US"},{"_id":{"$oid":"5f0000000000000000000001"}}]}`, all(elements(raw.ElementChange{Pull: []bson.ObjectID{{0x5f, 11: 0x01}}})), ""},
	} {
		for _, how := range []string{"alone", "as read", "unread"} {
			id := bson.NewObjectID()
			doc := extended(t, `{"_id":{"$oid":"`+id.Hex()+`"},"code":"`+fmt.Sprint(i, how)+`","_rev":{"$numberLong":"3"}`+strings.Replace(","+c.stored[1:], ",}", "}", 1))
			if _, err := coll.InsertOne(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
			var changes raw.Changes
			for _, change := range c.changes {
				change(&changes)
			}
			err := write(t, docs, how, doc, changes)
			if got := problemsOf(t, err); got != c.want {
				t.Errorf("%s %d %s: %s, want %s", how, i, c.stored, got, c.want)
			}
			after, readErr := docs.Get(t.Context(), id)
			if readErr != nil || (c.want != "") != (after.String() == doc.String()) {
				t.Errorf("%s %d %s: stored is %s, %v", how, i, c.stored, after, readErr)
			}
		}
	}
}

// write makes changes of doc in one of three ways.
func write(t *testing.T, docs raw.Documents, how string, doc bson.Raw, changes raw.Changes) error {
	t.Helper()
	id := doc.Lookup("_id").ObjectID()
	switch how {
	case "as read":
		_, err := docs.Update(t.Context(), id, changes, docs.AsRead(doc))
		return err
	case "unread":
		if _, done, err := docs.UpdateUnread(t.Context(), id, changes); done || err != nil {
			return err
		}
	}
	_, err := docs.Update(t.Context(), id, changes)
	return err
}

// TestRulesOfElements: elements that are added or changed are held to the rules, and no others, which may have
// been stored before there were any.
func TestRulesOfElements(t *testing.T) {
	t.Parallel()
	docs, coll := openBills(t)
	old, good, added := bson.NewObjectID(), bson.NewObjectID(), bson.NewObjectID()
	stop := func(id bson.ObjectID, country string) bson.D {
		return bson.D{{Key: "_id", Value: id}, {Key: "country", Value: country}}
	}
	stops := bson.E{Key: "stops", Value: bson.A{stop(old, "US"), stop(good, "DE")}}
	for name, test := range map[string]struct {
		change raw.ElementChange
		want   string
	}{
		"added":              {raw.ElementChange{Push: []bson.RawValue{elementOf(t, stop(added, "DE"))}}, ""},
		"added, breaking it": {raw.ElementChange{Push: []bson.RawValue{elementOf(t, stop(added, "US"))}}, "/stops/2/state required"},
		"added where it is":  {raw.ElementChange{Push: []bson.RawValue{elementOf(t, stop(good, "US"))}, Absent: true}, ""},
		"another, removed":   {raw.ElementChange{Pull: []bson.ObjectID{good}}, ""},
		"changed, breaking it": {raw.ElementChange{Element: good, Patch: func(c *raw.Changes, prefix string) {
			runtime.Apply(c, prefix+"country", store.Set("US"), wire.AppendString)
		}}, "/stops/1/state required"},
		"changed elsewhere": {raw.ElementChange{Element: old, Patch: func(c *raw.Changes, prefix string) {
			runtime.Apply(c, prefix+"note", store.Set("x"), wire.AppendString)
		}}, ""},
	} {
		id := bson.NewObjectID()
		insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: name}, stops})
		test.change.Path, test.change.Most = "stops", 9
		_, err := docs.Update(t.Context(), id, raw.Changes{Elements: []raw.ElementChange{test.change}})
		if got := problemsOf(t, err); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func elementOf(t *testing.T, doc bson.D) bson.RawValue {
	t.Helper()
	text, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: text}
}

// TestRulesOfUpserts: one that changes a document is held to what it leads to.
func TestRulesOfUpserts(t *testing.T) {
	t.Parallel()
	docs, coll := openBills(t)
	if _, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "code", Value: 1}}, Options: options.Index().SetUnique(true)}); err != nil {
		t.Fatal(err)
	}
	upsert := func(text string, members ...string) (string, bool) {
		doc := extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},`+text[1:])
		_, created, err := docs.Upsert(t.Context(), doc, members, []string{"code"})
		return problemsOf(t, err), created
	}
	if got, created := upsert(`{"code":"a","total":12,"excuse":"x"}`, "code", "total", "excuse"); got != "" || !created {
		t.Fatalf("%s, created %v", got, created)
	}
	if got, created := upsert(`{"code":"a","kind":"private"}`, "code", "kind"); got != "" || created {
		t.Errorf("%s, created %v", got, created)
	}
	if got, _ := upsert(`{"code":"a","total":5}`, "code", "total"); got != "/total check" {
		t.Error(got)
	}
	if got, created := upsert(`{"code":"a","kind":"company"}`, "code", "kind"); got != "/vat required" || created {
		t.Errorf("%s, created %v", got, created)
	}
	// Of many at once one stores it, the others change it.
	var stored atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got, created := upsert(`{"code":"b","kind":"company","vat":"DE1"}`, "code", "kind", "vat")
			if got != "" {
				t.Error(got)
			}
			if created {
				stored.Add(1)
			}
		})
	}
	if group.Wait(); stored.Load() != 1 {
		t.Errorf("%d stored it", stored.Load())
	}
}

// TestCheckWithoutFunction: without the function nothing is written.
func TestCheckWithoutFunction(t *testing.T) {
	t.Parallel()
	_, coll := openBills(t)
	for name, checks := range map[string]*handle.Checks{
		"none": nil, "another": handle.NewChecks(map[string]any{"short": func(int) error { return nil }}),
		"nil": handle.NewChecks(map[string]any{"short": (func(string) error)(nil)}),
	} {
		docs := raw.In(handle.NewTenant(coll.Database(), nil, checks, nil), &bills)
		err := docs.Insert(t.Context(), extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},"code":"x","vat":"DE1"}`))
		if err == nil || !strings.Contains(err.Error(), `the app has no Check "short" that is a func(string) error`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := coll.CountDocuments(t.Context(), bson.D{}); err != nil || n != 0 {
		t.Errorf("%d are stored, %v", n, err)
	}
}

// TestCheckOfOneCollection: a collection's own function goes before the one for all.
func TestCheckOfOneCollection(t *testing.T) {
	t.Parallel()
	_, coll := openBills(t)
	docs := raw.In(handle.NewTenant(coll.Database(), nil, handle.NewChecks(map[string]any{
		"short": func(int) error { return nil }, "bills.short": func(string) error { return errors.New("must be mine") },
	}), nil), &bills)
	err := docs.Insert(t.Context(), extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},"code":"x","vat":"DE1"}`))
	if got := problemsOf(t, err); got != "/vat check" {
		t.Error(got)
	}
}

// TestRulesInOneCommand: what can be checked without reading is.
func TestRulesInOneCommand(t *testing.T) {
	t.Parallel()
	_, db, seen := newWatchedTenant(t)
	docs := raw.In(handle.NewTenant(db, nil, handle.NewChecks(billChecks), nil), &bills)
	doc := extended(t, `{"_id":{"$oid":"`+bson.NewObjectID().Hex()+`"},"code":"x","kind":"company","vat":"DE1"}`)
	if err := docs.Insert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change   func(*raw.Changes)
		commands int
	}{
		"a value that is checked":                    {textChange("vat", "DE2"), 1},
		"what decides about another":                 {textChange("kind", "private"), 2},
		"what neither is checked nor decides":        {textChange("code", "y"), 1},
		"an entry, of which the others are not told": {textChange("names.x", "y"), 1},
	} {
		var changes raw.Changes
		c.change(&changes)
		seen.take()
		if _, err := docs.Update(t.Context(), doc.Lookup("_id").ObjectID(), changes); err != nil {
			t.Fatal(err)
		}
		if sent := seen.take(); len(sent) != c.commands {
			t.Errorf("%s: %v", name, sent)
		}
	}
}
