package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/process"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	// listed is how many documents a tenant has, and an answer.
	listed = 10
	// asking is how many tenants ask in turn, however many there are beside them.
	asking = 1_000
	// atATime is how many requests are under way: more than a pool has connections.
	atATime = poolSize + 14
	// expressMost is the greatest number of tenants that the design is run with which opens
	// connections for each.
	expressMost = 1_000

	// A proxy asks instances each checkInterval whether they are ready, and gives them
	// checkTimeout to say so. One that is to end goes on for drainDelay, within which it is
	// asked several times.
	checkInterval = 250 * time.Millisecond
	checkTimeout  = time.Second
	drainDelay    = time.Second
)

func (b *bench) scalingSection() (s report.Section, err error) {
	s = report.Section{Title: "Scaling", Text: b.scalingText()}
	dir, err := os.MkdirTemp("", "partywall-scaling-")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	api := filepath.Join(dir, "api")
	build := exec.Command("go", "build", "-o", api, "./api")
	build.Dir, build.Stderr = b.root, os.Stderr
	if err := build.Run(); err != nil {
		return s, err
	}
	express := dir
	if why := b.withoutExpress(); why != "" {
		s.Text += fmt.Sprintf("\n\nExpress is not run here: %s.", why)
		express = ""
	} else if err := installExpress(dir); err != nil {
		return s, err
	}
	var all []scale
	for _, tenants := range b.scaled {
		found, err := b.scaleTo(tenants, dir, api, express)
		if err != nil {
			return s, fmt.Errorf("%d tenants: %w", tenants, err)
		}
		all = append(all, found)
	}
	lost, err := b.loseInstances(dir, api)
	if err != nil {
		return s, err
	}
	s.Rows = append(scaleRows(all, b.instances), lossRows(lost)...)
	s.Files = map[string]string{"scaling.svg": scalingChart(all)}
	return s, nil
}

func (b *bench) scalingText() string {
	text := fmt.Sprintf("One machine or many: `GET /api/users` with %d documents, asked by a user of each tenant in turn, %d requests under way at a time. Ours is the product as it is installed, a process of `go build ./api` with a pool of %d and its request log on. "+
		"Several of them stand behind a proxy of this bench, which goes round those whose `/readyz` says yes, and asks it every %v. The peer is the design that the product replaces: Express and Mongoose with a pool for each tenant, all made at the start. "+
		"Both use the replaying server, at whose socket connections are counted: the most that were ever open at once, told apart by the name that each client gives itself. All tenants are met first, by each instance, with more requests under way than its pool has connections; of more than %s, the first instance meets as many as it comes to within %s, and the others that many. Then up to that many ask in turn. "+
		"RSS is read afterwards: it grows with the tenants, users and tokens that are remembered, whose number is bounded. The peer is not run with more than %s tenants: at %d connections each and more, they would be more than mongod's 65 536 (`net.maxIncomingConnections`), and more than one address has ports for.\n\n",
		listed, atATime, poolSize, checkInterval, thousands(asking), report.Duration(float64(b.walk)), thousands(expressMost), expressEach)
	text += fmt.Sprintf("**The load generator, the replaying server, the proxy and all instances share this machine's %d cores.** Requests a second cannot grow with the number of instances here: those that are shown, and latencies with them, are what everything together comes to. "+
		"What scales is the CPU that a request takes of an instance, in seconds for 1000, and its inverse, what one core carries. An instance that has little to do takes more for each request, since it falls asleep in between and has to be woken, whether there are others or not. "+
		"So several instances are compared with one that is asked alone, and as often as each of them: a ratio of 1 says that an instance does not notice the others, and another machine adds what the first one carries.",
		runtime.NumCPU())
	if n, ok := loadAverage(); ok {
		text += fmt.Sprintf(" The machine's load average was %.2f when this began%s.", n, burden(n))
	}
	return text + "\n\n![Connections and memory against tenants](scaling.svg)"
}

// loadAverage is that of the last minute, where the system tells it as Linux does.
func loadAverage() (n float64, ok bool) {
	text, _ := os.ReadFile("/proc/loadavg")
	_, err := fmt.Sscan(string(text), &n)
	return n, err == nil
}

// quiet is the load average up to which a machine has nothing else to do.
const quiet = 1.5

// burden says what a load average did to the figures, if it did anything.
func burden(load float64) string {
	if load <= quiet {
		return ""
	}
	return ": **others worked on it at the same time**, so that everything here took longer, and more CPU, than on a quiet machine"
}

// deployment is the product as it is installed, proxies before it, and the replaying
// server behind.
type deployment struct {
	*house
	dir, api string
	running  []*process.Program
	started  int
	tokens   []string
}

func (b *bench) deploy(tenants int, dir, api string) (*deployment, error) {
	h, err := b.open(tenants)
	if err != nil {
		return nil, err
	}
	h.clients = load.New(atATime)
	d := &deployment{house: h, dir: dir, api: api}
	for i := range min(tenants, asking) {
		token, err := h.tokenOf(listed, i)
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.tokens = append(d.tokens, token)
	}
	return d, nil
}

