package auth

import (
	"context"
	"errors"
	"hash/maphash"
	"regexp"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// schemeCounter finds the schemes of the passwords of a tenant's users. A failed
// login costs a hash of each of them, so that its time does not distinguish
// accounts, or reveal whether one exists.
type schemeCounter struct {
	users  Users
	counts *cache.Cache[bson.ObjectID, store.Tenant, []scheme]

	mu sync.Mutex
	// known are tenants whose schemes were found: unknown tenants are treated like
	// one of them.
	known map[bson.ObjectID][]scheme
	seed  maphash.Seed
}

const (
	// schemesTTL is how long a scheme that no user has any more still counts.
	schemesTTL     = time.Hour
	countedTenants = 20_000
	knownTenants   = 64
)

func newSchemeCounter(users Users) *schemeCounter {
	c := &schemeCounter{users: users, known: map[bson.ObjectID][]scheme{}, seed: maphash.MakeSeed()}
	c.counts = cache.New(cache.Config[bson.ObjectID, store.Tenant, []scheme]{
		Load: c.count,
		Keep: func(error) bool { return false },
		TTL:  schemesTTL, Timeout: lookupTimeout, Size: countedTenants,
	})
	return c
}

func (c *schemeCounter) close() { c.counts.Close() }

// schemes returns the schemes of a tenant's users, including seen, which the cached
// answer may lack.
func (c *schemeCounter) schemes(ctx context.Context, tenant bson.ObjectID, t store.Tenant, seen scheme) ([]scheme, error) {
	list, err := c.counts.Get(ctx, tenant, t)
	if err == nil && !slices.Contains(list, seen) {
		c.counts.Evict(tenant)
		list, err = c.counts.Get(ctx, tenant, t)
	}
	return list, err
}

func (c *schemeCounter) count(ctx context.Context, tenant bson.ObjectID, t store.Tenant) ([]scheme, error) {
	list, err := c.users.schemes(ctx, t)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.known[tenant]; known || len(c.known) < knownTenants {
		c.known[tenant] = list
	}
	return list, nil
}

// decoys returns the schemes for an unknown tenant: those of a known one, the same
// for each name as long as no other tenant comes between them.
func (c *schemeCounter) decoys(name string) []scheme {
	c.mu.Lock()
	defer c.mu.Unlock()
	var highest uint64
	list := []scheme{current}
	for id, schemes := range c.known {
		if rank := maphash.String(c.seed, name+id.Hex()); rank >= highest {
			highest, list = rank, schemes
		}
	}
	return list
}

// maxSchemes limits the number of schemes looked for: each takes a query.
const maxSchemes = 16

// schemes returns the schemes of the users' passwords: the current one, and those
// found by querying for a hash with a prefix other than the known ones. A broken
// hash stands for the complete ones with its prefix. There is no index for this:
// the database scans all users.
func (u Users) schemes(ctx context.Context, t store.Tenant) ([]scheme, error) {
	password := store.NewTextField[User]("password", wire.StringValue[string], wire.StringValue[string])
	foreign := store.Or(password.Prefix(bcryptPrefix), password.Prefix(argonPrefix))
	list, known := []scheme{current}, []store.Filter[User]{password.Prefix(headOf(current.decoy()))}
	for range maxSchemes {
		doc, err := u.In(t).First(ctx, raw.SelectionOf(store.Unindexed(store.And(foreign, store.Not(store.Or(known...))))))
		if errors.Is(err, store.ErrNotFound) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		hash, _ := doc.Lookup("password").StringValueOK()
		head := headOf(hash)
		if !readable.MatchString(head) {
			return list, nil
		}
		known = append(known, password.Prefix(head))
		if s, ok := schemeOfHead(head); ok && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list, nil
}

// readable matches prefixes that can be queried for.
var readable = regexp.MustCompile(`^[ -~]+$`)
