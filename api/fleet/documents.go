package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/partywall/partywall/api/fleet/documents"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

// DocumentReport is the result of reading every tenant's documents.
type DocumentReport struct {
	Tenants   int                 `json:"tenants"`
	Documents int                 `json:"documents"`
	Findings  []documents.Finding `json:"findings"`
	// Failed are the tenants that could not be checked.
	Failed []migrate.FailedTenant `json:"failed"`
}

// CheckDocuments reads every document of every tenant, and reports those that do not fit the
// schema. It changes nothing, and goes on past tenants that fail. It returns an error if the
// catalog cannot be read, if no database answered for too long, or if ctx ended.
func (f *Fleet) CheckDocuments(ctx context.Context, run visit.Options, opts documents.Options) (*DocumentReport, error) {
	report := &DocumentReport{Failed: []migrate.FailedTenant{}}
	all := documents.NewTally(opts.Examples)
	var mu sync.Mutex
	err := visit.Tenants(ctx, f.catalog, run, f.outageTimeout, func(ctx context.Context, t *tenant.Entry, problem error) visit.Verdict {
		var found *documents.Tally
		if problem == nil {
			found, problem = documents.Check(ctx, t.Handle(), t.Name, opts)
		}
		if errors.Is(problem, store.ErrUnavailable) || ctx.Err() != nil {
			return visit.Unanswered
		}
		mu.Lock()
		defer mu.Unlock()
		if problem != nil {
			report.Failed = append(report.Failed, failedTenant(t, problem))
		} else {
			all.Merge(found)
		}
		if report.Tenants++; run.Progress != nil {
			run.Progress(report.Tenants)
		}
		return visit.Settled
	})
	report.Documents, report.Findings = all.Documents, all.Findings()
	sortFailed(report.Failed)
	if err != nil {
		err = fmt.Errorf("the run ended after %d tenants: %w", report.Tenants, err)
	}
	return report, err
}

// failedTenant returns a tenant that could not be read, and why.
func failedTenant(t *tenant.Entry, problem error) migrate.FailedTenant {
	failed := migrate.FailedTenant{Tenant: visit.Name(t, problem), Problem: problem.Error()}
	if errors.Is(problem, tenant.ErrUnknown) {
		failed.Problem = unknownTenant
	}
	return failed
}

// sortFailed sorts tenants by name.
func sortFailed(list []migrate.FailedTenant) {
	slices.SortFunc(list, func(a, b migrate.FailedTenant) int { return strings.Compare(a.Tenant, b.Tenant) })
}
