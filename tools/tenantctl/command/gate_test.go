package command

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb"
)

// TestGateOnlyReads looks at what the gate sends: a user who may only read can run
// it, as docs/ci.md says.
func TestGateOnlyReads(t *testing.T) {
	c := newCtl(t)
	c.create("agrees")
	seen := &commands{}
	t.Setenv("MONGO_URI", testdb.Watch(t, testdb.URI(t), seen.add))
	c.run(exitDone, "", words("indexes check"))
	if got, want := seen.names(), []string{"find", "listCollections"}; !slices.Equal(got, want) {
		t.Errorf("check where nothing is there yet sends %v, want %v", got, want)
	}
	c.run(exitDone, "", words("tenant materialize agrees"))
	seen.names()
	c.run(exitDone, "", words("indexes check"))
	if got, want := seen.names(), []string{"find", "listCollections", "listIndexes"}; !slices.Equal(got, want) {
		t.Errorf("check where all agree sends %v, want %v", got, want)
	}
	c.run(exitDone, "", words("documents check --strict"))
	if got, want := seen.names(), []string{"find"}; !slices.Equal(got, want) {
		t.Errorf("documents check sends %v, want %v", got, want)
	}
	c.drift()
	seen.names()
	for code, args := range map[int]string{exitNo: "indexes check", exitDone: "indexes plan"} {
		c.run(code, "", words(args))
		if got, want := seen.names(), []string{"aggregate", "find", "listCollections", "listIndexes"}; !slices.Equal(got, want) {
			t.Errorf("%s sends %v, want %v", args, got, want)
		}
	}
	c.run(exitNo, "", words("indexes ensure"))
	if got := seen.names(); !slices.Contains(got, "createIndexes") || slices.Contains(got, "dropIndexes") {
		t.Errorf("ensure without --prune sends %v", got)
	}
}

// TestGateOfEagerCollections: with EAGER_COLLECTIONS, what is not there is absent, whether or not it was ever written to.
func TestGateOfEagerCollections(t *testing.T) {
	c := newCtl(t)
	c.create("lazy")
	c.says(c.run(exitDone, "", words("indexes check")), "1 tenants, 0 findings, 0 open; 1 collection is not there yet\n")
	t.Setenv("EAGER_COLLECTIONS", "true")
	eager := c.create("eager")
	out := c.run(exitNo, "", words("indexes check"))
	c.says(out, "lazy", "absent", "2 tenants, 1 findings, 1 open\n")
	if strings.Contains(out, "eager") {
		t.Error(out)
	}
	c.says(c.run(exitDone, "", words("indexes ensure")), "absent, repaired", "2 tenants, 1 findings, 0 open\n")
	if err := eager.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EAGER_COLLECTIONS", "")
	c.says(c.run(exitNo, "", words("indexes check")), "eager", "absent", "2 tenants, 1 findings, 1 open\n")
}

// TestNotThereYet is counted by each command about indexes, in each form, and made by none.
func TestNotThereYet(t *testing.T) {
	c := newCtl(t)
	db := c.create("one")
	c.create("two")
	for _, command := range []string{"check", "plan", "ensure"} {
		for form, says := range map[string]string{"table": "2 tenants, 0 findings, 0 open; 2 collections are not there yet\n", "github": "0 open; 2 collections are not there yet\n", "json": `"notThereYet": 2`} {
			c.says(c.run(exitDone, "", words("indexes "+command+" -o "+form)), says)
		}
	}
	if names, err := db.ListCollectionNames(t.Context(), bson.D{}); err != nil || len(names) > 0 {
		t.Errorf("there are %v, %v", names, err)
	}
}

// TestGateEnds ends the command, as Ctrl-C does, once it looks at tenants.
func TestGateEnds(t *testing.T) {
	c := newCtl(t)
	c.materialized("one")
	c.materialized("two")
	uri := testdb.URI(t)
	for args, first := range map[string]string{
		"indexes check": "listCollections", "indexes ensure -o json": "listIndexes", "indexes plan -o github": "listIndexes",
		"documents check": "find", "documents check -o json": "find",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		// A way of its own: what the last run sent may still be on the other.
		t.Setenv("MONGO_URI", testdb.Watch(t, uri, func(db, command string) {
			if command == first && strings.HasPrefix(db, "t_") {
				cancel()
			}
		}))
		var out, errs bytes.Buffer
		if code := run(ctx, &terminal{app: app, in: strings.NewReader(""), out: &out, err: &errs}, words(args)); code != exitCannot || out.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", args, code, &out)
		}
		if ctx.Err() == nil || !strings.Contains(errs.String(), "the run ended after") {
			t.Errorf("%s: %s", args, &errs)
		}
		cancel()
	}
}

func TestParallel(t *testing.T) {
	c := newCtl(t)
	c.create("one")
	t.Setenv("MAX_POOL_SIZE", "4")
	c.run(exitDone, "", words("indexes check"))
	c.run(exitDone, "", words("indexes check --parallel 4"))
	c.run(exitCannot, "", words("indexes check --parallel 5"), "--parallel 5", "MAX_POOL_SIZE", "write 4 or less")
	c.run(exitCannot, "", words("indexes ensure --parallel 0"), "--parallel takes 1 or more, not 0")
	c.run(exitCannot, "", words("indexes plan --parallel -1"), "--parallel takes 1 or more, not -1")
	c.run(exitCannot, "", words("indexes plan --parallel many"), "parallel")
	t.Setenv("MAX_POOL_SIZE", "0")
	c.run(exitCannot, "", words("indexes check"), "MAX_POOL_SIZE", "above 0")
}

// TestFormsOfAnAbsentDatabase covers findings that have no collection or index.
func TestFormsOfAnAbsentDatabase(t *testing.T) {
	c := newCtl(t)
	c.drift()
	const only = " --tenant vandelay,stark,nobody"
	out := c.run(exitNo, "", words("indexes check"+only))
	for _, said := range []string{"vandelay", "absent", "there is no database", "nobody", "unknown", "3 tenants, 2 findings, 2 open"} {
		if !strings.Contains(out, said) || strings.Contains(out, "stark") {
			t.Errorf("%q is not in\n%s", said, out)
		}
	}
	out = c.run(exitDone, "", words("indexes plan -o github"+only))
	for _, said := range []string{
		"::warning title=Index plan::tenant nobody is unknown: no tenant of that name is provisioning, active or suspended; ensure would do nothing\n",
		"::notice title=Index plan::tenant vandelay is absent: there is no database \"t_", "\"default\"; ensure would create it with its indexes\n3 tenants",
	} {
		if !strings.Contains(out, said) {
			t.Errorf("%q is not in\n%s", said, out)
		}
	}
	var report struct {
		Findings []map[string]any
	}
	out = c.run(exitNo, "", words("indexes check -o json"+only))
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Findings) != 2 {
		t.Fatalf("%s: %v", out, err)
	}
	for i, want := range []string{"unknown", "absent"} {
		finding := report.Findings[i]
		if _, named := finding["collection"]; finding["problem"] != want || named || finding["done"] != false {
			t.Errorf("%v", finding)
		}
	}
}
