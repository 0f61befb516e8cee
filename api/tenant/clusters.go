package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// DefaultCluster is the name of the deployment that holds the catalog, and of
// every tenant whose entry names no other.
const DefaultCluster = "default"

// serverSelection is how long an operation waits for a server of the deployment
// to be there. A connection string's serverSelectionTimeoutMS overrides it.
const serverSelection = 5 * time.Second

// Clusters are MongoDB deployments by name: one client each, made on first use,
// whose one pool serves all tenants there.
type Clusters struct {
	uris    map[string]string
	maxPool uint64
	pools   map[string]*pool

	mu      sync.Mutex
	clients map[string]*mongo.Client
}

// NewClusters takes a connection string for each name; DefaultCluster is among
// them. A client opens maxPool connections at most to each server.
func NewClusters(uris map[string]string, maxPool uint64) (*Clusters, error) {
	if uris[DefaultCluster] == "" {
		return nil, fmt.Errorf("there is no cluster %q", DefaultCluster)
	}
	c := &Clusters{uris: uris, maxPool: maxPool, pools: map[string]*pool{}, clients: map[string]*mongo.Client{}}
	for name := range uris {
		c.pools[name] = &pool{}
		if err := c.options(name).Validate(); err != nil {
			// The driver's text can quote parts of the connection string, passwords
			// included.
			return nil, fmt.Errorf("cluster %q: not a MongoDB connection string; write mongodb://HOST:PORT/ or mongodb+srv://HOST/, with special characters of a password percent-encoded", name)
		}
	}
	return c, nil
}

func (c *Clusters) options(name string) *options.ClientOptions {
	return options.Client().
		SetServerSelectionTimeout(serverSelection).
		SetMaxPoolSize(c.maxPool).
		SetAppName("partywall").
		SetPoolMonitor(c.pools[name].monitor()).
		ApplyURI(c.uris[name]).
		SetMaxPoolSize(c.maxPool)
}

// Names are the clusters' names, sorted.
func (c *Clusters) Names() []string {
	names := make([]string, 0, len(c.uris))
	for name := range c.uris {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// has says whether there is a cluster of that name.
func (c *Clusters) has(name string) bool { return c.uris[name] != "" }

// client is the cluster's one client. It connects in the background.
func (c *Clusters) client(name string) (*mongo.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if client, ok := c.clients[name]; ok {
		return client, nil
	}
	if !c.has(name) {
		return nil, fmt.Errorf("no cluster is called %q; there are %s", name, strings.Join(c.Names(), ", "))
	}
	client, err := mongo.Connect(c.options(name))
	if err != nil {
		return nil, fmt.Errorf("cluster %q: the client cannot be set up", name)
	}
	c.clients[name] = client
	return client, nil
}

// Ping asks the cluster for an answer. The error names the addresses that gave
// none.
func (c *Clusters) Ping(ctx context.Context, name string) error {
	client, err := c.client(name)
	if err != nil {
		return err
	}
	if err := client.Ping(ctx, nil); err != nil {
		return fmt.Errorf("cluster %q: no server answers at %s: %w", name, strings.Join(c.options(name).Hosts, ", "), reason(err))
	}
	return nil
}

// reason is the innermost cause of a driver's error: the layers above it repeat
// the state of every server.
func reason(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// Close ends all clients, and waits for running operations until ctx ends.
func (c *Clusters) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for name, client := range c.clients {
		if err := client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
			errs = append(errs, fmt.Errorf("cluster %q: %w", name, err))
		}
	}
	clear(c.clients)
	return errors.Join(errs...)
}
