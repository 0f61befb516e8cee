package steps_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// extJSON returns members as a document.
func extJSON(t *testing.T, members string) bson.D {
	t.Helper()
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte("{"+members+"}"), false, &doc); err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	return doc
}

// saved is a save that succeeds.
func saved(context.Context, bson.Raw) error { return nil }

// becomes returns what a step makes of a document, and what it leaves.
func becomes(t *testing.T, db *mongo.Database, w steps.Work, doc bson.D) (after bson.D, unfit []string) {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	edit, err := w.Change(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range edit.Unfit {
		unfit = append(unfit, u.Path+" "+u.Problem)
	}
	coll := db.Collection(w.Collection)
	if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	if _, err := coll.InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	left, err := w.Run(t.Context(), db, 10, nil, saved)
	if (err != nil) != (len(unfit) > 0 && !w.Leaves) {
		t.Errorf("%v", err)
	}
	if w.Leaves && left.Documents != min(len(unfit), 1) {
		t.Errorf("left are %v", left)
	}
	if err := coll.FindOne(t.Context(), bson.D{}).Decode(&after); err != nil {
		t.Fatal(err)
	}
	return after, unfit
}

// notEmbedded are values that the embedded server does not store: decimals, lists in lists,
// and dotted names.
var notEmbedded = regexp.MustCompile(`numberDecimal|NaN|Infinity|, \[\{|y\.z`)

// TestReadySteps has what each makes of values of each type, what it leaves, and that it does
// nothing when it runs once more.
func TestReadySteps(t *testing.T) {
	t.Parallel()
	client, err := mongo.Connect(options.Client().ApplyURI(scripted.Start(t).URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	modelled, served := client.Database("steps"), database(t)
	const id = `"_id": 1, `
	for _, c := range []struct {
		step          steps.Step
		members       string
		before, after string
		unfit         string
	}{
		// Dates.
		{steps.ToDate(), `"path": "a"`, `"a": "2021-03-04T05:06:07.089+02:00"`, `"a": {"$date": "2021-03-04T03:06:07.089Z"}`, ""},
		{steps.ToDate(), `"path": "a"`, `"a": "2021-03-04"`, `"a": {"$date": "2021-03-04T00:00:00Z"}`, ""},
		{steps.ToDate(), `"path": "a"`, `"a": "0001-01-01T00:00:00Z"`, `"a": {"$date": {"$numberLong": "-62135596800000"}}`, ""},
		{steps.ToDate(), `"path": "a"`, `"a": {"$date": "2021-03-04T00:00:00Z"}, "b": "2021-03-04"`, "", ""},
		{steps.ToDate(), `"path": "a"`, `"a": null`, "", ""},
		{steps.ToDate(), `"path": "a"`, `"b": 1`, "", ""},
		{steps.ToDate(), `"path": "a"`, `"a": "04.03.2021"`, "", "a is text that none of the layouts reads"},
		{steps.ToDate(), `"path": "a"`, `"a": 1614816000000`, "", "a is a number, which does not become a date"},
		{steps.ToDate(), `"path": "a"`, `"a": "9999-12-31T23:59:59-01:00"`, "", "a is not in the years 0 to 9999"},
		{steps.ToDate(), `"path": "a", "layouts": ["02.01.2006"]`, `"a": "04.03.2021"`, `"a": {"$date": "2021-03-04T00:00:00Z"}`, ""},
		{steps.ToDate(), `"path": "a", "layouts": ["02.01.2006"]`, `"a": "2021-03-04"`, "", "a is text that none of the layouts reads"},
		{steps.ToDate(), `"path": "a", "layouts": ["02/01/2006", "01/02/2006"]`, `"a": "04/03/2021"`, "", "a is text that the layouts read as different dates"},
		{steps.ToDate(), `"path": "a", "layouts": ["02/01/2006", "01/02/2006"]`, `"a": ["24/03/2021", "03/03/2021"]`, `"a": [{"$date": "2021-03-24T00:00:00Z"}, {"$date": "2021-03-03T00:00:00Z"}]`, ""},
		// ObjectIDs.
		{steps.ToObjectID(), `"path": "a"`, `"a": "6B049d63d28cf555e0d0114d"`, `"a": {"$oid": "6b049d63d28cf555e0d0114d"}`, ""},
		{steps.ToObjectID(), `"path": "a"`, `"a": {"$oid": "6b049d63d28cf555e0d0114d"}`, "", ""},
		{steps.ToObjectID(), `"path": "a"`, `"a": "ada"`, "", "a is text that is no ObjectID of 24 hexadecimal digits"},
		{steps.ToObjectID(), `"path": "a"`, `"a": {}`, "", "a is a document, which does not become an ObjectID"},
		// Numbers.
		{steps.ToNumber(), `"path": "a"`, `"a": "42"`, `"a": {"$numberLong": "42"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": "-9223372036854775808"`, `"a": {"$numberLong": "-9223372036854775808"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": "12.50"`, `"a": {"$numberDouble": "12.5"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": "1.5e3"`, `"a": {"$numberDouble": "1500.0"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": "0e99999999"`, `"a": {"$numberDouble": "0.0"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": {"$numberDecimal": "19.990"}`, `"a": {"$numberDouble": "19.99"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": {"$numberDecimal": "1E+3"}`, `"a": {"$numberDouble": "1000.0"}`, ""},
		{steps.ToNumber(), `"path": "a"`, `"a": 1.5`, "", ""},
		{steps.ToNumber(), `"path": "a"`, `"a": "007"`, "", "a is text that is no number as JSON writes it"},
		{steps.ToNumber(), `"path": "a"`, `"a": " 7"`, "", "a is text that is no number as JSON writes it"},
		{steps.ToNumber(), `"path": "a"`, `"a": ""`, "", "a is text that is no number as JSON writes it"},
		{steps.ToNumber(), `"path": "a"`, `"a": "0.1000000000000000055"`, "", "a has more digits than a number keeps"},
		{steps.ToNumber(), `"path": "a"`, `"a": "9223372036854775809"`, "", "a has more digits than a number keeps"},
		{steps.ToNumber(), `"path": "a"`, `"a": "1e400"`, "", "a has more digits than a number keeps"},
		{steps.ToNumber(), `"path": "a"`, `"a": "1e-400"`, "", "a has more digits than a number keeps"},
		{steps.ToNumber(), `"path": "a"`, `"a": "1e-99999999999"`, "", "a has more digits than a number keeps"},
		{steps.ToNumber(), `"path": "a"`, `"a": {"$numberDecimal": "NaN"}`, "", "a is no finite number"},
		{steps.ToNumber(), `"path": "a"`, `"a": true`, "", "a is a boolean, which does not become a number"},
		// Text.
		{steps.ToText(), `"path": "a"`, `"a": {"$numberInt": "-7"}`, `"a": "-7"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberLong": "9223372036854775807"}`, `"a": "9223372036854775807"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberDouble": "19.99"}`, `"a": "19.99"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberDouble": "5.0"}`, `"a": "5"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberDouble": "1e300"}`, `"a": "1e+300"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberDouble": "0.000001"}`, `"a": "0.000001"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberDecimal": "12.50"}`, `"a": "12.50"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$oid": "6b049d63d28cf555e0d0114d"}`, `"a": "6b049d63d28cf555e0d0114d"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$date": "2021-03-04T05:06:07.089Z"}`, `"a": "2021-03-04T05:06:07.089Z"`, ""},
		{steps.ToText(), `"path": "a"`, `"a": "x"`, "", ""},
		{steps.ToText(), `"path": "a"`, `"a": {"$date": {"$numberLong": "253402300800000"}}`, "", "a is not in the years 0 to 9999"},
		{steps.ToText(), `"path": "a"`, `"a": {"$numberDouble": "Infinity"}`, "", "a is no finite number"},
		{steps.ToText(), `"path": "a"`, `"a": true`, "", "a is a boolean, which does not become text"},
		// Decimals.
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberDouble": "19.99"}`, `"a": {"$numberDecimal": "19.99"}`, ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberDouble": "0.1"}`, `"a": {"$numberDecimal": "0.1"}`, ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberDouble": "1e300"}`, `"a": {"$numberDecimal": "1E+300"}`, ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberInt": "3"}`, `"a": {"$numberDecimal": "3"}`, ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberLong": "9223372036854775807"}`, `"a": {"$numberDecimal": "9223372036854775807"}`, ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": "12.50"`, `"a": {"$numberDecimal": "12.50"}`, ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberDecimal": "1.0"}`, "", ""},
		{steps.ToDecimal(), `"path": "a"`, `"a": {"$numberDouble": "NaN"}`, "", "a is no finite number"},
		{steps.ToDecimal(), `"path": "a"`, `"a": "1,5"`, "", "a is text that is no number as JSON writes it"},
		{steps.ToDecimal(), `"path": "a"`, `"a": "0.12345678901234567890123456789012345"`, "", "a has more digits than a decimal keeps"},
		// Through objects, lists and maps.
		{steps.ToNumber(), `"path": "a.b.c"`, `"a": {"x": 1, "b": {"c": "1", "d": "2"}}`, `"a": {"x": 1, "b": {"c": {"$numberLong": "1"}, "d": "2"}}`, ""},
		{steps.ToNumber(), `"path": "a.b"`, `"a": [{"b": "1"}, 7, null, {"c": "1"}, {"b": {"$numberInt": "2"}}, [{"b": "3"}]]`, `"a": [{"b": {"$numberLong": "1"}}, 7, null, {"c": "1"}, {"b": {"$numberInt": "2"}}, [{"b": {"$numberLong": "3"}}]]`, ""},
		{steps.ToNumber(), `"path": "x.a.b"`, `"x": {"a": [{"b": ["1", null, "2"]}]}`, `"x": {"a": [{"b": [{"$numberLong": "1"}, null, {"$numberLong": "2"}]}]}`, ""},
		{steps.ToNumber(), `"path": "a.*"`, `"a": {"x": "1", "y.z": "2"}`, `"a": {"x": {"$numberLong": "1"}, "y.z": {"$numberLong": "2"}}`, ""},
		{steps.ToNumber(), `"path": "a.*.b"`, `"a": {"x": {"b": "1", "c": "1"}, "y": 5}`, `"a": {"x": {"b": {"$numberLong": "1"}, "c": "1"}, "y": 5}`, ""},
		{steps.ToNumber(), `"path": "a.b"`, `"a": [{"b": "1"}, {"b": "two"}]`, `"a": [{"b": {"$numberLong": "1"}}, {"b": "two"}]`, "a.1.b is text that is no number as JSON writes it"},
		{steps.ToNumber(), `"path": "a.*"`, `"a": {"x": ["y"]}`, "", "a.x.0 is text that is no number as JSON writes it"},
		{steps.ToNumber(), `"path": "a.b"`, `"a": "1"`, "", ""},
		{steps.ToNumber(), `"path": "a.b", "onUnfit": "leave"`, `"a": {"b": "two"}`, "", "a.b is text that is no number as JSON writes it"},
		// Values by a table.
		{steps.MapValues(), `"path": "a", "values": {"owner": "super", "staff": "basic"}`, `"a": "owner"`, `"a": "super"`, ""},
		{steps.MapValues(), `"path": "a", "values": {"owner": "super", "staff": "basic"}`, `"a": ["super", "staff"]`, `"a": ["super", "basic"]`, ""},
		{steps.MapValues(), `"path": "a", "values": {"owner": "super", "basic": "basic"}`, `"a": "basic"`, "", ""},
		{steps.MapValues(), `"path": "a", "values": {"owner": "super"}`, `"a": "boss"`, "", "a is text that values do not name"},
		{steps.MapValues(), `"path": "a", "values": {"owner": "super"}`, `"a": 1`, "", "a is a number, not text"},
		// Other names and places.
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"a": [1], "c": 2`, `"b": [1], "c": 2`, ""},
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"a": 1, "b": null`, `"b": 1`, ""},
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"a": 1, "b": 1`, `"b": 1`, ""},
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"a": null, "b": 1`, `"b": 1`, ""},
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"b": 1`, "", ""},
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"a": 1, "b": 2`, "", "a is not moved: b has another value"},
		{steps.RenameMember(), `"path": "a", "to": "b"`, `"a": 1, "b": {"$numberLong": "1"}`, "", "a is not moved: b has another value"},
		{steps.RenameMember(), `"path": "city", "to": "address.city"`, `"city": "x", "address": {"street": "y"}`, `"address": {"street": "y", "city": "x"}`, ""},
		{steps.RenameMember(), `"path": "city", "to": "address.city"`, `"city": "x"`, `"address": {"city": "x"}`, ""},
		{steps.RenameMember(), `"path": "city", "to": "at.address.city"`, `"city": "x", "at": null`, `"at": {"address": {"city": "x"}}`, ""},
		{steps.RenameMember(), `"path": "city", "to": "address.city"`, `"city": "x", "address": "y"`, "", "city is not moved: address.city would be within what is no object"},
		{steps.RenameMember(), `"path": "address.city", "to": "city"`, `"address": {"city": "x"}`, `"address": {}, "city": "x"`, ""},
		{steps.RenameMember(), `"path": "a.b.c", "to": "a.d.e"`, `"a": {"b": {"c": 1, "x": 2}}`, `"a": {"b": {"x": 2}, "d": {"e": 1}}`, ""},
		{steps.RenameMember(), `"path": "items.n", "to": "items.count"`, `"items": [{"n": 1, "count": 2}, {"n": 3, "x": 4}]`, `"items": [{"n": 1, "count": 2}, {"x": 4, "count": 3}]`, "items.0.n is not moved: items.0.count has another value"},
		{steps.RenameMember(), `"path": "m.*.n", "to": "m.*.o.n"`, `"m": {"x": {"n": 1}}`, `"m": {"x": {"o": {"n": 1}}}`, ""},
		{steps.RenameMember(), `"path": "items.n", "to": "n"`, `"items": [{"n": 1}]`, "", "items.n is not moved: it is in a list, whose elements have one each"},
		// Members.
		{steps.DropMember(), `"path": "a.b"`, `"a": {"b": {"c": 1}, "d": 2}, "b": 3`, `"a": {"d": 2}, "b": 3`, ""},
		{steps.DropMember(), `"path": "a.b"`, `"a": [{"b": 1, "c": 2}, 3]`, `"a": [{"c": 2}, 3]`, ""},
		{steps.DropMember(), `"path": "a"`, `"a": null`, ``, ""},
		{steps.DropMember(), `"path": "a"`, `"b": 1`, "", ""},
		{steps.FillMember(), `"path": "a", "value": {"b": [1]}`, `"c": 1`, `"c": 1, "a": {"b": [1]}`, ""},
		{steps.FillMember(), `"path": "a", "value": 0`, `"a": null`, `"a": 0`, ""},
		{steps.FillMember(), `"path": "a", "value": 1`, `"a": 0`, "", ""},
		{steps.FillMember(), `"path": "a.b", "value": 1`, `"a": {}`, `"a": {"b": 1}`, ""},
		{steps.FillMember(), `"path": "a.b", "value": 1`, `"c": 1`, "", ""},
		{steps.FillMember(), `"path": "a.b", "value": 1`, `"a": [{"b": 2}, {}]`, `"a": [{"b": 2}, {"b": 1}]`, ""},
	} {
		name := fmt.Sprintf("%s of {%s}: {%s}", c.step.Name, c.members, c.before)
		w := given(t, c.step, `"collection": "things", `+c.members)
		before := extJSON(t, id+c.before)
		want := extJSON(t, strings.TrimSuffix(id+c.after, ", "))
		if c.after == "" && c.before != `"a": null` || c.after == "" && c.step.Name != "drop_member" {
			want = before
		} else {
			want = append(want, bson.E{Key: "_rev", Value: int64(1)})
		}
		for _, db := range []*mongo.Database{modelled, served} {
			if db == served && notEmbedded.MatchString(c.before+c.after) {
				continue
			}
			after, unfit := becomes(t, db, w, before)
			if sorted(t, after) != sorted(t, want) || strings.Join(unfit, "\n") != c.unfit {
				t.Errorf("%s\n is %s, %q\nnot %s, %q", name, sorted(t, after), unfit, sorted(t, want), c.unfit)
			}
			if again, _ := becomes(t, db, w, after); sorted(t, again) != sorted(t, after) {
				t.Errorf("%s\nonce more: %s", name, sorted(t, again))
			}
		}
	}
}

// sorted returns a document with its members by name: in which order new ones are stored is
// the server's business.
func sorted(t *testing.T, doc bson.D) string {
	t.Helper()
	doc = slices.SortedFunc(slices.Values(doc), func(a, b bson.E) int { return strings.Compare(a.Key, b.Key) })
	text, err := bson.MarshalExtJSON(doc, true, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
