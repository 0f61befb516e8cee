package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/process"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

func (b *bench) fleetSection() (report.Section, error) {
	s := report.Section{
		Title: "Tenants",
		Text: fmt.Sprintf("The product against catalogs of different sizes, `MAX_POOL_SIZE` being %d. Starting: from the start of the process to the answer of the first list, "+
			"the median of several starts; the ratio is to the smallest catalog. Connections: the most that the replaying server ever had open at once, while more clients than the pool has connections asked for a list of each tenant in turn.", poolSize),
	}
	var first time.Duration
	for _, tenants := range b.fleets {
		took, rows, err := b.measureFleet(tenants)
		if err != nil {
			return s, fmt.Errorf("%d tenants: %w", tenants, err)
		}
		if first == 0 {
			first = took
		}
		ratio := float64(took) / float64(first)
		start := report.Bound(fmt.Sprintf("%d tenants: start to first answer", tenants), report.Duration(float64(took)), "no growth (≤ 1.25×)", ratio <= 1.25)
		start.Ratio = report.Times(ratio)
		s.Rows = append(s.Rows, append(rows, start)...)
	}
	return s, nil
}

// monitors are the connections that a driver keeps beside its pool.
const monitors = 2

// measureFleet starts servers on a catalog of that many tenants, and asks the
// last of them for each.
func (b *bench) measureFleet(tenants int) (took time.Duration, rows []report.Row, err error) {
	h, err := b.open(tenants)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	took, server, err := h.starts()
	if err != nil {
		return 0, nil, err
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
		return 0, nil, err
	}
	database, err := h.replay.Status()
	if err != nil {
		return 0, nil, err
	}
	status, err := server.Status()
	if err != nil {
		return 0, nil, err
	}
	ours := fmt.Sprintf("%d connections, heap %s", database.Peak, report.Bytes(float64(status.Usage.Heap)))
	return took, []report.Row{report.Bound(fmt.Sprintf("%d tenants: connections", tenants), ours,
		fmt.Sprintf("≤ %d connections", poolSize+monitors), database.Peak <= poolSize+monitors)}, nil
}

// starts is the median time to the first answer, and the server that was started
// last.
func (h *house) starts() (time.Duration, *process.Process, error) {
	r, err := h.page(1)
	if err != nil {
		return 0, nil, err
	}
	var took []time.Duration
	for {
		start := time.Now()
		server, err := h.start(roleProduct)
		if err != nil {
			return 0, nil, err
		}
		_, _, err = h.clients.Do(server.Addr, r)
		took = append(took, time.Since(start))
		if err == nil && len(took) >= h.slow.Repetitions {
			slices.Sort(took)
			return took[len(took)/2], server, nil
		}
		if err = errors.Join(err, server.Close()); err != nil {
			return 0, nil, err
		}
	}
}
