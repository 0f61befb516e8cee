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
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Watch checks whether the tenants that a process serves have their unique indexes. The
// catalog knows what a database had when it was brought to the schema; one that was
// restored without indexes, or lost one, silently lets duplicates in. A tenant is
// checked when it is looked up, and then every ten minutes, one tenant after the other.
type Watch struct {
	fleet *Fleet
	queue chan *tenant.Entry

	mu sync.Mutex
	// looked has the time of each tenant's last check, and found its findings.
	looked map[bson.ObjectID]time.Time
	found  map[bson.ObjectID][]indexes.Finding
}

const (
	watchInterval = 10 * time.Minute
	// watchedAtOnce is how many tenants may wait to be checked. The others wait until
	// they are looked up again.
	watchedAtOnce = 1000
	// watchedTenants bounds how many tenants are remembered, with about 100 bytes each.
	watchedTenants = 100_000
)

// NewWatch returns a Watch that has checked no tenant yet.
func (f *Fleet) NewWatch() *Watch {
	return &Watch{
		fleet: f, queue: make(chan *tenant.Entry, watchedAtOnce),
		looked: map[bson.ObjectID]time.Time{}, found: map[bson.ObjectID][]indexes.Finding{},
	}
}

// Note queues a served tenant to be checked, unless that was done lately, or it is
// known to be behind. It does not wait.
func (w *Watch) Note(t *tenant.Entry) {
	if t.State != tenants.StateActive || !w.fleet.Indexed(&t.Indexes) {
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

// Run checks the queued tenants until ctx ends.
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

// Findings returns the findings by tenant.
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

// look logs each finding once, and once when it is mended.
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

// unguarded returns the findings about the tenant's unique indexes that are missing or
// different, and about collections that should be there and are not.
func (f *Fleet) unguarded(ctx context.Context, t *tenant.Entry) ([]indexes.Finding, error) {
	in, err := indexes.InspectAll(ctx, handle.OpenTenant(t.Handle()), f.guarded, f.Expected(&t.Indexes))
	if err != nil {
		return nil, err
	}
	var unguarded []indexes.Finding
	for _, one := range in.Findings {
		if one.Lacks() && (one.Problem == indexes.Absent || one.Declared != nil && one.Declared.Unique && one.Problem != indexes.Hidden) {
			one.Tenant = t.Name
			unguarded = append(unguarded, one)
		}
	}
	return unguarded, nil
}
