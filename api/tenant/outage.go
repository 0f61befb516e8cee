package tenant

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"

	"github.com/partywall/partywall/api/store"
)

// outage tracks how long a deployment has had no server that operations could go
// to. It listens to the driver, which checks every server every 10 s and whenever
// an operation fails, so that tracking costs operations nothing. A load balancer
// hides its deployment's servers: behind one a deployment is never away.
type outage struct {
	// failFastDelay is how long the outage lasts until operations fail at once, 0
	// for never.
	failFastDelay time.Duration
	// reads reports whether secondaries serve reads.
	reads bool

	// since is nil while there is a server.
	since    atomic.Pointer[time.Time]
	answered atomic.Bool
	refused  atomic.Int64
	probing  atomic.Bool

	mu sync.Mutex
	// silent has the servers that did not answer the last check, and since when.
	silent map[string]time.Time
}

// begin starts the tracking before the first server was found.
func (o *outage) begin() { o.lost(time.Now()) }

func (o *outage) lost(at time.Time) { o.since.Store(&at) }

// away returns how long there has been no server, 0 while there is one.
func (o *outage) away() time.Duration {
	since := o.since.Load()
	if since == nil {
		return 0
	}
	return max(time.Since(*since), 1)
}

func (o *outage) monitor() *event.ServerMonitor {
	return &event.ServerMonitor{
		ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
			o.mu.Lock()
			defer o.mu.Unlock()
			address := addressOf(e.ConnectionID)
			if _, known := o.silent[address]; !known {
				if o.silent == nil {
					o.silent = map[string]time.Time{}
				}
				o.silent[address] = time.Now().Add(-unanswered(e))
			}
		},
		ServerHeartbeatSucceeded: func(e *event.ServerHeartbeatSucceededEvent) {
			o.mu.Lock()
			defer o.mu.Unlock()
			delete(o.silent, addressOf(e.ConnectionID))
		},
		TopologyDescriptionChanged: o.changed,
	}
}

// awaitTimeout is how long a server may delay its answer to an awaitable hello
// until there is news: the driver's heartbeatFrequencyMS.
const awaitTimeout = 10 * time.Second

// unanswered returns how long a heartbeat went unanswered.
func unanswered(e *event.ServerHeartbeatFailedEvent) time.Duration {
	if e.Awaited {
		return max(e.Duration-awaitTimeout, 0)
	}
	return e.Duration
}

// addressOf returns a heartbeat's connection without its number.
func addressOf(connectionID string) string {
	address, _, _ := strings.Cut(connectionID, "[-")
	return address
}

// changed handles a change of the topology.
func (o *outage) changed(e *event.TopologyDescriptionChangedEvent) {
	if o.usable(e.NewDescription.Servers) != nil {
		o.since.Store(nil)
		o.answered.Store(true)
		return
	}
	last := o.usable(e.PreviousDescription.Servers)
	if last == nil {
		return
	}
	at := time.Now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if silent, ok := o.silent[string(last.Addr)]; ok {
		at = silent
	}
	o.lost(at)
}

// usable returns a server that operations can go to, nil if there is none.
func (o *outage) usable(servers []event.ServerDescription) *event.ServerDescription {
	for i := range servers {
		switch servers[i].Kind {
		case "RSPrimary", "Standalone", "Mongos", "LoadBalancer":
			return &servers[i]
		case "RSSecondary":
			if o.reads {
				return &servers[i]
			}
		}
	}
	return nil
}

// pass refuses operations on handles once the deployment has been away for too
// long, and probes whether it is back.
func (c *cluster) pass() error {
	if c.outage.failFastDelay == 0 || c.outage.since.Load() == nil {
		return nil
	}
	away := c.outage.away()
	if away <= c.outage.failFastDelay {
		return nil
	}
	c.outage.refused.Add(1)
	c.probe(c)
	return fmt.Errorf("cluster %q: %w: it has had no server for %s", c.name, store.ErrUnavailable, away.Round(time.Second))
}

// probeTimeout is how long one probe takes at most. While it lasts, the driver
// checks servers every 500 ms instead of every 10 s.
const probeTimeout = 5 * time.Second

// probe checks whether a cluster that is away is back, one probe at a time.
func (c *Clusters) probe(away *cluster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.background.Err() != nil || !away.outage.probing.CompareAndSwap(false, true) {
		return
	}
	c.probing.Go(func() {
		defer away.outage.probing.Store(false)
		client, err := away.connect()
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(c.background, probeTimeout)
		defer cancel()
		_ = client.Ping(ctx, nil) // the driver's monitors report the result
	})
}

// Answered reports whether the cluster ever had a server that operations could go
// to.
func (c *Clusters) Answered(name string) bool { return c.byName[name].outage.answered.Load() }

// Away returns how long the cluster has had no server that operations could go to,
// 0 while it has one. Before the first one it counts from when the client was
// created.
func (c *Clusters) Away(name string) time.Duration { return c.byName[name].outage.away() }
