package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/process"
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
		Text: fmt.Sprintf("What `tenantctl` does to a whole fleet, called directly; times are those that pass. %d tenants at once take turns with one after another. "+
			"The embedded database has the machine's cores for itself and for the runner, and looks at every document of the catalog to find one; the replaying one answers each command after %v, "+
			"as over a network, so that the runner's own limit shows. The heap is the most that is in use while a run with nothing to do goes on, sampled each millisecond while garbage is collected at once.", atOnce, network),
	}
	return s, errors.Join(b.onEmbedded(&s), b.onReplay(&s))
}

// operator is a fleet, and what closes it.
type operator struct {
	*fleet.Fleet
	clusters *tenant.Clusters
	catalog  *tenant.Catalog
}

func newOperator(uri, admin string, files fs.FS) (*operator, error) {
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, poolSize)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := &operator{clusters: clusters}
	if o.catalog, err = tenant.NewCatalog(clusters, admin, cacheTTL, log); err != nil {
		return nil, err
	}
	o.Fleet, err = fleet.New(fleet.Config{Catalog: o.catalog, Collections: gen.Collections(), Migrations: files, Steps: steps.All(), Log: log})
	return o, err
}

func (o *operator) close() error {
	o.catalog.Close()
	return o.clusters.Close(context.Background())
}

// nothing is a run that finds nothing to do.
func (o *operator) nothing() error {
	out, err := o.Migrate(context.Background(), fleet.Migration{Target: o.Latest(), Parallel: atOnce})
	if err == nil && (out.Current != out.Tenants || out.Tenants == 0) {
		err = fmt.Errorf("there was something to do: %+v", out)
	}
	return err
}

// check compares all indexes, which agree.
func (o *operator) check(parallel, tenants int) error {
	found, err := o.CheckIndexes(context.Background(), fleet.Run{Parallel: parallel})
	if err == nil && (len(found.Findings) > 0 || found.Tenants != tenants) {
		err = fmt.Errorf("%d tenants, %d findings", found.Tenants, len(found.Findings))
	}
	return err
}

// clocked is a side whose work is measured by the clock.
func clocked(name string, work func() error) measure.Side {
	return measure.Side{Name: name, Slice: func(int) (measure.Sample, error) {
		start := time.Now()
		err := work()
		return measure.Sample{P50: float64(time.Since(start))}, err
	}}
}

// race compares several at once with one after another, n tenants each.
func (b *bench) race(what string, n int, work func(parallel int) error) (report.Row, error) {
	series, err := b.slow.Run(
		clocked("at once", func() error { return work(atOnce) }),
		clocked("one after another", func() error { return work(1) }))
	if err != nil {
		return report.Row{}, err
	}
	rate := func(s measure.Series) string {
		took := s.Median().P50
		return fmt.Sprintf("%s, %.0f/s", report.Duration(took), float64(n)/(took/float64(time.Second)))
	}
	ratio := measure.Compare(series[0], series[1], measure.Latency)
	row := report.Row{What: what, Ours: rate(series[0]), Peer: rate(series[1]), Ratio: report.Times(ratio.Median), Spread: report.Spread(ratio)}
	return row.Against(fmt.Sprintf("≥ %d×", sideBySide), ratio.Median >= sideBySide), nil
}

