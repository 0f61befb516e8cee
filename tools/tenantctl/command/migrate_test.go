package command

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/migrate"
)

// teams returns two migrations, the second of which a taken _id keeps from being
// applied.
func teams() fstest.MapFS {
	return fstest.MapFS{
		"0001_teams.up.json":   {Data: []byte(`[{"update":"users","updates":[{"q":{},"u":{"$inc":{"seen":1}},"multi":true}]}]`)},
		"0001_teams.down.json": {Data: []byte(`[{"update":"users","updates":[{"q":{},"u":{"$inc":{"seen":-1}},"multi":true}]}]`)},
		"0002_first.up.json":   {Data: []byte(`[{"insert":"users","documents":[{"_id":"first","email":"first@example.com"}]}]`)},
		"0002_first.down.json": {Data: []byte(`[{"delete":"users","deletes":[{"q":{"_id":"first"},"limit":1}]}]`)},
	}
}

// behind makes tenants that have no migration yet.
func (c *ctl) behind(names ...string) map[string]*mongo.Database {
	c.t.Helper()
	later := c.app.Migrations
	c.app.Migrations = nil
	dbs := map[string]*mongo.Database{}
	for _, name := range names {
		dbs[name] = c.create(name)
	}
	c.app.Migrations = later
	return dbs
}

func (c *ctl) insert(db *mongo.Database, doc bson.D) {
	c.t.Helper()
	if _, err := db.Collection("users").InsertOne(c.t.Context(), doc); err != nil {
		c.t.Fatal(err)
	}
}

// says fails unless out has each of the words, be they broken into lines of a
// table's cell.
func (c *ctl) says(out string, words ...string) {
	c.t.Helper()
	unbroken := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	for _, word := range words {
		if !strings.Contains(out, word) && !strings.Contains(unbroken, word) {
			c.t.Errorf("%q is not in\n%s", word, out)
		}
	}
}

func TestMigrate(t *testing.T) {
	c := newCtl(t)
	c.app.Migrations = teams()
	dbs := c.behind("agrees", "broken")
	c.insert(dbs["broken"], bson.D{{Key: "_id", Value: "first"}, {Key: "email", Value: "taken"}})

	c.says(c.run(exitDone, "", words("migrate plan")), "apply 0001 to 0002", "agrees", "broken", "2 tenants, 2 to migrate to version 0002, 0 that no run can migrate")
	c.says(c.run(exitDone, "", words("migrate plan -o github --tenant agrees")), "::notice title=Migrations::tenant agrees: apply 0001 to 0002\n")
	c.run(exitNo, "", words("migrate verify"))
	c.says(c.run(exitDone, "", words("migrate status")), "│ 0000    │       2 │", "there has been no run yet")

	out := c.run(exitNo, "", words("migrate up"))
	c.says(out, "broken", "0002 up: element 1: insert users: statement 0 is refused with code 11000", "2 tenants: 0 were at version 0002, 1 were migrated, 1 failed, 0 are left")
	if strings.Contains(out, "agrees") {
		t.Errorf("a tenant that is through is named:\n%s", out)
	}
	c.says(c.run(exitNo, "", words("migrate up -o github")), "::error title=Migration failed::tenant broken: migration 0002 stopped half way")
	status := c.run(exitDone, "", words("migrate status"))
	c.says(status, "broken", "resume 0002, which failed: ", "is failed: 0 of 1 tenants migrated to 0002, 1 failed")
	var plan migrate.Plan
	if err := json.Unmarshal([]byte(c.run(exitNo, "", words("migrate verify -o json"))), &plan); err != nil || len(plan.Stale) != 1 || !plan.Stale[0].Dirty {
		t.Errorf("%+v, %v", plan, err)
	}

	if _, err := dbs["broken"].Collection("users").DeleteOne(t.Context(), bson.D{{Key: "_id", Value: "first"}}); err != nil {
		t.Fatal(err)
	}
	var outcome migrate.Outcome
	if err := json.Unmarshal([]byte(c.run(exitDone, "", words("migrate resume -o json"))), &outcome); err != nil || outcome.Done != 1 || outcome.Run == "" {
		t.Errorf("%+v, %v", outcome, err)
	}
	c.run(exitDone, "", words("migrate verify"))
	c.says(c.run(exitDone, "", words("migrate status -o json")), `"latest": 2`, `"state": "done"`)
	c.says(c.run(exitDone, "", words("migrate up")), "2 tenants: 2 were at version 0002, 0 were migrated")

	c.says(c.run(exitDone, "", words("migrate to 0 --tenant agrees")), "1 tenants: 0 were at version 0000, 1 were migrated")
	c.says(c.run(exitNo, "", words("migrate verify")), "agrees", "apply 0001 to 0002")
	c.run(exitCannot, "", words("migrate to 3"), "there is no migration 0003; there are 0000, before the first, to 0002")
	c.run(exitCannot, "", words("migrate to two"), `"two" is not a version`)
	c.says(c.run(exitDone, "", words("migrate up --canary 1 --max-failures 1 --parallel 1")), "1 were migrated")
}

