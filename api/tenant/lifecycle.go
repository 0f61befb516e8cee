package tenant

import (
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

// Find reads the tenant of that name past the cache, whatever its state.
// ErrUnknown where there is none.
func (c *Catalog) Find(ctx context.Context, name string) (*Tenant, error) {
	if !wellFormed(name) {
		return nil, ErrUnknown
	}
	return c.loadName(ctx, name, none{})
}

// Distrust is why Find does not know a name that an entry has, for those who may mend the
// entry: an error that IsEntryError knows. It is nil where the entry is trusted, or nobody
// has the name.
func (c *Catalog) Distrust(ctx context.Context, name string) error {
	entries, misfits, err := c.claiming(ctx, name)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name != name {
			continue
		}
		t, err := c.open(entry)
		if err == nil {
			err = c.checkSole(ctx, t)
		}
		return err
	}
	return errors.Join(misfits...)
}

// FindID reads the tenant with that id, as Find does.
func (c *Catalog) FindID(ctx context.Context, id bson.ObjectID) (*Tenant, error) {
	return c.loadID(ctx, id, none{})
}

// Fleet streams the tenants whose databases must be as the schema says: those
// that are provisioning, active or suspended. An entry that cannot be trusted is
// an *EntryError or a *store.DocumentError, behind which the stream goes on; any
// other error ends it.
func (c *Catalog) Fleet(ctx context.Context) iter.Seq2[*Tenant, error] {
	return c.fleet(ctx, c.repo.All(ctx, tenants.Query{}))
}

// FleetByPages is Fleet for callers that work on each tenant before they ask for the
// next. It reads a page of the catalog at a time, and leaves no cursor waiting
// meanwhile: a server ends one that nobody reads from for ten minutes.
func (c *Catalog) FleetByPages(ctx context.Context) iter.Seq2[*Tenant, error] {
	return c.fleet(ctx, c.pages(ctx))
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
			for _, misfit := range page.Invalid {
				if !yield(nil, misfit) {
					return
				}
			}
			if q.After = page.Next; q.After == "" {
				return
			}
		}
	}
}

// fleet are those of the entries that Fleet is about.
func (c *Catalog) fleet(ctx context.Context, entries iter.Seq2[*tenants.Tenant, error]) iter.Seq2[*Tenant, error] {
	return func(yield func(*Tenant, error) bool) {
		// Hashes of the databases that were seen: the catalog is asked about those that
		// are seen again.
		seen := map[uint64]struct{}{}
		seed := maphash.MakeSeed()
		for entry, err := range entries {
			var t *Tenant
			if err == nil {
				if !inFleet(entry.State) {
					continue
				}
				t, err = c.open(entry)
			}
			if err == nil {
				at := maphash.String(seed, t.Cluster+" "+t.Database)
				if _, again := seen[at]; again {
					err = c.checkSole(ctx, t)
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

func inFleet(s tenants.StateEnum) bool {
	return s == tenants.StateProvisioning || s == tenants.StateActive || s == tenants.StateSuspended
}

// Begin enters a new tenant, in the state provisioning, its database named after
// its id. One that is already provisioning is returned as it is, to be finished.
// The error is ErrName, ErrExists or a database's.
func (c *Catalog) Begin(ctx context.Context, name, cluster string) (*Tenant, error) {
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
		ID: id, Name: name, Database: databaseOf(id), Cluster: &cluster, State: tenants.StateProvisioning,
	})
	var taken *store.DuplicateError
	if errors.As(err, &taken) {
		return c.resume(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	c.forget(entry.ID, entry.Name)
	return c.open(entry)
}

// checkFree refuses a name that is another tenant's database: should that
// tenant's entry ever lose its database, the two would be taken for one.
func (c *Catalog) checkFree(ctx context.Context, name string) error {
	if name == c.adminDB {
		return fmt.Errorf("%w: %q is the admin database; choose another", ErrName, name)
	}
	others, _, err := c.claiming(ctx, name)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Name != name && has(other, name) {
			return fmt.Errorf("%w: %q is tenant %q's database; choose another", ErrName, name, other.Name)
		}
	}
	return nil
}

// resume is the tenant of that name, if it is still being provisioned.
func (c *Catalog) resume(ctx context.Context, name string) (*Tenant, error) {
	t, err := c.loadName(ctx, name, none{})
	if err != nil {
		return nil, err
	}
	if t.State != tenants.StateProvisioning {
		return nil, fmt.Errorf("%w: %q is %s", ErrExists, name, t.State)
	}
	return t, nil
}

// SetState brings the tenant to another state, which is seen here at once.
func (c *Catalog) SetState(ctx context.Context, t *Tenant, state tenants.StateEnum) error {
	entry, err := c.repo.Update(ctx, t.ID, tenants.Patch{State: store.Set(state)})
	if err != nil {
		return err
	}
	t.State = entry.State
	c.forget(t.ID, t.Name)
	return nil
}

// forget makes the next Resolve look at the catalog.
func (c *Catalog) forget(id bson.ObjectID, name string) {
	c.byName.Evict(name)
	c.byID.Evict(id)
}
