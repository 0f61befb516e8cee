package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	// atOnce is how many tenants tenantctl works on side by side.
	atOnce = 8
	// network is how long the replaying server takes to answer, where it stands for
	// one in another building.
	network = time.Millisecond
	// nothingTarget is how long a run with nothing to do may take, and sideBySide
	// how many times as fast as one after another several at once are to be.
	nothingTarget = 2 * time.Second
	sideBySide    = 3
)

func (b *bench) operationsSection() (s report.Section, err error) {
	s = report.Section{
		Title: "Operations",
		Text: fmt.Sprintf("What `tenantctl` does to a whole fleet, called directly; times are those that pass. Ours is %d tenants at once, the peer the same one after another; cores are those that the runner and the database keep busy together. "+
			"Tenants are made with `EAGER_COLLECTIONS`; what they cost without is under Namespaces. "+
			"The embedded database stores what it is given, has the machine's cores for itself and for the runner, and looks at every document of the catalog to find one; the replaying one answers each command after %v, "+
			"as over a network, and remembers nothing but the catalog, so that it shows the runner's own limit and no database's. "+
			"The heap is the most that is in use while a run goes on, sampled each millisecond while garbage is collected at once.", atOnce, network),
	}
	return s, errors.Join(b.onEmbedded(&s), b.onReplay(&s))
}

// operator is a fleet, and what closes it.
type operator struct {
	*fleet.Fleet
	clusters *tenant.Clusters
	catalog  *tenant.Catalog
}

// newOperator opens the fleet of a catalog. cfg says what is not the same for all: without Collections they are those of
// this repository.
func newOperator(uri, admin string, cfg fleet.Config) (*operator, error) {
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, poolSize)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := &operator{clusters: clusters}
	if o.catalog, err = tenant.NewCatalog(clusters, admin, cacheTTL, log); err != nil {
		return nil, err
	}
	if cfg.Collections == nil {
		for _, c := range gen.Collections() {
			cfg.Collections = append(cfg.Collections, c.Collection)
		}
	}
	people := users.Collection()
	cfg.Catalog, cfg.Steps, cfg.Log = o.catalog, steps.All(&people.Collection), log
	o.Fleet, err = fleet.New(cfg)
	return o, err
}

func (o *operator) close() error {
	o.catalog.Close()
	return o.clusters.Close(context.Background())
}

// nothing is a run that finds nothing to do for that many tenants.
func (o *operator) nothing(tenants int) error {
	out, err := o.Migrate(context.Background(), migrate.Options{Target: o.Latest(), Parallel: atOnce})
	if err == nil && (out.Current != tenants || out.Tenants != tenants) {
		err = fmt.Errorf("there was something to do: %+v", out)
	}
	return err
}

// check compares all indexes, which agree.
func (o *operator) check(parallel, tenants int) error {
	found, err := o.CheckIndexes(context.Background(), visit.Options{Parallel: parallel})
	if err == nil && (len(found.Findings) > 0 || found.Tenants != tenants) {
		err = fmt.Errorf("%d tenants, %d findings", found.Tenants, len(found.Findings))
	}
	return err
}

// make provisions n tenants, parallel at a time, whose names start with prefix.
func (o *operator) make(prefix string, n, parallel int) error {
	return each(n, parallel, func(i int) error {
		_, err := o.Provision(context.Background(), fmt.Sprintf("%s-%d", prefix, i), tenant.DefaultCluster)
		return err
	})
}

// each does something n times, parallel of them at once.
func each(n, parallel int, do func(i int) error) error {
	slots := make(chan struct{}, parallel)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			errs[i] = do(i)
			<-slots
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// race is work on n tenants, several of them at once and one after another.
type race struct {
	what string
	n    int
	// used is the CPU that the runner and the database have used so far.
	used func() (time.Duration, error)
	// prepare makes ready what is measured: work on parallel tenants at a time.
	prepare func(parallel int) (work func() error, err error)
}

// side is a side whose work is measured by the clock, and by the CPU that the
// runner and the database use together.
func (r race) side(name string, parallel int) measure.Side {
	return measure.Side{Name: name, Slice: func(int) (s measure.Sample, err error) {
		work, err := r.prepare(parallel)
		if err != nil {
			return s, err
		}
		before, err := r.used()
		if err != nil {
			return s, err
		}
		start := time.Now()
		if err := work(); err != nil {
			return s, err
		}
		s.P50 = float64(time.Since(start))
		after, err := r.used()
		s.CPU = float64(after - before)
		return s, err
	}}
}

// run lets both take turns.
func (r race) run(plan measure.Plan) (report.Row, error) {
	series, err := plan.Run(r.side("at once", atOnce), r.side("one after another", 1))
	if err != nil {
		return report.Row{}, fmt.Errorf("%s: %w", r.what, err)
	}
	ratio := measure.Compare(series[0], series[1], measure.Latency)
	row := report.Row{
		What: r.what, Ours: r.rate(series[0].Median()), Peer: r.rate(series[1].Median()),
		Ratio: report.Times(ratio.Median), Spread: report.Spread(ratio),
	}
	return row.Against(fmt.Sprintf("≥ %d×", sideBySide), ratio.Median >= sideBySide), nil
}

func (r race) rate(s measure.Sample) string {
	text := fmt.Sprintf("%s, %.0f/s", report.Duration(s.P50), float64(r.n)/(s.P50/float64(time.Second)))
	if s.CPU > 0 {
		text += fmt.Sprintf(", %.1f of %d cores", s.CPU/s.P50, runtime.NumCPU())
	}
	return text
}

// onReplay measures against the replaying server, which has any number of tenants.
func (b *bench) onReplay(s *report.Section) (err error) {
	server, err := startReplay(network, b.checked)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	o, err := newOperator("mongodb://"+server.Addr+"/", adminDB, fleet.Config{Migrations: migrations.Files, Eager: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	used := func() (time.Duration, error) {
		status, err := server.Status()
		own, failed := measure.Now()
		return status.Usage.CPU + own.CPU, errors.Join(err, failed)
	}
	for _, r := range []race{o.making(b.made, used), o.checking(b.checked, used)} {
		r.what += ", over a network"
		row, err := r.run(b.slow)
		if err != nil {
			return err
		}
		s.Rows = append(s.Rows, row)
	}
	return b.heaps(s)
}

// making is a race to provision n tenants, with all collections: without, there is nothing that takes time.
func (o *operator) making(n int, used func() (time.Duration, error)) race {
	round := 0
	return race{fmt.Sprintf("%d tenants made with all collections", n), n, used, func(parallel int) (func() error, error) {
		round++
		return func() error { return o.make(fmt.Sprintf("made-%d", round), n, parallel) }, nil
	}}
}

// checking is a race to compare the indexes of the n tenants that there are.
func (o *operator) checking(n int, used func() (time.Duration, error)) race {
	return race{fmt.Sprintf("`indexes check` over %d tenants", n), n, used, func(parallel int) (func() error, error) {
		return func() error { return o.check(parallel, n) }, nil
	}}
}
