package main

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/process"
)

// settlement are tenants of a server that counts commands.
type settlement struct {
	*operator
	database *scripted.Server
	client   *mongo.Client
	// tenants is how many there are, and few how many there were when the heap was looked at first.
	tenants, few int
	// fewHeap and allHeap are the most that a process has on its heap that checks the indexes of so many.
	fewHeap, allHeap float64
}

// newSettlement returns a server with a catalog, and no tenants.
func newSettlement(cfg fleet.Config) (*settlement, error) {
	database, err := scripted.New(scripted.ReplicaSet())
	if err != nil {
		return nil, err
	}
	s := &settlement{database: database}
	if s.client, err = mongo.Connect(options.Client().ApplyURI(database.URI())); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.operator, err = newOperator(database.URI(), adminDB, cfg); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.EnsureAdmin(context.Background()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *settlement) close() error {
	var errs []error
	if s.operator != nil {
		errs = append(errs, s.operator.close())
	}
	if s.client != nil {
		errs = append(errs, s.client.Disconnect(context.Background()))
	}
	s.database.Close()
	return errors.Join(errs...)
}

// settle returns a server with all tenants, each of which has stored its documents. Of ours, it looks on the way at what
// checking them takes in memory.
func (b *bench) settle(eager bool) (*settlement, error) {
	s, err := newSettlement(fleet.Config{Collections: withCatalog(manyThings()), Eager: eager})
	if err != nil {
		return nil, err
	}
	s.few = max(b.settlers/10, 1)
	for _, stage := range []struct {
		tenants int
		heap    *float64
	}{{s.few, &s.fewHeap}, {b.settlers, &s.allHeap}} {
		err := s.furnish(stage.tenants)
		if err == nil && !eager {
			*stage.heap, err = s.checkingHeap(b.slow.Repetitions)
		}
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.database.Reset()
	}
	return s, nil
}

// provision makes tenants until there are n.
func (s *settlement) provision(n int) error {
	return s.grow(n, func(int, *tenant.Entry) error { return nil })
}

// furnish makes tenants until there are n, and has each of the new ones store a document in each collection that it uses.
func (s *settlement) furnish(n int) error {
	all := manyThings()
	return s.grow(n, func(i int, t *tenant.Entry) error {
		for k := range usedThings {
			c := runtime.Collection{Collection: all[(i+k*spreadThings)%things]}
			if err := runtime.In(t.Handle(), &c).Insert(context.Background(), thing(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

// grow makes tenants until there are n, and does something with each of the new ones.
func (s *settlement) grow(n int, do func(i int, t *tenant.Entry) error) error {
	before := s.tenants
	s.tenants = n
	return each(n-before, atOnce, func(i int) error {
		t, err := s.Provision(context.Background(), settlerName(before+i), tenant.DefaultCluster)
		if err != nil {
			return err
		}
		return do(before+i, t)
	})
}

func settlerName(i int) string { return fmt.Sprintf("settler-%d", i) }

// signUp makes one tenant more.
func (s *settlement) signUp() error { return s.provision(s.tenants + 1) }

// check is CI's gate, which finds nothing.
func (s *settlement) check() error { return s.operator.check(atOnce, s.tenants) }

// commandsOf are the commands that work sends.
func (s *settlement) commandsOf(work func() error) ([]scripted.Command, error) {
	s.database.Reset()
	err := work()
	return s.database.Commands(), err
}

// checkingHeap is the most that a process of its own has on its heap while it compares the indexes of all tenants, the
// median of several such processes.
func (s *settlement) checkingHeap(processes int) (float64, error) {
	peaks := make([]float64, processes)
	for i := range peaks {
		var err error
		if peaks[i], err = s.peakOfChecking(); err != nil {
			return 0, err
		}
	}
	return measure.Median(peaks), nil
}

func (s *settlement) peakOfChecking() (peak float64, err error) {
	p, err := process.Self(nil, "serve", "-role", roleCheck, "-mongo", s.database.URI(), "-tenants", fmt.Sprint(s.tenants))
	if err != nil {
		return 0, err
	}
	status, err := p.Status()
	return float64(status.PeakHeap), errors.Join(err, p.Close())
}
