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

// outage knows since when a deployment has no server that operations could go to. It
// hears that from the driver, which asks every server every 10 s and whenever an
// operation fails, so that what knows it costs operations nothing. A load balancer in
// front of the deployment hides it: behind one a deployment is never away.
type outage struct {
	// after is how long it lasts until operations fail at once, 0 for never.
	after time.Duration
	// reads says that there is something to do without a primary.
	reads bool

	// since is nil while there is a server.
	since    atomic.Pointer[time.Time]
	answered atomic.Bool
	refused  atomic.Int64
	probing  atomic.Bool

	mu sync.Mutex
	// silent are the servers that did not answer when they were asked last, and since
	// when.
	silent map[string]time.Time
}

// begin is before the first server was found.
func (o *outage) begin() { o.lost(time.Now()) }

func (o *outage) lost(at time.Time) { o.since.Store(&at) }

// away is for how long there has been no server, 0 while there is one.
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

// awaiting is how long a server that is asked to may keep an answer back until there
// is something new: the driver's heartbeatFrequencyMS.
const awaiting = 10 * time.Second

// unanswered is how long a heartbeat's answer was missing.
func unanswered(e *event.ServerHeartbeatFailedEvent) time.Duration {
	if e.Awaited {
		return max(e.Duration-awaiting, 0)
	}
	return e.Duration
}

// addressOf is a heartbeat's connection without its number.
func addressOf(connectionID string) string {
	address, _, _ := strings.Cut(connectionID, "[-")
	return address
}

// changed is told what servers there are.
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

// usable is a server that operations can go to, nil where there is none.
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

// Pass refuses operations on handles while the deployment has been away for too long.
// Whether it is back is looked for meanwhile.
func (c *cluster) Pass() error {
	if c.outage.since.Load() == nil {
		return nil
	}
	away := c.outage.away()
	if away <= c.outage.after {
		return nil
	}
	c.outage.refused.Add(1)
	c.probe(c)
	return fmt.Errorf("cluster %q: %w: it has had no server for %s", c.name, store.ErrUnavailable, away.Round(time.Second))
}

// probeTimeout is how long one look for a deployment's server takes at most. While it
// lasts, the driver asks every 500 ms instead of every 10 s.
const probeTimeout = 5 * time.Second

// probe looks whether a cluster that is away is back. There is one look at a time.
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
		_ = client.Ping(ctx, nil) // what comes of it, the driver's monitors tell
	})
}

// Answered says whether the cluster ever had a server that operations could go to.
func (c *Clusters) Answered(name string) bool { return c.byName[name].outage.answered.Load() }

// Away is for how long the cluster has had no server that operations could go to, 0
// while it has one. Before the first one it counts from when the client was made.
func (c *Clusters) Away(name string) time.Duration { return c.byName[name].outage.away() }
