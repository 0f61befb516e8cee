package raw_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// TestFieldsAreProjected: of documents no more is read than is asked for, and what pages go on from.
func TestFieldsAreProjected(t *testing.T) {
	t.Parallel()
	tenant, db := newTenant(t)
	docs, id := raw.In(tenant, &zoo), bson.NewObjectID()
	insert(t, db.Collection("zoo"), bson.D{
		{Key: "_id", Value: id}, {Key: "a", Value: 1}, {Key: "e", Value: bson.D{{Key: "x", Value: 2}, {Key: "y", Value: 3}}}, {Key: "u", Value: 4}, {Key: "_rev", Value: 5},
	})
	names := func(doc bson.Raw) string {
		var all string
		list, _ := doc.Elements()
		for _, e := range list {
			all += e.Key() + " "
		}
		return all
	}
	for _, c := range []struct {
		sort   string
		fields []string
		want   string
	}{
		{"a", []string{"u"}, "_id a u "},
		{"a", []string{"_id"}, "_id a "},
		{"", []string{"e.x"}, "_id e "},
		{"e.x", []string{"e.x", "a"}, "_id a e "},
		{"u", nil, "_id a e u _rev "},
	} {
		var got string
		_, err := docs.Scan(t.Context(), raw.Selection{Sort: c.sort, Fields: c.fields}, func(doc bson.Raw) error { got = names(doc); return nil })
		if err != nil || got != c.want {
			t.Errorf("%v by %q: %s, %v", c.fields, c.sort, got, err)
		}
	}
	doc, err := docs.GetFields(t.Context(), id, []string{"e.y", "e", "_id"})
	if err != nil || names(doc) != "_id e _rev " {
		t.Errorf("one: %s, %v", doc, err)
	}
}

// TestCountUpTo: a count ends where it is told to, and says so.
func TestCountUpTo(t *testing.T) {
	t.Parallel()
	tenant, db := newTenant(t)
	docs := raw.In(tenant, &zoo)
	for i := range 5 {
		insert(t, db.Collection("zoo"), bson.D{{Key: "_id", Value: i}, {Key: "a", Value: i}})
	}
	some := raw.Selection{Where: []meta.Condition{{Path: "a", Op: meta.Gte, Value: wire.IntValue(2)}}}
	for _, c := range []struct {
		s       raw.Selection
		most, n int
		more    bool
	}{{raw.Selection{}, 5, 5, false}, {raw.Selection{}, 4, 4, true}, {some, 10, 3, false}, {some, 2, 2, true}} {
		n, more, err := docs.CountUpTo(t.Context(), c.s, c.most)
		if err != nil || n != c.n || more != c.more {
			t.Errorf("up to %d: %d, more %v, %v", c.most, n, more, err)
		}
	}
}
