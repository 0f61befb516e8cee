package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// CheckIndexes compares the indexes of every tenant with the schema. If a unique
// index is not as declared, it also looks for documents that violate it. It changes
// nothing.
func (f *Fleet) CheckIndexes(ctx context.Context, run visit.Options) (*Report, error) {
	return f.inspectTenants(ctx, run, func(ctx context.Context, t *tenant.Entry) (*indexes.Inspection, error) {
		db := handle.OpenTenant(t.Handle())
		in, err := indexes.InspectAll(ctx, db, f.perTenant, f.Expected(&t.Indexes))
		if err != nil {
			return in, err
		}
		for i := range in.Findings {
			if err := in.Findings[i].FindDuplicates(ctx, db); err != nil {
				in.Findings[i].Note("whether documents repeat its keys is not known: " + err.Error())
			}
		}
		return in, nil
	})
}

// EnsureIndexes creates the indexes that tenants lack, and the collections that should be there. It replaces
// different indexes and drops extra ones only with prune.
func (f *Fleet) EnsureIndexes(ctx context.Context, run visit.Options, prune bool) (*Report, error) {
	return f.inspectTenants(ctx, run, func(ctx context.Context, t *tenant.Entry) (*indexes.Inspection, error) {
		if prune {
			var err error
			if t, err = f.forgetKept(ctx, t); err != nil {
				return nil, err
			}
		}
		in, err := indexes.Ensure(ctx, handle.OpenTenant(t.Handle()), f.perTenant, f.Expected(&t.Indexes), prune)
		if err == nil {
			err = f.recordIndexes(ctx, t, in)
		}
		return in, err
	})
}

// recordIndexes records in the catalog what the tenant has, if it has all declared indexes of it, and the catalog does
// not say so.
func (f *Fleet) recordIndexes(ctx context.Context, t *tenant.Entry, in *indexes.Inspection) error {
	lacks := slices.ContainsFunc(in.Findings, func(f indexes.Finding) bool { return f.Lacks() })
	if lacks || t.State == tenants.StateProvisioning || f.isRecorded(&t.Indexes, in.There) {
		return nil
	}
	err := f.WithLease(ctx, t.ID, 0, func(_ context.Context, lease *tenant.Lease) (tenants.Patch, error) {
		return f.IndexesPatch(tenant.IndexesOf(lease.Stored()), in.There), nil
	})
	if _, ok := errors.AsType[*tenant.LockedError](err); ok {
		return nil // whoever holds the lock builds the indexes last, and records it
	}
	return err
}

// isRecorded reports whether the catalog says that the database has the collections there, with all declared indexes.
func (f *Fleet) isRecorded(has *tenant.Indexes, there []string) bool {
	return f.Noted(has) && !slices.ContainsFunc(there, func(name string) bool { return !slices.Contains(has.Collections, name) })
}

// Report is the result of comparing every tenant's indexes. Tenants that match the
// schema are counted, not named.
type Report struct {
	Tenants int `json:"tenants"`
	// NotThereYet is how many declared collections tenants have not written to yet, and so do not have.
	NotThereYet int               `json:"notThereYet"`
	Findings    []indexes.Finding `json:"findings"`
}

// Open returns the findings that are drift and were not mended.
func (r *Report) Open() []indexes.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f indexes.Finding) bool { return !f.IsOpen() })
}

// OmitIgnored removes the findings about indexes that the schema says to leave alone.
func (r *Report) OmitIgnored() {
	r.Findings = slices.DeleteFunc(r.Findings, func(f indexes.Finding) bool { return f.Problem == indexes.Ignored })
}

// attribute sets the tenant of a finding. t is nil for an entry that cannot be trusted.
func attribute(f *indexes.Finding, t *tenant.Entry, name string) {
	f.Tenant = name
	if t == nil {
		return
	}
	if f.Problem == indexes.Absent && f.Collection == "" {
		f.Detail += fmt.Sprintf(" on cluster %q", t.Cluster)
	}
	if t.State == tenants.StateProvisioning {
		f.Note("the tenant is still being provisioned, which a running server finishes, or creating it once more")
	}
}

