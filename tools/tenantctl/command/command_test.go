package command

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema/migrations"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// app is this repository's.
var app = server.App{Collections: gen.Collections(), Migrations: migrations.Files}

var testKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

// ctl runs tenantctl with a catalog of its own.
type ctl struct {
	t     *testing.T
	app   server.App
	admin *mongo.Database
}

func newCtl(t *testing.T) *ctl {
	t.Helper()
	admin := testdb.Database(t, "admin")
	t.Setenv("MONGO_URI", testdb.URI(t))
	t.Setenv("ADMIN_DB", admin)
	t.Setenv("AUTH_KEYS", testKey)
	t.Chdir(t.TempDir())
	return &ctl{t: t, app: app, admin: testdb.Client(t).Database(admin)}
}

// run returns what went to standard output; the exit code must be code, and
// each of says must be in what went to standard error.
func (c *ctl) run(code int, input string, args []string, says ...string) string {
	c.t.Helper()
	var out, errs bytes.Buffer
	got := run(c.t.Context(), &terminal{app: c.app, in: strings.NewReader(input), out: &out, err: &errs}, args)
	if got != code {
		c.t.Errorf("%v: exit code %d, want %d\n%s%s", args, got, code, &out, &errs)
	}
	for _, word := range says {
		if !strings.Contains(errs.String(), word) {
			c.t.Errorf("%v: %q is not in %q", args, word, errs.String())
		}
	}
	if code == exitDone && errs.Len() > 0 {
		c.t.Errorf("%v: on standard error: %s", args, &errs)
	}
	return out.String()
}

func words(line string) []string { return strings.Fields(line) }

// create makes a tenant, and returns its database.
func (c *ctl) create(name string) *mongo.Database {
	c.t.Helper()
	var made []tenant.View
	if err := json.Unmarshal([]byte(c.run(exitDone, "", words("tenant create -o json "+name))), &made); err != nil {
		c.t.Fatal(err)
	}
	testdb.DropAtEnd(made[0].Database)
	return testdb.Client(c.t).Database(made[0].Database)
}

// materialized makes a tenant with all its collections, and returns its database.
func (c *ctl) materialized(name string) *mongo.Database {
	c.t.Helper()
	db := c.create(name)
	c.run(exitDone, "", words("tenant materialize "+name))
	return db
}

