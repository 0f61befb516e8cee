package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/runs"
)

// Migration says how to bring tenants to a version.
type Migration struct {
	Target int64
	// Tenants limits it to those names; empty means all.
	Tenants []string
	// Parallel is how many tenants are migrated side by side.
	Parallel int
	// Canary are the tenants that go first, by their names, or the first so many. If
	// one of them fails, no other is begun.
	Canary     []string
	CanarySize int
	// MaxFailures ends it once so many tenants failed; 0 means that it goes on past
	// all of them.
	MaxFailures int
	// Strict begins nothing while there is a tenant that no run touches. Without it
	// those are passed by.
	Strict bool
	// Progress is called with the number of tenants that are through, of all that
	// there is something to do for, from one goroutine at a time.
	Progress func(through, all int)
}

// Outcome is what came of a Migration.
type Outcome struct {
	// Run is the _id of its record, empty if there was nothing to do.
	Run    string `json:"run,omitempty"`
	Target int64  `json:"target"`
	// Tenants is how many there are, Current how many there was nothing to do for,
	// Done how many were brought to the target, and Left how many were not begun or
	// not finished.
	Tenants int `json:"tenants"`
	Current int `json:"current"`
	Done    int `json:"done"`
	Left    int `json:"left"`
	// Failures are those for which it failed.
	Failures []Failure `json:"failures"`
	// Passed are the others, which no run touches: entries that cannot be trusted, and
	// data that was changed by other files than those at hand.
	Passed []Failure `json:"passed"`
}

// RefusedError says why no tenant is migrated: there are some that must not be, or
// that are not there.
type RefusedError struct{ Refused []Failure }

func (e *RefusedError) Error() string {
	first := e.Refused[0]
	return fmt.Sprintf("nothing was migrated, because of %d tenants; the first is %s: %s", len(e.Refused), first.Tenant, first.Problem)
}

// Migrate brings tenants to a version, and their indexes to the schema. It goes on
// past tenants that fail; what happened is recorded in the admin database.
func (f *Fleet) Migrate(ctx context.Context, m Migration) (*Outcome, error) {
	return f.migrate(ctx, m, nil)
}

// Resume goes on with the last run, which m's Target and Tenants are taken from: it
// takes up what was begun and not finished, in tenants that failed, too. Without a
// run that ended early it does so in the whole fleet.
func (f *Fleet) Resume(ctx context.Context, m Migration) (*Outcome, error) {
	last, err := f.LastRun(ctx)
	if err != nil {
		return nil, err
	}
	m.Target, m.Tenants = f.latest, nil
	r := &record{}
	if last != nil && last.State != runs.StateDone {
		m.Target, m.Tenants = last.Target, last.Only
		r = &record{id: last.ID}
	}
	return f.migrate(ctx, m, r)
}

// migrate carries m out; a record to go on with says that it is a resumption.
func (f *Fleet) migrate(ctx context.Context, m Migration, resumed *record) (*Outcome, error) {
	plan, err := f.plan(ctx, m.Target, m.Tenants, m.Canary)
	if err != nil {
		return nil, err
	}
	passed := slices.Concat(plan.Unusable, plan.Refused)
	if refused := m.refused(plan, passed); len(refused) > 0 {
		return nil, &RefusedError{refused}
	}
	out := &Outcome{
		Target: m.Target, Tenants: plan.Tenants, Current: plan.Tenants - len(plan.Stale) - len(passed), Failures: []Failure{}, Passed: passed,
	}
	if len(plan.Stale) == 0 && (resumed == nil || resumed.id.IsZero()) {
		return out, nil
	}
	r := &runner{
		fleet: f, migration: m, out: out, all: len(plan.Stale),
		bring: bring{fleet: f, target: m.Target, resume: resumed != nil},
	}
	if err := r.begin(ctx, resumed); err != nil {
		return nil, err
	}
	canaries, others := m.split(plan.Stale)
	if r.group(ctx, canaries); r.failed() == 0 {
		r.group(ctx, others)
	}
	out.Left = r.all - out.Done - r.failed()
	slices.SortFunc(out.Failures, func(a, b Failure) int { return strings.Compare(a.Tenant, b.Tenant) })
	err = r.end(ctx)
	if ctx.Err() != nil {
		err = errors.Join(fmt.Errorf("the run was interrupted; go on with migrate resume: %w", ctx.Err()), err)
	}
	return out, err
}

