package tenant_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// TestLeaseModel lets three owners and an operator do what they can, in any order,
// and compares the catalog with what only the one who holds the lock may have
// written.
func TestLeaseModel(t *testing.T) {
	f := newFixture(t, time.Minute)
	// Each step asks a database: a hundred checks would take longer than they tell.
	if err := flag.Set("rapid.checks", "20"); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		name := fmt.Sprintf("%s%d", f.prefix, time.Now().UnixNano())
		f.enter(t, bson.D{{Key: "name", Value: name}})
		one := find(t, f, name)
		m := &leaseModel{leases: map[int]*holding{}, holder: nobody}
		defer m.end()
		who := rapid.IntRange(0, 2)
		r.Repeat(map[string]func(*rapid.T){
			"acquire": func(r *rapid.T) { m.acquire(t.Context(), r, f.Catalog, one.ID, who.Draw(r, "who")) },
			"write":   func(r *rapid.T) { m.write(t.Context(), r, who.Draw(r, "who")) },
			"release": func(r *rapid.T) { m.release(r, who.Draw(r, "who")) },
			"run out": func(*rapid.T) {
				f.runOut(t, one)
				m.runOut = true
			},
			"unlock": func(r *rapid.T) {
				owner, err := f.Unlock(t.Context(), one.ID)
				if err != nil || (owner == "") != (m.holder == nobody) {
					r.Fatalf("unlock: %q, %v; it is %d's", owner, err, m.holder)
				}
				m.holder, m.runOut = nobody, false
			},
			"": func(r *rapid.T) {
				got := find(t, f, name)
				if got.Fingerprint != m.written || (got.Lock.Owner == "") != (m.holder == nobody) {
					r.Fatalf("the catalog has %q, lock %+v; want %q, of %d", got.Fingerprint, got.Lock, m.written, m.holder)
				}
			},
		})
	})
}

// nobody holds the lock.
const nobody = -1

type leaseModel struct {
	// leases are what owners believe to hold.
	leases map[int]*holding
	holder int
	// runOut reports whether the lock may be taken over.
	runOut  bool
	written string
	writes  int
}

func (m *leaseModel) acquire(ctx context.Context, r *rapid.T, c *tenant.Catalog, id bson.ObjectID, who int) {
	if m.leases[who] != nil {
		return
	}
	lease, err := hold(ctx, c, id, fmt.Sprint(who), time.Hour)
	_, locked := errors.AsType[*tenant.LockedError](err)
	free := m.holder == nobody || m.runOut
	if free != (err == nil) || err != nil && !locked {
		r.Fatalf("%d acquires: %v; it is %d's", who, err, m.holder)
	}
	if err == nil {
		m.leases[who], m.holder, m.runOut = lease, who, false
	}
}

func (m *leaseModel) write(ctx context.Context, r *rapid.T, who int) {
	lease := m.leases[who]
	if lease == nil {
		return
	}
	m.writes++
	text := fmt.Sprint(m.writes)
	err := lease.Write(ctx, fingerprint(text))
	if (err == nil) != (m.holder == who) || err != nil && !errors.Is(err, tenant.ErrFenced) {
		r.Fatalf("%d writes: %v; it is %d's", who, err, m.holder)
	}
	if err == nil {
		m.written = text
	}
}

func (m *leaseModel) release(r *rapid.T, who int) {
	lease := m.leases[who]
	if lease == nil {
		return
	}
	m.writes++
	text := fmt.Sprint(m.writes)
	if err := lease.Release(fingerprint(text)); err != nil {
		r.Fatalf("%d releases: %v", who, err)
	}
	delete(m.leases, who)
	if m.holder == who {
		m.holder, m.runOut, m.written = nobody, false, text
	}
}

// end stops renewing.
func (m *leaseModel) end() {
	for _, lease := range m.leases {
		_ = lease.Release(tenants.Patch{})
	}
}
