package rest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/gen/users"
)

// A client may read a document, change what it likes in it, and send all of it
// back. What it left alone is no change: not of what the server keeps, and not of
// what is for others to set.
func TestWholeDocumentsComeBack(t *testing.T) {
	t.Parallel()
	h := openHousehold(t)
	ada := servertest.AddUser(t, h.tenant.Handle(), "ada", users.Role{Name: users.RoleNameAuditor, Permission: []users.Permission{"read"}})
	path := "/api/users/" + ada.ID.Hex()
	read := h.Call(t, "GET "+path, "", bearer(h.writer)...)
	swap := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(read.Text) }
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetIndent(" ", "\t")
	if err := encoder.Encode(read.Body); err != nil { // its members in another order
		t.Fatal(err)
	}
	date := read.Member("createdAt")
	for _, test := range []struct {
		name, body string
		status     int
		pointer    string
	}{
		{"all of it", read.Text, 200, ""},
		{"written otherwise", indented.String(), 200, ""},
		{"the name changed", swap(`"ada"`, `"Ada L."`), 200, ""},
		{"dates at another offset", swap(strings.TrimSuffix(date, "Z")+"Z", strings.TrimSuffix(date, "Z")+"+00:00"), 200, ""},
		{"with the role changed", swap(`"auditor"`, `"super"`), 403, ""},
		{"with a permission more", swap(`["read"]`, `["read","write"]`), 403, ""},
		{"with the address changed", swap(`"ada@`, `"bob@`), 403, ""},
		{"with a password", swap(`{"_id"`, `{"password":"correct horse","_id"`), 403, ""},
		{"with another id", swap(ada.ID.Hex(), bson.NewObjectID().Hex()), 422, "/_id"},
		{"with another date", swap(date, "2020-01-01T00:00:00.000Z"), 422, "/createdAt"},
		{"with a date removed", swap(`"`+date+`"`, "null"), 422, "/createdAt"},
		{"with what nobody declared", swap(`{"_id"`, `{"admin":true,"_id"`), 422, "/admin"},
		{"with the revision", swap(`{"_id"`, `{"_rev":1,"_id"`), 422, "/_rev"},
		{"with a member twice", swap(`{"_id"`, `{"name":"ada","_id"`), 422, "/name"},
		{"the role alone, as it is", `{"role":{"name":"auditor"}}`, 200, ""},
		{"nothing of the role", `{"role":{}}`, 200, ""},
	} {
		if _, err := h.users.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: ada.ID}}, bson.Raw(ada.AppendBSON(nil))); err != nil {
			t.Fatal(err)
		}
		got := h.Send(t, "PATCH "+path, test.body, h.writer, read.Header.Get("ETag"), "If-Match", "%s")
		if got.Status != test.status {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
			continue
		}
		if test.pointer != "" && fmt.Sprint(got.List("errors")[0]["pointer"]) != test.pointer {
			t.Errorf("%s: %s", test.name, got.Text)
		}
		now := h.Call(t, "GET "+path, "", bearer(h.writer)...)
		changed := got.Status == 200 && got.Member("name") != "ada"
		if changed != (now.Header.Get("ETag") != read.Header.Get("ETag")) {
			t.Errorf("%s: the tag was %s and is %s", test.name, read.Header.Get("ETag"), now.Header.Get("ETag"))
		}
		if !changed && now.Text != read.Text {
			t.Errorf("%s: %s\nis %s", test.name, read.Text, now.Text)
		}
	}
}
