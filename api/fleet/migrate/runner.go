package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/runs"
)

// Options say how to bring tenants to a version.
type Options struct {
	Target int64
	// Tenants are the names of the tenants to migrate; empty means all.
	Tenants []string
	// Parallel is how many tenants are migrated at once.
	Parallel int
	// Canary are the names of the tenants that go first, CanarySize how many do. If one
	// of them fails, no other is begun.
	Canary     []string
	CanarySize int
	// MaxFailures is how many tenants may fail before the run ends; 0 means any number.
	MaxFailures int
	// Strict refuses to begin if there are tenants that no run touches. Without it they
	// are passed by.
	Strict bool
	// Progress is called with the number of stale tenants that are finished, and of all,
	// from one goroutine at a time.
	Progress func(through, all int)
}

// Outcome is the result of a run.
type Outcome struct {
	// Run is the _id of its record, empty if there was nothing to do.
	Run    string `json:"run,omitempty"`
	Target int64  `json:"target"`
	// Tenants is the number of tenants, Current how many had nothing to be done, Done how
	// many were brought to the target, and Left how many were not begun or not finished.
	Tenants int `json:"tenants"`
	Current int `json:"current"`
	Done    int `json:"done"`
	Left    int `json:"left"`
	// Failures are the tenants that failed.
	Failures []FailedTenant `json:"failures"`
	// Passed are the tenants that no run touches: their entries cannot be trusted, or their
	// data was changed by other files than these.
	Passed []FailedTenant `json:"passed"`
}

// RefusedError is returned if no tenant is migrated, because some must not be, or do not
// exist.
type RefusedError struct{ Refused []FailedTenant }

// refusedNamed bounds how many tenants an error names.
const refusedNamed = 20

func (e *RefusedError) Error() string {
	var text strings.Builder
	text.WriteString("nothing was migrated, because of")
	for _, one := range e.Refused[:min(len(e.Refused), refusedNamed)] {
		fmt.Fprintf(&text, "\n%s: %s", one.Tenant, one.Problem)
	}
	if more := len(e.Refused) - refusedNamed; more > 0 {
		fmt.Fprintf(&text, "\nand %d more", more)
	}
	return text.String()
}

// Migrate brings tenants to a version, and their indexes to the schema. It goes on past
// tenants that fail, and records what it does in the admin database. The error is a
// *BusyError while another run migrates tenants.
func (m *Migrator) Migrate(ctx context.Context, opts Options) (*Outcome, error) {
	return m.withRunLease(ctx, fmt.Sprintf("version %04d", opts.Target), func(ctx context.Context) (*Outcome, error) {
		return m.migrate(ctx, opts, nil)
	})
}

// Resume goes on with the last run, from which it takes Target and Tenants: it finishes
// unfinished migrations, those that failed included. If no run was left unfinished, it does
// so in the whole fleet. The error is a *BusyError while another run migrates tenants.
func (m *Migrator) Resume(ctx context.Context, opts Options) (*Outcome, error) {
	return m.withRunLease(ctx, "what the run before left", func(ctx context.Context) (*Outcome, error) {
		last, err := m.LastRun(ctx)
		if err != nil {
			return nil, err
		}
		opts.Target, opts.Tenants = m.latest, nil
		r := &record{}
		if last != nil && last.State != runs.StateDone {
			opts.Target, opts.Tenants = last.Target, last.Only
			r = &record{id: last.ID}
		}
		return m.migrate(ctx, opts, r)
	})
}

