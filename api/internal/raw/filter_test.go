package raw_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

// member is a thing's, as the filters are judged by.
type member struct {
	group, alias string
	n            int64
	tags         []string
	seen         any
}

func members(doc bson.D) member {
	var m member
	for _, e := range doc {
		switch e.Key {
		case "group":
			m.group = e.Value.(string)
		case "alias":
			m.alias = e.Value.(string)
		case "n":
			m.n = e.Value.(int64)
		case "seen":
			m.seen = e.Value
		case "tags":
			for _, tag := range e.Value.(bson.A) {
				m.tags = append(m.tags, tag.(string))
			}
		}
	}
	return m
}

func (m member) tagged(is func(string) bool) bool { return slices.ContainsFunc(m.tags, is) }

func TestFilters(t *testing.T) {
	docs, coll := newThings(t)
	all := manyThings()
	insert(t, coll, all...)
	begins := func(prefix string) func(string) bool {
		return func(s string) bool { return strings.HasPrefix(s, prefix) }
	}
	tests := map[string]struct {
		where store.Filter[thing]
		sort  store.Order[thing]
		want  func(member) bool
	}{
		"In":                        {where: thingGroup.In("a", "é", "none"), want: func(m member) bool { return m.group == "a" || m.group == "é" }},
		"In backwards":              {where: thingGroup.In("a", "é"), sort: thingGroup.Desc(), want: func(m member) bool { return m.group == "a" || m.group == "é" }},
		"In of nothing":             {where: thingGroup.In(), want: func(member) bool { return false }},
		"In behind equality":        {where: store.And(thingN.In(1, 3), thingGroup.Eq("a")), want: func(m member) bool { return m.group == "a" && (m.n == 1 || m.n == 3) }},
		"In and a range":            {where: store.And(thingGroup.Eq("a"), thingN.In(1, 3), thingN.Gt(1)), want: func(m member) bool { return m.group == "a" && m.n == 3 }},
		"In of what arrays hold":    {where: thingTags.In("t1", "t2"), want: func(m member) bool { return slices.Contains(m.tags, "t1") || slices.Contains(m.tags, "t2") }},
		"Prefix":                    {where: thingGroup.Prefix("a"), want: func(m member) bool { return begins("a")(m.group) }},
		"Prefix of nothing special": {where: thingGroup.Prefix("a."), want: func(m member) bool { return m.group == "a.b" }},
		"Prefix with a bar":         {where: thingGroup.Prefix("a|"), want: func(m member) bool { return m.group == "a|b" }},
		"Prefix with a bracket":     {where: thingGroup.Prefix("("), want: func(m member) bool { return m.group == "(a" }},
		"Prefix beyond ASCII":       {where: thingGroup.Prefix("é"), want: func(m member) bool { return m.group == "é" }},
		"Prefix in a range":         {where: store.And(thingGroup.Prefix("a"), thingGroup.Gt("a")), want: func(m member) bool { return begins("a")(m.group) && m.group > "a" }},
		"Prefix of what arrays hold": {
			where: unindexed(thingTags.Prefix("odd|a")),
			want:  func(m member) bool { return m.tagged(begins("odd|a")) },
		},
		"a sparse key":               {where: thingAlias.Eq("x03"), want: func(m member) bool { return m.alias == "x03" }},
		"a range of a sparse key":    {where: thingAlias.Gte("x05"), want: func(m member) bool { return m.alias >= "x05" }},
		"a key that some have":       {where: thingSeen.Eq(3), want: func(m member) bool { return m.seen == int64(3) }},
		"a range of such a key":      {where: thingSeen.Gte(0), sort: thingSeen.Desc(), want: func(m member) bool { return m.seen != nil }},
		"Ne":                         {where: unindexed(thingN.Ne(2)), want: func(m member) bool { return m.n != 2 }},
		"Ne of what is missing":      {where: unindexed(thingAlias.Ne("x03")), want: func(m member) bool { return m.alias != "x03" }},
		"Exists":                     {where: unindexed(thingAlias.Exists(true)), want: func(m member) bool { return m.alias != "" }},
		"Exists not":                 {where: unindexed(thingTags.Exists(false)), want: func(m member) bool { return m.tags == nil }},
		"Or":                         {where: unindexed(store.Or(thingN.Eq(2), thingGroup.Eq("é"))), want: func(m member) bool { return m.n == 2 || m.group == "é" }},
		"Or of nothing":              {where: unindexed(store.Or[thing]()), want: func(member) bool { return false }},
		"Or with everything":         {where: unindexed(store.Or(thingN.Eq(2), store.Filter[thing]{})), want: func(member) bool { return true }},
		"Not":                        {where: unindexed(store.Not(store.And(thingGroup.Eq("a"), thingN.Gt(1)))), want: func(m member) bool { return m.group != "a" || m.n <= 1 }},
		"Not everything":             {where: unindexed(store.Not(store.Filter[thing]{})), want: func(member) bool { return false }},
		"two ranges":                 {where: unindexed(store.And(thingGroup.Gt("a"), thingN.Gt(1))), want: func(m member) bool { return m.group > "a" && m.n > 1 }},
		"served, and what is not":    {where: store.And(thingGroup.Eq("a"), unindexed(thingTags.Exists(true))), want: func(m member) bool { return m.group == "a" && m.tags != nil }},
		"what is not, in some order": {where: unindexed(thingTags.Exists(true)), sort: thingGroup.Desc(), want: func(m member) bool { return m.tags != nil }},
	}
	for name, test := range tests {
		var want []string
		for i, doc := range all {
			if test.want(members(doc)) {
				want = append(want, fmt.Sprintf("c%02d", i))
			}
		}
		q := store.Query[thing]{Where: test.where, Sort: test.sort}
		whole := codes(t, docs, q, meta.MaxLimit)
		if got := sorted(whole); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		for _, limit := range []int{1, 3} {
			if got := codes(t, docs, q, limit); !slices.Equal(got, whole) {
				t.Errorf("%s: pages of %d have %v, want %v", name, limit, got, whole)
			}
		}
		count, err := runtime.Count(t.Context(), docs, test.where)
		there, thereErr := runtime.HasAny(t.Context(), docs, test.where)
		if err != nil || thereErr != nil || count != int64(len(want)) || there != (len(want) > 0) {
			t.Errorf("%s: %d, %v and %v, %v, want %d", name, count, err, there, thereErr, len(want))
		}
		streamed := 0
		for _, err := range runtime.All(t.Context(), docs, q) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			streamed++
		}
		if streamed != len(want) {
			t.Errorf("%s: %d are streamed, want %d", name, streamed, len(want))
		}
	}
}

