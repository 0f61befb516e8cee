package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// testDeletion deletes coupons and users, asks for them in every way, and restores and purges
// them.
func (m *market) testDeletion(t *testing.T) {
	t.Run("of coupons", m.testDeletedCoupons)
	t.Run("by the side", m.testDeletedByOthers)
	t.Run("at once", m.testDeletionsAtOnce)
	t.Run("while pages are read", m.testPagesOfDeleted)
	t.Run("of users", m.testDeletedUsers)
}

// coupons are coupons by their names, whose _ids and tags stand in braces in requests.
type coupons struct {
	*market
	ids, tags map[string]string
}

// openCoupons makes coupons that have the names, and no others.
func (m *market) openCoupons(t *testing.T, names ...string) *coupons {
	t.Helper()
	if _, err := m.db.Collection("coupons").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	c := &coupons{m, map[string]string{}, map[string]string{}}
	for i, name := range names {
		made := m.make(t, "coupons", fmt.Sprintf(`{"name":%q,"number":%d}`, name, i))
		c.ids[name], c.tags[name] = made.Member("_id"), made.Header.Get("ETag")
	}
	return c
}

func (c *coupons) fill(text string) string {
	for name, id := range c.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// stored returns the coupon as it is stored, nil if it is not.
func (c *coupons) stored(t *testing.T, name string) bson.Raw {
	t.Helper()
	id, err := bson.ObjectIDFromHex(c.ids[name])
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := c.db.Collection("coupons").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	return doc
}

// names returns the names in a list.
func names(got servertest.Response) string {
	var list []string
	for _, coupon := range got.List("coupons") {
		list = append(list, fmt.Sprint(coupon["name"]))
	}
	return strings.Join(list, " ")
}

func (m *market) testDeletedCoupons(t *testing.T) {
	c := m.openCoupons(t, "a", "b", "c")
	clerk := m.Token(t, m.tenant, "clerk", "read", "write", "delete")
	barred := m.Token(t, m.tenant, "dismissed", "read", "write", "delete")
	const nobody = "5fffffffffffffffffffffff"
	for _, step := range []struct {
		what, line, body, token string
		status                  int
		// want is the code of a refusal, the names in a list, or part of a document.
		want string
	}{
		{"a coupon that follows one", "PATCH /api/coupons/{c}", `{"follows":"{a}"}`, clerk, 200, `"follows":"{a}"`},
		{"a date of deletion", "PATCH /api/coupons/{b}", `{"deletedAt":"2026-01-01T00:00:00Z"}`, m.owner, 422, "validation_failed"},
		{"a new one that is deleted", "POST /api/coupons", `{"name":"d","deletedAt":"2026-01-01T00:00:00Z"}`, m.owner, 422, "validation_failed"},
		{"what is not deleted", "POST /api/coupons/{a}/restore", "", m.owner, 404, "not_found"},
		{"what is not deleted", "POST /api/coupons/{a}/purge", "", m.owner, 404, "not_found"},
		{"what is not deleted", "GET /api/coupons/{a}?deleted=true", "", m.owner, 404, "not_found"},
		{"by a permission", "DELETE /api/coupons/{a}", "", clerk, 204, ""},
		{"again", "DELETE /api/coupons/{a}", "", clerk, 404, "not_found"},
		{"hidden", "GET /api/coupons/{a}", "", m.owner, 404, "not_found"},
		{"hidden", "GET /api/coupons/{a}?deleted=false", "", m.owner, 404, "not_found"},
		{"not to be changed", "PATCH /api/coupons/{a}", `{"percent":5}`, m.owner, 404, "not_found"},
		{"not in the list", "GET /api/coupons", "", clerk, 200, "b c"},
		{"not found", "GET /api/coupons?name=a", "", m.owner, 200, ""},
		{"not found", "GET /api/coupons?number=0", "", m.owner, 200, ""},
		{"not found", "GET /api/coupons?name[in]=a&name[in]=b", "", m.owner, 200, "b"},
		{"not found", "GET /api/coupons?percent=10", "", m.owner, 200, "b c"},
		{"not sorted", "GET /api/coupons?sort=-name", "", m.owner, 200, "c b"},
		{"not put in the place of a reference", "GET /api/coupons?name=c&expand=follows", "", m.owner, 200, `"follows":"{a}"`},
		{"not put in the place of a reference", "GET /api/coupons/{c}?expand=follows", "", m.owner, 200, `"follows":"{a}"`},
		{"not to be referred to", "PATCH /api/coupons/{b}", `{"follows":"{a}"}`, m.owner, 422, "validation_failed"},
		{"not to be referred to", "POST /api/coupons", `{"name":"d","follows":"{a}"}`, m.owner, 422, "validation_failed"},

		{"not shown in part", "GET /api/coupons/{a}?fields=name", "", m.owner, 404, "not_found"},
		{"not counted", "GET /api/coupons?percent=10&count=true", "", m.owner, 200, `"count":2`},
		{"the deleted", "GET /api/coupons?deleted=true", "", m.owner, 200, "a"},
		{"the deleted, counted", "GET /api/coupons?deleted=true&count=true", "", m.owner, 200, `"count":1`},
		{"the deleted one, in part", "GET /api/coupons/{a}?deleted=true&fields=name", "", m.owner, 200, `"name":"a"`},
		{"the deleted one", "GET /api/coupons/{a}?deleted=true", "", m.owner, 200, `"deletedAt":"2`},
		{"the deleted with a number", "GET /api/coupons?deleted=true&percent=10", "", m.owner, 200, "a"},
		{"the deleted that was last", "GET /api/coupons?deleted=true&sort=-deletedAt&limit=1", "", m.owner, 200, "a"},
		{"the deleted of a time", "GET /api/coupons?deleted=true&deletedAt[gte]=2026-01-01T00:00:00Z", "", m.owner, 200, "a"},
		{"the deleted of another time", "GET /api/coupons?deleted=true&deletedAt[lt]=2026-01-01T00:00:00Z", "", m.owner, 200, ""},
		{"the deleted by their key", "GET /api/coupons?deleted=true&name=a", "", m.owner, 400, "query_invalid"},
		{"the others of a time", "GET /api/coupons?deletedAt[gte]=2026-01-01T00:00:00Z", "", m.owner, 400, "query_invalid"},
		{"the others by their time", "GET /api/coupons?sort=deletedAt", "", m.owner, 400, "query_invalid"},
		{"the others by another path and their time", "GET /api/coupons?sort=percent,-deletedAt", "", m.owner, 400, "query_invalid"},
		{"the others of a time", "GET /api/coupons?deleted=false&deletedAt[exists]=false", "", clerk, 400, "query_invalid"},
		{"deleted how?", "GET /api/coupons?deleted=1", "", m.owner, 400, "query_invalid"},
		{"deleted twice", "GET /api/coupons?deleted=true&deleted=true", "", m.owner, 400, "query_invalid"},
		{"deleted how?", "GET /api/coupons/{a}?deleted=", "", m.owner, 400, "query_invalid"},
		{"deleted products", "GET /api/products?deleted=true", "", m.owner, 400, "query_invalid"},

		{"the deleted, by a clerk", "GET /api/coupons?deleted=true", "", clerk, 403, "forbidden"},
		{"the deleted of a time, by a clerk", "GET /api/coupons?deleted=true&deletedAt[gte]=2026-01-01T00:00:00Z", "", clerk, 403, "forbidden"},
		{"the deleted one, by a clerk", "GET /api/coupons/{a}?deleted=true", "", clerk, 403, "forbidden"},
		{"nobody, by a clerk", "GET /api/coupons/" + nobody + "?deleted=true", "", clerk, 403, "forbidden"},
		{"to be restored, by a clerk", "POST /api/coupons/{a}/restore", "", clerk, 403, "forbidden"},
		{"nobody to be restored, by a clerk", "POST /api/coupons/" + nobody + "/restore", "", clerk, 403, "forbidden"},
		{"to be purged, by a clerk", "POST /api/coupons/{a}/purge", "", clerk, 403, "forbidden"},
		{"nobody to be purged, by a clerk", "POST /api/coupons/x/purge", "", clerk, 403, "forbidden"},
		{"to be restored, by who is dismissed", "POST /api/coupons/{a}/restore", "", barred, 403, "forbidden"},
		{"in another tenant", "POST /api/coupons/{a}/restore", "", m.stranger, 404, "not_found"},
		{"without an id", "POST /api/coupons/42/restore", "", m.owner, 400, "id_invalid"},
		{"nobody", "POST /api/coupons/" + nobody + "/restore", "", m.owner, 404, "not_found"},
		{"with a parameter", "POST /api/coupons/{a}/purge?deleted=true", "", m.owner, 400, "query_invalid"},
		{"with a body", "POST /api/coupons/{a}/restore", `{"name":"d"}`, m.owner, 400, "body_unexpected"},

		{"restored", "POST /api/coupons/{a}/restore", "", m.owner, 200, `"name":"a"`},
		{"restored again", "POST /api/coupons/{a}/restore", "", m.owner, 404, "not_found"},
		{"there", "GET /api/coupons", "", clerk, 200, "a b c"},
		{"none deleted", "GET /api/coupons?deleted=true", "", m.owner, 200, ""},
		{"in the place of a reference", "GET /api/coupons/{c}?expand=follows", "", m.owner, 200, `"follows":{"_id":"{a}"`},

		{"deleted once more", "DELETE /api/coupons/{a}", "", m.owner, 204, ""},
		{"its name, taken", "POST /api/coupons", `{"name":"a"}`, m.owner, 201, `"name":"a"`},
		{"not to be restored", "POST /api/coupons/{a}/restore", "", m.owner, 409, "duplicate"},
		{"still deleted", "GET /api/coupons?deleted=true", "", m.owner, 200, "a"},
		{"its number, taken", "PATCH /api/coupons/{b}", `{"number":0}`, m.owner, 200, `"number":0`},
		{"purged", "POST /api/coupons/{a}/purge", "", m.owner, 204, ""},
		{"purged again", "POST /api/coupons/{a}/purge", "", m.owner, 404, "not_found"},
		{"gone", "GET /api/coupons/{a}?deleted=true", "", m.owner, 404, "not_found"},
	} {
		got := m.Send(t, c.fill(step.line), c.fill(step.body), step.token, "", "If-Match", "*")
		have, want := got.Code(), c.fill(step.want)
		switch {
		case got.Status == 200 && strings.HasPrefix(want, `"`):
			have = got.Text
			if strings.Contains(got.Text, want) {
				have = want
			}
		case got.Status == 200:
			have = names(got)
		case got.Status == 201:
			have = want
		}
		if got.Status != step.status || have != want {
			t.Errorf("%s: %s %s: %d %.400s, want %d %s", step.what, step.line, step.body, got.Status, got.Text, step.status, want)
		}
	}
}

// testDeletedByOthers is about tags, who did it, and documents as other programs leave them.
func (m *market) testDeletedByOthers(t *testing.T) {
	c := m.openCoupons(t, "a", "b")
	ida, asIda := m.member(t, "coupons-ida")
	path := c.fill("/api/coupons/{a}")
	stale := m.Send(t, "DELETE "+path, "", m.owner, "", "If-Match", `"7-1"`)
	if stale.Status != 412 {
		t.Errorf("another tag: %d %s", stale.Status, stale.Text)
	}
	if got := m.Send(t, "DELETE "+path, "", m.owner, ""); got.Status != 428 {
		t.Errorf("no tag: %d %s", got.Status, got.Text)
	}
	if got := m.Send(t, "DELETE "+path, "", m.owner, "", "If-Match", c.tags["a"]); got.Status != 204 {
		t.Errorf("its tag: %d %s", got.Status, got.Text)
	}
	for line, body := range map[string]string{"DELETE " + path: "", "PATCH " + path: `{"percent":1}`, "GET " + path: ""} {
		for _, tag := range []string{c.tags["a"], `"7-1"`, "*"} {
			if got := m.Send(t, line, body, m.owner, "", "If-Match", tag); got.Status != 404 {
				t.Errorf("%s, deleted, under %s: %d %s", line, tag, got.Status, got.Text)
			}
		}
	}
	doc := c.stored(t, "a")
	if doc.Lookup("_rev").AsInt64() != 2 || doc.Lookup("deletedAt").DateTime() != doc.Lookup("updatedAt").DateTime() {
		t.Errorf("deleted, it is %s", doc)
	}
	tagged := m.Send(t, "GET "+path+"?deleted=true", "", m.owner, "")
	restored := m.Send(t, "POST "+path+"/restore", "", m.owner, "")
	if restored.Header.Get("ETag") == tagged.Header.Get("ETag") || !strings.HasPrefix(restored.Header.Get("ETag"), `"3-`) || strings.Contains(restored.Text, "deletedAt") {
		t.Errorf("restored, it is %s %s", restored.Header.Get("ETag"), restored.Text)
	}
	if v, err := c.stored(t, "a").LookupErr("deletedAt"); err == nil {
		t.Errorf("restored, it has %s", v)
	}
	// Who deletes is who changed it last.
	clerk := m.Send(t, "PATCH /api/users/"+ida, `{"role":{"permission":["delete"]}}`, m.owner, "", "If-Match", "*")
	if got := m.Send(t, "DELETE "+path, "", asIda, "", "If-Match", "*"); got.Status != 204 {
		t.Errorf("by ida, who is %s: %d %s", clerk.Text, got.Status, got.Text)
	}
	if by := m.Send(t, "GET "+path+"?deleted=true", "", m.owner, "").Member("changedBy"); by != ida {
		t.Errorf("deleted by %q, not %s", by, ida)
	}
	// What older programs left: null is not deleted, any other value is, and need not be a date.
	for _, value := range []any{nil, bson.DateTime(0), "yesterday", true} {
		status := 404
		if value == nil {
			status = 200
		}
		set := bson.D{{Key: "$set", Value: bson.D{{Key: "deletedAt", Value: value}, {Key: "deleted", Value: true}}}}
		if _, err := m.db.Collection("coupons").UpdateOne(t.Context(), bson.D{{Key: "name", Value: "b"}}, set); err != nil {
			t.Fatal(err)
		}
		got := m.Send(t, c.fill("GET /api/coupons/{b}"), "", m.owner, "")
		if got.Status != status || strings.Contains(got.Text, "deletedAt") {
			t.Errorf("deletedAt: %v: %d %s", value, got.Status, got.Text)
		}
		again := m.Call(t, "POST /api/coupons", `{"name":"b"}`, bearer(m.owner)...)
		if again.Status == 201 && status == 404 {
			m.Send(t, "DELETE "+again.Header.Get("Location"), "", m.owner, "", "If-Match", "*")
			m.Send(t, "POST "+again.Header.Get("Location")+"/purge", "", m.owner, "")
		} else if again.Status != 409 || status != 200 {
			t.Errorf("deletedAt: %v, and its name again: %d %s", value, again.Status, again.Text)
		}
	}
	if got := m.Send(t, c.fill("POST /api/coupons/{b}/restore"), "", m.owner, ""); got.Status != 200 {
		t.Errorf("what another program deleted: %d %s", got.Status, got.Text)
	}
	// A document that does not fit, with a revision that is none, goes all the same, and comes back.
	odd := bson.D{{Key: "$set", Value: bson.D{{Key: "_rev", Value: "many"}, {Key: "percent", Value: "all"}}}}
	if _, err := m.db.Collection("coupons").UpdateOne(t.Context(), bson.D{{Key: "name", Value: "b"}}, odd); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		line   string
		status int
	}{
		{"DELETE /api/coupons/{b}", 204},
		{"GET /api/coupons/{b}?deleted=true", 409},
		{"POST /api/coupons/{b}/restore", 409}, // restored, and still unfit
		{"GET /api/coupons/{b}", 409},
		{"DELETE /api/coupons/{b}", 204},
		{"POST /api/coupons/{b}/purge", 204},
	} {
		if got := m.Send(t, c.fill(step.line), "", m.owner, "", "If-Match", "*"); got.Status != step.status {
			t.Errorf("unfit, %s: %d %s", step.line, got.Status, got.Text)
		}
	}
}