// refused are what keeps m from beginning, if anything: names that nobody has and, of
// the tenants that are to be passed by, canaries, or all if m is strict.
func (m *Migration) refused(plan *Plan, passed []Failure) []Failure {
	list := plan.Missing
	for _, p := range passed {
		if m.Strict || slices.Contains(m.Canary, p.Tenant) {
			list = append(list, p)
		}
	}
	return list
}

// split tells the canaries from the others.
func (m *Migration) split(all []Stale) (canaries, others []Stale) {
	for _, s := range all {
		if slices.Contains(m.Canary, s.Tenant) || len(canaries) < m.CanarySize {
			canaries = append(canaries, s)
		} else {
			others = append(others, s)
		}
	}
	return canaries, others
}

// runner is a Migration under way.
type runner struct {
	fleet     *Fleet
	migration Migration
	bring     bring
	record    *record
	// all is how many tenants there is something to do for.
	all int

	mu  sync.Mutex
	out *Outcome
}

// lockedAgain is how long a run waits before it asks once more for tenants whose
// lock another process holds.
const lockedAgain = 500 * time.Millisecond

// group migrates the tenants of list, several at once. Those whose lock another
// process holds come last, and as often as it takes for a lock without an owner to
// run out.
func (r *runner) group(ctx context.Context, list []Stale) {
	deadline := time.Time{}
	for len(list) > 0 && ctx.Err() == nil {
		list = r.pass(ctx, list, !deadline.IsZero() && time.Now().After(deadline))
		if deadline.IsZero() {
			deadline = time.Now().Add(r.fleet.lease + lockedAgain)
		}
		if len(list) > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(lockedAgain):
			}
		}
	}
}

// pass tries each tenant once, and returns those that were locked. In the last pass
// those have failed.
func (r *runner) pass(ctx context.Context, list []Stale, last bool) (locked []Stale) {
	slots := make(chan struct{}, max(r.migration.Parallel, 1))
	var running sync.WaitGroup
	for _, s := range list {
		slots <- struct{}{}
		if ctx.Err() != nil || r.tooMany() {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			err := r.bring.tenant(ctx, s.ID)
			var held *tenant.LockedError
			if errors.As(err, &held) && !last {
				r.mu.Lock()
				locked = append(locked, s)
				r.mu.Unlock()
				return
			}
			r.through(ctx, s, err)
		})
	}
	running.Wait()
	if r.tooMany() {
		return nil
	}
	return locked
}

// failed is how many tenants have failed in this run.
func (r *runner) failed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.out.Failures)
}

func (r *runner) tooMany() bool {
	return r.migration.MaxFailures > 0 && r.failed() >= r.migration.MaxFailures
}

// through notes what became of a tenant. One that the end of the run interrupted is
// none that failed.
func (r *runner) through(ctx context.Context, s Stale, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.out.Done++
	case ctx.Err() != nil:
		return
	default:
		r.out.Failures = append(r.out.Failures, Failure{s.ID, s.Tenant, err.Error()})
	}
	if r.migration.Progress != nil {
		r.migration.Progress(r.out.Done+len(r.out.Failures), r.all)
	}
}

// standing is what was done so far.
func (r *runner) standing() Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := *r.out
	now.Failures = slices.Clone(r.out.Failures)
	return now
}

// begin makes the record of the run, or goes on with one.
func (r *runner) begin(ctx context.Context, resumed *record) (err error) {
	if err := r.fleet.prepareAdmin(ctx); err != nil {
		return err
	}
	if resumed != nil && !resumed.id.IsZero() {
		r.record, err = r.fleet.continueRecord(ctx, resumed.id, r.all, r.standing)
	} else {
		r.record, err = r.fleet.newRecord(ctx, &r.migration, r.all, r.standing)
	}
	if err != nil {
		return fmt.Errorf("record the run: %w", err)
	}
	r.bring.run = r.record.id
	r.out.Run = r.record.id.Hex()
	return nil
}

func (r *runner) end(ctx context.Context) error {
	state := runs.StateDone
	switch {
	case ctx.Err() != nil:
		state = runs.StateInterrupted
	case len(r.out.Failures) > 0 || r.out.Left > 0:
		state = runs.StateFailed
	}
	return r.record.end(ctx, state)
}
