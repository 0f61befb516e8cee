package tenant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/turn"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

const (
	// cachedTenants bounds each of the catalog's caches. An entry takes about
	// 500 bytes.
	cachedTenants = 20_000
	lookupTimeout = 10 * time.Second
)

// noArgument is what a look-up needs besides its key: nothing.
type noArgument = struct{}

// Catalog reads and writes the tenants' entries in the admin database.
type Catalog struct {
	clusters *Clusters
	adminDB  string
	admin    store.Admin
	repo     tenants.Repository
	clock    clock
	checks   *handle.Checks
	log      *slog.Logger

	byName *cache.Cache[string, noArgument, *Entry]
	byID   *cache.Cache[bson.ObjectID, noArgument, *Entry]
	// onLookup is called with tenants that were looked up, if it is set.
	onLookup func(*Entry)
	// births returns how a tenant's collections are made; nil if they are made otherwise than by their first write.
	births func(*Entry) *handle.Births
}

// CatalogOption sets what most catalogs do without.
type CatalogOption func(*Catalog)

// WithChecks gives the handles that the catalog makes the app's functions by which fields are checked, by the
// names that the schema gives them.
func WithChecks(functions map[string]any) CatalogOption {
	return func(c *Catalog) { c.checks = handle.NewChecks(functions) }
}

// NewCatalog opens the catalog in adminDB, a database of the default cluster. It
// caches look-ups for ttl, and serves a tenant for as long again while it looks it
// up anew.
func NewCatalog(clusters *Clusters, adminDB string, ttl time.Duration, log *slog.Logger, opts ...CatalogOption) (*Catalog, error) {
	if !databasePattern.MatchString(adminDB) || isSystem(adminDB) {
		return nil, fmt.Errorf("%q cannot be the admin database; write 1 to 63 of A-Z, a-z, 0-9, - and _, and none of admin, local and config", adminDB)
	}
	client, err := clusters.client(DefaultCluster)
	if err != nil {
		return nil, err
	}
	c := &Catalog{clusters: clusters, adminDB: adminDB, clock: clock{client: client}, log: log}
	for _, opt := range opts {
		opt(c)
	}
	c.admin = handle.NewAdmin(client.Database(adminDB), clusters.gate(DefaultCluster, turn.Member{Name: adminDB, Weight: adminWeight}), c.checks)
	c.repo = tenants.In(c.admin)
	unknown := func(err error) bool { return errors.Is(err, ErrUnknown) }
	c.byName = cache.New(cache.Config[string, noArgument, *Entry]{
		Load: c.loadName, Keep: unknown, TTL: ttl, Stale: ttl, Timeout: lookupTimeout, Size: cachedTenants,
	})
	c.byID = cache.New(cache.Config[bson.ObjectID, noArgument, *Entry]{
		Load: c.loadID, Keep: unknown, TTL: ttl, Stale: ttl, Timeout: lookupTimeout, Size: cachedTenants,
	})
	return c, nil
}

// OnLookup sets a function to call with each tenant that is looked up in the
// catalog, before it is handed out. It must not block, and must be set before the
// first look-up.
func (c *Catalog) OnLookup(found func(*Entry)) { c.onLookup = found }

// SetBirths sets how the collections of a tenant come into being with their first write. It must be set
// before the first look-up.
func (c *Catalog) SetBirths(births func(*Entry) *handle.Births) { c.births = births }

// Close ends background look-ups. The clusters stay open.
func (c *Catalog) Close() {
	c.byName.Close()
	c.byID.Close()
}

// Admin returns the handle of the admin database.
func (c *Catalog) Admin() store.Admin { return c.admin }

// Clusters returns the names of the clusters that tenants may be on, sorted.
func (c *Catalog) Clusters() []string { return c.clusters.Names() }

// ReservedDatabases returns the databases that no tenant may have: MongoDB's own and the
// admin database.
func (c *Catalog) ReservedDatabases() []string {
	return append(slices.Clone(systemDatabases), c.adminDB)
}

