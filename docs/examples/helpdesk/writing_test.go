package main_test

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/docs/examples/helpdesk/desk"
)

// id is the _id of the nth document of a file of the seed.
func id(file string, n int) string {
	kinds := []string{"accounts", "groups", "tickettypes", "priorities", "tags", "notices", "tickets"}
	return fmt.Sprintf("5f%02x%020x", slices.Index(kinds, file)+1, n)
}

// stored is the nth document of a file of the seed as the database has it now.
func (d *helpDesk) stored(t *testing.T, collection string, n int) bson.M {
	t.Helper()
	key, err := bson.ObjectIDFromHex(id(collection, n))
	if err != nil {
		t.Fatal(err)
	}
	document := bson.M{}
	if err := d.db.Collection(collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: key}}).Decode(&document); err != nil {
		t.Fatal(err)
	}
	return document
}

// asked is the body that opens a ticket.
func asked(subject, issue string) string {
	return fmt.Sprintf(`{"group":%q,"type":%q,"priority":%q,"subject":%q,"issue":%q}`, id("groups", 2), id("tickettypes", 1), id("priorities", 2), subject, issue)
}

// TestOpensTickets asks at the same time, as somebody who may only read.
func TestOpensTickets(t *testing.T) {
	t.Parallel()
	d := open(t)
	workshop := servertest.Bearer(d.login(t, "workshop"))
	var (
		all     sync.WaitGroup
		numbers [4]any
	)
	for i := range numbers {
		all.Go(func() {
			made := d.Call(t, "POST /api/tickets/open", asked(" The saw is blunt ", "<p>It smokes.</p>"), workshop...)
			if made.Status != http.StatusCreated || made.Member("owner") != id("accounts", 4) || made.Member("subject") != "The saw is blunt" {
				t.Errorf("made: %d %s", made.Status, made.Text)
			}
			numbers[i], _ = made.Body["uid"].(float64)
		})
	}
	all.Wait()
	slices.SortFunc(numbers[:], func(a, b any) int { return int(a.(float64) - b.(float64)) })
	if numbers != [...]any{1013.0, 1014.0, 1015.0, 1016.0} {
		t.Errorf("the numbers are %v", numbers)
	}
	for name, test := range map[string]struct {
		line, body string
		status     int
		code       string
	}{
		"a script":              {"POST /api/tickets/open", asked("Look", "<script>alert(1)</script>"), 422, "validation_failed"},
		"a number of one's own": {"POST /api/tickets", asked("Look", "here"), 403, "forbidden"},
	} {
		if got := d.Call(t, test.line, test.body, workshop...); got.Status != test.status || got.Code() != test.code {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
}

// TestComments are resources below their ticket. What Mongoose left in the ticket stays.
func TestComments(t *testing.T) {
	t.Parallel()
	d := open(t)
	bob, comments := d.login(t, "bob"), "/api/tickets/"+id("tickets", 5)+"/comments"
	body := fmt.Sprintf(`{"owner":%q,"comment":"<p>Done.</p>"}`, id("accounts", 2))
	made := d.Send(t, "POST "+comments, body, bob, "")
	if made.Status != http.StatusCreated || made.Member("date") == "" || made.Header.Get("Location") != comments+"/"+made.Member("_id") {
		t.Fatalf("made: %d %s", made.Status, made.Text)
	}
	one := comments + "/" + made.Member("_id")
	changed := d.Send(t, "PATCH "+one, `{"comment":"<p>Nearly done.</p>"}`, bob, made.Header.Get("ETag"), "If-Match", "%s")
	if changed.Status != http.StatusOK || changed.Member("comment") != "<p>Nearly done.</p>" || changed.Member("date") != made.Member("date") {
		t.Errorf("changed: %d %s", changed.Status, changed.Text)
	}
	if got := d.Send(t, "PATCH "+one, fmt.Sprintf(`{"owner":%q}`, id("accounts", 1)), bob, "", "If-Match", "*"); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("somebody else's: %d %s", got.Status, got.Text)
	}
	if got := d.Send(t, "GET "+comments, "", bob, ""); len(got.List("comments")) != 3 {
		t.Errorf("all are %s", got.Text)
	}
	if got := d.Send(t, "DELETE "+one, "", bob, changed.Header.Get("ETag"), "If-Match", "%s"); got.Status != http.StatusNoContent {
		t.Errorf("removed: %d %s", got.Status, got.Text)
	}
	if got := d.Send(t, "GET "+one, "", bob, ""); got.Code() != "element_not_found" {
		t.Errorf("gone: %d %s", got.Status, got.Text)
	}
}

// TestPatchKeepsTheRest changes a ticket of Mongoose's.
func TestPatchKeepsTheRest(t *testing.T) {
	t.Parallel()
	d := open(t)
	bob, path, before := d.login(t, "bob"), "/api/tickets/"+id("tickets", 5), d.stored(t, "tickets", 5)
	read := d.Send(t, "GET "+path, "", bob, "")
	got := d.Send(t, "PATCH "+path, `{"subject":"Another key card","status":2}`, bob, read.Header.Get("ETag"), "If-Match", "%s")
	if got.Status != http.StatusOK || got.Member("statusName") != "pending" || got.Member("changedBy") != id("accounts", 2) {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
	photo := fmt.Sprintf("%s/attachments/5f0a%020x", path, 5)
	if got := d.Send(t, "PATCH "+photo, `{"name":"card.png"}`, bob, "", "If-Match", "*"); got.Status != http.StatusOK {
		t.Fatalf("the photo: %d %s", got.Status, got.Text)
	}
	after := d.stored(t, "tickets", 5)
	if fmt.Sprint(after["attachments"]) == fmt.Sprint(before["attachments"]) || after["attachments"].(bson.A)[0].(bson.D)[6] != (bson.E{Key: "size", Value: 20480.5}) {
		t.Errorf("the photo is %v", after["attachments"])
	}
	for _, changed := range []string{"subject", "status", "changedBy", "updated", "_rev", "attachments"} {
		delete(before, changed)
		delete(after, changed)
	}
	if !reflect.DeepEqual(before, after) {
		t.Errorf("%v became %v", before, after)
	}
	for _, kept := range []string{"__v", "preventReopen", "deleted"} {
		if _, ok := after[kept]; !ok {
			t.Errorf("%s is not among %v", kept, slices.Collect(maps.Keys(after)))
		}
	}
}

// TestClosesTickets does not let a ticket be closed without a date, as the route gives it one.
func TestClosesTickets(t *testing.T) {
	t.Parallel()
	d := open(t)
	bob, path := d.login(t, "bob"), "/api/tickets/"+id("tickets", 5)
	if got := d.Send(t, "PATCH "+path, `{"status":3}`, bob, "", "If-Match", "*"); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("without a date: %d %s", got.Status, got.Text)
	}
	closed := d.Send(t, "POST "+path+"/status", `{"status":3}`, bob, "")
	if closed.Status != http.StatusOK || closed.Body["status"] != 3.0 || closed.Member("closedDate") == "" || len(closed.List("history")) != 2 {
		t.Errorf("closed: %d %s", closed.Status, closed.Text)
	}
	open := d.Send(t, "POST "+path+"/status", `{"status":1}`, bob, "")
	if _, dated := open.Body["closedDate"]; open.Status != http.StatusOK || dated {
		t.Errorf("opened: %d %s", open.Status, open.Text)
	}
	if got := d.Send(t, "POST "+path+"/status", `{"status":4}`, bob, ""); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a status that there is not: %d %s", got.Status, got.Text)
	}
}

