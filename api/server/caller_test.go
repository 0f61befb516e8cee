package server_test

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
)

// member makes a clerk, and returns the _id and a token for it.
func (m *market) member(t *testing.T, name string) (id, token string) {
	t.Helper()
	email, password := name+"@example.com", "tea at seven, "+name
	made := m.make(t, "users", fmt.Sprintf(`{"email":%q,"password":%q,"role":{"name":"clerk","permission":["read","write"]}}`, email, password))
	return made.Member("_id"), m.Login(t, "acme", email, password)
}

// testCaller writes as two users and as an operator, and looks at who the product says it was.
func (m *market) testCaller(t *testing.T) {
	if _, err := m.db.Collection("products").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	ida, asIda := m.member(t, "ida")
	uwe, asUwe := m.member(t, "uwe")
	made := m.Send(t, "POST /api/products", `{"sku":"mine","price":1}`, asIda, "")
	path := made.Header.Get("Location")
	check := func(what string, got servertest.Response, status int, added, changed string) {
		t.Helper()
		if got.Status != status || got.Member("addedBy") != added || got.Member("changedBy") != changed {
			t.Errorf("%s: %d %s, want added by %q and changed by %q", what, got.Status, got.Text, added, changed)
		}
	}
	check("made", made, 201, ida, ida)
	same := m.Send(t, "PATCH "+path, `{"price":1}`, asUwe, "", "If-Match", "*")
	check("no change", same, 200, ida, ida)
	if same.Header.Get("ETag") != made.Header.Get("ETag") {
		t.Error("no change is a revision")
	}
	check("changed", m.Send(t, "PATCH "+path, `{"price":2}`, asUwe, "", "If-Match", "*"), 200, ida, uwe)
	check("merged", m.Send(t, "PATCH "+path, `{"attributes":{"a":1}}`, asIda, "", "If-Match", "*"), 200, ida, ida)
	check("merged again", m.Send(t, "PATCH "+path, `{"attributes":{"b":2}}`, asUwe, "", "If-Match", "*"), 200, ida, uwe)
	read := m.Send(t, "GET "+path, "", asIda, "")
	check("as it was read, and changed", m.Send(t, "PATCH "+path, `{"price":3,"addedBy":"`+ida+`","changedBy":"`+uwe+`"}`, asIda, "", "If-Match", read.Header.Get("ETag")), 200, ida, ida)
	check("by an operator", m.Send(t, "PATCH "+path, `{"price":4}`, m.owner, "", "If-Match", "*"), 200, ida, "")
	check("after the operator", m.Send(t, "PATCH "+path, `{"price":5}`, asUwe, "", "If-Match", "*"), 200, ida, uwe)
	check("of an operator", m.Send(t, "POST /api/products", `{"sku":"theirs","price":1}`, m.owner, ""), 201, "", "")
	for line, body := range map[string]string{
		"POST /api/products": `{"sku":"forged","price":1,"addedBy":"` + uwe + `"}`,
		"PATCH " + path:      `{"changedBy":"` + ida + `"}`,
	} {
		got := m.Send(t, line, body, asIda, "", "If-Match", "*")
		if errs := got.List("errors"); got.Status != 422 || len(errs) != 1 {
			t.Errorf("%s %s: %d %s", line, body, got.Status, got.Text)
		}
	}
}
