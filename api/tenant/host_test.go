package tenant_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestHosts has a row for each host, which has no capitals, and the tenants that it may mean. Those whose names differ in
// capitals alone are never mixed up: none of them is meant.
func TestHosts(t *testing.T) {
	t.Parallel()
	f := newFixture(t, time.Hour)
	prefix := strings.ToLower(testdb.Database(t, "h"))
	for name, state := range map[string]string{
		"plain": "", "Single": "", "miXed1": "", "both": "", "Both": "", "TWO": "", "Two": "",
		"asleep": "suspended", "Asleep": "", "gone": "deleted", "Gone": "", "Was": "deleted", "WAS": "",
		"soon": "provisioning", "Soon": "", "Drowsy": "suspended", "buried": "deleted",
	} {
		entry := bson.D{{Key: "name", Value: prefix + name}}
		if state != "" {
			entry = append(entry, bson.E{Key: "state", Value: state})
		}
		f.enter(t, entry)
	}
	f.enter(t, bson.D{{Key: "name", Value: "Bad Name"}})
	f.enter(t, bson.D{{Key: "name", Value: bson.A{prefix + "Listed"}}})
	for label, want := range map[string]string{
		"plain": "plain", "single": "Single", "mixed1": "miXed1", "both": "", "two": "", "asleep": "", "gone": "Gone", "was": "WAS", "soon": "Soon",
		"drowsy": "Drowsy, suspended", "buried": "", "nobody": "", "listed": "", "pl.ain": "",
	} {
		got, err := f.ResolveHost(t.Context(), prefix+label)
		switch {
		case want == "":
			if !errors.Is(err, tenant.ErrUnknown) || got != nil {
				t.Errorf("%s: %v, %v", label, got, err)
			}
		case strings.HasSuffix(want, "suspended"):
			if !errors.Is(err, tenant.ErrSuspended) || got.Name+", suspended" != prefix+want {
				t.Errorf("%s: %v, %v", label, got, err)
			}
		case err != nil || got.Name != prefix+want:
			t.Errorf("%s: %v, %v", label, got, err)
		}
	}
	for _, label := range []string{"", "bad name", "a.b", "-a", "café", "\u212aelvin", strings.Repeat("a", 64)} {
		if got, err := f.ResolveHost(t.Context(), label); !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%q: %v, %v", label, got, err)
		}
	}
	if !strings.Contains(f.log.String(), "differ in capitals alone") || !strings.Contains(f.log.String(), "host="+prefix+"both") {
		t.Errorf("the log: %s", f.log)
	}
}

// TestCommandsOfHosts are one for each tenant, as by name, and one for the names with capitals. A catalog that does not answer
// is told as that, and asked again.
func TestCommandsOfHosts(t *testing.T) {
	t.Parallel()
	c, entries, server, _ := modelled(t, time.Hour)
	for _, name := range []string{"acme", "Upper", "deep"} {
		if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: name}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		label string
		want  int
		err   error
	}{
		{"no.name", 0, tenant.ErrUnknown}, {"acme", 2, nil}, {"acme", 0, nil}, {"deep", 1, nil}, {"nobody", 1, tenant.ErrUnknown}, {"nobody", 0, tenant.ErrUnknown},
		{"upper", 2, nil}, {"upper", 0, nil},
	} {
		before := finds(server)
		_, err := c.ResolveHost(t.Context(), step.label)
		if got := finds(server) - before; got != step.want || !errors.Is(err, step.err) {
			t.Errorf("%s: %d commands, %v, want %d, %v", step.label, got, err, step.want, step.err)
		}
	}
	for n := 1; n <= 3; n++ {
		c, entries, server, _ := modelled(t, time.Hour)
		if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: "Upper"}}); err != nil {
			t.Fatal(err)
		}
		rule := server.On().Where(func(c scripted.Command) bool { return c.Name == "find" }).Nth(n)
		rule.Fail(scripted.Error{Code: 50})
		if _, err := c.ResolveHost(t.Context(), "upper"); !errors.Is(err, store.ErrUnavailable) || rule.Met() < n {
			t.Errorf("failing at query %d of %d: %v", n, rule.Met(), err)
		}
		server.Reset()
		if got, err := c.ResolveHost(t.Context(), "upper"); err != nil || got.Name != "Upper" {
			t.Errorf("and then: %v, %v", got, err)
		}
	}
	c, entries, server, _ = modelled(t, time.Hour)
	for i := range 150 {
		if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: fmt.Sprint("Upper", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	server.On().Where(func(c scripted.Command) bool { return c.Name == "getMore" }).Nth(1).Fail(scripted.Error{Code: 50})
	if _, err := c.ResolveHost(t.Context(), "upper149"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("failing at the second batch of names: %v", err)
	}
	if got, err := c.ResolveHost(t.Context(), "upper149"); err != nil || got.Name != "Upper149" {
		t.Errorf("and then: %v, %v", got, err)
	}
}