// unindexed is the Unindexed of a generated package.
func unindexed(f store.Filter[thing]) store.Filter[thing] { return store.Unindexed(f) }

func TestPrefixOfAnAddress(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	if _, err := people.Create(t.Context(), ada()); err != nil {
		t.Fatal(err)
	}
	page, err := people.Find(t.Context(), users.Query{Where: users.Email.Prefix(" ADA@E")})
	if err != nil || len(page.Documents) != 1 {
		t.Errorf("%v, %v", page, err)
	}
}

func TestCursorIsForItsOwnFilter(t *testing.T) {
	docs, coll := newThings(t)
	insert(t, coll, manyThings()...)
	for name, filters := range map[string][2]store.Filter[thing]{
		"In":        {thingGroup.In("a", "é"), thingGroup.In("a", "A")},
		"Prefix":    {thingGroup.Prefix("a"), thingGroup.Prefix("")},
		"Unindexed": {unindexed(thingN.Ne(1)), unindexed(thingN.Ne(2))},
		"Or":        {unindexed(store.Or(thingN.Eq(1), thingN.Eq(2))), unindexed(store.Or(thingN.Eq(2), thingN.Eq(3)))},
	} {
		page, err := runtime.Find(t.Context(), docs, store.Query[thing]{Where: filters[0], Limit: 1})
		if err != nil || page.Next == "" {
			t.Fatalf("%s: %+v, %v", name, page, err)
		}
		_, err = runtime.Find(t.Context(), docs, store.Query[thing]{Where: filters[1], After: page.Next})
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[0].Code != "cursor" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// If nothing can match, no operation sends a query.
func TestNothingIsAskedWhereNothingMatches(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	insert(t, coll, thingOf(bson.NewObjectID(), "c", bson.E{Key: "group", Value: "g"}))
	none := thingGroup.In()
	server.Reset()
	_, err := docs.First(t.Context(), raw.SelectionOf(none))
	n, countErr := runtime.Count(t.Context(), docs, none)
	there, thereErr := runtime.HasAny(t.Context(), docs, none)
	page, pageErr := runtime.Find(t.Context(), docs, store.Query[thing]{Where: none})
	if !errors.Is(err, store.ErrNotFound) || countErr != nil || thereErr != nil || pageErr != nil || n != 0 || there || len(page.Documents) > 0 || page.Next != "" {
		t.Errorf("%v; %d, %v; %v, %v; %v, %v", err, n, countErr, there, thereErr, page, pageErr)
	}
	for _, err := range runtime.All(t.Context(), docs, store.Query[thing]{Where: none}) {
		t.Errorf("streamed, %v", err)
	}
	if have := sent(server); have != nil {
		t.Errorf("%q was sent", have)
	}
	if _, err := runtime.GetBy(t.Context(), raw.In(store.Tenant{}, &things), runtime.NewTextField[thing]("alias").Exists(false)); !errors.Is(err, store.ErrNoTenant) {
		t.Errorf("by what is missing, without a tenant: %v", err)
	}
	broken := errors.New("enough")
	if err := docs.Stream(t.Context(), raw.Selection{}, func(bson.Raw) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("streaming to somebody who has enough: %v", err)
	}
	var invalid *store.InvalidError
	if err := docs.Stream(t.Context(), raw.Selection{Sort: "none"}, func(bson.Raw) error { return nil }); !errors.As(err, &invalid) {
		t.Errorf("streaming in no order: %v", err)
	}
}

// A document without the key is not found by it, nor is one that the index leaves out.
func TestLookupOfWhatIsMissing(t *testing.T) {
	docs, coll := newThings(t)
	insert(t, coll, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}})
	_, err := runtime.GetBy(t.Context(), docs, runtime.NewField[thing, bson.ObjectID]("alias", func(bson.ObjectID) bson.RawValue {
		return bson.RawValue{Type: bson.TypeNull}
	}).Eq(bson.NilObjectID))
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("by null: %v", err)
	}
	limited := things
	limited.Indexes = slices.Clone(things.Indexes)
	limited.Indexes[0].Partial = []meta.Condition{{Path: "n", Op: meta.Gt, Value: bson.RawValue{Type: bson.TypeInt32, Value: []byte{1, 0, 0, 0}}}}
	tenant, db := newTenant(t)
	insert(t, db.Collection("things"),
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}, {Key: "n", Value: 1}},
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}, {Key: "n", Value: 2}},
	)
	found, err := runtime.GetBy(t.Context(), raw.In(tenant, &limited), thingCode.Eq("c"))
	if err != nil || found.N != 2 {
		t.Errorf("within a limited index: %+v, %v", found, err)
	}
}
