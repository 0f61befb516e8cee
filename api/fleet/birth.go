package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

// A collection comes into being with its first document. The process that is about to write it makes the collection
// and its indexes first, whatever others do: whoever does not know that a collection is there makes sure of it, so that
// no document is ever in one without its unique indexes. No lock is held meanwhile, which a process that
// died would leave behind. What is there is noted in the tenant's entry, which no process believes to be complete.

// births returns how a tenant's collections come into being.
func (f *Fleet) births(t *tenant.Entry) *handle.Births {
	return handle.NewBirths(f.ready(&t.Indexes), func(ctx context.Context, name string) error { return f.bear(ctx, t, name) })
}

// ready returns the collections that documents can be written to as they are. Those that another version of this
// program made after the tenant was brought to this one's indexes may lack some.
func (f *Fleet) ready(has *tenant.Indexes) []string {
	strays := func(name string) bool { return f.Strays(has, name) }
	if !f.Brought(has) || !slices.ContainsFunc(has.Collections, strays) {
		return has.Collections
	}
	return slices.DeleteFunc(slices.Clone(has.Collections), strays)
}

// bear makes a tenant's collection with its indexes, and records it. The error is a *store.CollectionError, or a
// database's.
func (f *Fleet) bear(ctx context.Context, t *tenant.Entry, name string) (err error) {
	at := slices.IndexFunc(f.perTenant, func(c meta.Collection) bool { return c.Name == name })
	if at < 0 {
		return &store.CollectionError{Collection: name, Tenant: t.Name, Reason: "it is not among server.App.Collections, so that nobody knows its indexes"}
	}
	began := time.Now()
	defer func() { f.bearing.note(time.Since(began), err) }()
	if err := f.make(ctx, t, &f.perTenant[at]); err != nil {
		return refusal(t, &f.perTenant[at], err)
	}
	f.log.InfoContext(ctx, "collection made", "tenant", t.Name, "collection", name)
	return nil
}

// make makes the collection and records it. What migrates the tenant may drop what is made meanwhile, so that it is made
// again if somebody held the tenant's lock since it was begun.
func (f *Fleet) make(ctx context.Context, t *tenant.Entry, c *meta.Collection) (err error) {
	token, unlocked := t.Lock.Token, t.Lock.Owner == ""
	for {
		if !unlocked {
			if token, err = f.awaitUnlock(ctx, t); err != nil {
				return err
			}
		}
		declarations, err := f.makeCollection(ctx, t, c)
		if err == nil {
			err = f.catalog.RecordCollection(ctx, t.ID, token, c.Name, declarations...)
		}
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		unlocked = false
	}
}

// makeCollection makes the collection, and returns its declaration if all of it is there. In a tenant that was never
// brought to this program's indexes, a collection with documents is left to migrations, as are those that the
// entry knows of.
func (f *Fleet) makeCollection(ctx context.Context, t *tenant.Entry, c *meta.Collection) (declarations []string, err error) {
	db := handle.OpenTenant(t.Handle())
	if !f.Brought(&t.Indexes) {
		settled, err := f.isOlder(ctx, db, c)
		if err != nil || settled {
			return nil, err
		}
	}
	at := [2]string{t.Cluster, c.Name}
	_, known := f.made.Load(at)
	err = indexes.Make(ctx, db, c, known)
	if err == nil {
		f.made.Store(at, struct{}{})
	}
	if isOtherVersions(err) {
		return nil, nil
	}
	return []string{c.Declaration()}, err
}

// isOtherVersions reports whether a collection is there with all that it is to have but indexes that another version
// declares otherwise. While both run, both write to it: it is slower for one of them, until one version's are replaced.
func isOtherVersions(err error) bool {
	drift, ok := errors.AsType[*indexes.DriftError](err)
	return ok && !errors.Is(err, store.ErrUnavailable) && !drift.LacksGuard()
}

// isOlder reports whether the collection has documents, and indexes other than declared.
func (f *Fleet) isOlder(ctx context.Context, db *mongo.Database, c *meta.Collection) (bool, error) {
	found, there, err := indexes.Inspect(ctx, db, c)
	if err != nil || !there || !slices.ContainsFunc(found, func(f indexes.Finding) bool { return f.Lacks() }) {
		return false, err
	}
	empty, err := indexes.IsEmpty(ctx, db.Collection(c.Name))
	return !empty, err
}

// awaitUnlock waits until nobody holds the tenant's lock, at most lockTimeout, and returns the lock's token.
func (f *Fleet) awaitUnlock(ctx context.Context, t *tenant.Entry) (token int64, err error) {
	for deadline := time.Now().Add(f.lockTimeout); ; {
		token, err := f.catalog.UnlockedToken(ctx, t.ID)
		if _, locked := errors.AsType[*tenant.LockedError](err); !locked || time.Now().After(deadline) {
			return token, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(unlockInterval):
		}
	}
}

// unlockInterval is how often a lock that another process holds is looked at: a request waits for it.
const unlockInterval = 100 * time.Millisecond

// refusal returns why a collection cannot take documents, for an error of making it.
func refusal(t *tenant.Entry, c *meta.Collection, err error) error {
	locked, isLocked := errors.AsType[*tenant.LockedError](err)
	switch {
	case isLocked:
		return &store.CollectionError{
			Tenant: t.Name, Collection: c.Name, Passing: true,
			Reason: fmt.Sprintf("it is not there yet, and %s may be migrating the tenant; it is made once that ends", locked.Owner),
		}
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, tenant.ErrUnknown):
		return err
	}
	return &store.CollectionError{Tenant: t.Name, Collection: c.Name, Reason: err.Error() + "; mend that, or look at tenantctl indexes ensure"}
}

// birthCounter counts the collections that were made.
type birthCounter struct {
	mu     sync.Mutex
	counts Births
}

// Births are the collections that this process made with their first documents.
type Births struct {
	// Made and Failed are how often one was made, and could not be made.
	Made, Failed int64
	// Took is how long those that were made took together.
	Took time.Duration
}

func (b *birthCounter) note(took time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		b.counts.Failed++
		return
	}
	b.counts.Made++
	b.counts.Took += took
}

// Births returns how many collections this process has made so far.
func (f *Fleet) Births() Births {
	f.bearing.mu.Lock()
	defer f.bearing.mu.Unlock()
	return f.bearing.counts
}