func TestTenants(t *testing.T) {
	c := newCtl(t)
	db := c.create("one")
	if out := c.run(exitDone, "", words("tenant show one")); !strings.Contains(out, db.Name()) || !strings.Contains(out, "active") {
		t.Errorf("show: %s", out)
	}
	c.create("two")
	if out := c.run(exitDone, "", words("tenant list")); strings.Count(out, "active") != 2 {
		t.Errorf("list: %s", out)
	}
	c.run(exitNo, "", words("tenant create one"), "one", "active")
	c.run(exitNo, "", words("tenant show nobody"), "nobody")
	c.run(exitCannot, "", words("tenant create Capitals"), `write "capitals"`)
	c.run(exitCannot, "", words("tenant create admin"), "MongoDB's own")
	c.run(exitCannot, "", words("tenant create ../x"), "a-z")
	c.run(exitCannot, "", words("tenant create "+db.Name()), `tenant "one"`)
	c.run(exitCannot, "", words("tenant create three --cluster mars"), "mars", "default")
	c.run(exitCannot, "", words("tenant create"), "NAME is missing; write tenantctl tenant create NAME")
	c.run(exitCannot, "", words("tenant create two words"), `"words" is one argument too many; write tenantctl tenant create NAME`)
	c.run(exitCannot, "", words("tenant list -o xml"), "table, json")
	c.run(exitCannot, "", words("tenant lsit"), `"lsit" is not a command of tenantctl tenant; there are create, delete, list, materialize, share, show`)
	c.run(exitCannot, "", words("tenant list two"), `"two" is one argument too many; write tenantctl tenant list`)
	if _, err := c.admin.Collection("tenants").InsertOne(t.Context(), bson.D{{Key: "name", Value: "thief"}, {Key: "database", Value: db.Name()}}); err != nil {
		t.Fatal(err)
	}
	c.run(exitNo, "", words("tenant list"), "thief", db.Name())
	c.refused("thief", `tenant "thief" has database "`+db.Name()+`", which is tenant "one"'s`)
	if _, err := c.admin.Collection("tenants").InsertMany(t.Context(), []bson.D{
		{{Key: "name", Value: "torn"}, {Key: "lock", Value: "x"}}, {{Key: "_id", Value: bson.ObjectID{7}}, {Key: "title", Value: "a typo"}},
	}); err != nil {
		t.Fatal(err)
	}
	c.refused("torn", "lock must be a document, is a string")
	c.run(exitNo, "", words("tenant list"), `tenant "" has no name; its _id is 07000000`)
	if _, err := c.admin.Collection("tenants").InsertOne(t.Context(), bson.D{{Key: "name", Value: "half"}, {Key: "cluster", Value: "mars"}, {Key: "state", Value: "provisioning"}}); err != nil {
		t.Fatal(err)
	}
	c.run(exitCannot, "", words("tenant delete half"), "--yes")
	c.run(exitNo, "", words("tenant delete one --yes"), `"one" is active`)
	c.run(exitNo, "", words("tenant delete one"), `"one" is active`)
	c.run(exitNo, "", words("tenant delete nobody"), "there is no tenant")
	if out := c.run(exitDone, "", words("tenant delete half --yes")); out != "half: removed\n" {
		t.Errorf("delete: %s", out)
	}
	c.run(exitNo, "", words("tenant delete half --yes"), "there is no tenant")
}

// refused runs the commands about a tenant whose entry cannot be trusted: each says why.
func (c *ctl) refused(name, why string) {
	c.t.Helper()
	for _, command := range []string{"tenant show ", "token ", "user add --email a@example.com --name Ada ", "migrate repair --tenant ", "migrate unlock --tenant "} {
		c.run(exitNo, "correct horse\n", words(command+name), "tenantctl: ", why)
	}
}

