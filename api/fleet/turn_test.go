package fleet_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/runs"
)

// held is a run that migrates tenants until it is told to go on, as another process
// does.
type held struct {
	begun, release chan struct{}
	ended          chan error
	out            *migrate.Outcome
}

func (f *fixture) hold(t *testing.T, m migrate.Options) *held {
	t.Helper()
	h := &held{begun: make(chan struct{}, 100), release: make(chan struct{}), ended: make(chan error, 1)}
	cfg := countingConfig(shortLease)
	cfg.Steps = []steps.Step{countAfter(func(ctx context.Context) error {
		h.begun <- struct{}{}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.release:
			return nil
		}
	}), steps.ToText()}
	other := f.with(t, cfg)
	go func() {
		var err error
		h.out, err = other.Migrate(context.WithoutCancel(t.Context()), m)
		h.ended <- err
	}()
	<-h.begun
	return h
}

// TestOneRunAtATime: while a run migrates tenants, no other does, whatever its target and
// tenants. What changes no tenant's version goes on.
func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	f, names := adopted(t, 3)
	f.Fleet = f.with(t, countingConfig(shortLease))
	m := f.latest()
	m.Tenants = names[:1]
	h := f.hold(t, m)
	for name, run := range map[string]func() (*migrate.Outcome, error){
		"up":     func() (*migrate.Outcome, error) { return f.Migrate(t.Context(), f.latest()) },
		"to":     func() (*migrate.Outcome, error) { return f.Migrate(t.Context(), migrate.Options{Target: 1}) },
		"resume": func() (*migrate.Outcome, error) { return f.Resume(t.Context(), migrate.Options{}) },
		"another tenant": func() (*migrate.Outcome, error) {
			return f.Migrate(t.Context(), migrate.Options{Target: 1, Tenants: names[1:2]})
		},
		"nothing to do": func() (*migrate.Outcome, error) {
			return f.Migrate(t.Context(), migrate.Options{Target: 0, Tenants: names[1:2]})
		},
	} {
		out, err := run()
		busy, ok := errors.AsType[*migrate.BusyError](err)
		if !ok || out != nil {
			t.Errorf("%s: %+v, %v", name, out, err)
			continue
		}
		for _, said := range []string{"process ", "version 0003", busy.Since.UTC().Format(time.RFC3339)} {
			if !strings.Contains(err.Error(), said) {
				t.Errorf("%s: the error does not say %s: %v", name, said, err)
			}
		}
	}
	if plan, err := f.Plan(t.Context(), 3, nil); err != nil || len(plan.Stale) != 3 {
		t.Errorf("plan: %+v, %v", plan, err)
	}
	if _, err := f.Provision(t.Context(), strings.ToLower(f.prefix)+"new", tenant.DefaultCluster); err != nil {
		t.Errorf("provisioning: %v", err)
	}
	close(h.release)
	if err := <-h.ended; err != nil || h.out.Done != 1 || len(h.out.Failures) > 0 {
		t.Errorf("the first: %+v, %v", h.out, err)
	}
	if out := f.migrate(t, f.latest()); out.Done != 2 || out.Current != 2 {
		t.Errorf("afterwards: %+v", out)
	}
}

// TestTurnOfADeadRun is taken over once it has run out.
func TestTurnOfADeadRun(t *testing.T) {
	t.Parallel()
	f, _ := adopted(t, 1)
	f.Fleet = f.with(t, countingConfig(shortLease))
	if out := f.migrate(t, migrate.Options{Target: 1}); out.Done != 1 {
		t.Fatalf("%+v", out)
	}
	f.lease(t, bson.D{{Key: "lock.owner", Value: "dead"}, {Key: "lock.until", Value: time.Now().Add(shortLease)}})
	if out := f.migrate(t, f.latest()); out.Done != 1 {
		t.Errorf("%+v", out)
	}
}

func (f *fixture) lease(t *testing.T, set bson.D) {
	t.Helper()
	result, err := f.admin.Collection("leases").UpdateOne(t.Context(), bson.D{{Key: "name", Value: "migrate"}}, bson.D{{Key: "$set", Value: set}, {Key: "$inc", Value: bson.D{{Key: "_rev", Value: 1}, {Key: "lock.token", Value: 1}}}})
	if err != nil || result.MatchedCount != 1 {
		t.Fatalf("%+v, %v", result, err)
	}
}

// TestLostTurnEndsItsRun: a run that stood still until its lease expired, and lost it to
// another run, ends as interrupted.
func TestLostTurnEndsItsRun(t *testing.T) {
	t.Parallel()
	f, _ := adopted(t, 2)
	f.Fleet = f.with(t, countingConfig(shortLease))
	h := f.hold(t, f.latest())
	f.lease(t, bson.D{{Key: "lock.owner", Value: "another"}, {Key: "lock.until", Value: time.Now()}})
	if err := <-h.ended; !errors.Is(err, tenant.ErrFenced) || !strings.Contains(err.Error(), "migrate resume") {
		t.Errorf("%v", err)
	}
	if run, err := f.LastRun(t.Context()); err != nil || run.State != runs.StateInterrupted {
		t.Errorf("%+v, %v", run, err)
	}
	if out, err := f.Resume(t.Context(), migrate.Options{}); err != nil || len(out.Failures)+out.Left > 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestRecordOfADeadRun says that it goes on only while somebody holds the lease.
func TestRecordOfADeadRun(t *testing.T) {
	t.Parallel()
	f, _ := adopted(t, 1)
	if out := f.migrate(t, migrate.Options{Target: 1}); out.Done != 1 {
		t.Fatalf("%+v", out)
	}
	left := bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: runs.StateRunning}}}, {Key: "$unset", Value: bson.D{{Key: "endedAt", Value: ""}}}}
	if _, err := f.admin.Collection("runs").UpdateMany(t.Context(), bson.D{}, left); err != nil {
		t.Fatal(err)
	}
	state := func(said string, want runs.StateValue) {
		t.Helper()
		if run, err := f.LastRun(t.Context()); err != nil || run.State != want {
			t.Errorf("%s: %+v, %v", said, run, err)
		}
	}
	state("given back", runs.StateInterrupted)
	f.lease(t, bson.D{{Key: "lock.owner", Value: "elsewhere"}, {Key: "lock.until", Value: time.Now().Add(time.Hour)}})
	state("held", runs.StateRunning)
	f.lease(t, bson.D{{Key: "lock.until", Value: time.Now().Add(-time.Hour)}})
	state("run out", runs.StateInterrupted)
	if _, err := f.admin.Collection("leases").DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	state("gone", runs.StateInterrupted)
	if n, err := f.admin.Collection("leases").CountDocuments(t.Context(), bson.D{}); err != nil || n != 0 {
		t.Errorf("looking made %d leases, %v", n, err)
	}
}
