package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Report is what looking at every tenant's indexes came to. Tenants that agree
// with the schema are counted, not named.
type Report struct {
	Tenants  int       `json:"tenants"`
	Findings []Finding `json:"findings"`
}

// Open are the findings that are drift, and were not mended.
func (r *Report) Open() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.open() })
}

// Run says how to go through the fleet.
type Run struct {
	// Tenants limits the run to those names; empty means all.
	Tenants []string
	// Parallel is how many tenants are looked at side by side.
	Parallel int
	// Progress is called with the number of tenants that are done, from one
	// goroutine at a time.
	Progress func(done int)
}

// CheckIndexes compares the indexes of every tenant with the schema. Where a
// unique index is not as declared, it also looks for documents that stand against
// it. It changes nothing.
func (f *Fleet) CheckIndexes(ctx context.Context, run Run) (*Report, error) {
	return f.indexes(ctx, run, func(ctx context.Context, t *tenant.Entry) ([]Finding, error) {
		db := handle.OpenTenant(t.Handle())
		findings, err := inspectAll(ctx, db, f.perTenant)
		for i := range findings {
			if err := findings[i].lookForRepeats(ctx, db); err != nil {
				findings[i].note("whether documents repeat its keys is not known: " + err.Error())
			}
		}
		return findings, err
	})
}

// EnsureIndexes builds the indexes that are missing in any tenant, and the
// collections that are. Different and extra indexes it replaces and drops with
// prune only.
func (f *Fleet) EnsureIndexes(ctx context.Context, run Run, prune bool) (*Report, error) {
	return f.indexes(ctx, run, func(ctx context.Context, t *tenant.Entry) ([]Finding, error) {
		if prune {
			var err error
			if t, err = f.forgetKept(ctx, t); err != nil {
				return nil, err
			}
		}
		findings, err := ensure(ctx, handle.OpenTenant(t.Handle()), f.perTenant, prune)
		if err == nil {
			err = f.recordIndexes(ctx, t, findings)
		}
		return findings, err
	})
}

// recordIndexes notes in the catalog that the tenant has all indexes that are
// declared, if it does and the catalog does not know.
func (f *Fleet) recordIndexes(ctx context.Context, t *tenant.Entry, findings []Finding) error {
	lacks := slices.ContainsFunc(findings, func(f Finding) bool { return f.lacks() })
	if lacks || f.indexed(t.Fingerprint, t.Kept) || t.State == tenants.StateProvisioning {
		return nil
	}
	lease, err := f.lock(ctx, t.ID, 0)
	var locked *tenant.LockedError
	if errors.As(err, &locked) {
		return nil // whoever is at it ends with the indexes, and notes that
	}
	if err != nil {
		return err
	}
	return lease.Release(f.indexesPatch(lease.Stored().Fingerprint, lease.Stored().Kept))
}

// inspection looks at one tenant's database. What it found counts also if it came
// to an error.
type inspection func(context.Context, *tenant.Entry) ([]Finding, error)

// indexes looks at every tenant, and goes on past those that fail. The error is
// that the catalog cannot be read, that nothing answered for long, or that ctx ended;
// the report is then about a part of the fleet.
func (f *Fleet) indexes(ctx context.Context, run Run, look inspection) (*Report, error) {
	report := &Report{Findings: []Finding{}}
	var mu sync.Mutex
	err := f.each(ctx, run, func(ctx context.Context, t *tenant.Entry, problem error) verdict {
		findings, v := examine(ctx, t, problem, look)
		mu.Lock()
		defer mu.Unlock()
		report.Findings = append(report.Findings, findings...)
		if v == unanswered || ctx.Err() != nil {
			return v
		}
		if report.Tenants++; run.Progress != nil {
			run.Progress(report.Tenants)
		}
		return settled
	})
	slices.SortFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Index, b.Index))
	})
	if err != nil {
		err = fmt.Errorf("the run ended after %d tenants: %w", report.Tenants, err)
	}
	return report, err
}

// examine looks at one tenant, or says what problem keeps it from that. Of one that did
// not answer there is nothing to say yet but what was mended before.
func examine(ctx context.Context, t *tenant.Entry, problem error, look inspection) (findings []Finding, v verdict) {
	switch {
	case errors.Is(problem, tenant.ErrUnknown):
		findings = []Finding{{Problem: Unknown, Detail: "no tenant of that name is provisioning, active or suspended"}}
	case problem != nil:
		findings = []Finding{{Problem: Unreadable, Detail: problem.Error()}}
	default:
		var err error
		findings, err = look(ctx, t)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, store.ErrUnavailable):
			findings, v = slices.DeleteFunc(findings, func(f Finding) bool { return !f.Done }), unanswered
		default:
			findings = append(findings, Finding{Problem: Unreadable, Detail: err.Error()})
		}
	}
	for i := range findings {
		findings[i].of(t, nameOf(t, problem))
	}
	return findings, v
}

// of says whose finding f is. t is nil for an entry that cannot be trusted.
func (f *Finding) of(t *tenant.Entry, name string) {
	f.Tenant = name
	if t == nil {
		return
	}
	if f.Problem == Absent && f.Collection == "" {
		f.Detail += fmt.Sprintf(" on cluster %q", t.Cluster)
	}
	if t.State == tenants.StateProvisioning {
		f.note("the tenant is still being provisioned, which a running server finishes, or creating it once more")
	}
}

// each calls do with the run's tenants, several at once, and again with those that did
// not answer. problem is set for an entry of the catalog that cannot be trusted, and is
// tenant.ErrUnknown for a name that the catalog does not have.
func (f *Fleet) each(ctx context.Context, run Run, do func(ctx context.Context, t *tenant.Entry, problem error) verdict) error {
	var unread error
	candidates := func(yield func(candidate) bool) {
		wanted := slices.Compact(slices.Sorted(slices.Values(run.Tenants)))
		for t, err := range f.catalog.ListByPage(ctx) {
			if err != nil && !tenant.IsEntryError(err) {
				unread = err
				return
			}
			if len(run.Tenants) > 0 && !slices.Contains(run.Tenants, nameOf(t, err)) {
				continue
			}
			wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == nameOf(t, err) })
			c := candidate{try: func(ctx context.Context, _ bool) verdict { return do(ctx, t, err) }}
			if t != nil {
				c.cluster = t.Cluster
			}
			if !yield(c) {
				return
			}
		}
		for _, name := range wanted {
			problem := fmt.Errorf("%w: %w", tenant.ErrUnknown, &tenant.EntryError{Tenant: name, Reason: "is not in the catalog"})
			if !yield(candidate{try: func(ctx context.Context, _ bool) verdict { return do(ctx, nil, problem) }}) {
				return
			}
		}
	}
	through := rounds{parallel: run.Parallel, timeout: f.outageTimeout}
	err := through.through(ctx, candidates)
	return cmp.Or(unread, ctx.Err(), err)
}

func nameOf(t *tenant.Entry, problem error) string {
	var entry *tenant.EntryError
	var misfit *store.DocumentError
	switch {
	case t != nil:
		return t.Name
	case errors.As(problem, &entry):
		return entry.Tenant
	case errors.As(problem, &misfit):
		return misfit.ID
	}
	return ""
}