// TestDeletesAndRestores does so with a ticket of Mongoose's, and restores the one that
// Mongoose deleted.
func TestDeletesAndRestores(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada, bob, path := d.login(t, "ada"), d.login(t, "bob"), "/api/tickets/"+id("tickets", 7)
	for _, step := range []struct {
		line, token string
		status      int
	}{
		{"DELETE " + path, bob, http.StatusNoContent},
		{"GET " + path, ada, http.StatusNotFound},
		{"GET " + path + "?deleted=true", ada, http.StatusOK},
		{"POST " + path + "/restore", bob, http.StatusForbidden},
		{"POST " + path + "/restore", ada, http.StatusOK},
		{"GET " + path, bob, http.StatusOK},
		{"POST /api/tickets/" + id("tickets", 12) + "/restore", ada, http.StatusOK},
		{"GET /api/tickets/" + id("tickets", 12), bob, http.StatusOK},
	} {
		if got := d.Send(t, step.line, "", step.token, "", "If-Match", "*"); got.Status != step.status {
			t.Errorf("%s: %d %s", step.line, got.Status, got.Text)
		}
	}
}

// TestTags are the same whatever their case.
func TestTags(t *testing.T) {
	t.Parallel()
	d := open(t)
	bob := d.login(t, "bob")
	if got := d.Send(t, "POST /api/tags", `{"name":" PRINTER "}`, bob, ""); got.Code() != "duplicate" {
		t.Errorf("a second printer: %d %s", got.Status, got.Text)
	}
	found := d.Send(t, "GET /api/tags?name=key+CARD", "", bob, "").List("tags")
	if len(found) != 1 || found[0]["normalized"] != "key card" {
		t.Errorf("found are %v", found)
	}
	sorted := d.Send(t, "GET /api/tags?sort=name&limit=3&fields=name", "", bob, "").List("tags")
	if len(sorted) != 3 || sorted[0]["name"] != "Door" || sorted[2]["name"] != "Heating" {
		t.Errorf("in order they are %v", sorted)
	}
}

// TestFounds makes a tenant that never had Mongoose. Its tickets are counted from the beginning.
func TestFounds(t *testing.T) {
	t.Parallel()
	d := open(t)
	made, err := desk.Found(t.Context(), d.server.Stack().Fleet, "branch", "eve@desk.example", password)
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(made.Database)
	admin := d.Login(t, "branch", "eve@desk.example", password)
	ids := map[string]string{}
	for name, body := range map[string]string{"groups": `{"name":"All"}`, "types": `{"name":"Issue"}`, "priorities": `{"name":"Normal"}`} {
		ids[name] = d.Send(t, "POST /api/"+name, body, admin, "").Member("_id")
	}
	body := fmt.Sprintf(`{"group":%q,"type":%q,"priority":%q,"subject":"First","issue":"one"}`, ids["groups"], ids["types"], ids["priorities"])
	if got := d.Send(t, "POST /api/tickets/open", body, admin, ""); got.Body["uid"] != 1001.0 {
		t.Errorf("the first ticket: %d %s", got.Status, got.Text)
	}
	if got := d.Send(t, "POST /api/tickets/open", body, admin, ""); got.Body["uid"] != 1002.0 {
		t.Errorf("the second ticket: %d %s", got.Status, got.Text)
	}
	d.says(t, 0, "0 open", "indexes", "check")
}
