package command

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// counts sets how often a server says that an index of a tenant's users was used, since when.
func (w *walk) counts(users *mongo.Collection, index string, ops int64, since time.Time) {
	w.t.Helper()
	if err := w.mongod.SetAccesses(users.Database().Name(), "users", index, scripted.Accesses{Ops: ops, Since: since}); err != nil {
		w.t.Fatal(err)
	}
}

// november returns a morning of November 2026.
func november(day int) time.Time { return time.Date(2026, 11, day, 6, 30, 0, 0, time.UTC) }

// usersOf makes a tenant whose collection of users has the declared indexes.
func (w *walk) usersOf(name string) *mongo.Collection {
	w.t.Helper()
	users := w.create(name)
	w.index(users, options.Index().SetUnique(true), bson.E{Key: "email", Value: 1})
	w.index(users, options.Index(), bson.E{Key: "role.name", Value: 1}, bson.E{Key: "createdAt", Value: -1}, bson.E{Key: "_id", Value: -1})
	return users
}

// newUsage returns the fleet that docs/index-usage.md shows: one index that few tenants use,
// and one that is not declared. Of five tenants one is new, and one has no users yet.
func newUsage(t *testing.T) *walk {
	t.Helper()
	w := newWalk(t)
	for i, name := range []string{"acme", "globex", "hooli"} {
		users := w.usersOf(name)
		w.counts(users, "email_1", 900, november(3+i))
		w.counts(users, byRole, int64(40*(i/2)), november(3+i))
		if name != "acme" {
			w.index(users, options.Index(), bson.E{Key: "name", Value: 1})
			w.counts(users, "name_1", 0, november(1+i))
		}
	}
	w.usersOf("initech")
	w.absent("vandelay")
	return w
}

// TestDocumentedUsage runs what docs/index-usage.md shows, and expects what it shows.
func TestDocumentedUsage(t *testing.T) {
	path, err := filepath.Abs("../../../docs/index-usage.md")
	if err != nil {
		t.Fatal(err)
	}
	newUsage(t).runDocumented(path, 3)
}

// TestUsage asks with each flag, and of each kind of deployment.
func TestUsage(t *testing.T) {
	w := newUsage(t)
	out := w.run(exitDone, "", words("indexes usage --members --tenant acme"))
	w.says(out, byRole+" 1 2026-11-03T06:30:00Z 0 0", "counters are those of all members", "1 tenants, 1 indexes unused in some, 0 of them not declared, 0 tenants not read")
	out = w.run(exitDone, "", words("indexes usage --observed 100000h"))
	w.says(out, byRole+" 0 1 40 observed for less than 100000h0m0s in 3 tenants; no collection yet in 1 tenant", "5 tenants, 0 indexes unused in some")
	w.hide(w.usersOf("wayne"), byRole)
	out = w.run(exitNo, "", words("indexes usage --tenant wayne,nobody"))
	w.says(out, "hidden in 1 tenant, so that nothing can use it", "nobody no tenant of that name", "2 tenants, 0 indexes unused in some, 0 of them not declared, 1 tenants not read")
	w.mongod.On("aggregate").Always().Fail(scripted.Error{Code: 13, Message: "no"})
	w.says(w.run(exitNo, "", words("indexes usage -o github --tenant acme")),
		"::error title=Tenant not read::tenant acme: users: the connection string's user lacks the privilege indexStats; docs/privileges.md has a role with it\n")
	w.run(exitCannot, "", words("indexes usage --observed -1h"), "--observed takes a duration of 0 or more, such as 72h, not -1h0m0s")
	w.run(exitCannot, "", words("indexes usage --observed 3d"), "--observed", "it takes a duration")
	w.run(exitCannot, "", words("indexes usage --parallel 0"), "--parallel")
	w.run(exitCannot, "", words("indexes usage acme"), "one argument too many")
	router := newWalk(t, scripted.Mongos())
	router.usersOf("acme")
	router.says(router.run(exitDone, "", words("indexes usage")), "1 tenants, 1 indexes unused in some")
	router.run(exitCannot, "", words("indexes usage --members"), `cluster "default": behind the mongos at `+router.mongod.Addr()+", members cannot be asked one by one; leave out --members")
}

// TestUsageEnds ends the command, as Ctrl-C does, once it reads counters.
func TestUsageEnds(t *testing.T) {
	w := newUsage(t)
	for _, args := range []string{"indexes usage", "indexes usage -o json --members"} {
		w.mongod.Reset()
		held := w.mongod.On("aggregate").Nth(2).Hold()
		ctx, interrupt := context.WithCancel(t.Context())
		go func() {
			<-held.Arrived()
			interrupt()
		}()
		var out, errs bytes.Buffer
		code := run(ctx, &terminal{app: app, in: strings.NewReader(""), out: &out, err: &errs}, words(args))
		if code != exitCannot || out.Len() > 0 || !strings.Contains(errs.String(), "the run ended after") {
			t.Errorf("%s: exit code %d, %s%s", args, code, &out, &errs)
		}
		held.Release()
	}
}

// TestUsageIsNotCounted by every server. One that does not count is no tenant's failure.
func TestUsageIsNotCounted(t *testing.T) {
	c := newCtl(t)
	for _, name := range []string{"acme", "globex"} {
		c.index(c.create(name).Collection("users"), options.Index(), bson.E{Key: "name", Value: 1})
	}
	err := c.admin.RunCommand(t.Context(), bson.D{
		{Key: "aggregate", Value: "tenants"}, {Key: "pipeline", Value: bson.A{bson.D{{Key: "$indexStats", Value: bson.D{}}}}}, {Key: "cursor", Value: bson.D{}},
	}).Err()
	for _, args := range []string{"indexes usage", "indexes usage -o json --tenant acme"} {
		if err == nil { // the tests' server counts
			c.run(exitDone, "", words(args))
			continue
		}
		out := c.run(exitCannot, "", words(args), `cluster "default": the server, version `, "does not count how indexes are used", "$indexStats")
		if out != "" {
			t.Errorf("%s: %s", args, out)
		}
	}
}
