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
)

// DefaultCluster is the name of the deployment that holds the catalog, and of
// every tenant whose entry names no other.
const DefaultCluster = "default"

// Clusters are MongoDB deployments by name: one client each, made on first use,
// whose one pool serves all tenants there.
type Clusters struct {
	byName map[string]*cluster
	// background are probes of clusters that are away.
	background context.Context //nolint:containedctx // it ends with the Clusters
	end        context.CancelFunc
	mu         sync.Mutex // so that no probe begins once they are waited for
	probing    sync.WaitGroup
}

// ClusterOption says how patient the clients of clusters are.
type ClusterOption func(*patience)

// patience is how long operations wait for a deployment without a server.
type patience struct {
	selection time.Duration
	outage    time.Duration
}

// SelectionTimeout is how long an operation waits for a server of the deployment to
// be there: 5 s without it. A connection string's serverSelectionTimeoutMS overrides
// it.
func SelectionTimeout(d time.Duration) ClusterOption { return func(p *patience) { p.selection = d } }

// FailFast lets operations on handles fail at once, with store.ErrUnavailable, once
// their deployment has been away for longer than after. That is meant to be longer
// than an election takes.
func FailFast(after time.Duration) ClusterOption { return func(p *patience) { p.outage = after } }

// NewClusters takes a connection string for each name; DefaultCluster is among
// them. A client opens maxPool connections at most to each server, fewer if its
// connection string says so.
func NewClusters(uris map[string]string, maxPool uint64, opts ...ClusterOption) (*Clusters, error) {
	if uris[DefaultCluster] == "" {
		return nil, fmt.Errorf("there is no cluster %q", DefaultCluster)
	}
	wait := patience{selection: 5 * time.Second}
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

// configure reads all connection strings, side by side since some ask DNS. That it
// does not answer is told by whatever needs the cluster.
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

// Names are the clusters' names, sorted.
func (c *Clusters) Names() []string { return slices.Sorted(maps.Keys(c.byName)) }

// MaxPool is how many connections to each server of the cluster there are at most.
func (c *Clusters) MaxPool(name string) uint64 { return c.byName[name].maxPool }

// has says whether there is a cluster of that name.
func (c *Clusters) has(name string) bool { return c.byName[name] != nil }

// find is the cluster of that name.
func (c *Clusters) find(name string) (*cluster, error) {
	if found := c.byName[name]; found != nil {
		return found, nil
	}
	return nil, fmt.Errorf("no cluster is called %q; there are %s", name, strings.Join(c.Names(), ", "))
}

// client is the cluster's one client. It connects in the background.
func (c *Clusters) client(name string) (*mongo.Client, error) {
	found, err := c.find(name)
	if err != nil {
		return nil, err
	}
	return found.connect()
}

// gate lets operations on handles through to the cluster while it is there.
func (c *Clusters) gate(name string) handle.Gate {
	if found := c.byName[name]; found.outage.after > 0 {
		return found
	}
	return nil
}

const (
	// dnsTimeout is how long Connect asks DNS again where it does not answer.
	dnsTimeout = 30 * time.Second
	firstPause = 500 * time.Millisecond
	lastPause  = 4 * time.Second
)

// Connect makes the cluster's client, and asks DNS again for half a minute where it
// does not say which servers a mongodb+srv string means.
func (c *Clusters) Connect(ctx context.Context, name string, log *slog.Logger) error {
	begun := time.Now()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		_, err := c.client(name)
		if !errors.Is(err, errDNS) || time.Since(begun) > dnsTimeout {
			return err
		}
		log.WarnContext(ctx, "DNS is asked again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// Ping asks the cluster for an answer. The error names the addresses that gave
// none.
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

// reason is the innermost cause of a driver's error: the layers above it repeat
// the state of every server. Where that is all there is to go by, as when none could be
// chosen, it is the whole.
func reason(err error) error {
	for cause := err; ; {
		inner := errors.Unwrap(cause)
		switch {
		case inner == nil && errors.Is(cause, context.DeadlineExceeded):
			return fmt.Errorf("%w; see whether they are there, and whether the connection string says their tls and replicaSet", err)
		case inner == nil:
			return cause
		}
		cause = inner
	}
}

// Close ends all clients, and waits for running operations until ctx ends.
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
