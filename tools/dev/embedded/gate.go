package embedded

import (
	"hash/maphash"
	"sync"
)

// gate lets one holder at a time through for each database. Names share a fixed number of locks, so that memory
// does not grow with the names that clients think of; two databases that meet on one lock only wait for each other.
type gate struct {
	seed  maphash.Seed
	locks [256]sync.Mutex
}

func newGate() *gate { return &gate{seed: maphash.MakeSeed()} }

// enter waits for the database's turn and returns what ends it.
func (g *gate) enter(db string) (leave func()) {
	lock := &g.locks[maphash.String(g.seed, db)%uint64(len(g.locks))]
	lock.Lock()
	return lock.Unlock
}
