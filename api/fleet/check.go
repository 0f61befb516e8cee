package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

// Report is what looking at every tenant's indexes came to. Tenants that agree
// with the schema are counted, not named.
type Report struct {
	Tenants  int       `json:"tenants"`
	Findings []Finding `json:"findings"`
}

// Open are the findings that were not mended.
func (r *Report) Open() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Done })
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

// CheckIndexes compares the indexes of every tenant with the schema.
func (f *Fleet) CheckIndexes(ctx context.Context, run Run) (*Report, error) {
	return f.indexes(ctx, run, func(ctx context.Context, db *mongo.Database) ([]Finding, error) {
		var findings []Finding
		for i := range f.perTenant {
			c := &f.perTenant[i]
			found, err := inspect(ctx, db, c)
			if err != nil {
				found = []Finding{{Collection: c.Name, Problem: Unreadable, Detail: err.Error()}}
			}
			findings = append(findings, found...)
		}
		return findings, nil
	})
}

// EnsureIndexes builds the indexes that are missing in any tenant. Different and
// extra ones it replaces and drops with prune only.
func (f *Fleet) EnsureIndexes(ctx context.Context, run Run, prune bool) (*Report, error) {
	return f.indexes(ctx, run, func(ctx context.Context, db *mongo.Database) ([]Finding, error) {
		return ensure(ctx, db, f.perTenant, prune)
	})
}

// inspection looks at one tenant's database.
type inspection func(context.Context, *mongo.Database) ([]Finding, error)

// indexes looks at every tenant, and goes on past those that fail.
func (f *Fleet) indexes(ctx context.Context, run Run, look inspection) (*Report, error) {
	report := &Report{Findings: []Finding{}}
	var mu sync.Mutex
	add := func(name string, findings []Finding) {
		mu.Lock()
		defer mu.Unlock()
		for _, finding := range findings {
			finding.Tenant = name
			report.Findings = append(report.Findings, finding)
		}
		if report.Tenants++; run.Progress != nil {
			run.Progress(report.Tenants)
		}
	}
	err := f.each(ctx, run, func(t *tenant.Tenant, problem error) {
		if problem != nil {
			add(nameOf(t, problem), []Finding{{Problem: Unreadable, Detail: problem.Error()}})
			return
		}
		findings, err := look(ctx, handle.OpenTenant(t.Handle()))
		if err != nil {
			findings = append(findings, Finding{Problem: Unreadable, Detail: err.Error()})
		}
		add(t.Name, findings)
	})
	slices.SortFunc(report.Findings, func(a, b Finding) int {
		return strings.Compare(a.Tenant+"\x00"+a.Collection+"\x00"+a.Index, b.Tenant+"\x00"+b.Collection+"\x00"+b.Index)
	})
	return report, err
}

// each calls do with the run's tenants, several at once. problem is set for an
// entry of the catalog that cannot be trusted.
func (f *Fleet) each(ctx context.Context, run Run, do func(t *tenant.Tenant, problem error)) error {
	wanted := slices.Clone(run.Tenants)
	slots := make(chan struct{}, max(run.Parallel, 1))
	var running sync.WaitGroup
	defer running.Wait()
	for t, err := range f.catalog.Fleet(ctx) {
		if err != nil && !tenant.IsEntryError(err) {
			return err
		}
		if len(run.Tenants) > 0 && !slices.Contains(run.Tenants, nameOf(t, err)) {
			continue
		}
		wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == nameOf(t, err) })
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			do(t, err)
		})
	}
	for _, name := range wanted {
		do(nil, &tenant.EntryError{Tenant: name, Problem: "is not in the catalog"})
	}
	return ctx.Err()
}

func nameOf(t *tenant.Tenant, problem error) string {
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
