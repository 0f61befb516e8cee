package tenant

import (
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"

	"github.com/partywall/partywall/api/internal/turn"
)

// Pool describes the connections to one cluster. Members are counted independently
// and may be a moment apart.
type Pool struct {
	Cluster string
	// Open counts connections that exist or are being made, and InUse those in use.
	// Waiting is the number of operations that have none yet.
	Open, InUse, Waiting int64
	// Taken counts the connections handed to operations so far, Failed the
	// operations that got none, and Waited is how long all of them waited.
	Taken, Failed int64
	Waited        time.Duration
	// Away is how long the cluster has had no server that operations could go to,
	// and Refused the number of operations that failed at once for that reason so
	// far.
	Away    time.Duration
	Refused int64
	// Pressure is which tenants wait for their turn, and whose operations were turned away.
	Pressure turn.Pressure
}

// pool counts the driver's pool events of a client, which come from many
// goroutines.
type pool struct {
	open, inUse, waiting, taken, failed, waited atomic.Int64
}

func (p *pool) monitor() *event.PoolMonitor { return &event.PoolMonitor{Event: p.record} }

func (p *pool) record(e *event.PoolEvent) {
	switch e.Type {
	case event.ConnectionCreated:
		p.open.Add(1)
	case event.ConnectionClosed:
		p.open.Add(-1)
	case event.ConnectionCheckOutStarted:
		p.waiting.Add(1)
	case event.ConnectionCheckedOut:
		p.waiting.Add(-1)
		p.waited.Add(int64(e.Duration))
		p.taken.Add(1)
		p.inUse.Add(1)
	case event.ConnectionCheckOutFailed:
		p.waiting.Add(-1)
		p.waited.Add(int64(e.Duration))
		p.failed.Add(1)
	case event.ConnectionCheckedIn:
		p.inUse.Add(-1)
	}
}

// Pools returns the pools of all clusters, in the order of Names. One that no
// operation has needed yet has only its name.
func (c *Clusters) Pools() []Pool {
	var list []Pool
	for _, name := range c.Names() {
		found := c.byName[name]
		p := &found.pool
		list = append(list, Pool{
			Cluster: name, Away: found.outage.away(), Refused: found.outage.refused.Load(),
			Open: p.open.Load(), InUse: p.inUse.Load(), Waiting: p.waiting.Load(),
			Taken: p.taken.Load(), Failed: p.failed.Load(), Waited: time.Duration(p.waited.Load()),
			Pressure: found.pressure(),
		})
	}
	return list
}