// onReplay measures against the replaying server, which has any number of tenants.
func (b *bench) onReplay(s *report.Section) (err error) {
	server, err := b.replay(b.checked)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	o, err := newOperator("mongodb://"+server.Addr+"/", adminDB, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	row, err := b.race(fmt.Sprintf("`indexes check` over %d tenants, over a network", b.checked), b.checked, func(parallel int) error { return o.check(parallel, b.checked) })
	if err != nil {
		return err
	}
	s.Rows = append(s.Rows, row)
	return b.heaps(s)
}

func (b *bench) replay(tenants int) (*process.Process, error) {
	return process.Self(nil, "serve", "-role", roleReplay, "-tenants", fmt.Sprint(tenants), "-latency", network.String())
}

// heaps compares what runs with nothing to do take in memory, and counts what they
// send.
func (b *bench) heaps(s *report.Section) error {
	sizes := []int{b.entries / 10, b.entries, b.entries * 10}
	var heaps, commands []string
	var first, last uint64
	oneQuery := true
	for i, tenants := range sizes {
		peak, sent, err := b.heapOf(tenants)
		if err != nil {
			return err
		}
		if last = peak; i == 0 {
			first = peak
		}
		heaps, commands = append(heaps, report.Bytes(float64(peak))), append(commands, fmt.Sprint(sent))
		oneQuery = oneQuery && sent <= int64(tenants/batchSize)+1
	}
	each := (float64(last) - float64(first)) / float64(sizes[2]-sizes[0])
	what := fmt.Sprintf("nothing to do for %d, %d and %d tenants: ", sizes[0], sizes[1], sizes[2])
	s.Rows = append(s.Rows,
		report.Bound(what+"heap", fmt.Sprintf("%s: %.0f B a tenant", strings.Join(heaps, ", "), each), fmt.Sprintf("flat: ≤ %d B a tenant", heapTarget), each <= heapTarget),
		report.Bound(what+"commands", strings.Join(commands, ", "), fmt.Sprintf("one query, answered %d entries at a time", batchSize), oneQuery))
	return nil
}

const (
	// heapTarget is what the runner may keep of a tenant that it does nothing for: a
	// place in a table of hashes, of which Go keeps half free.
	heapTarget = 64
	// batchSize is how many entries one answer to the query holds.
	batchSize = 1000
)

func (b *bench) heapOf(tenants int) (peak uint64, commands int64, err error) {
	server, err := b.replay(tenants)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	o, err := newOperator("mongodb://"+server.Addr+"/", adminDB, nil)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.nothing(); err != nil {
		return 0, 0, err
	}
	before, err := server.Status()
	if err != nil {
		return 0, 0, err
	}
	peak, err = peakHeap(o.nothing)
	if err != nil {
		return 0, 0, err
	}
	after, err := server.Status()
	return peak, after.Commands - before.Commands, err
}

// garbage is how much there may be of it, in percent of what is in use, while
// heaps are compared.
const garbage = 5

// peakHeap is the most that this process has on its heap while work goes on.
func peakHeap(work func() error) (uint64, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	runtime.GC()
	var peak atomic.Uint64
	ended := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
		}
	})
	err := work()
	close(ended)
	sampling.Wait()
	return peak.Load(), err
}

// onEmbedded measures against the developers' database, which stores what it is
// given.
func (b *bench) onEmbedded(s *report.Section) (err error) {
	e, err := b.startEmbedded()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	for _, measured := range []func(*report.Section) error{e.nothing, e.provision, e.check} {
		if err := measured(s); err != nil {
			return err
		}
	}
	return nil
}

// embedded is the developers' database as a process of its own.
type embedded struct {
	*bench
	uri    string
	cmd    *exec.Cmd
	stdin  io.Closer
	client *mongo.Client
	dir    string
}

