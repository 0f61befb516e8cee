// Package visit goes through the tenants of a fleet, several at once, and again through
// those whose databases did not answer, or whose locks others held.
package visit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

// Options say which tenants to visit, and how.
type Options struct {
	// Tenants limits the visit to those names; empty means all.
	Tenants []string
	// Parallel is how many tenants are visited at once.
	Parallel int
	// Progress is called with the number of tenants that are done, from one
	// goroutine at a time.
	Progress func(done int)
}

// Tenants calls do with the catalog's tenants, several at once, and again with those that
// did not answer, until nothing has answered for the timeout. problem is set for an entry
// of the catalog that cannot be trusted, and is tenant.ErrUnknown for an unknown name.
func Tenants(
	ctx context.Context, catalog *tenant.Catalog, opts Options, outageTimeout time.Duration,
	do func(ctx context.Context, t *tenant.Entry, problem error) Verdict,
) error {
	var unread error
	candidates := func(yield func(Candidate) bool) {
		wanted := slices.Compact(slices.Sorted(slices.Values(opts.Tenants)))
		for t, err := range catalog.ListByPage(ctx) {
			if err != nil && !tenant.IsEntryError(err) {
				unread = err
				return
			}
			if len(opts.Tenants) > 0 && !slices.Contains(opts.Tenants, Name(t, err)) {
				continue
			}
			wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == Name(t, err) })
			c := Candidate{Try: func(ctx context.Context, _ bool) Verdict { return do(ctx, t, err) }}
			if t != nil {
				c.Cluster = t.Cluster
			}
			if !yield(c) {
				return
			}
		}
		for _, name := range wanted {
			problem := fmt.Errorf("%w: %w", tenant.ErrUnknown, &tenant.EntryError{Tenant: name, Reason: "is not in the catalog"})
			if !yield(Candidate{Try: func(ctx context.Context, _ bool) Verdict { return do(ctx, nil, problem) }}) {
				return
			}
		}
	}
	through := Rounds{Parallel: opts.Parallel, Timeout: outageTimeout}
	err := through.Go(ctx, candidates)
	return cmp.Or(unread, ctx.Err(), err)
}

// Name returns the name of a tenant, or of the entry that problem is about.
func Name(t *tenant.Entry, problem error) string {
	if t != nil {
		return t.Name
	}
	if entry, ok := errors.AsType[*tenant.EntryError](problem); ok {
		return entry.Tenant
	}
	if misfit, ok := errors.AsType[*store.DocumentError](problem); ok {
		return misfit.ID
	}
	return ""
}
