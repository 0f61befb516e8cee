package command

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/documents"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestDocumentsOfATakeover looks for what a deployment of Express + Mongoose has that the schema
// does not read, and has a migration of ready steps mend it.
func TestDocumentsOfATakeover(t *testing.T) {
	client, stored := legacy(t)
	t.Chdir(t.TempDir())
	c := &ctl{t: t, app: app, admin: client.Database("tenantsDb")}
	c.app.Migrations = nil
	misfit := func(path, problem, id string) documents.Finding {
		return documents.Finding{
			Collection: "users", Path: path, Problem: problem, Documents: 1, Tenants: 1, Examples: []documents.Example{{Tenant: "acme", ID: id}},
		}
	}
	want := fleet.DocumentReport{
		Tenants: 5, Documents: 65, Failed: []migrate.FailedTenant{},
		Findings: []documents.Finding{
			misfit("createdAt", "must be a date, is a string", wrong),
			misfit("role", "must be a document, is a string", wrong),
			misfit("role.name", `is "owner", which is not one of the declared values`, unknown),
			misfit("role.permission", `is "approve", which is not one of the declared values`, unknown),
		},
	}
	var have fleet.DocumentReport
	if err := json.Unmarshal([]byte(c.run(exitNo, "", words("documents check -o json"))), &have); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-want +have:\n%s", diff)
	}
	out := c.run(exitNo, "", words("documents check --strict"))
	c.says(out, "SUCH AS", "acme "+wrong, `is "owner", which is not one of the declared values`, "5 tenants, 65 documents, 4 findings, 0 tenants not checked")
	out = c.run(exitNo, "", words("documents check -o github --limit 0 --tenant acme,nobody"))
	c.says(out, "::error title=Documents that do not fit::collection users, path role must be a document, is a string: 1 document of 1 tenant\n",
		"::error title=Tenant not checked::tenant nobody: no tenant of that name is provisioning, active or suspended\n2 tenants, 17 documents, 4 findings, 1 tenants not checked\n")
	c.run(exitDone, "", words("documents check --tenant localhost --collection users"))

	c.app.Migrations = fstest.MapFS{
		"0001_fit.up.json": {Data: []byte(`[
			{"step": "to_date", "collection": "users", "path": "createdAt"},
			{"step": "map_values", "collection": "users", "path": "role.name", "values": {
				"owner": "super", "super": "super", "hos": "hos", "auditor": "auditor", "basic": "basic", "blocked": "blocked"
			}},
			{"step": "map_values", "collection": "users", "path": "role.permission", "values": {"approve": "write", "read": "read", "write": "write", "delete": "delete"}},
			{"step": "object_roles"}
		]`)},
		"0001_fit.down.json": {Data: []byte(`[]`)},
	}
	c.run(exitDone, "", words("migrate up"))
	if got := get(t, client, "acme", unknown).Lookup("role").String(); got != `{"name": "super","permission": ["read","write"]}` {
		t.Errorf("%s", got)
	}
	if out := c.run(exitDone, "", words("documents check")); out != "5 tenants, 65 documents, 0 findings, 0 tenants not checked\n" {
		t.Errorf("%s", out)
	}
	t.Run("all else stayed", func(t *testing.T) {
		for key, before := range stored {
			database, id, _ := strings.Cut(key, "/")
			if database == "tenantsDb" {
				continue
			}
			checkSame(t, get(t, client, database, id), before, slices.Contains([]string{unknown, wrong}, id))
		}
	})
}

// checkSame compares the members that no step named, and with changed only the names of the others.
func checkSame(t *testing.T, got, before bson.Raw, changed bool) {
	t.Helper()
	var a, b map[string]any
	if err := bson.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := bson.Unmarshal(before, &b); err != nil {
		t.Fatal(err)
	}
	delete(a, "_rev")
	if changed {
		for _, name := range []string{"role", "createdAt"} {
			a[name] = b[name]
		}
	}
	if !cmp.Equal(a, b) {
		t.Errorf("%s\nwas %s; members %v", got, before, slices.Sorted(maps.Keys(a)))
	}
}

// TestStepsThatDocumentsFail names the tenant, the document and the path, and resumes there.
func TestStepsThatDocumentsFail(t *testing.T) {
	client, _ := legacy(t)
	t.Chdir(t.TempDir())
	c := &ctl{t: t, app: app, admin: client.Database("tenantsDb")}
	step := `[{"step": "to_date", "collection": "users", "path": "createdAt", "layouts": ["2006/01/02"]`
	migration := func(up string) fstest.MapFS {
		return fstest.MapFS{"0001_fit.up.json": {Data: []byte(up)}, "0001_fit.down.json": {Data: []byte("[]")}}
	}
	c.app.Migrations = migration(step + `}]`)
	const left = "document " + wrong + ": createdAt is text that none of the layouts reads"
	for _, line := range []string{"migrate up -o json", "migrate resume -o json"} {
		out := c.run(exitNo, "", words(line))
		c.says(out, `"tenant": "acme"`, "0001 up: element 1: step to_date: users: 1 document is left as it is: "+left+"; mend them")
	}
	c.app.Migrations = migration(step + `, "onUnfit": "leave"}]`)
	c.run(exitDone, "", words("migrate repair --failed"))
	c.run(exitDone, "", words("migrate repair --tenant imssystems,localhost,Northwind-Foods,orphans-ltd"))
	var out, errs bytes.Buffer
	if code := run(t.Context(), &terminal{app: c.app, in: strings.NewReader(""), out: &out, err: &errs}, words("migrate resume")); code != exitDone {
		t.Errorf("exit code %d: %s", code, &out)
	}
	c.says(errs.String(), "a step left documents as they are", "tenant=acme", `migration="0001 up" step="element 1: step to_date"`, left)
}

// TestDocumentsOfSecondaries reads documents as lists are read, and the catalog from the primary.
func TestDocumentsOfSecondaries(t *testing.T) {
	w := newWalk(t, scripted.ReplicaSet())
	w.create("one")
	t.Setenv("MONGO_URI", w.mongod.URI()+"?readPreference=secondaryPreferred")
	w.do(exitDone, "documents check")
	read := map[string]string{}
	for _, c := range w.sent {
		if c.Name == "find" {
			read[c.Collection], _ = c.Body.Lookup("$readPreference", "mode").StringValueOK()
		}
	}
	if want := map[string]string{"users": "secondaryPreferred", "tenants": ""}; !maps.Equal(read, want) {
		t.Errorf("%v, not %v", read, want)
	}
}

func TestDocumentsCannotBeChecked(t *testing.T) {
	c := newCtl(t)
	c.create("one")
	c.run(exitCannot, "", words("documents check --collection user"), `--collection: no tenant has a collection "user"; there are users`)
	c.run(exitCannot, "", words("documents check --collection tenants"), "there are users")
	c.run(exitCannot, "", words("documents check --limit 101"), "--limit takes a number from 0 to 100, not 101")
	c.run(exitCannot, "", words("documents check --limit -1"), "--limit takes a number from 0 to 100, not -1")
	c.run(exitCannot, "", words("documents check --parallel 0"), "--parallel takes 1 or more, not 0")
	c.run(exitCannot, "", words("documents check -o xml"), "--output takes table, json, github")
	c.run(exitCannot, "", words("documents check --tenant="), "a name is missing")
	c.run(exitNo, "", words("documents check --tenant nobody"))
	t.Setenv("MONGO_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")
	c.run(exitCannot, "", words("documents check"), "MONGO_URI")
}
