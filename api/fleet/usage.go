package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

// UsageOptions say which counters to read, and what they are good for.
type UsageOptions struct {
	// Members reads those of all members of a replica set, not the primary's alone.
	Members bool
	// Observed is how long an index has to have been observed in a tenant to be called
	// unused there.
	Observed time.Duration
}

// IndexUsage is how many tenants use one index. Every tenant that was read counts in one of
// the numbers.
type IndexUsage struct {
	Collection string `json:"collection"`
	Index      string `json:"index"`
	Keys       string `json:"keys"`
	Unused     int    `json:"unused"`
	// Since is the latest beginning of a counter that calls the index unused, nil if none
	// does: in the Unused tenants no query has used it from then on.
	Since *time.Time `json:"since,omitempty"`
	Used  int        `json:"used"`
	// Ops is the number of operations that used the index, in all tenants.
	Ops int64 `json:"ops"`
	// Enforcing counts the tenants in which it is needed without any query: it is unique, or
	// documents expire by it.
	Enforcing int `json:"enforcing"`
	// Brief counts those in which no query has used it so far, but which were not observed
	// for long enough.
	Brief int `json:"brief"`
	// Hidden, Building, Missing and Absent count those in which no query can use it. Missing
	// ones have the collection without the index, Absent ones not even that.
	Hidden   int `json:"hidden"`
	Building int `json:"building"`
	Missing  int `json:"missing"`
	Absent   int `json:"absent"`
}

// UsageReport is the result of reading how indexes are used, the most wasteful first.
type UsageReport struct {
	Tenants int `json:"tenants"`
	// Members and Observed are those of UsageOptions; Observed is text, such as 72h0m0s.
	Members  bool   `json:"members"`
	Observed string `json:"observed"`
	// Declared are the indexes that the schema declares, Extra the others that tenants have,
	// but for those that it ignores.
	Declared []IndexUsage `json:"declared"`
	Extra    []IndexUsage `json:"extra"`
	// Failed are the tenants that could not be read.
	Failed []migrate.FailedTenant `json:"failed"`
}

// ReadUsage reads how the indexes of all tenants are used. It changes nothing, and goes on
// past tenants that fail. It returns an error if the catalog cannot be read, if a member
// cannot be connected to, if a server does not count, if no database answered for too long,
// or if ctx ended.
func (f *Fleet) ReadUsage(ctx context.Context, run visit.Options, opts UsageOptions) (*UsageReport, error) {
	members := &tenant.Members{}
	if opts.Members {
		var err error
		if members, err = f.catalog.OpenMembers(ctx, uint64(max(run.Parallel, 1))); err != nil {
			return nil, err
		}
		defer members.Close(context.WithoutCancel(ctx))
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r := usageReading{tally: newUsageTally(opts.Observed), failed: []migrate.FailedTenant{}, progress: run.Progress, stop: stop}
	err := visit.Tenants(ctx, f.catalog, run, f.outageTimeout, func(ctx context.Context, t *tenant.Entry, problem error) visit.Verdict {
		if problem != nil {
			return r.fail(ctx, t, problem)
		}
		uses, err := indexes.ReadUsage(ctx, handle.OpenTenant(t.Handle()), databasesOf(t, members), f.perTenant)
		if err != nil {
			return r.fail(ctx, t, err)
		}
		return r.settle(func() { r.tally.add(uses) })
	})
	if err = cmp.Or(r.uncounted, err); err != nil {
		return nil, r.ended(err)
	}
	return r.report(opts), nil
}

// databasesOf returns the tenant's database as each member of its cluster has it, nil
// without members.
func databasesOf(t *tenant.Entry, members *tenant.Members) (list []indexes.Member) {
	for _, m := range members.Of(t.Cluster) {
		list = append(list, indexes.Member{Address: m.Address, Database: handle.OpenTenant(m.Handle(t))})
	}
	return list
}

// usageReading is a run that reads how indexes are used.
type usageReading struct {
	progress func(done int)
	stop     context.CancelFunc

	mu     sync.Mutex
	done   int
	tally  *usageTally
	failed []migrate.FailedTenant
	// unanswered is why a database was last left to be asked again, and uncounted why the
	// run cannot succeed.
	unanswered, uncounted error
}

// fail notes why a tenant could not be read.
func (r *usageReading) fail(ctx context.Context, t *tenant.Entry, problem error) visit.Verdict {
	_, uncounted := errors.AsType[*indexes.UncountedError](problem)
	switch {
	case ctx.Err() != nil:
		return visit.Unanswered
	case uncounted: // nor for any other tenant there
		r.mu.Lock()
		defer r.mu.Unlock()
		r.uncounted = fmt.Errorf("cluster %q: %w", t.Cluster, problem)
		r.stop()
		return visit.Unanswered
	case errors.Is(problem, store.ErrUnavailable):
		r.mu.Lock()
		defer r.mu.Unlock()
		r.unanswered = problem
		return visit.Unanswered
	}
	return r.settle(func() { r.failed = append(r.failed, failedTenant(t, problem)) })
}

// settle notes the result of a tenant that need not be asked again.
func (r *usageReading) settle(note func()) visit.Verdict {
	r.mu.Lock()
	defer r.mu.Unlock()
	note()
	if r.done++; r.progress != nil {
		r.progress(r.done)
	}
	return visit.Settled
}

// ended returns the error of a run that ended early.
func (r *usageReading) ended(err error) error {
	if _, out := errors.AsType[*visit.OutageError](err); out {
		err = fmt.Errorf("%w: %w", err, r.unanswered)
	}
	return fmt.Errorf("the run ended after %d tenants: %w", r.done, err)
}

func (r *usageReading) report(opts UsageOptions) *UsageReport {
	sortFailed(r.failed)
	return &UsageReport{
		Tenants: r.done, Members: opts.Members, Observed: opts.Observed.String(),
		Declared: r.tally.usages(false), Extra: r.tally.usages(true), Failed: r.failed,
	}
}
