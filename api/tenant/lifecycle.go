package tenant

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// Find reads the tenant of that name, bypassing the cache, in any state. The error
// is ErrUnknown if there is none.
func (c *Catalog) Find(ctx context.Context, name string) (*Entry, error) {
	if !isName(name) {
		return nil, ErrUnknown
	}
	return c.loadName(ctx, name, noArgument{})
}

// Diagnose returns the reason why Find does not return an entry with that name, for
// those who may repair it: an error that IsEntryError recognizes. It is nil if the
// entry is trusted or there is none.
func (c *Catalog) Diagnose(ctx context.Context, name string) error {
	entries, docErrs, err := c.findClaims(ctx, name)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name != name {
			continue
		}
		t, err := c.open(entry)
		if err == nil {
			err = c.checkDatabaseUnique(ctx, t)
		}
		return err
	}
	return errors.Join(docErrs...)
}

// FindID is Find by id.
func (c *Catalog) FindID(ctx context.Context, id bson.ObjectID) (*Entry, error) {
	return c.loadID(ctx, id, noArgument{})
}

// List streams the tenants whose databases must match the schema: those in the
// states provisioning, active and suspended. An *EntryError or a
// *store.DocumentError stands for one entry that cannot be trusted, and the stream
// continues after it; any other error ends it.
func (c *Catalog) List(ctx context.Context) iter.Seq2[*Entry, error] {
	return c.listed(ctx, c.repo.All(ctx, tenants.Query{}))
}

// ListByPage is List for callers that work on each tenant before they ask for
// the next. It reads the catalog page by page and keeps no cursor open in between:
// servers close cursors that are idle for ten minutes.
func (c *Catalog) ListByPage(ctx context.Context) iter.Seq2[*Entry, error] {
	return c.listed(ctx, c.pages(ctx))
}

func (c *Catalog) pages(ctx context.Context) iter.Seq2[*tenants.Tenant, error] {
	return func(yield func(*tenants.Tenant, error) bool) {
		for q := (tenants.Query{Limit: meta.MaxLimit}); ; {
			page, err := c.repo.Find(ctx, q)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, entry := range page.Documents {
				if !yield(entry, nil) {
					return
				}
			}
			for _, docErr := range page.Invalid {
				if !yield(nil, docErr) {
					return
				}
			}
			if q.After = page.Next; q.After == "" {
				return
			}
		}
	}
}

// listed filters and checks the entries that List streams.
func (c *Catalog) listed(ctx context.Context, entries iter.Seq2[*tenants.Tenant, error]) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		// hashes of the databases seen: if one is seen again, the catalog is asked
		seen := map[uint64]struct{}{}
		seed := maphash.MakeSeed()
		for entry, err := range entries {
			var t *Entry
			if err == nil {
				if !inFleet(entry.State) {
					continue
				}
				t, err = c.open(entry)
			}
			if err == nil {
				at := maphash.String(seed, t.Cluster+" "+t.Database)
				if _, again := seen[at]; again {
					err = c.checkDatabaseUnique(ctx, t)
				}
				seen[at] = struct{}{}
			}
			if err != nil {
				t = nil
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

func inFleet(s tenants.StateValue) bool {
	return s == tenants.StateProvisioning || s == tenants.StateActive || s == tenants.StateSuspended
}

// Beginning is what the entry of a new tenant says.
type Beginning struct {
	// State is provisioning, its zero value, if something has to be done before the tenant is served, else active.
	State       tenants.StateValue
	Fingerprint string
	Migration   tenants.MigrationState
}

// Create creates the entry of a new tenant, with a database named after its id, in which there is nothing yet. If one is
// already being provisioned, it is returned to be finished. The error is ErrName, ErrExists or a database's.
func (c *Catalog) Create(ctx context.Context, name, cluster string, as Beginning) (*Entry, error) {
	if err := CheckNewName(name); err != nil {
		return nil, err
	}
	if !c.clusters.has(cluster) {
		return nil, fmt.Errorf("%w: %.70q; there are %v", ErrCluster, cluster, c.clusters.Names())
	}
	if err := c.checkFree(ctx, name); err != nil {
		return nil, err
	}
	id := bson.NewObjectID()
	entry, err := c.repo.Create(ctx, tenants.New{
		ID: id, Name: name, Database: store.Some(databaseOf(id)), Cluster: store.Some(cluster),
		State: store.Some(cmp.Or(as.State, tenants.StateProvisioning)), Fingerprint: store.Some(as.Fingerprint), Migration: store.Some(as.Migration), Collections: []string{},
	})
	if _, ok := errors.AsType[*store.DuplicateError](err); ok {
		return c.findProvisioning(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	c.evict(entry.ID, entry.Name)
	return c.open(entry)
}

// checkFree refuses a name that is another tenant's database: if that tenant's
// entry lost its database, the two would share it.
func (c *Catalog) checkFree(ctx context.Context, name string) error {
	if name == c.adminDB {
		return fmt.Errorf("%w: %q is the admin database; choose another", ErrName, name)
	}
	others, _, err := c.findClaims(ctx, name)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Name != name && claims(other, name) {
			return fmt.Errorf("%w: %q is tenant %q's database; choose another", ErrName, name, other.Name)
		}
	}
	return nil
}

// findProvisioning returns the tenant of that name if it is still being
// provisioned.
func (c *Catalog) findProvisioning(ctx context.Context, name string) (*Entry, error) {
	t, err := c.loadName(ctx, name, noArgument{})
	if err != nil {
		return nil, err
	}
	if t.State != tenants.StateProvisioning {
		return nil, fmt.Errorf("%w: %q is %s", ErrExists, name, t.State)
	}
	return t, nil
}

// evict makes the next Resolve read the catalog.
func (c *Catalog) evict(id bson.ObjectID, name string) {
	c.byName.Evict(name)
	c.byID.Evict(id)
}
