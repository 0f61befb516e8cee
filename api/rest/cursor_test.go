package rest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
)

// urlText needs no escapes in a URL.
var urlText = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// A cursor is good where it came from, and nowhere else: not changed in any bit,
// not for another query, collection or tenant, and not one that somebody made.
func TestCursorsAreSealed(t *testing.T) {
	t.Parallel()
	served := servertest.App
	served.Collections = append(gen.Collections(), notes, drafts)
	a := servertest.Serve(t, testdb.URI(t), served, nil)
	tokens := map[string]string{}
	for _, name := range []string{"one", "two"} {
		made := a.Provision(t, name)
		tokens[name] = a.Token(t, made.ID, "super")
		for _, user := range []string{"ada", "bob", "cyd"} {
			servertest.AddUser(t, made.Handle(), user, users.Role{})
			note := bson.D{{Key: "_id", Value: bson.NewObjectID()}}
			if _, err := testdb.Client(t).Database(made.Database).Collection("notes").InsertOne(t.Context(), note); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := func(tenant, path, after string) servertest.Response {
		t.Helper()
		return a.Call(t, "GET "+path+"&after="+url.QueryEscape(after), "", bearer(tokens[tenant])...)
	}
	first := a.Call(t, "GET /api/users?limit=2", "", bearer(tokens["one"])...)
	next := first.Member("next")
	if !urlText.MatchString(next) || !strings.Contains(first.Header.Get("Link"), "after="+next) {
		t.Fatalf("next is %q, the link %s", next, first.Header.Get("Link"))
	}
	if got := list("one", "/api/users?limit=1", next); got.Status != 200 || len(got.List("users")) != 1 {
		t.Errorf("the next page, of another length: %d %s", got.Status, got.Text)
	}

	refused := func(what string, got servertest.Response) {
		t.Helper()
		if got.Status != 400 || got.Code() != "query_invalid" || len(got.List("errors")) != 1 || got.List("errors")[0]["pointer"] != "after" {
			t.Errorf("%s: %d %s", what, got.Status, got.Text)
		}
	}
	refused("another tenant", list("two", "/api/users?limit=2", next))
	refused("another collection", list("one", "/api/notes?limit=2", next))
	refused("another order", list("one", "/api/users?limit=2&sort=-_id", next))
	refused("another filter", list("one", "/api/users?limit=2&role.name=basic", next))
	page, err := users.In(tenantHandle(t, a, "one")).Find(t.Context(), users.Query{Limit: 2})
	if err != nil || page.Next == "" {
		t.Fatal(page, err)
	}
	refused("the one that Go has", list("one", "/api/users?limit=2", string(page.Next)))
	refused("none", list("one", "/api/users?limit=2", ""))
	refused("padded", list("one", "/api/users?limit=2", next+"="))
	refused("over two lines", list("one", "/api/users?limit=2", next[:9]+"\n"+next[9:]))
	refused("cut", list("one", "/api/users?limit=2", next[:len(next)-1]))
	refused("a zero byte", list("one", "/api/users?limit=2", "\x00"))
	sealed, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		forged := bytes.Clone(sealed)
		forged[i] ^= 1 << (i % 8)
		refused(fmt.Sprintf("byte %d changed", i), list("one", "/api/users?limit=2", base64.RawURLEncoding.EncodeToString(forged)))
	}
}

// tenantHandle returns the handle of the tenant of that name.
func tenantHandle(t *testing.T, a *servertest.Server, name string) store.Tenant {
	t.Helper()
	made, err := a.Stack().Catalog.Resolve(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return made.Handle()
}

// Every key that a server has verifies, so that a walk survives a new one in
// front; without the key that sealed it a cursor is none.
func TestCursorsOutliveNewKeys(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	one := a.Provision(t, "one")
	for _, name := range []string{"ada", "bob"} {
		servertest.AddUser(t, one.Handle(), name, users.Role{})
	}
	next := a.Call(t, "GET /api/users?limit=1", "", bearer(a.Token(t, one.ID, "super"))...).Member("next")
	newKey := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	keys, err := auth.ParseKeys(newKey)
	if err != nil {
		t.Fatal(err)
	}
	for loaded, status := range map[string]int{newKey + "," + servertest.Key: 200, newKey: 400} {
		other := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) { cfg.AdminDB, cfg.AuthKeys = a.AdminDB, loaded })
		other.Tokens = auth.NewTokens(keys)
		got := other.Call(t, "GET /api/users?limit=1&after="+next, "", bearer(other.Token(t, one.ID, "super"))...)
		if got.Status != status {
			t.Errorf("%d keys: %d %s", 1+strings.Count(loaded, ","), got.Status, got.Text)
		}
	}
}