func TestMigrateRefuses(t *testing.T) {
	c := newCtl(t)
	c.app.Migrations = teams()
	c.behind("one")
	c.run(exitCannot, "", words("migrate up --tenant nobody"), "nothing was migrated", "nobody: is not in the catalog")
	c.run(exitCannot, "", words("migrate up --canary nobody"), "nobody: is not in the catalog")
	c.run(exitCannot, "", words("migrate up --canary 0"), "--canary takes names, or a number above 0")
	c.run(exitCannot, "", words("migrate up --parallel 0"), "--parallel takes 1 or more, not 0")
	c.run(exitCannot, "", words("migrate up --parallel 51"), "--parallel 51", "MAX_POOL_SIZE", "write 50 or less")
	c.run(exitCannot, "", words("migrate up --max-failures -1"), "--max-failures takes 0 or more")
	c.run(exitCannot, "", words("migrate up -o xml"), "table, json, github")
	c.run(exitCannot, "", words("migrate downn"), "downn")
	c.run(exitDone, "", words("migrate up"))
	edited := teams()
	edited["0001_teams.up.json"].Data = []byte(`[]`)
	c.app.Migrations = edited
	c.says(c.run(exitNo, "", words("migrate up")), "one", "migration 0001_teams was edited after it was applied", "migrate repair", "0 failed, 0 are left, 1 that no run can migrate")
	c.says(c.run(exitNo, "", words("migrate up -o github")), "::error title=Passed by::tenant one: migration 0001_teams was edited")
	c.run(exitCannot, "", words("migrate up --strict"), "nothing was migrated", "migration 0001_teams was edited after it was applied", "migrate repair")
	c.says(c.run(exitNo, "", words("migrate verify")), "one", "no run can migrate it", "edited")
	c.says(c.run(exitDone, "", words("migrate repair --tenant one")), "one: at version 0002")
	c.run(exitDone, "", words("migrate verify"))
	c.app.Migrations = nil
	c.says(c.run(exitNo, "", words("migrate up")), "is at version 2, the newest migration here is 0")
	c.run(exitCannot, "", words("migrate up --strict"), "is at version 2, the newest migration here is 0")
	c.app.Migrations = fstest.MapFS{"0001_a.up.json": {Data: []byte(`[{"dropDatabase": 1}]`)}}
	c.run(exitCannot, "", words("migrate plan"), "dropDatabase is refused", "has no 0001_a.down.json")
}

func TestRepairAndUnlock(t *testing.T) {
	c := newCtl(t)
	c.app.Migrations = teams()
	for name, repair := range map[string]string{"pending": "migrate repair --tenant pending", "applied": "migrate repair --applied --tenant applied"} {
		db := c.behind(name)[name]
		c.insert(db, bson.D{{Key: "_id", Value: "first"}})
		c.run(exitNo, "", words("migrate up --tenant "+name))
		want := map[string]string{"pending": "pending: at version 0001", "applied": "applied: at version 0002"}[name]
		c.says(c.run(exitDone, "", words(repair)), want)
	}
	c.says(c.run(exitNo, "", words("migrate verify")), "pending", "apply 0002")

	entries := c.admin.Collection("tenants")
	lock := bson.D{{Key: "$set", Value: bson.D{{Key: "lock.owner", Value: "elsewhere, process 7"}, {Key: "lock.until", Value: time.Now().Add(time.Hour)}}}}
	if _, err := entries.UpdateOne(t.Context(), bson.D{{Key: "name", Value: "pending"}}, lock); err != nil {
		t.Fatal(err)
	}
	c.says(c.run(exitDone, "", words("migrate plan")), "apply 0002; locked by elsewhere, process 7")
	c.says(c.run(exitCannot, "", words("migrate repair --tenant nobody,pending,applied"), `"nobody": there is no such tenant`,
		`"pending": tenant "pending" is locked by elsewhere, process 7`, "migrate unlock"), "applied: at version 0002")
	c.says(c.run(exitDone, "", words("migrate unlock --tenant pending")), "pending: was locked by elsewhere, process 7")
	c.says(c.run(exitDone, "", words("migrate unlock --tenant pending")), "pending: was not locked")
	c.run(exitNo, "", words("migrate unlock --tenant nobody"), "there is no such tenant")
	c.run(exitCannot, "", words("migrate unlock"), "tenant")
	c.run(exitCannot, "", words("migrate repair"), "write --tenant NAME,… for the tenants; or --failed")
	c.run(exitCannot, "", words("migrate repair --failed --force"), "failed", "force")
	c.says(c.run(exitDone, "", words("migrate repair --failed")), "0 tenants had stopped half way")
	c.says(c.run(exitNo, "", words("migrate repair --failed --tenant nobody"), "there is no such tenant"), "0 tenants had stopped half way")
}

// TestWayBackThatStopped is called by the migration that it leads back from.
func TestWayBackThatStopped(t *testing.T) {
	c := newCtl(t)
	files := teams()
	files["0002_first.down.json"] = &fstest.MapFile{Data: []byte(`[{"update": "users", "updates": [{"q": {}, "u": {"$fly": {"a": 1}}}]}]`)}
	c.app.Migrations = files
	c.insert(c.behind("one")["one"], bson.D{{Key: "email", Value: "ada@example.com"}})
	if out := c.run(exitDone, "", words("migrate up -o json")); !strings.Contains(out, `"passed": []`) {
		t.Error(out)
	}
	c.says(c.run(exitNo, "", words("migrate to 1")), "0002 down: element 1")
	c.says(c.run(exitDone, "", words("migrate plan")), "resume the return from 0002, which failed: 0002 down")
	c.says(c.run(exitNo, "", words("migrate up")), "migration 0002 stopped half way: 0002 down")
	c.run(exitNo, "", words("migrate repair --failed --tenant nobody,neither"), `"nobody": there is no such tenant`, `"neither": there is no such tenant`)
	c.run(exitCannot, "", words("migrate up --tenant nobody,one,neither"), "nothing was migrated, because of\nnobody: is not in the catalog\nneither: is not in the catalog\n")
}