// unknownTenant is the problem of a name that no tenant has.
const unknownTenant = "no tenant of that name is provisioning, active or suspended"

// inspection inspects one tenant's database. Its findings count even if it fails.
type inspection func(context.Context, *tenant.Entry) (*indexes.Inspection, error)

// inspectTenants inspects every tenant, and goes on past those that fail. It returns an
// error if the catalog cannot be read, if no database answered for too long, or if ctx
// ended; the report then covers a part of the fleet.
func (f *Fleet) inspectTenants(ctx context.Context, run visit.Options, look inspection) (*Report, error) {
	report := &Report{Findings: []indexes.Finding{}}
	var mu sync.Mutex
	err := visit.Tenants(ctx, f.catalog, run, f.outageTimeout, func(ctx context.Context, t *tenant.Entry, problem error) visit.Verdict {
		in, v := examine(ctx, t, problem, look)
		mu.Lock()
		defer mu.Unlock()
		report.Findings = append(report.Findings, in.Findings...)
		if v == visit.Unanswered || ctx.Err() != nil {
			return v
		}
		report.NotThereYet += in.NotThereYet
		if report.Tenants++; run.Progress != nil {
			run.Progress(report.Tenants)
		}
		return visit.Settled
	})
	slices.SortFunc(report.Findings, func(a, b indexes.Finding) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Index, b.Index))
	})
	if err != nil {
		err = fmt.Errorf("the run ended after %d tenants: %w", report.Tenants, err)
	}
	return report, err
}

// examine inspects one tenant, or reports the problem that prevents it. For one whose
// database did not answer, it reports only what was mended before.
func examine(ctx context.Context, t *tenant.Entry, problem error, look inspection) (in indexes.Inspection, v visit.Verdict) {
	switch {
	case errors.Is(problem, tenant.ErrUnknown):
		in.Findings = []indexes.Finding{{Problem: indexes.Unknown, Detail: unknownTenant}}
	case problem != nil:
		in.Findings = []indexes.Finding{{Problem: indexes.Unreadable, Detail: problem.Error()}}
	default:
		found, err := look(ctx, t)
		if found != nil {
			in = *found
		}
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, store.ErrUnavailable):
			in.Findings, v = slices.DeleteFunc(in.Findings, func(f indexes.Finding) bool { return !f.Done }), visit.Unanswered
		default:
			in.Findings = append(in.Findings, indexes.Finding{Problem: indexes.Unreadable, Detail: err.Error()})
		}
	}
	for i := range in.Findings {
		attribute(&in.Findings[i], t, visit.Name(t, problem))
	}
	return in, v
}

// forgetKept records that the tenant's database no longer has the indexes of other
// versions, if one of them is about to be dropped or replaced. It returns the new entry.
func (f *Fleet) forgetKept(ctx context.Context, t *tenant.Entry) (*tenant.Entry, error) {
	if len(t.Kept) == 0 && t.Fingerprint == f.fingerprint && len(f.Own(t.Declarations)) == len(t.Declarations) {
		return t, nil
	}
	in, err := indexes.InspectAll(ctx, handle.OpenTenant(t.Handle()), f.perTenant, f.Expected(&t.Indexes))
	if err != nil {
		return nil, err
	}
	// What becomes unique serves the same queries as before.
	takes := func(f indexes.Finding) bool { return f.TakesPrune() && f.Remedy != indexes.Convert }
	if !slices.ContainsFunc(in.Findings, takes) {
		return t, nil
	}
	own := ""
	var declarations []string
	err = f.WithLease(ctx, t.ID, f.lockTimeout, func(_ context.Context, lease *tenant.Lease) (tenants.Patch, error) {
		has := tenant.IndexesOf(lease.Stored())
		if f.Brought(&has) {
			own = f.fingerprint
		}
		declarations = f.Own(has.Declarations)
		return tenants.Patch{Fingerprint: store.Set(own), Kept: store.Unset[[]string](), Declarations: store.Set(declarations)}, nil
	})
	if err != nil {
		return nil, err
	}
	only := *t
	only.Fingerprint, only.Kept, only.Declarations = own, nil, declarations
	return &only, nil
}