func (d *deployment) close() error {
	var errs []error
	for _, p := range d.running {
		errs = append(errs, p.Close())
	}
	return errors.Join(append(errs, d.house.close())...)
}

// instanceName is what the i-th instance calls itself at the database.
func instanceName(i int) string { return "instance-" + strconv.Itoa(i) }

// startInstances starts n more.
func (d *deployment) startInstances(n int) error {
	for range n {
		p, err := process.Run(d.dir, []string{
			"MONGO_URI=" + d.mongo() + "?appName=" + instanceName(d.started), "ADMIN_DB=" + adminDB, "MAX_POOL_SIZE=" + strconv.Itoa(poolSize),
			"ADDR=127.0.0.1:0", "AUTH_KEYS=" + d.keys, "DRAIN_DELAY=" + drainDelay.String(),
		}, d.api)
		if err != nil {
			return err
		}
		d.started++
		d.running = append(d.running, p)
	}
	return nil
}

// startProxy stands before instances, and sends requests to all of them when it
// returns.
func (d *deployment) startProxy(name string, repeat bool, instances ...*process.Program) (*process.Process, error) {
	var addrs []string
	for _, p := range instances {
		addrs = append(addrs, p.Addr)
	}
	p, err := process.Self(nil, "serve", "-role", roleProxy, "-instances", strings.Join(addrs, ","), "-repeat="+strconv.FormatBool(repeat))
	if err != nil {
		return nil, err
	}
	d.servers[name] = p
	_, err = awaitStatus(p, func(s process.Status) bool { return len(s.Served) == len(instances) })
	return p, err
}

const (
	// statusTimeout is how long a child may take until it is as it ought to be, and
	// statusInterval how often it is asked.
	statusTimeout  = 30 * time.Second
	statusInterval = 5 * time.Millisecond
)

// awaitStatus asks a child until its status is as it ought to be.
func awaitStatus(p *process.Process, is func(process.Status) bool) (process.Status, error) {
	for until := time.Now().Add(statusTimeout); ; time.Sleep(statusInterval) {
		s, err := p.Status()
		switch {
		case err != nil || is(s):
			return s, err
		case time.Now().After(until):
			return s, fmt.Errorf("after %v a server is not as it ought to be: %+v", statusTimeout, s)
		}
	}
}

// request asks for the users of a tenant.
func (d *deployment) request(tenant int) load.Request {
	var token string
	if tenant < len(d.tokens) {
		token = d.tokens[tenant]
	} else {
		var err error
		if token, err = d.tokenOf(listed, tenant); err != nil {
			token = err.Error() // is refused, which ends the measurement
		}
	}
	return load.Request{
		Method: http.MethodGet, Path: "/api/users?limit=" + strconv.Itoa(listed), Header: map[string]string{"Authorization": "Bearer " + token}, Want: http.StatusOK,
	}
}

// walkBatch is how many tenants are met between two looks at the clock.
const walkBatch = 2_000

// meet asks a server for tenants that it may never have seen, until all are met or the
// time is over. It says how many were.
func (d *deployment) meet(addr string, tenants int) (met int, err error) {
	for until := time.Now().Add(d.walk); met < tenants && (met == 0 || time.Now().Before(until)); {
		n := min(walkBatch, tenants-met)
		if _, err := d.clients.Ask(n, func(i int) (string, load.Request) { return addr, d.request(met + i) }); err != nil {
			return met, err
		}
		met += n
	}
	return met, nil
}

// used is the CPU that processes have used together so far.
func used(pids ...int) (sum time.Duration, err error) {
	for _, pid := range pids {
		u, err := measure.Of(pid)
		if err != nil {
			return 0, err
		}
		sum += u.CPU
	}
	return sum, nil
}

// asked is a server that is measured, and what asks it.
type asked struct {
	name, addr string
	// pids are the processes whose cost it is, and front is a proxy's, 0 where there is
	// none.
	pids  []int
	front int
	// share is how many times as seldom as rate it is asked: 0 is as often as it answers.
	share int
	rate  *float64
	// noted is where its own rate goes, nil for nowhere.
	noted *float64
}

// side asks for the tenants in turn.
func (d *deployment) side(a asked) measure.Side {
	next := 0
	var fronts []int
	if a.front != 0 {
		fronts = []int{a.front}
	}
	return measure.Side{Name: a.name, Slice: func(n int) (s measure.Sample, err error) {
		before, err := used(a.pids...)
		if err != nil {
			return s, err
		}
		frontBefore, err := used(fronts...)
		if err != nil {
			return s, err
		}
		start := time.Now()
		interval := a.interval()
		taken, err := d.clients.Ask(n, func(i int) (string, load.Request) {
			time.Sleep(time.Until(start.Add(time.Duration(i) * interval)))
			return a.addr, d.request((next + i) % len(d.tokens))
		})
		if err != nil {
			return s, err
		}
		next += n
		s.Rate = float64(n) / time.Since(start).Seconds()
		if a.noted != nil {
			*a.noted = s.Rate
		}
		after, err := used(a.pids...)
		if err != nil {
			return s, err
		}
		frontAfter, err := used(fronts...)
		s.CPU, s.Front = float64(after-before)/float64(n), float64(frontAfter-frontBefore)/float64(n)
		s.Latencies(taken)
		return s, err
	}}
}