// testDeletionsAtOnce: of requests that come at once, one does it.
func (m *market) testDeletionsAtOnce(t *testing.T) {
	c := m.openCoupons(t, "a")
	path := c.fill("/api/coupons/{a}")
	for _, step := range []struct {
		line   string
		status int
	}{{"DELETE " + path, 204}, {"POST " + path + "/restore", 200}, {"DELETE " + path, 204}, {"POST " + path + "/purge", 204}} {
		var wait sync.WaitGroup
		statuses := make([]int, 8)
		for i := range statuses {
			wait.Go(func() { statuses[i] = m.Send(t, step.line, "", m.owner, "", "If-Match", "*").Status })
		}
		wait.Wait()
		slices.Sort(statuses)
		want := append(slices.Repeat([]int{404}, 7), step.status)
		slices.Sort(want)
		if !slices.Equal(statuses, want) {
			t.Errorf("%s: %v", step.line, statuses)
		}
	}
}

// testPagesOfDeleted walks through pages while documents are deleted and restored.
func (m *market) testPagesOfDeleted(t *testing.T) {
	c := m.openCoupons(t, "a", "b", "c", "d", "e", "f")
	send := func(line string) servertest.Response {
		t.Helper()
		got := m.Send(t, c.fill(line), "", m.owner, "", "If-Match", "*")
		if got.Status >= http.StatusMultipleChoices {
			t.Fatalf("%s: %d %s", line, got.Status, got.Text)
		}
		return got
	}
	for _, sort := range []string{"", "&sort=name", "&sort=percent"} {
		first := send("GET /api/coupons?limit=2" + sort)
		send("DELETE /api/coupons/{b}") // the one at which the page ended
		send("DELETE /api/coupons/{c}")
		second := send("GET /api/coupons?limit=2" + sort + "&after=" + first.Member("next"))
		send("POST /api/coupons/{c}/restore") // behind the pages that were read
		third := send("GET /api/coupons?limit=2" + sort + "&after=" + second.Member("next"))
		if have := names(first) + ", " + names(second) + ", " + names(third); have != "a b, d e, f" {
			t.Errorf("pages%s are %s", sort, have)
		}
		send("POST /api/coupons/{b}/restore")
	}
	for _, name := range []string{"a", "c", "e"} {
		send("DELETE /api/coupons/{" + name + "}")
	}
	first := send("GET /api/coupons?deleted=true&limit=2")
	send("POST /api/coupons/{c}/restore")
	second := send("GET /api/coupons?deleted=true&limit=2&after=" + first.Member("next"))
	if have := names(first) + ", " + names(second); have != "a c, e" {
		t.Errorf("pages of the deleted are %s", have)
	}
	if got := m.Send(t, "GET /api/coupons?limit=2&after="+first.Member("next"), "", m.owner, ""); got.Status != 400 {
		t.Errorf("the others from a place among the deleted: %d %s", got.Status, got.Text)
	}
}