// Now returns the time of the catalog's server, which processes agree on even if
// their own clocks differ.
func (c *Catalog) Now(ctx context.Context) (time.Time, error) { return c.clock.now(ctx) }

// Resolve returns the active tenant of that name. The error is ErrUnknown,
// ErrSuspended (with the tenant, whose handle opens nothing), or
// store.ErrUnavailable if the catalog does not answer.
func (c *Catalog) Resolve(ctx context.Context, name string) (*Entry, error) {
	if !isName(name) {
		return nil, ErrUnknown
	}
	t, err := c.byName.Get(ctx, name, noArgument{})
	return active(t, err)
}

// ResolveID returns the active tenant with that id, with the errors of Resolve.
func (c *Catalog) ResolveID(ctx context.Context, id bson.ObjectID) (*Entry, error) {
	t, err := c.byID.Get(ctx, id, noArgument{})
	return active(t, err)
}

func active(t *Entry, err error) (*Entry, error) {
	switch {
	case err != nil:
		return nil, err
	case t.State == tenants.StateActive:
		return t, nil
	case t.State == tenants.StateSuspended:
		closed := *t
		closed.handle = store.Tenant{}
		return &closed, ErrSuspended
	}
	return nil, ErrUnknown
}

// loadName reads the entry of that name together with those that have a database of
// that name: if an entry names no database, they are its rivals.
func (c *Catalog) loadName(ctx context.Context, name string, _ noArgument) (*Entry, error) {
	entries, docErrs, err := c.findClaims(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.Name == name {
			return c.check(ctx, entry, entries, nil)
		}
	}
	for _, docErr := range docErrs {
		return c.check(ctx, nil, nil, docErr)
	}
	return nil, ErrUnknown
}

func (c *Catalog) loadID(ctx context.Context, id bson.ObjectID, _ noArgument) (*Entry, error) {
	entry, err := c.repo.Get(ctx, id)
	return c.check(ctx, entry, nil, err)
}

// check turns a stored entry into an Entry; named are the entries with its name, or
// with a database of that name, nil if they were not read. An entry that cannot be
// trusted is reported as unknown, and logged.
func (c *Catalog) check(ctx context.Context, entry *tenants.Tenant, named []*tenants.Tenant, err error) (*Entry, error) {
	_, misfit := errors.AsType[*store.DocumentError](err)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, ErrUnknown
	case misfit:
		c.log.ErrorContext(ctx, "catalog entry refused", "error", err)
		return nil, ErrUnknown
	case err != nil:
		return nil, err
	}
	t, err := c.open(entry)
	if err == nil && t.Database == t.Name && named != nil {
		err = t.checkDatabaseUniqueAmong(named)
	} else if err == nil {
		err = c.checkDatabaseUnique(ctx, t)
	}
	if _, ok := errors.AsType[*EntryError](err); ok {
		c.log.ErrorContext(ctx, "catalog entry refused", "tenant", entry.Name, "error", err)
		return nil, ErrUnknown
	}
	if err == nil && c.onLookup != nil {
		c.onLookup(t)
	}
	return t, err
}

// EntryError is the reason why an entry of the catalog is not served.
type EntryError struct{ Tenant, Reason string }

func (e *EntryError) Error() string { return fmt.Sprintf("tenant %q %s", e.Tenant, e.Reason) }

// IsEntryError reports whether err is about one entry of the catalog, as opposed to
// the catalog.
func IsEntryError(err error) bool {
	_, refused := errors.AsType[*EntryError](err)
	_, misfit := errors.AsType[*store.DocumentError](err)
	return refused || misfit
}

