package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

func (b *bench) fleetSection() (report.Section, error) {
	s := report.Section{
		Title: "Tenants",
		Text: fmt.Sprintf("The product against catalogs of different sizes, `MAX_POOL_SIZE` being %d. Starting: from the start of the process to the answer of the first list, "+
			"starts with different catalogs taking turns; the ratio is to the smallest catalog. Connections: the most that the replaying server ever had open at once, while more clients than the pool has connections asked for a list of each tenant in turn.", poolSize),
	}
	houses, err := b.openAll()
	if err == nil {
		err = b.measureFleets(&s, houses)
	}
	for _, h := range houses {
		err = errors.Join(err, h.close())
	}
	return s, err
}

// openAll starts a database for each size of the fleet.
func (b *bench) openAll() (houses []*house, err error) {
	for _, tenants := range b.fleets {
		h, err := b.open(tenants)
		if err != nil {
			return houses, err
		}
		houses = append(houses, h)
	}
	return houses, nil
}

func (b *bench) measureFleets(s *report.Section, houses []*house) error {
	var starting []measure.Side
	for i, h := range houses {
		starting = append(starting, h.starting(counted(b.fleets[i])))
	}
	series, err := b.starts.Run(starting...)
	if err != nil {
		return err
	}
	for i, h := range houses {
		row, err := h.connections(b.fleets[i])
		if err != nil {
			return err
		}
		ratio := measure.Compare(series[0], series[i], measure.Latency)
		start := report.Bound(fmt.Sprintf("%d tenants: start to first answer", b.fleets[i]),
			report.Duration(series[i].Median().P50), fmt.Sprintf("no growth (≤ %g×)", growth), ratio.Median <= growth)
		start.Ratio, start.Spread = report.Times(ratio.Median), report.Spread(ratio)
		s.Rows = append(s.Rows, row, start)
	}
	return nil
}

// growth is what a start may take longer than with the smallest catalog before
// it is more than chance.
const growth = 1.25

// starting is a side whose work is to start a server and to get its first
// answer.
func (h *house) starting(name string) measure.Side {
	return measure.Side{Name: name, Slice: func(int) (s measure.Sample, err error) {
		r, err := h.page(1)
		if err != nil {
			return s, err
		}
		start := time.Now()
		server, err := h.start(roleProduct)
		if err != nil {
			return s, err
		}
		_, _, err = h.clients.Do(server.Addr, r)
		s.P50 = float64(time.Since(start))
		return s, errors.Join(err, server.Close())
	}}
}

// monitors are the connections that a driver keeps beside its pool.
const monitors = 2

// connections asks a server for each of the tenants once, and counts how many
// connections that takes.
func (h *house) connections(tenants int) (row report.Row, err error) {
	server, err := h.start(roleProduct)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	clients := load.New(poolSize + 14)
	defer clients.Close()
	expires := time.Now().Add(time.Hour)
	if _, err := clients.Ask(tenants, func(i int) (string, load.Request) {
		token, err := h.tokens.Issue(auth.Identity{Tenant: canned.TenantID(1, i), Role: "super", Expires: expires})
		if err != nil {
			token = err.Error() // is refused, which ends the measurement
		}
		return server.Addr, load.Request{
			Method: http.MethodGet, Path: "/api/users", Header: map[string]string{"Authorization": "Bearer " + token}, Want: http.StatusOK,
		}
	}); err != nil {
		return row, err
	}
	database, err := h.replay.Status()
	if err != nil {
		return row, err
	}
	status, err := server.Status()
	if err != nil {
		return row, err
	}
	ours := fmt.Sprintf("%d connections, heap %s", database.Peak, report.Bytes(float64(status.Usage.Heap)))
	return report.Bound(fmt.Sprintf("%d tenants: connections", tenants), ours,
		fmt.Sprintf("≤ %d connections", poolSize+monitors), database.Peak <= poolSize+monitors), nil
}
