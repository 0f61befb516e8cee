package raw_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// awkward returns documents with every kind of value, and none, where pages are
// sorted by: a page that ends at any of them must be followed by the next.
func awkward() []bson.D {
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	values := []any{
		nil, "2021-03-04", "", int32(7), 8.5, true, bson.D{{Key: "a", Value: 1}}, bson.NewObjectID(),
		day, day, day, day.Add(time.Hour), day.Add(2 * time.Hour),
	}
	docs := []bson.D{}
	for i, v := range values {
		docs = append(docs, bson.D{
			{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: fmt.Sprintf("u%02d@example.com", i)},
			{Key: "role", Value: bson.D{{Key: "name", Value: "auditor"}}}, {Key: "createdAt", Value: v},
		})
	}
	docs = append(docs,
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: "none@example.com"}, {Key: "role", Value: bson.D{{Key: "name", Value: "auditor"}}}},
		bson.D{{Key: "_id", Value: "text"}, {Key: "email", Value: "text@example.com"}},
		bson.D{{Key: "_id", Value: int32(5)}, {Key: "email", Value: int32(5)}},
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: "roleless@example.com"}, {Key: "role", Value: "basic"}},
	)
	return docs
}

func TestPagesHaveEveryDocumentOnce(t *testing.T) {
	tenant, db := newTenant(t)
	insert(t, db.Collection("users"), awkward()...)
	collection := users.Collection()
	docs := raw.In(tenant, &collection)
	auditors := []meta.Condition{{Path: "role.name", Op: meta.Eq, Value: wire.StringValue("auditor")}}
	for _, s := range []raw.Selection{
		{},
		{Sort: "-_id"},
		{Sort: "email"},
		{Sort: "-email"},
		{Sort: "role.name"},
		{Sort: "-role.name"},
		{Where: auditors},
		{Where: auditors, Sort: "createdAt"},
		{Where: auditors, Sort: "-createdAt"},
	} {
		whole := pages(t, docs, s, meta.MaxLimit)
		want := len(awkward())
		if s.Where != nil {
			want -= 3 // those without the role
		}
		if len(whole) != want {
			t.Errorf("%+v: one page has %d of %d documents", s, len(whole), want)
		}
		for _, limit := range []int{1, 2, 3, 5} {
			if got := pages(t, docs, s, limit); !slices.Equal(got, whole) {
				t.Errorf("%+v: pages of %d\nhave %s\nwant %s", s, limit, strings.Join(got, " "), strings.Join(whole, " "))
			}
		}
	}
}

// pages returns the emails of what s selects, read in pages of the given length.
func pages(t *testing.T, docs raw.Documents, s raw.Selection, limit int) []string {
	t.Helper()
	var seen []string
	s.Limit = limit
	for range 100 {
		next, err := docs.Scan(t.Context(), s, func(doc bson.Raw) error {
			seen = append(seen, doc.Lookup("email").String())
			return nil
		})
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		if next == "" {
			return seen
		}
		s.After = next
	}
	t.Fatalf("%+v: the pages do not end: %v", s, seen)
	return nil
}

func TestOneIndexServesAQuery(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	someday := time.Now()
	served := map[string]users.Query{
		"nothing":                        {},
		"_id":                            {Where: users.ID.Eq(bson.NewObjectID())},
		"a range of _id":                 {Where: users.ID.Gt(bson.NewObjectID())},
		"_id descending":                 {Sort: users.ID.Desc()},
		"a unique key":                   {Where: users.Email.Eq("a@example.com")},
		"a sort by a unique key":         {Sort: users.Email.Desc()},
		"a prefix":                       {Where: users.RoleName.Eq(users.RoleNameBasic)},
		"a prefix and a sort":            {Where: users.RoleName.Eq(users.RoleNameBasic), Sort: users.CreatedAt.Asc()},
		"a prefix and a range":           {Where: store.And(users.RoleName.Eq(users.RoleNameBasic), users.CreatedAt.Gte(someday), users.CreatedAt.Lt(someday))},
		"a range and a sort by it":       {Where: store.And(users.RoleName.Eq(users.RoleNameBasic), users.CreatedAt.Gte(someday)), Sort: users.CreatedAt.Desc()},
		"sorts by several keys":          {Sort: users.RoleName.Desc().Then(users.CreatedAt.Asc()).Then(users.ID.Asc())},
		"ranges of several keys":         {Where: store.And(users.RoleName.In(users.RoleNameBasic, users.RoleNameSuper), users.CreatedAt.Gt(someday))},
		"equality in any order":          {Where: store.And(users.CreatedAt.Eq(someday), users.RoleName.Eq(users.RoleNameBasic))},
		"a whole index and its last _id": {Where: store.And(users.CreatedAt.Eq(someday), users.RoleName.Eq(users.RoleNameBasic), users.ID.Lt(bson.NewObjectID()))},
	}
	for name, q := range served {
		if _, err := people.Find(t.Context(), q); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused := map[string]users.Query{
		"the second key alone":        {Where: users.CreatedAt.Eq(someday)},
		"a sort by the second key":    {Sort: users.CreatedAt.Desc()},
		"two indexes":                 {Where: store.And(users.Email.Eq("a@example.com"), users.RoleName.Eq(users.RoleNameBasic))},
		"two sorts":                   {Sort: users.RoleName.Asc().Then(users.CreatedAt.Asc())},
		"a range and another's sort":  {Where: users.Email.Gt("a@example.com"), Sort: users.RoleName.Asc()},
		"one path equal twice":        {Where: store.And(users.Email.Eq("a@example.com"), users.Email.Eq("b@example.com"))},
		"a page longer than the most": {Limit: meta.MaxLimit + 1},
		"a page of less than nothing": {Limit: -1},
	}
	for name, q := range refused {
		_, err := people.Find(t.Context(), q)
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCursorIsForItsOwnQuery(t *testing.T) {
	tenant, db := newTenant(t)
	insert(t, db.Collection("users"), awkward()...)
	people := users.In(tenant)
	page, err := people.Find(t.Context(), users.Query{Sort: users.Email.Asc(), Limit: 2})
	if err != nil || page.Next == "" {
		t.Fatal(page, err)
	}
	truncated := page.Next[:len(page.Next)/2]
	for name, q := range map[string]users.Query{
		"another order":     {Sort: users.Email.Desc(), After: page.Next},
		"another path":      {After: page.Next},
		"another condition": {Where: users.Email.Gt("a"), Sort: users.Email.Asc(), After: page.Next},
		"no base64":         {Sort: users.Email.Asc(), After: "%"},
		"no document":       {Sort: users.Email.Asc(), After: "AAAA"},
		"a truncated one":   {Sort: users.Email.Asc(), After: truncated},
	} {
		_, err := people.Find(t.Context(), q)
		var invalid *store.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[0].Code != "cursor" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