// open checks an entry by itself and opens its database.
func (c *Catalog) open(entry *tenants.Tenant) (*Entry, error) {
	t := &Entry{
		ID: entry.ID, Name: entry.Name, Cluster: entry.Cluster, Database: entry.Database.Or(""),
		State: entry.State, Steps: entry.Steps,
		Migration: entry.Migration, Lock: entry.Lock, Indexes: IndexesOf(entry), Share: entry.Share,
	}
	if t.Database == "" {
		t.Database = t.Name
	}
	switch {
	case t.Name == "":
		return nil, &EntryError{t.Name, "has no name; its _id is " + t.ID.Hex()}
	case !isName(t.Name):
		return nil, &EntryError{t.Name, "has a name that no request can carry"}
	case !databasePattern.MatchString(t.Database):
		return nil, &EntryError{t.Name, fmt.Sprintf("has database %q, which MongoDB cannot have", t.Database)}
	case isSystem(t.Database) || strings.EqualFold(t.Database, c.adminDB):
		return nil, &EntryError{t.Name, fmt.Sprintf("has database %q, which is not a tenant's", t.Database)}
	case !c.clusters.has(t.Cluster):
		return nil, &EntryError{t.Name, fmt.Sprintf("is on cluster %q, which is not among CLUSTERS", t.Cluster)}
	}
	client, err := c.clusters.client(t.Cluster)
	if err != nil {
		return nil, err
	}
	db, gate := client.Database(t.Database), c.clusters.gate(t.Cluster, turn.Member{ID: turn.ID(t.ID), Name: t.Name, Weight: int(t.Share.Weight)})
	t.handle = handle.NewTenant(db, gate, c.checks, nil)
	if c.births != nil {
		t.handle = handle.NewTenant(db, gate, c.checks, c.births(t))
	}
	return t, nil
}

// checkDatabaseUnique checks that t's database is no other tenant's. One that is
// named after t's own id is nobody else's.
func (c *Catalog) checkDatabaseUnique(ctx context.Context, t *Entry) error {
	if t.Database == databaseOf(t.ID) {
		return nil
	}
	entries, _, err := c.findClaims(ctx, t.Database)
	if err != nil {
		return err
	}
	return t.checkDatabaseUniqueAmong(entries)
}

// databaseOf returns the name of a new tenant's database.
func databaseOf(id bson.ObjectID) string { return "t_" + id.Hex() }

// checkDatabaseUniqueAmong refuses t's database if it belongs to one of entries: it
// belongs to the tenant whose id it is named after, else to the oldest.
func (t *Entry) checkDatabaseUniqueAmong(entries []*tenants.Tenant) error {
	for _, other := range entries {
		if other.ID == t.ID || other.Cluster != t.Cluster || other.State == tenants.StateDeleted || !claims(other, t.Database) {
			continue
		}
		if t.Database == databaseOf(other.ID) || older(other.ID, t.ID) {
			return &EntryError{t.Name, fmt.Sprintf("has database %q, which is tenant %q's", t.Database, other.Name)}
		}
	}
	return nil
}

// claims reports whether the entry's database is database.
func claims(entry *tenants.Tenant, database string) bool {
	own := entry.Database.Or("")
	return own == database || own == "" && entry.Name == database
}

// findClaims reads, in one query, the entries with that name and those with a
// database of that name. Entries that do not fit the schema are errors of their
// own: they have no claim, since they are not served.
func (c *Catalog) findClaims(ctx context.Context, name string) (entries []*tenants.Tenant, docErrs []error, err error) {
	where := tenants.Unindexed(store.Or(tenants.Name.Eq(name), tenants.Database.Eq(name)))
	for entry, err := range c.repo.All(ctx, tenants.Query{Where: where}) {
		_, misfit := errors.AsType[*store.DocumentError](err)
		switch {
		case misfit:
			docErrs = append(docErrs, err)
		case err != nil:
			return nil, nil, err
		default:
			entries = append(entries, entry)
		}
	}
	return entries, docErrs, nil
}

// older compares ids by age; they start with their creation time.
func older(a, b bson.ObjectID) bool { return slices.Compare(a[:], b[:]) < 0 }
