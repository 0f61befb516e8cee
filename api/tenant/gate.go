package tenant

import (
	"context"
	"errors"

	"github.com/partywall/partywall/api/internal/turn"
	"github.com/partywall/partywall/api/store"
)

// gate is what the commands of one tenant pass on their way to a cluster, and those about the admin database.
type gate struct {
	cluster *cluster
	member  turn.Member
}

// adminWeight is the weight of the admin database beside a tenant's 1: every request of a tenant that is not
// cached waits for it, and every login.
const adminWeight = 4

// Waiting commands are bounded: those of one tenant by so many times the connections of a pool, and those of all
// by so many. A tenant whose commands wait longer than that asks for more than the cluster gives it.
const (
	waitingOfOne = 2
	waitingOfAll = 20
)

func newLine(maxPool uint64) *turn.Line {
	slots := int(maxPool)
	return turn.New(turn.Config{Slots: slots, PerTenant: waitingOfOne * slots, InAll: waitingOfAll * slots})
}

// Enter implements handle.Gate.
func (g *gate) Enter(ctx context.Context) error {
	if err := g.cluster.pass(); err != nil {
		return err
	}
	if g.cluster.line == nil {
		return nil
	}
	err := g.cluster.line.Enter(ctx, &g.member)
	switch {
	case errors.Is(err, turn.ErrCrowded):
		return store.ErrCrowded
	case errors.Is(err, turn.ErrFull):
		return store.ErrOverloaded
	}
	return err
}

// Leave implements handle.Gate.
func (g *gate) Leave() {
	if g.cluster.line != nil {
		g.cluster.line.Leave()
	}
}

// pressure returns who waits for the cluster's connections.
func (c *cluster) pressure() turn.Pressure {
	c.mu.Lock()
	line := c.line
	c.mu.Unlock()
	if line == nil {
		return turn.Pressure{}
	}
	return line.Pressure()
}