// testDeletedUsers: a deleted user is nobody, and the last owner stays.
func (m *market) testDeletedUsers(t *testing.T) {
	const email, password = "una@example.com", "tea at seven, una"
	made := m.make(t, "users", fmt.Sprintf(`{"email":%q,"password":%q,"role":{"name":"owner"}}`, email, password))
	path := made.Header.Get("Location")
	asUna := m.Login(t, "acme", email, password)
	login := fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
	refresh := m.Call(t, "POST /api/login", login, "X-Tenant", "acme").Member("refreshToken")
	send := func(what, line, token string, status int) servertest.Response {
		t.Helper()
		got := m.Send(t, line, "", token, "", "If-Match", "*", "X-Tenant", "acme")
		if got.Status != status {
			t.Errorf("%s, %s: %d %s, want %d", what, line, got.Status, got.Text, status)
		}
		return got
	}
	owners := m.Send(t, "GET /api/users?role.name=owner", "", m.owner, "").List("users")
	for _, owner := range owners {
		if owner["_id"] != made.Member("_id") {
			id := fmt.Sprint(owner["_id"])
			send("another owner", "DELETE /api/users/"+id, asUna, 204)
		}
	}
	// Deleted owners do not count.
	if got := send("the last owner", "DELETE "+path, m.owner, 409); got.Code() != "last_super" {
		t.Errorf("the last owner: %s", got.Text)
	}
	send("the last owner is there", "GET "+path, asUna, 200)
	if owners = m.Send(t, "GET /api/users?deleted=true&role.name=owner", "", m.owner, "").List("users"); len(owners) == 0 {
		t.Fatal("no owner was deleted")
	}
	send("another owner", "POST /api/users/"+fmt.Sprint(owners[0]["_id"])+"/restore", asUna, 200)
	send("una", "DELETE "+path, asUna, 204)
	send("by a token that was hers", "GET /api/users", asUna, 401)
	if got := m.Call(t, "POST /api/login", login, "X-Tenant", "acme"); got.Status != 401 || got.Code() != "invalid_credentials" {
		t.Errorf("a deleted user logs in: %d %s", got.Status, got.Text)
	}
	if got := m.Call(t, "POST /api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, refresh), "X-Tenant", "acme"); got.Status != 401 {
		t.Errorf("a deleted user refreshes: %d %s", got.Status, got.Text)
	}
	clerk := m.Token(t, m.tenant, "clerk", "read", "write", "delete")
	send("una, by a clerk", "POST "+path+"/restore", clerk, 403)
	send("una", "POST "+path+"/restore", m.owner, 200)
	send("by a token that was hers", "GET /api/users", asUna, 401)
	if got := m.Call(t, "POST /api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, refresh), "X-Tenant", "acme"); got.Status != 401 {
		t.Errorf("a restored user refreshes as before: %d %s", got.Status, got.Text)
	}
	asUna = m.Login(t, "acme", email, password)
	send("logged in again", "GET "+path, asUna, 200)
	// Code that deletes a user ends no sessions: restoring does.
	mark := bson.D{{Key: "$set", Value: bson.D{{Key: "deletedAt", Value: bson.DateTime(5)}}}}
	if _, err := m.db.Collection("users").UpdateOne(t.Context(), bson.D{{Key: "email", Value: email}}, mark); err != nil {
		t.Fatal(err)
	}
	send("una, deleted by code", "POST "+path+"/restore", m.owner, 200)
	send("by a token of before", "GET "+path, asUna, 401)
	send("una", "DELETE "+path, m.owner, 204)
	other := m.make(t, "users", login)
	send("una, whose address another has", "POST "+path+"/restore", m.owner, 409)
	send("the other", "DELETE "+other.Header.Get("Location"), m.owner, 204)
	send("una", "POST "+path+"/purge", m.owner, 204)
	send("una", "POST "+path+"/restore", m.owner, 404)
	send("the other", "POST "+other.Header.Get("Location")+"/purge", m.owner, 204)
}

