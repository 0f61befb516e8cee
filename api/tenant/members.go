package tenant

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
)

// Member is one of the servers that hold a cluster's data, with a client of its own.
type Member struct {
	Address string
	client  *mongo.Client
}

// Handle returns the handle of the tenant's database as the member has it. It is for
// reading.
func (m *Member) Handle(t *Entry) store.Tenant {
	return handle.NewTenant(m.client.Database(t.Database), nil, nil, nil)
}

// Members are the members of all clusters, until Close.
type Members struct{ byCluster map[string][]Member }

// Of returns the members of the cluster, by address.
func (m *Members) Of(cluster string) []Member { return m.byCluster[cluster] }

// Close closes the clients of all members.
func (m *Members) Close(ctx context.Context) {
	for _, list := range m.byCluster {
		for _, member := range list {
			if member.client != nil {
				_ = member.client.Disconnect(ctx)
			}
		}
	}
}

// OpenMembers connects to each member of every cluster that clients find, which leaves
// out hidden ones. A client opens at most maxPool connections. The error names the
// members that do not answer, and clusters whose members are not to be told apart.
func (c *Catalog) OpenMembers(ctx context.Context, maxPool uint64) (*Members, error) {
	names := c.clusters.Names()
	lists, errs := make([][]Member, len(names)), make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { lists[i], errs[i] = c.clusters.openMembers(ctx, name, maxPool) })
	}
	all.Wait()
	m := &Members{byCluster: map[string][]Member{}}
	for i, name := range names {
		m.byCluster[name] = lists[i]
	}
	if err := errors.Join(errs...); err != nil {
		m.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return m, nil
}

// openMembers connects to the members of one cluster. Those that it could connect to are
// open if there is an error, too.
func (c *Clusters) openMembers(ctx context.Context, name string, maxPool uint64) ([]Member, error) {
	addresses, err := c.addresses(ctx, name)
	if err != nil {
		return nil, err
	}
	if addresses == nil {
		return nil, routedError(name, "a load balancer")
	}
	list, errs := make([]Member, len(addresses)), make([]error, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() { list[i], errs[i] = c.byName[name].openMember(ctx, address, maxPool) })
	}
	all.Wait()
	return list, errors.Join(errs...)
}

// openMember connects to the server at an address, and checks that it is a member.
func (c *cluster) openMember(ctx context.Context, address string, maxPool uint64) (m Member, err error) {
	m.Address = address
	if m.client, err = c.connectTo(address, maxPool); err != nil {
		return m, err
	}
	ctx, cancel := context.WithTimeout(ctx, nodeTimeout)
	defer cancel()
	var hello struct {
		Message string `bson:"msg"`
	}
	err = m.client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	switch {
	case err != nil:
		return m, fmt.Errorf("cluster %q: the member at %s does not answer: %w", c.name, address, reason(err))
	case hello.Message == "isdbgrid":
		return m, routedError(c.name, "the mongos at "+address)
	}
	return m, nil
}

// routedError is returned for a cluster whose members a router hides.
func routedError(cluster, router string) error {
	return fmt.Errorf("cluster %q: behind %s, members cannot be asked one by one; leave out --members", cluster, router)
}
