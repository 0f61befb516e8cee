package server_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// statuses returns how often a server was asked how it is.
func statuses(s *scripted.Server) int {
	return len(slices.DeleteFunc(s.Commands(), func(c scripted.Command) bool { return c.Name != "serverStatus" }))
}

const tooMany = "more than 80 % of the connections that a server of the cluster accepts would be in use"

// TestLimits: a server that starts says where connections are about to run out: on the
// catalog's cluster at once, on another one when it is needed.
func TestLimits(t *testing.T) {
	t.Parallel()
	catalog, eu := scripted.Start(t, scripted.Connections(1000, 780)), scripted.Start(t, scripted.Connections(1000, 900))
	a := servertest.Start(t, catalog.URI(), func(cfg *server.Config) { cfg.Clusters = server.Clusters{"eu": eu.URI()} })
	warnings := func(n int) {
		t.Helper()
		for strings.Count(a.Log.String(), tooMany) < n && t.Context().Err() == nil {
			runtime.Gosched()
		}
		if got := a.Log.String(); strings.Count(got, tooMany) != n {
			t.Errorf("want %d warnings:\n%s", n, got)
		}
	}
	warnings(1)
	if len(eu.Commands()) > 0 {
		t.Errorf("a cluster that nobody needs is asked: %v", eu.Commands())
	}
	made, err := a.Stack().Fleet.Provision(t.Context(), "one", "eu")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := a.Call(t, "GET /api/users", "", bearer(a.Token(t, made.ID, "super"))...); got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Text)
		}
	}
	warnings(2)
	if got := a.Log.String(); !strings.Contains(got, "cluster=eu") || !strings.Contains(got, "takes=1000 budget=792") || !strings.Contains(got, "pool=50") {
		t.Error(got)
	}
	if statuses(catalog) != 1 || statuses(eu) != 1 {
		t.Errorf("they are asked %d and %d times", statuses(catalog), statuses(eu))
	}
}

// TestLimitsAreNoConcern of a server whose user may not ask for them: it serves, and says
// nothing.
func TestLimitsAreNoConcern(t *testing.T) {
	t.Parallel()
	mongod := scripted.Start(t, scripted.Connections(60, 10))
	refused := mongod.On("serverStatus").Always().Fail(scripted.Error{Code: 13, Message: "not authorized on admin"})
	a := servertest.Start(t, mongod.URI(), nil)
	for refused.Met() == 0 && t.Context().Err() == nil {
		runtime.Gosched()
	}
	one := a.Provision(t, "one")
	if got := a.Call(t, "GET /api/users", "", bearer(a.Token(t, one.ID, "super"))...); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	if got := a.Log.String(); strings.Contains(got, "WARN") || strings.Contains(got, "not known") || strings.Contains(got, "not authorized") {
		t.Error(got)
	}
}
