package tenant

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/turn"
)

// DefaultCluster is the name of the deployment that holds the catalog, and of
// every tenant whose entry names no other.
const DefaultCluster = "default"

// Clusters holds the MongoDB deployments by name, with one client each, created on
// first use, whose pool serves all tenants there.
type Clusters struct {
	byName map[string]*cluster
	// background is the context of probes of clusters that are away.
	background context.Context //nolint:containedctx // it ends with the Clusters
	end        context.CancelFunc
	mu         sync.Mutex // so that no probe starts after Close has begun to wait for them
	probing    sync.WaitGroup
}

// ClusterOption configures the clients of clusters.
type ClusterOption func(*clusterOptions)

// clusterOptions are the options of all clients.
type clusterOptions struct {
	selectionTimeout time.Duration
	failFastDelay    time.Duration
	isShared         bool
}

// SelectionTimeout sets how long an operation waits for a server of the deployment:
// 5 s by default. A connection string's serverSelectionTimeoutMS overrides it.
func SelectionTimeout(d time.Duration) ClusterOption {
	return func(p *clusterOptions) { p.selectionTimeout = d }
}

// FailFast makes operations on handles fail at once, with store.ErrUnavailable,
// once their deployment has been away for longer than after, which should be longer
// than an election takes.
func FailFast(after time.Duration) ClusterOption {
	return func(p *clusterOptions) { p.failFastDelay = after }
}

// FairShare lets tenants share the connections of each cluster: as many commands are under way as a pool has connections,
// and where more wait, tenants take turns. Those that wait are bounded, for each tenant and in all: past that,
// operations on handles fail with store.ErrCrowded, or store.ErrOverloaded.
func FairShare() ClusterOption {
	return func(p *clusterOptions) { p.isShared = true }
}

// NewClusters takes a connection string for each name, including DefaultCluster. A
// client opens at most maxPool connections to each server, fewer if its connection
// string says so.
func NewClusters(uris map[string]string, maxPool uint64, opts ...ClusterOption) (*Clusters, error) {
	if uris[DefaultCluster] == "" {
		return nil, fmt.Errorf("there is no cluster %q", DefaultCluster)
	}
	wait := clusterOptions{selectionTimeout: 5 * time.Second}
	for _, opt := range opts {
		opt(&wait)
	}
	c := &Clusters{byName: map[string]*cluster{}}
	c.background, c.end = context.WithCancel(context.Background())
	for name, uri := range uris {
		c.byName[name] = newCluster(name, uri, maxPool, wait, c.probe)
	}
	if err := c.configure(); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// configure parses all connection strings, concurrently since some ask DNS. Errors
// of DNS are returned later, to whoever needs the cluster.
func (c *Clusters) configure() error {
	names := c.Names()
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			if err := c.byName[name].configure(); !errors.Is(err, errDNS) {
				errs[i] = err
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// Names returns the clusters' names, sorted.
func (c *Clusters) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// MaxPool returns the maximum number of connections to each server of the cluster.
func (c *Clusters) MaxPool(name string) uint64 { return c.byName[name].maxPool }

// has reports whether there is a cluster of that name.
func (c *Clusters) has(name string) bool { return c.byName[name] != nil }

// find returns the cluster of that name.
func (c *Clusters) find(name string) (*cluster, error) {
	if found := c.byName[name]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("there is no cluster %q; there are %s", name, strings.Join(c.Names(), ", "))
}

// client returns the cluster's client. It connects in the background.
func (c *Clusters) client(name string) (*mongo.Client, error) {
	found, err := c.find(name)
	if err != nil {
		return nil, err
	}
	return found.connect()
}

// gate returns the Gate of operations on a handle.
func (c *Clusters) gate(name string, of turn.Member) handle.Gate { return &gate{c.byName[name], of} }

const (
	// dnsTimeout is how long Connect keeps asking DNS.
	dnsTimeout    = 30 * time.Second
	minRetryDelay = 500 * time.Millisecond
	maxRetryDelay = 4 * time.Second
)

// Connect creates the cluster's client. For dnsTimeout it asks DNS again if it does
// not resolve a mongodb+srv string.
func (c *Clusters) Connect(ctx context.Context, name string, log *slog.Logger) error {
	begun := time.Now()
	for delay := minRetryDelay; ; delay = min(2*delay, maxRetryDelay) {
		_, err := c.client(name)
		if !errors.Is(err, errDNS) || time.Since(begun) > dnsTimeout {
			return err
		}
		log.WarnContext(ctx, "asking DNS again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(delay):
		}
	}
}

// Ping pings the cluster. The error names the addresses that did not answer.
func (c *Clusters) Ping(ctx context.Context, name string) error {
	found, err := c.find(name)
	if err != nil {
		return err
	}
	client, err := found.connect()
	if err != nil {
		return err
	}
	if err := client.Ping(ctx, readpref.Primary()); err != nil {
		return fmt.Errorf("cluster %q: no server answers at %s: %w", name, strings.Join(found.hosts, ", "), reason(err))
	}
	return nil
}

// reason returns the innermost cause of a driver's error: the layers above it
// repeat the state of every server. If there is nothing more specific, as when no
// server could be selected, it returns the whole.
func reason(err error) error {
	for cause := err; ; {
		inner := errors.Unwrap(cause)
		switch {
		case inner == nil && errors.Is(cause, context.DeadlineExceeded):
			return fmt.Errorf("%w; check that they are running, and that the connection string has their tls and replicaSet", err)
		case inner == nil:
			return cause
		}
		cause = inner
	}
}

// Close closes all clients, and waits for running operations until ctx ends.
func (c *Clusters) Close(ctx context.Context) error {
	c.mu.Lock()
	c.end()
	c.mu.Unlock()
	c.probing.Wait()
	var errs []error
	for name, found := range c.byName {
		if err := found.close(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
			errs = append(errs, fmt.Errorf("cluster %q: %w", name, err))
		}
	}
	return errors.Join(errs...)
}
