package server_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

var rollingLong = flag.Bool("rolling-long", false, "roll a deployment forwards, back and forwards again, with more tenants, clients and requests")

// TestRollingDeployment replaces the shop by its next version, in the order of
// docs/rolling-deployments.md, while clients use it: no request is lost or refused.
// The two differ by a migration, an index and the key that signs.
func TestRollingDeployment(t *testing.T) {
	t.Parallel()
	old, _ := builtShop(t)
	next := nextShop(t)
	d := newDeployment(t, old)
	for range d.most {
		d.add(old)
	}
	d.load.begin()
	d.step("two of the old version", func() {})
	d.roll(old, next)
	if *rollingLong {
		// Back again, without a migration down: what is stored fits both.
		d.roll(next, old)
		d.roll(old, next)
	}
	d.load.end()
	d.compare(next)
}

// origin is what the shop's next version declares besides: a field, and an index on it.
// Each stands before what the shop declares first.
var origin = map[string]string{
	`		{Name: "sku",`:           `		{Name: "origin", Type: def.String, MaxLen: 60, Doc: "Origin is where it was grown."},`,
	`		{Keys: []string{"sku"},`: `		{Keys: []string{"origin"}, Doc: "What comes from one place."},`,
}

// nextShop builds the shop's next version: the shop with an origin of its products, and
// the migration in testdata/shop-next.
func nextShop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeShop(t, dir)
	product := filepath.Join(dir, "schema", "product.go")
	text, err := os.ReadFile(product)
	if err != nil {
		t.Fatal(err)
	}
	for before, line := range origin {
		if bytes.Count(text, []byte(before)) != 1 {
			t.Fatalf("the shop's products have no line that begins with %s", before)
		}
		text = bytes.Replace(text, []byte(before), []byte(line+"\n"+before), 1)
	}
	if err := os.WriteFile(product, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "migrations"), os.DirFS("testdata/shop-next")); err != nil {
		t.Fatal(err)
	}
	run(t, dir, offline, "go", "generate", "./...")
	run(t, dir, offline, "go", "build", withoutSymbols, "-o", "bin/", ".", "./tenantctl")
	return dir
}

// deployment is several instances behind a load balancer, and their clients.
type deployment struct {
	t         *testing.T
	env       []string
	keys      keysFile
	seeds     []string // those in the file, the one that signs first
	made      byte     // how many seeds there were so far
	most      int      // how many instances serve
	instances []*instance
	balancer  *balancer
	load      *load
}

// newDeployment makes the shop's tenants, with products and an owner each.
func newDeployment(t *testing.T, shop string) *deployment {
	t.Helper()
	d := &deployment{t: t, most: 2, balancer: newBalancer(t)}
	d.env = []string{"MONGO_URI=" + testdb.URI(t), "ADMIN_DB=" + testdb.Database(t, "rolling"), "PASSWORD=correct horse"}
	d.seeds = []string{d.seed()}
	d.keys = newKeysFile(t, d.seeds...)
	tenants, clients := []string{"acme", "other"}, 1
	if *rollingLong {
		tenants, clients = []string{"acme", "other", "third"}, 3
	}
	for _, name := range tenants {
		testdb.DropAtEnd(provisionShop(t, shop, d.env, name))
	}
	// Setup made them without the shop's migrations.
	d.tenantctl(shop, "migrate", "up")
	d.load = newLoad(t, d.balancer, tenants, clients)
	return d
}

func (d *deployment) seed() string {
	d.made++
	return seedText(d.made)
}

// tenantctl runs the operators' command of a version. It must find that all is well.
func (d *deployment) tenantctl(shop string, args ...string) {
	d.t.Helper()
	run(d.t, shop, d.env, append([]string{filepath.Join(shop, "bin", "tenantctl")}, args...)...)
}

// step does something, and lets every client go its round afterwards.
func (d *deployment) step(name string, do func()) {
	d.t.Helper()
	d.load.phase.Store(&name)
	do()
	d.load.settle(name)
}

// roll replaces one version by another, in the documented order.
func (d *deployment) roll(from, to string) {
	d.t.Helper()
	retired := d.seeds[0]
	fresh := d.seed()
	d.rotate("the new key verifies", retired, fresh)
	d.rotate("the new key signs", fresh, retired)
	d.step("migrate up", func() { d.tenantctl(newer(from, to), "migrate", "up") })
	d.step("indexes ensure", func() { d.tenantctl(newer(from, to), "indexes", "ensure") })
	for i := range d.most {
		d.step(fmt.Sprintf("instance %d of the next version", i), func() { d.add(to) })
		d.step(fmt.Sprintf("instance %d of the version before ends", i), d.removeOldest)
	}
	d.step("clients have tokens by the new key", d.load.renew)
	d.rotate("the old key is removed", fresh)
	for _, in := range d.instances {
		if in.shop != to {
			d.t.Errorf("%s still serves", in.shop)
		}
	}
}

