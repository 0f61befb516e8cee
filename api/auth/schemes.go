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

// schemeCounter knows by which schemes the passwords of a tenant's users are hashed. A
// failed login costs a hash of each of them, so that its time tells no account from
// another, nor from one that is not there.
type schemeCounter struct {
	users  Users
	counts *cache.Cache[bson.ObjectID, store.Tenant, []scheme]

	mu sync.Mutex
	// known are tenants that were counted: those that are not there pass for one of
	// them.
	known map[bson.ObjectID][]scheme
	seed  maphash.Seed
}

const (
	// schemesTTL is how long a scheme that nobody has any more goes on costing.
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

// schemes returns those of a tenant's users, seen among them, which the last count
// may not know yet.
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

// decoys returns the schemes of a tenant that is not there: those of one that was
// met, the same one for a name for as long as no other comes between them.
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

// maxSchemes bounds how many are looked for: each takes a query.
const maxSchemes = 16

// schemes returns those of the users' passwords: the current one, and what else is
// found by asking for a hash that begins otherwise than those that are known. A
// hash that is broken stands for the whole ones that begin as it does. No index
// helps: the database looks through all users.
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

// readable is what a hash begins with that can be asked for.
var readable = regexp.MustCompile(`^[ -~]+$`)