func (b *bench) startEmbedded() (e *embedded, err error) {
	dir, err := os.MkdirTemp("", "partywall-bench-")
	if err != nil {
		return nil, err
	}
	e = &embedded{bench: b, dir: dir}
	binary := filepath.Join(dir, "dev")
	build := exec.Command("go", "-C", filepath.Join(b.root, "tools", "dev"), "build", "-o", binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	e.cmd = exec.Command(binary, "mongod", "-listen", "127.0.0.1:0", "-dir", filepath.Join(dir, "data"))
	e.cmd.Stderr = os.Stderr
	if e.stdin, err = e.cmd.StdinPipe(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	out, err := e.cmd.StdoutPipe()
	if err == nil {
		err = e.cmd.Start()
	}
	if err == nil {
		e.uri, err = bufio.NewReader(out).ReadString('\n')
		e.uri = strings.TrimSpace(e.uri)
	}
	if err == nil {
		e.client, err = mongo.Connect(options.Client().ApplyURI(e.uri))
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *embedded) close() error {
	var errs []error
	if e.client != nil {
		errs = append(errs, e.client.Disconnect(context.Background()))
	}
	if e.cmd != nil && e.cmd.Process != nil {
		errs = append(errs, e.stdin.Close(), e.cmd.Wait())
	}
	return errors.Join(append(errs, os.RemoveAll(e.dir))...)
}

// nothing is a run over a large catalog of which every entry is current.
func (e *embedded) nothing(s *report.Section) (err error) {
	o, err := newOperator(e.uri, "nothing", migrations.Files)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := e.enter("nothing", e.current(o), e.entries); err != nil {
		return err
	}
	series, err := e.slow.Run(clocked("nothing to do", o.nothing))
	if err != nil {
		return err
	}
	took := series[0].Median().P50
	s.Rows = append(s.Rows, report.Bound(fmt.Sprintf("`migrate up` with nothing to do for %d tenants", e.entries),
		report.Duration(took), "< "+report.Duration(float64(nothingTarget)), took < float64(nothingTarget)))
	return nil
}

// current is what the entry of a tenant says that has all there is.
func (e *embedded) current(o *operator) bson.D {
	return bson.D{
		{Key: "state", Value: "active"}, {Key: "fingerprint", Value: gen.Fingerprint()},
		{Key: "migration", Value: bson.D{{Key: "version", Value: o.Latest()}}},
	}
}

// enter stores n entries of a catalog, each with a database of its own.
func (e *embedded) enter(admin string, members bson.D, n int) error {
	var entries []any
	for i := range n {
		name := fmt.Sprintf("%s-%d", admin, i)
		entries = append(entries, append(bson.D{{Key: "name", Value: name}, {Key: "database", Value: name}}, members...))
	}
	_, err := e.client.Database(admin).Collection("tenants").InsertMany(context.Background(), entries)
	return err
}

// check compares the indexes of tenants that have them.
func (e *embedded) check(s *report.Section) (err error) {
	o, err := newOperator(e.uri, "checked", nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := e.enter("checked", bson.D{{Key: "state", Value: "active"}, {Key: "fingerprint", Value: gen.Fingerprint()}}, e.checked); err != nil {
		return err
	}
	if _, err := o.EnsureIndexes(context.Background(), fleet.Run{Parallel: atOnce}, false); err != nil {
		return err
	}
	return e.raceHere(s, fmt.Sprintf("`indexes check` over %d tenants, embedded database", e.checked), e.checked,
		func(parallel int) error { return o.check(parallel, e.checked) })
}

// raceHere is a race for the machine's cores, of which it also says how many are
// busy.
func (e *embedded) raceHere(s *report.Section, what string, n int, work func(parallel int) error) error {
	row, err := e.race(what, n, work)
	if err != nil {
		return err
	}
	before, start := e.used(), time.Now()
	if err := work(atOnce); err != nil {
		return err
	}
	if after := e.used(); before > 0 {
		row.Ours += fmt.Sprintf(", %.1f of %d cores busy", float64(after-before)/float64(time.Since(start)), runtime.NumCPU())
	}
	s.Rows = append(s.Rows, row)
	return nil
}

// used is the CPU that this process and the database have used so far, 0 where the
// operating system does not tell in the way of Linux.
func (e *embedded) used() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.cmd.Process.Pid))
	own, failed := measure.Now()
	_, fields, ok := strings.Cut(string(text), ") ")
	if err != nil || failed != nil || !ok {
		return 0
	}
	var state string
	var skipped, user, system int64
	in := []any{&state}
	for range 10 {
		in = append(in, &skipped)
	}
	if _, err := fmt.Sscan(fields, append(in, &user, &system)...); err != nil {
		return 0
	}
	return own.CPU + time.Duration(user+system)*clockTick
}

// clockTick is the unit of /proc's times: Linux has 100 a second (proc_pid_stat(5)).
const clockTick = 10 * time.Millisecond

// provision makes tenants, each time in a catalog of its own.
func (e *embedded) provision(s *report.Section) error {
	round := 0
	return e.raceHere(s, fmt.Sprintf("%d tenants made, embedded database", e.made), e.made, func(parallel int) (err error) {
		round++
		o, err := newOperator(e.uri, fmt.Sprintf("made%d", round), migrations.Files)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, o.close()) }()
		return o.make(e.made, parallel)
	})
}

// make provisions n tenants, parallel at a time.
func (o *operator) make(n, parallel int) error {
	slots := make(chan struct{}, parallel)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			_, errs[i] = o.Provision(context.Background(), fmt.Sprintf("made-%d", i), tenant.DefaultCluster)
			<-slots
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