func TestUserAndToken(t *testing.T) {
	c := newCtl(t)
	db := c.create("one")
	add := []string{"user", "add", "one", "--name", "Ada", "--email", " Ada@Example.com", "--role", "super"}
	id, err := bson.ObjectIDFromHex(strings.TrimSpace(c.run(exitDone, "correct horse\n", add)))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := db.Collection("users").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil || doc.Lookup("email").StringValue() != "ada@example.com" || doc.Lookup("role", "name").StringValue() != "super" {
		t.Errorf("stored is %s, %v", doc, err)
	}
	c.run(exitNo, "correct horse\n", add, "same email")
	c.run(exitNo, "short\n", add, "/password")
	c.run(exitNo, "correct horse\n", []string{"user", "add", "one", "--email", "x", "--role", "owner"}, "/name", "/email", "/role/name")
	c.run(exitNo, "Bob@example.com\n", []string{"user", "add", "one", "--name", "Bob", "--email", "bob@example.com"}, "users: /password must not be the email address")
	c.run(exitCannot, "", add, "standard input")
	c.run(exitNo, "correct horse\n", []string{"user", "add", "nobody", "--email", "x@example.com"}, "nobody")

	keys, err := auth.ParseKeys(testKey)
	if err != nil {
		t.Fatal(err)
	}
	out := c.run(exitDone, "", words("token one --permissions read,write --ttl 2h"))
	who, err := auth.NewTokens(keys).Verify(strings.TrimSpace(out))
	if err != nil || strings.Count(out, "\n") != 1 || len(who.Permissions) != 2 || !who.User.IsZero() {
		t.Errorf("%q: %+v, %v", out, who, err)
	}
	c.run(exitCannot, "", words("token one --ttl 25h"), "24h")
	c.run(exitCannot, "", words("token one --ttl -1h"), "--ttl")
	c.run(exitCannot, "", words("token one --ttl 999ms"), "--ttl takes a duration from 1s to 24h")
	c.run(exitCannot, "", words("token one --permissions approve"), "approve", "delete")
	c.run(exitCannot, "", words("token one --role root"), "root", "super")
	c.run(exitNo, "", words("token nobody"), "nobody")
	t.Setenv("AUTH_KEYS", "")
	c.run(exitCannot, "", words("token one"), "AUTH_KEYS")
	t.Setenv("AUTH_KEYS", "hunter2")
	c.run(exitCannot, "", words("token one"), "AUTH_KEYS: key 1 is not 32 bytes")
	t.Setenv("AUTH_KEYS_FILE", "keys")
	c.run(exitCannot, "", words("token one"), "AUTH_KEYS, AUTH_KEYS_FILE: both are set")
	t.Setenv("AUTH_KEYS", "")
	c.run(exitCannot, "", words("token one"), "AUTH_KEYS_FILE: the file cannot be read")
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(testKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AUTH_KEYS_FILE", file)
	if _, err := auth.NewTokens(keys).Verify(strings.TrimSpace(c.run(exitDone, "", words("token one")))); err != nil {
		t.Errorf("signed with the key of a file: %v", err)
	}
}

func TestIndexes(t *testing.T) {
	c := newCtl(t)
	db := c.materialized("one")
	c.materialized("agrees")
	c.run(exitDone, "", words("indexes check"))
	if err := db.Collection("users").Indexes().DropOne(t.Context(), "email_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Collection("users").Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "name", Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	for code, args := range map[int]string{exitDone: "indexes plan", exitNo: "indexes check"} {
		out := c.run(code, "", words(args))
		if !strings.Contains(out, "email_1") || !strings.Contains(out, "name_1") || strings.Contains(out, "agrees") ||
			!strings.Contains(out, "2 tenants, 2 findings, 2 open") {
			t.Errorf("%s: %s", args, out)
		}
	}
	if out := c.run(exitNo, "", words("indexes check -o github")); !strings.Contains(out, "::error title=Index drift::tenant one, collection users, index email_1 is missing: declared on email\n") {
		t.Errorf("github: %s", out)
	}
	var report struct {
		Tenants  int
		Findings []struct{ Tenant, Index, Problem string }
	}
	if err := json.Unmarshal([]byte(c.run(exitNo, "", words("indexes check -o json"))), &report); err != nil || report.Tenants != 2 || len(report.Findings) != 2 {
		t.Errorf("json: %+v, %v", report, err)
	}
	c.run(exitDone, "", words("indexes check --tenant agrees"))
	c.run(exitNo, "", words("indexes check --tenant nobody"))
	if out := c.run(exitNo, "", words("indexes ensure")); !strings.Contains(out, "missing, repaired") || !strings.Contains(out, "1 open") {
		t.Errorf("ensure: %s", out)
	}
	c.run(exitCannot, "", words("indexes ensure --prune"), "this drops and replaces indexes of all tenants", "--yes")
	c.run(exitCannot, "", words("indexes ensure --prune --tenant one,two"), "of 2 tenants", "--yes")
	c.run(exitDone, "", words("indexes ensure --prune --yes"))
	c.run(exitDone, "", words("indexes check"))
}

func TestCannotRun(t *testing.T) {
	c := newCtl(t)
	t.Setenv("MONGO_URI", "mongodb://u:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200")
	c.run(exitCannot, "", words("indexes check"), "MONGO_URI", "127.0.0.1:1")
	t.Setenv("MONGO_URI", "")
	c.run(exitCannot, "", words("indexes check"), "MONGO_URI: not set")
	if out := c.run(exitDone, "", words("--help")); !strings.Contains(out, "AUTH_KEYS") || strings.Contains(out, testKey) {
		t.Errorf("help: %s", out)
	}
}
