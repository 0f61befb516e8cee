package tenant

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/gen/tenants"
)

// spellings are the tenants' names that have capitals, by what they are in lower case. Only entries of older deployments have
// them.
type spellings map[string][]string

// newSpellings returns the cache of the one answer that there is.
func (c *Catalog) newSpellings(ttl time.Duration) *cache.Cache[noArgument, noArgument, spellings] {
	return cache.New(cache.Config[noArgument, noArgument, spellings]{
		Load: c.loadSpellings, Keep: func(error) bool { return false }, TTL: ttl, Stale: ttl, Timeout: lookupTimeout, Size: 1,
	})
}

// ResolveHost returns the active tenant that is called label but for capitals, which hosts do not have: label is in lower case.
// If several are, it is none of them. The errors are those of Resolve.
func (c *Catalog) ResolveHost(ctx context.Context, label string) (*Entry, error) {
	if !isName(label) {
		return nil, ErrUnknown
	}
	all, err := c.spellings.Get(ctx, noArgument{}, noArgument{})
	if err != nil {
		return nil, err
	}
	t, err := c.Resolve(ctx, label)
	others := all[label]
	switch {
	case len(others) == 0:
		return t, err
	case len(others) == 1 && errors.Is(err, ErrUnknown):
		return c.Resolve(ctx, others[0])
	case err != nil && !errors.Is(err, ErrSuspended) && !errors.Is(err, ErrUnknown):
		return nil, err
	}
	c.log.WarnContext(ctx, "a host names no tenant, because the names of several differ in capitals alone; they can be named otherwise, as TENANT_FROM allows", "host", label)
	return nil, ErrUnknown
}

// loadSpellings reads the names with capitals. The server goes through the index on names for it, and reads the entries that have one.
func (c *Catalog) loadSpellings(ctx context.Context, _, _ noArgument) (spellings, error) {
	all := spellings{}
	client, err := c.clusters.client(DefaultCluster)
	if err != nil {
		return nil, err
	}
	catalog := tenants.Collection()
	cursor, err := client.Database(c.adminDB).Collection(catalog.StoredName()).Find(ctx,
		bson.D{{Key: "name", Value: bson.Regex{Pattern: "[A-Z]"}}, {Key: "state", Value: bson.D{{Key: "$ne", Value: string(tenants.StateDeleted)}}}},
		options.Find().SetProjection(bson.D{{Key: "name", Value: 1}, {Key: "_id", Value: 0}}))
	if err != nil {
		return nil, raw.WrapError("find", err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		name, ok := cursor.Current.Lookup("name").StringValueOK()
		if !ok { // an array that has such a text matches, too
			continue
		}
		label := strings.ToLower(name)
		all[label] = append(all[label], strings.Clone(name))
	}
	return all, raw.WrapError("find", cursor.Err())
}