// newer returns the version whose migrations and indexes the data has from now on:
// going back takes nothing away.
func newer(from, to string) string {
	for _, dir := range []string{from, to} {
		if _, err := os.Stat(filepath.Join(dir, "migrations", "0002_origin.up.json")); err == nil {
			return dir
		}
	}
	return to
}

// rotate puts keys into the file, and has one instance after the other read it.
func (d *deployment) rotate(name string, seeds ...string) {
	d.t.Helper()
	d.seeds = seeds
	d.keys.write(d.t, seeds...)
	var ids []string
	for _, seed := range seeds {
		ids = append(ids, keyID(d.t, seed))
	}
	for i, in := range d.instances {
		d.step(fmt.Sprintf("%s, at instance %d", name, i), func() { in.readKeys(ids) })
	}
}

// add starts an instance, and returns once it is sent requests.
func (d *deployment) add(shop string) {
	d.t.Helper()
	in := startInstance(d.t, shop, append(slices.Clone(d.env), "AUTH_KEYS_FILE="+string(d.keys), "REQUIRE_CURRENT=true", "DRAIN_DELAY="+drainDelay.String()))
	d.instances = append(d.instances, in)
	in.backend = d.balancer.add(in.api.Base)
	wait(d.t, "the balancer to find an instance ready", in.backend.ready.Load)
}

// removeOldest ends an instance as an operator's tool does, and leaves the rest to it.
func (d *deployment) removeOldest() {
	d.t.Helper()
	in := d.instances[0]
	d.instances = d.instances[1:]
	if in.backend.answered.Load() == 0 {
		d.t.Error("an instance that was ready was sent nothing")
	}
	in.end()
	if in.backend.ready.Load() {
		d.t.Error("the balancer sends requests to an instance that has ended")
	}
}

// compare holds what is stored against what the clients were told is.
func (d *deployment) compare(shop string) {
	d.t.Helper()
	d.tenantctl(shop, "migrate", "verify")
	d.tenantctl(shop, "indexes", "check")
	d.load.compare()
}

// drainDelay is how long instances that end keep serving: the balancer asks each many
// times in between.
const drainDelay = 20 * pollInterval

// instance is a process that serves the shop.
type instance struct {
	t       *testing.T
	shop    string
	api     servertest.Client
	cmd     *exec.Cmd
	log     *servertest.Log
	ended   chan error
	over    bool
	backend *backend
}

func startInstance(t *testing.T, shop string, env []string) *instance {
	t.Helper()
	in := &instance{t: t, shop: shop, log: &servertest.Log{}, ended: make(chan error, 1)}
	in.cmd = exec.Command(filepath.Join(shop, "bin", "shop"))
	in.cmd.Dir = t.TempDir()
	in.cmd.Env = append(append(os.Environ(), env...), "ADDR=127.0.0.1:0", "LOG_FORMAT=json", "LOG_LEVEL=info")
	stderr, err := in.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := in.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.end)
	reader := bufio.NewReader(io.TeeReader(stderr, in.log))
	in.api = servertest.Client{Base: served(t, reader)}
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		in.ended <- in.cmd.Wait()
	}()
	return in
}

// readKeys has the instance read its keys again, and returns once it has those of ids.
func (in *instance) readKeys(ids []string) {
	in.t.Helper()
	if err := in.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		in.t.Fatal(err)
	}
	wait(in.t, "an instance to read its keys", func() bool { return slices.Equal(published(in.t, in.api), ids) })
}

// end tells the instance to end, and waits for it.
func (in *instance) end() {
	if in.over {
		return
	}
	in.over = true
	if err := in.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		in.t.Error(err)
	}
	if err := <-in.ended; err != nil {
		in.t.Errorf("an instance ended with %v\n%s", err, in.log)
	}
	for line := range bytes.Lines([]byte(in.log.String())) {
		if bytes.Contains(line, []byte(`"level":"ERROR"`)) {
			in.t.Errorf("an instance says %s", line)
		}
	}
}

// patience bounds how long anything is waited for that is to come.
const patience = 3 * time.Minute

// waitInterval is how often what is waited for is looked at.
const waitInterval = 5 * time.Millisecond

// wait returns once done says so.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	tick := time.NewTicker(waitInterval)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", strings.TrimSpace(what))
		case <-tick.C:
		}
	}
}