// interval is the time between two requests: none where one follows the other.
func (a asked) interval() time.Duration {
	if a.share == 0 || *a.rate == 0 {
		return 0
	}
	return time.Duration(float64(a.share) / *a.rate * float64(time.Second))
}

// scale is what was found with a number of tenants.
type scale struct {
	tenants int
	// met is how many of them the first instance met within the time that there was, and
	// walk what each cost it.
	met  int
	walk measure.Sample
	// one is an instance without a proxy, and behind are several behind one, by number.
	// seldom is an instance alone that is asked as often as each of so many.
	one            measure.Series
	behind, seldom map[int]measure.Series
	// connections are each instance's, and rss the first one's memory.
	connections []int64
	rss         int64
	// express is the other design, nil where it was not run.
	express *scaledExpress
}

type scaledExpress struct {
	series           measure.Series
	connections, rss int64
}

// scaleTo measures with a number of tenants. express is the folder that the design
// replaced is installed in, empty for none.
func (b *bench) scaleTo(tenants int, dir, api, express string) (found scale, err error) {
	found = scale{tenants: tenants, behind: map[int]measure.Series{}, seldom: map[int]measure.Series{}}
	d, err := b.deploy(tenants, dir, api)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	sides, err := d.sides()
	if err != nil {
		return found, err
	}
	if express != "" && tenants <= expressMost {
		p, err := d.startExpress(express, listed, tenants)
		if err != nil {
			return found, err
		}
		d.servers[roleExpress] = p
		sides = append(sides, d.side(asked{name: roleExpress, addr: p.Addr, pids: []int{p.Pid()}}))
	}
	if err := d.meetAll(&found); err != nil {
		return found, err
	}
	series, err := d.scale.Run(sides...)
	if err != nil {
		return found, err
	}
	found.one = series[0]
	found.seldom[1] = found.one
	next := series[1:]
	for _, n := range d.instances {
		found.behind[n], next = next[0], next[1:]
		if n > 1 {
			found.seldom[n], next = next[0], next[1:]
		}
	}
	if d.servers[roleExpress] != nil {
		found.express = &scaledExpress{series: series[len(series)-1]}
	}
	return found, d.look(&found)
}

// sides starts instances and proxies. One instance alone is the first side; after it
// come those behind proxies, and after each of several one that is asked as often as
// each of them was.
func (d *deployment) sides() ([]measure.Side, error) {
	if err := d.startInstances(slices.Max(d.instances)); err != nil {
		return nil, err
	}
	var pids []int
	for _, p := range d.running {
		pids = append(pids, p.Pid())
	}
	first := asked{name: "one instance", addr: d.running[0].Addr, pids: pids[:1]}
	sides := []measure.Side{d.side(first)}
	for _, n := range d.instances {
		name := fmt.Sprintf("%d behind a proxy", n)
		p, err := d.startProxy(name, false, d.running[:n]...)
		if err != nil {
			return nil, err
		}
		rate := new(float64)
		sides = append(sides, d.side(asked{name: name, addr: p.Addr, pids: pids[:n], front: p.Pid(), noted: rate}))
		if n > 1 {
			seldom := first
			seldom.name, seldom.share, seldom.rate = fmt.Sprintf("one as seldom as each of %d", n), n, rate
			sides = append(sides, d.side(seldom))
		}
	}
	return sides, nil
}

// meetAll lets everybody meet the tenants: the first instance all of them, as far as
// there is time, and the others those that ask later.
func (d *deployment) meetAll(found *scale) (err error) {
	first := d.running[0]
	before, err := first.Usage()
	if err != nil {
		return err
	}
	start := time.Now()
	if found.met, err = d.meet(first.Addr, found.tenants); err != nil {
		return err
	}
	found.walk.Rate = float64(found.met) / time.Since(start).Seconds()
	after, err := first.Usage()
	if err != nil {
		return err
	}
	found.walk.CPU = float64(after.CPU-before.CPU) / float64(found.met)
	for _, p := range d.running[1:] {
		if _, err := d.meet(p.Addr, len(d.tokens)); err != nil {
			return err
		}
	}
	p := d.servers[roleExpress]
	if p == nil {
		return nil
	}
	if _, err := d.meet(p.Addr, found.tenants); err != nil {
		return err
	}
	_, err = d.clients.Ask(d.warmUp(), func(i int) (string, load.Request) { return p.Addr, d.request(i % found.tenants) })
	return err
}

// look reads what is there in the end: connections and memory.
func (d *deployment) look(found *scale) error {
	database, err := d.replay.Status()
	if err != nil {
		return err
	}
	for i := range d.running {
		found.connections = append(found.connections, database.Applications[instanceName(i)])
	}
	usage, err := d.running[0].Usage()
	if err != nil {
		return err
	}
	found.rss = usage.RSS
	if found.express == nil {
		return nil
	}
	found.express.connections = database.Applications[roleExpress]
	usage, err = measure.Of(d.servers[roleExpress].Pid())
	found.express.rss = usage.RSS
	return err
}
