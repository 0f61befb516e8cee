package rest_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// usersOf stores documents as a tenant's users, as somebody else would.
func usersOf(t *testing.T, uri, database string, docs ...bson.D) {
	t.Helper()
	client := testdb.Connect(t, uri)
	for _, doc := range docs {
		if _, err := client.Database(database).Collection("users").InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
}

// TestListsThatBreakOff has lists whose documents come in two answers, of which the
// second does not come: no part of it is taken for the whole.
func TestListsThatBreakOff(t *testing.T) {
	t.Parallel()
	const reply = 1 << 20 // far above what is buffered on the way
	mongod := scripted.Start(t, scripted.ShortReplies(reply))
	a := servertest.Start(t, mongod.URI(), nil)
	one := a.Provision(t, "one")
	token := bearer(a.Token(t, one.ID, "super"))
	large := strings.Repeat("x", reply/2)
	for _, name := range []string{"a", "b"} {
		usersOf(t, mongod.URI(), one.Database, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: name + "@x.example"}, {Key: "name", Value: large}})
	}
	for name, breaks := range map[string]func(*scripted.Rule) *scripted.Rule{
		"the cursor is gone":    func(r *scripted.Rule) *scripted.Rule { return r.Fail(scripted.Error{Code: 43}) },
		"the server steps down": func(r *scripted.Rule) *scripted.Rule { return r.Fail(scripted.Error{Code: 11602}) },
		"the connection is cut": func(r *scripted.Rule) *scripted.Rule { return r.CutBefore() },
		"it is cut afterwards":  func(r *scripted.Rule) *scripted.Rule { return r.CutAfter() },
	} {
		mongod.Reset()
		rule := breaks(mongod.On("getMore").Always())
		for _, line := range []string{"GET /api/users", "GET /api/users?limit=2", "GET /api/users?sort=-email"} {
			got := a.Call(t, line, "", token...)
			if got.Status < 500 || strings.Contains(got.Text, "x.example") || strings.Contains(got.Text, "found successfully") {
				t.Errorf("%s: %s: %d %.200s", name, line, got.Status, got.Text)
			}
		}
		if rule.Met() == 0 {
			t.Errorf("%s: the list came in one answer", name)
		}
	}
	mongod.Reset()
	if got := a.Call(t, "GET /api/users", "", token...); got.Status != 200 || len(got.List("users")) != 2 {
		t.Errorf("unbroken: %d, %d bytes", got.Status, len(got.Text))
	}
}

// TestListsWalkThroughArrays has documents with arrays where the schema has none:
// each is named once, and no other is left out.
func TestListsWalkThroughArrays(t *testing.T) {
	t.Parallel()
	for name, uri := range map[string]string{
		"the tests' server": testdb.URI(t), "MongoDB 7, modelled": scripted.Start(t, scripted.Version(7)).URI(), "MongoDB 8, modelled": scripted.Start(t).URI(),
	} {
		a := servertest.Start(t, uri, nil)
		one := a.Provision(t, "one")
		token := bearer(a.Token(t, one.ID, "super"))
		at := func(n int) bson.DateTime { return bson.NewDateTimeFromTime(time.Unix(int64(n), 0)) }
		role := func(name any) bson.D { return bson.D{{Key: "name", Value: name}} }
		var want []string
		for i, members := range []bson.D{
			{{Key: "role", Value: role("basic")}, {Key: "createdAt", Value: at(1)}},
			{{Key: "role", Value: role("basic")}, {Key: "createdAt", Value: bson.A{at(0), at(5)}}},
			{{Key: "role", Value: role("basic")}, {Key: "createdAt", Value: at(3)}},
			{{Key: "role", Value: bson.A{role("basic"), role("super")}}, {Key: "createdAt", Value: at(2)}},
			{{Key: "role", Value: bson.A{role("super"), role("auditor")}}, {Key: "createdAt", Value: at(2)}},
			{{Key: "role", Value: bson.A{"basic", role(bson.A{})}}},
			{{Key: "role", Value: bson.A{}}, {Key: "createdAt", Value: at(1)}},
			{{Key: "role", Value: role("auditor")}, {Key: "createdAt", Value: bson.A{}}},
			{{Key: "role", Value: role("auditor")}, {Key: "createdAt", Value: bson.A{nil, at(9)}}},
			{{Key: "role", Value: role("auditor")}, {Key: "createdAt", Value: bson.A{at(9), at(7)}}},
			{{Key: "role", Value: role(bson.Regex{Pattern: "a"})}},
		} {
			id := bson.NewObjectID()
			email := string(rune('a'+i)) + "@x.example"
			usersOf(t, uri, one.Database, append(bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email}, {Key: "name", Value: "x"}}, members...))
			want = append(want, id.Hex())
		}
		for _, query := range []string{"", "sort=-_id", "sort=email", "sort=role.name", "sort=-role.name"} {
			if got := listed(t, a, query+"&limit=1", token); !slices.Equal(sortedCopy(got), sortedCopy(want)) {
				t.Errorf("%s: %q: %d documents of %d: %v", name, query, len(got), len(want), got)
			}
		}
		basic := slices.Clone(want[:4])
		for _, query := range []string{"role.name=basic&sort=createdAt", "role.name=basic&sort=-createdAt"} {
			if got := listed(t, a, query+"&limit=1", token); !slices.Equal(sortedCopy(got), sortedCopy(basic)) {
				t.Errorf("%s: %q: %v", name, query, got)
			}
		}
	}
}

// listed returns the _id of all documents that a query lists, those that do not fit
// among them, page after page.
func listed(t *testing.T, a *servertest.Server, query string, headers []string) (ids []string) {
	t.Helper()
	next := ""
	for range 50 {
		got := a.Call(t, "GET /api/users?"+query+next, "", headers...)
		if got.Status != 200 {
			t.Fatalf("%s: %d %s", query, got.Status, got.Text)
		}
		for _, member := range []string{"users", "invalid"} {
			for _, user := range got.List(member) {
				ids = append(ids, user["_id"].(string))
			}
		}
		if got.Member("next") == "" {
			return ids
		}
		next = "&after=" + url.QueryEscape(got.Member("next"))
	}
	t.Fatalf("%s: the pages do not end", query)
	return nil
}

func sortedCopy(list []string) []string { return slices.Sorted(slices.Values(list)) }
