package fleet

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Watch looks whether the tenants that a process serves have their unique indexes. The
// catalog says so of a database as it was brought to the schema; one that was restored
// from a copy without indexes, or had one dropped, lets documents double, and tells
// nobody. A tenant is looked at when it is looked up, and every ten minutes from then
// on, one after the other.
type Watch struct {
	fleet *Fleet
	queue chan *tenant.Entry

	mu sync.Mutex
	// looked is when tenants were looked at, and found what was found.
	looked map[bson.ObjectID]time.Time
	found  map[bson.ObjectID][]indexes.Finding
}

const (
	watchInterval = 10 * time.Minute
	// watchedAtOnce is how many tenants wait to be looked at. Others are when they are
	// looked up again.
	watchedAtOnce = 1000
	// watchedTenants bounds how many are remembered. An entry takes about 100 bytes.
	watchedTenants = 100_000
)

// NewWatch is one that knows nothing yet.
func (f *Fleet) NewWatch() *Watch {
	return &Watch{
		fleet: f, queue: make(chan *tenant.Entry, watchedAtOnce),
		looked: map[bson.ObjectID]time.Time{}, found: map[bson.ObjectID][]indexes.Finding{},
	}
}

// Note has a tenant looked at that is served, unless that was done lately, or it is
// behind, which is known. It does not wait.
func (w *Watch) Note(t *tenant.Entry) {
	if t.State != tenants.StateActive || !w.fleet.Indexed(t.Fingerprint, t.Kept) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.looked[t.ID]) < watchInterval {
		return
	}
	select {
	case w.queue <- t:
	default:
		return
	}
	if len(w.looked) >= watchedTenants {
		clear(w.looked)
	}
	w.looked[t.ID] = time.Now()
}

// Run looks at the tenants that are noted, until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-w.queue:
			w.look(ctx, t)
		}
	}
}

// Findings are what was found, by tenant.
func (w *Watch) Findings() []indexes.Finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := []indexes.Finding{}
	for _, found := range w.found {
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b indexes.Finding) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// look tells the log of what it finds, and of what is mended, once.
func (w *Watch) look(ctx context.Context, t *tenant.Entry) {
	found, err := w.fleet.unguarded(ctx, t)
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.found[t.ID]
	switch {
	case err != nil:
		delete(w.looked, t.ID) // and so at the next look-up
	case len(found) == 0:
		if delete(w.found, t.ID); len(before) > 0 {
			w.fleet.log.InfoContext(ctx, "unique indexes are there again", "tenant", t.Name)
		}
	default:
		w.found[t.ID] = found
		for _, f := range found {
			if !slices.ContainsFunc(before, func(b indexes.Finding) bool { return b.String() == f.String() }) {
				w.fleet.log.ErrorContext(ctx, "documents may double: a unique index is not as declared; run tenantctl indexes ensure", "tenant", t.Name, "finding", f.String())
			}
		}
	}
}

// unguarded are the tenant's declared unique indexes that are not there, or not as
// declared.
func (f *Fleet) unguarded(ctx context.Context, t *tenant.Entry) ([]indexes.Finding, error) {
	db := handle.OpenTenant(t.Handle())
	var unguarded []indexes.Finding
	for i := range f.perTenant {
		c := &f.perTenant[i]
		if !slices.ContainsFunc(c.Indexes, func(x meta.Index) bool { return x.Unique }) {
			continue
		}
		found, err := indexes.Inspect(ctx, db, c)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if one.Lacks() && (one.Problem == indexes.Absent || one.Declared != nil && one.Declared.Unique && one.Problem != indexes.Hidden) {
				one.Tenant = t.Name
				unguarded = append(unguarded, one)
			}
		}
	}
	return unguarded, nil
}