// migrate carries out a run. resumed is the record to go on with, nil for a new run.
func (m *Migrator) migrate(ctx context.Context, opts Options, resumed *record) (*Outcome, error) {
	plan, err := m.plan(ctx, opts.Target, opts.Tenants, opts.Canary)
	if err != nil {
		return nil, err
	}
	passed := append([]FailedTenant{}, slices.Concat(plan.Unusable, plan.Refused)...)
	if refused := opts.refused(plan, passed); len(refused) > 0 {
		return nil, &RefusedError{refused}
	}
	out := &Outcome{
		Target: opts.Target, Tenants: plan.Tenants, Current: plan.Tenants - len(plan.Stale) - len(passed), Failures: []FailedTenant{}, Passed: passed,
	}
	if len(plan.Stale) == 0 && (resumed == nil || resumed.id.IsZero()) {
		return out, nil
	}
	r := &runner{
		m: m, opts: opts, out: out, all: len(plan.Stale), current: out.Current,
		transition: transition{m: m, target: opts.Target, resume: resumed != nil},
	}
	if err := r.begin(ctx, resumed); err != nil {
		return nil, err
	}
	canaries, others := opts.split(plan.Stale)
	err = r.group(ctx, canaries)
	if err == nil && r.failed() == 0 {
		err = r.group(ctx, others)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	out.Left = r.all - r.throughWith() - r.failed()
	slices.SortFunc(out.Failures, func(a, b FailedTenant) int { return strings.Compare(a.Tenant, b.Tenant) })
	ended := r.end(ctx, err)
	if err != nil {
		return out, errors.Join(fmt.Errorf("the run was interrupted; go on with migrate resume: %w", err), ended)
	}
	return out, ended
}

// refused returns what keeps the run from beginning, if anything: unknown names and, of the
// tenants to be passed by, the canaries, or all if it is strict.
func (o *Options) refused(plan *Plan, passed []FailedTenant) []FailedTenant {
	list := plan.Missing
	for _, p := range passed {
		if o.Strict || slices.Contains(o.Canary, p.Tenant) {
			list = append(list, p)
		}
	}
	return list
}

// split separates the canaries from the others.
func (o *Options) split(all []Stale) (canaries, others []Stale) {
	for _, s := range all {
		if slices.Contains(o.Canary, s.Tenant) || len(canaries) < o.CanarySize {
			canaries = append(canaries, s)
		} else {
			others = append(others, s)
		}
	}
	return canaries, others
}

// runner is a run that is going on.
type runner struct {
	m          *Migrator
	opts       Options
	transition transition
	record     *record
	// all is the number of stale tenants, and current the number of the others.
	all, current int

	mu  sync.Mutex
	out *Outcome
}

// group migrates the tenants of list. The error is an *OutageError.
func (r *runner) group(ctx context.Context, list []Stale) error {
	through := visit.Rounds{
		Parallel: r.opts.Parallel, LeaseTTL: r.m.leaseTTL, Timeout: r.m.outageTimeout, Enough: r.tooMany,
	}
	return through.Go(ctx, func(yield func(visit.Candidate) bool) {
		for _, s := range list {
			if !yield(visit.Candidate{Cluster: s.cluster, Try: func(ctx context.Context, last bool) visit.Verdict { return r.try(ctx, s, last) }}) {
				return
			}
		}
	})
}

func (r *runner) try(ctx context.Context, s Stale, last bool) visit.Verdict {
	brought, err := r.transition.tenant(ctx, s.ID)
	_, locked := errors.AsType[*tenant.LockedError](err)
	switch {
	case locked && !last:
		return visit.Locked
	case errors.Is(err, store.ErrUnavailable) && ctx.Err() == nil:
		return visit.Unanswered
	}
	r.through(ctx, s, brought, err)
	return visit.Settled
}

// failed returns how many tenants have failed so far.
func (r *runner) failed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.out.Failures)
}

func (r *runner) tooMany() bool {
	return r.opts.MaxFailures > 0 && r.failed() >= r.opts.MaxFailures
}

// throughWith returns how many of the stale tenants have nothing left to be done.
func (r *runner) throughWith() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Done + r.out.Current - r.current
}

// through counts a tenant. One that was interrupted by the end of the run did not fail,
// and one that another process brought to the target was not done by this run.
func (r *runner) through(ctx context.Context, s Stale, brought bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil && brought:
		r.out.Done++
	case err == nil:
		r.out.Current++
	case ctx.Err() != nil:
		return
	default:
		r.out.Failures = append(r.out.Failures, FailedTenant{s.ID, s.Tenant, err.Error()})
	}
	if r.opts.Progress != nil {
		r.opts.Progress(r.out.Done+r.out.Current-r.current+len(r.out.Failures), r.all)
	}
}

// standing returns the outcome so far.
func (r *runner) standing() Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := *r.out
	now.Failures = slices.Clone(r.out.Failures)
	return now
}

// begin creates the record of the run, or resumes one.
func (r *runner) begin(ctx context.Context, resumed *record) (err error) {
	if resumed != nil && !resumed.id.IsZero() {
		r.record, err = r.m.continueRecord(ctx, resumed.id, r.all, r.standing)
	} else {
		r.record, err = r.m.newRecord(ctx, &r.opts, r.all, r.standing)
	}
	if err != nil {
		return fmt.Errorf("record the run: %w", err)
	}
	r.transition.run = r.record.id
	r.mu.Lock() // the record is kept from here on
	defer r.mu.Unlock()
	r.out.Run = r.record.id.Hex()
	return nil
}

func (r *runner) end(ctx context.Context, interrupted error) error {
	state := runs.StateDone
	switch {
	case interrupted != nil:
		state = runs.StateInterrupted
	case len(r.out.Failures) > 0 || r.out.Left > 0:
		state = runs.StateFailed
	}
	return r.record.end(ctx, state)
}