// TestCommandsOfDeletion counts what is sent.
func TestCommandsOfDeletion(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	m := openMarket(t, s.URI(), testdb.Connect(t, s.URI()))
	c := m.openCoupons(t, "a", "b")
	for _, test := range []struct {
		line, body, want string
		status           int
	}{
		{"GET /api/coupons", "", "find coupons", 200},
		{"GET /api/coupons?name=a", "", "find coupons", 200},
		{"PATCH /api/coupons/{a}", `{"percent":5}`, "findAndModify coupons", 200},
		{"PATCH /api/coupons/{a}", `{"follows":"{b}"}`, "find coupons, findAndModify coupons", 200},
		{"DELETE /api/coupons/{a}", "", "update coupons", 204},
		{"DELETE /api/coupons/{a}", "", "update coupons, find coupons", 404},
		{"GET /api/coupons?deleted=true", "", "find coupons", 200},
		{"GET /api/coupons/{a}?deleted=true", "", "find coupons", 200},
		{"POST /api/coupons/{a}/restore", "", "findAndModify coupons", 200},
		{"DELETE /api/coupons/{b}", "", "update coupons", 204},
		{"POST /api/coupons/{b}/purge", "", "delete coupons", 204},
	} {
		s.Reset()
		got := m.Send(t, c.fill(test.line), c.fill(test.body), m.owner, "", "If-Match", "*")
		if have := servertest.Sent(s); got.Status != test.status || have != test.want {
			t.Errorf("%s: %d %s\nsent are %q, want %q", test.line, got.Status, got.Text, have, test.want)
		}
	}
}
