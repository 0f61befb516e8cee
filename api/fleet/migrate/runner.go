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

// Outcome is what came of a run.
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
	Failures []FailedTenant `json:"failures"`
	// Passed are the others, which no run touches: entries that cannot be trusted, and
	// data that was changed by other files than those at hand.
	Passed []FailedTenant `json:"passed"`
}

// RefusedError says why no tenant is migrated: there are some that must not be, or
// that are not there.
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

// Migrate brings tenants to a version, and their indexes to the schema. It goes on
// past tenants that fail; what happened is recorded in the admin database. The error
// is a *BusyError while another run migrates tenants.
func (m *Migrator) Migrate(ctx context.Context, opts Options) (*Outcome, error) {
	return m.withRunLease(ctx, fmt.Sprintf("version %04d", opts.Target), func(ctx context.Context) (*Outcome, error) {
		return m.migrate(ctx, opts, nil)
	})
}

// Resume goes on with the last run, which its Target and Tenants are taken from: it
// takes up what was begun and not finished, in tenants that failed, too. Without a
// run that ended early it does so in the whole fleet. The error is a *BusyError while
// another run migrates tenants.
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

// migrate carries m out; a record to go on with says that it is a resumption.
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

// refused are what keeps m from beginning, if anything: names that nobody has and, of
// the tenants that are to be passed by, canaries, or all if m is strict.
func (o *Options) refused(plan *Plan, passed []FailedTenant) []FailedTenant {
	list := plan.Missing
	for _, p := range passed {
		if o.Strict || slices.Contains(o.Canary, p.Tenant) {
			list = append(list, p)
		}
	}
	return list
}

// split tells the canaries from the others.
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

// runner is a run under way.
type runner struct {
	m          *Migrator
	opts       Options
	transition transition
	record     *record
	// all is how many tenants there is something to do for, and current how many there
	// are besides.
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
	var held *tenant.LockedError
	switch {
	case errors.As(err, &held) && !last:
		return visit.Locked
	case errors.Is(err, store.ErrUnavailable) && ctx.Err() == nil:
		return visit.Unanswered
	}
	r.through(ctx, s, brought, err)
	return visit.Settled
}

// failed is how many tenants have failed in this run.
func (r *runner) failed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.out.Failures)
}

func (r *runner) tooMany() bool {
	return r.opts.MaxFailures > 0 && r.failed() >= r.opts.MaxFailures
}

// throughWith is how many tenants there is nothing left to do for, of those that there
// was.
func (r *runner) throughWith() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Done + r.out.Current - r.current
}

// through notes what became of a tenant. One that the end of the run interrupted is
// none that failed, and one that another process brought to the target meanwhile is
// none that this one did.
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
	if resumed != nil && !resumed.id.IsZero() {
		r.record, err = r.m.continueRecord(ctx, resumed.id, r.all, r.standing)
	} else {
		r.record, err = r.m.newRecord(ctx, &r.opts, r.all, r.standing)
	}
	if err != nil {
		return fmt.Errorf("record the run: %w", err)
	}
	r.transition.run = r.record.id
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
