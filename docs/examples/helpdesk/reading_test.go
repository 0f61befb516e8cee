package main_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/partywall/partywall/api/server/servertest"
)

// TestReads lists everything that Mongoose left, and finds nothing that does not fit.
func TestReads(t *testing.T) {
	t.Parallel()
	d := open(t)
	ada := servertest.Bearer(d.login(t, "ada"))
	for name, file := range map[string]string{
		"users": "accounts", "groups": "groups", "notices": "notices", "priorities": "priorities", "tags": "tags", "tickets": "tickets", "types": "tickettypes",
	} {
		got := d.Call(t, "GET /api/"+name+"?limit=200", "", ada...)
		want := len(lines(t, file))
		if name == "tickets" {
			want-- // the deleted one
		}
		if list := got.List(name); got.Status != http.StatusOK || len(list) != want || got.Body["invalid"] != nil {
			t.Errorf("%s: %d with %d of %d, invalid are %v", name, got.Status, len(list), want, got.Body["invalid"])
		}
	}
	deleted := d.Call(t, "GET /api/tickets?deleted=true", "", ada...).List("tickets")
	if len(deleted) != 1 || deleted[0]["uid"] != 1012.0 {
		t.Errorf("deleted are %v", deleted)
	}
	ticket := d.Call(t, "GET /api/tickets/"+id("tickets", 5)+"?expand=owner&expand=type", "", ada...)
	owner, _ := ticket.Body["owner"].(map[string]any)
	kind, _ := ticket.Body["type"].(map[string]any)
	if owner["username"] != "printroom" || owner["accessToken"] != nil || kind["name"] != "Return" || ticket.Member("statusName") != "open" {
		t.Errorf("the ticket is %s", ticket.Text)
	}
	login := fmt.Sprintf(`{"email":"reception@desk.example","password":%q}`, password)
	if got := d.Call(t, "POST /api/login", login, "X-Tenant", organization); got.Code() != "forbidden" {
		t.Errorf("an account that Mongoose deleted logs in: %d %s", got.Status, got.Text)
	}
}

// TestPages walks through the open tickets, the newest first, two a page.
func TestPages(t *testing.T) {
	t.Parallel()
	d := open(t)
	bob := servertest.Bearer(d.login(t, "bob"))
	query := "GET /api/tickets?status=1&sort=-date&limit=2&count=true&fields=uid,statusName"
	first := d.Call(t, query, "", bob...)
	if first.Body["count"] != 3.0 {
		t.Errorf("the count is %v", first.Body["count"])
	}
	second := d.Call(t, query+"&after="+first.Member("next"), "", bob...)
	var uids []any
	for _, ticket := range append(first.List("tickets"), second.List("tickets")...) {
		if len(ticket) != 3 || ticket["statusName"] != "open" {
			t.Errorf("a ticket has %v", ticket)
		}
		uids = append(uids, ticket["uid"])
	}
	if !slices.Equal(uids, []any{1009.0, 1005.0, 1001.0}) || second.Body["next"] != nil {
		t.Errorf("open are %v, and then %v", uids, second.Body["next"])
	}
	for query, want := range map[string]int{
		"status=1&date[gte]=2021-01-08T00:00:00Z":       2,
		"status[in]=1&status[in]=2&sort=status":         6,
		"assignee=" + id("accounts", 2) + "&sort=-date": 8,
		"uid=1003":                   1, // a double in the database
		"owner=" + id("accounts", 5): 2,
		"group=" + id("groups", 6) + "&fields=subject":   1,
		"status=3&date[lt]=2021-01-08T00:00:00Z&limit=1": 1,
	} {
		if got := d.Call(t, "GET /api/tickets?"+query, "", bob...); len(got.List("tickets")) != want {
			t.Errorf("%s: %d %s", query, got.Status, got.Text)
		}
	}
}

// TestSearches looks for words in subjects and issues.
func TestSearches(t *testing.T) {
	t.Parallel()
	d := open(t)
	got := d.Call(t, "GET /api/tickets?search=printer", "", servertest.Bearer(d.login(t, "bob"))...)
	if got.Code() == "search_unsupported" {
		t.Skip("the server has no text search")
	}
	list := got.List("tickets")
	if len(list) != 2 || list[0]["uid"] != 1001.0 {
		t.Errorf("printers are in %s", fmt.Sprint(list))
	}
}
