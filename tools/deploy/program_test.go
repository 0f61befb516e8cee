package deploy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/partywall/partywall/api/testdb"
)

// folder is where programs are, and gone after the tests.
var folder string

// programs builds api and tenantctl as a release does.
var programs = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "partywall-deploy-"); err != nil {
		return "", err
	}
	folder = dir
	for _, name := range []string{"api", "tenantctl"} {
		cmd := exec.Command("./build", name, runtime.GOOS, runtime.GOARCH, filepath.Join(dir, name)) // #nosec G204
		cmd.Env = append(os.Environ(), "VERSION=test")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return dir, nil
})

func program(t *testing.T, name string) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// variables are what a program reads, as its help says, with their defaults.
func variables(t *testing.T, name string) map[string]string {
	t.Helper()
	out, err := exec.Command(program(t, name), "--help").CombinedOutput() // #nosec G204
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, match := range regexp.MustCompile(`(?m)^  ([A-Z][A-Z_]+)(?: \(default (.*)\))?$`).FindAllStringSubmatch(string(out), -1) {
		found[match[1]] = match[2]
	}
	if len(found) < 5 {
		t.Fatalf("%s --help lists %v", name, found)
	}
	return found
}

// runtimeVariables are read by Go's runtime.
var runtimeVariables = []string{"GOMAXPROCS", "GOMEMLIMIT"}

// holdVariables looks whether a program reads all that is set for it.
func holdVariables(t *testing.T, name string, env map[string]string) {
	t.Helper()
	known := variables(t, name)
	for _, variable := range slices.Sorted(maps.Keys(env)) {
		if _, ok := known[variable]; !ok && !slices.Contains(runtimeVariables, variable) {
			t.Errorf("%s is set for %s, which does not read it", variable, name)
		}
	}
}

// setting is what a variable of the API is set to, or else its default.
func setting(t *testing.T, env map[string]string, name string) string {
	t.Helper()
	if value := env[name]; value != "" {
		return value
	}
	return variables(t, "api")[name]
}

func duration(t *testing.T, env map[string]string, name string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(setting(t, env, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// port is that of ADDR or ADMIN_ADDR, which others are to reach.
func port(t *testing.T, env map[string]string, name string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(setting(t, env, name))
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		t.Errorf("%s is %s: nobody else reaches it", name, setting(t, env, name))
	}
	return port
}

// holdMemory looks whether what may be hashed at once, and what the collector aims at, fit
// the memory that a container may have, in bytes.
func holdMemory(t *testing.T, env map[string]string, limit int64) {
	t.Helper()
	const hash = 19 << 20
	mebibytes, ok := strings.CutSuffix(env["GOMEMLIMIT"], "MiB")
	aim, err := strconv.ParseInt(mebibytes, 10, 64)
	if !ok || err != nil || aim<<20 > limit*9/10 {
		t.Errorf("GOMEMLIMIT is %q, and the container may have %d bytes", env["GOMEMLIMIT"], limit)
	}
	processors, err := strconv.ParseInt(env["GOMAXPROCS"], 10, 64)
	if err != nil || processors*hash > aim<<20/2 {
		t.Errorf("GOMAXPROCS is %q: so many hashes take more than half of %s", env["GOMAXPROCS"], env["GOMEMLIMIT"])
	}
}

// margin is what a server may take to end beside the two, to close what it has open.
const margin = 5 * time.Second

// holdGrace looks whether a server that is told to end is given the time that it needs.
func holdGrace(t *testing.T, env map[string]string, grace time.Duration) {
	t.Helper()
	if least := duration(t, env, "DRAIN_DELAY") + duration(t, env, "DRAIN_TIMEOUT") + margin; grace < least {
		t.Errorf("a server that is told to end is killed after %s; it may need %s", grace, least)
	}
}

// holdProbe looks whether a probe asks for what the API serves.
func holdProbe(t *testing.T, path string) {
	t.Helper()
	var document struct {
		Paths map[string]struct{ Get json.RawMessage }
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(root, "gen", "openapi.json"))), &document); err != nil {
		t.Fatal(err)
	}
	if document.Paths[path].Get == nil {
		t.Errorf("a probe asks GET %s, which the API does not serve", path)
	}
}

// pinned says that an image is of one version.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?[0-9]+(\.[0-9]+)*[a-z0-9.-]*$`)

func holdImage(t *testing.T, image string) {
	t.Helper()
	if !pinned.MatchString(image) {
		t.Errorf("the image %q is not of one version", image)
	}
}

// api is a running server.
type api struct {
	cmd    *exec.Cmd
	base   string
	exited chan struct{}
	// log is what it said and err what it ended with, to be read once it exited.
	log strings.Builder
	err error
}

// serve runs the API with a configuration as it is, but for addresses, the database and
// the keys' file, which are this test's.
func serve(t *testing.T, env map[string]string, adminDB string) *api {
	t.Helper()
	env = maps.Clone(env)
	env["MONGO_URI"], env["ADMIN_DB"] = testdb.URI(t), adminDB
	env["ADDR"], env["LOG_FORMAT"] = "127.0.0.1:0", "json"
	if env["ADMIN_ADDR"] != "" {
		env["ADMIN_ADDR"] = "127.0.0.1:0"
	}
	if env["AUTH_KEYS_FILE"] != "" {
		env["AUTH_KEYS_FILE"] = filepath.Join(secrets(t), "auth-keys")
	}
	a := &api{cmd: exec.Command(program(t, "api")), exited: make(chan struct{})} // #nosec G204
	a.cmd.Dir = t.TempDir()
	for name, value := range env {
		a.cmd.Env = append(a.cmd.Env, name+"="+value)
	}
	stderr, err := a.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan string, 1)
	go a.follow(stderr, serving)
	t.Cleanup(func() {
		_ = a.cmd.Process.Kill()
		<-a.exited
	})
	addr, ok := <-serving
	if !ok {
		<-a.exited
		t.Fatalf("the API does not serve:\n%s", a.log.String())
	}
	a.base = "http://" + addr
	return a
}

// follow reads the log. The first address that is said to be served is the API's; if there
// is none, serving is closed.
func (a *api) follow(stderr io.Reader, serving chan<- string) {
	said := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		_, _ = fmt.Fprintln(&a.log, lines.Text())
		var line struct{ Msg, Addr string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" && !said {
			said = true
			serving <- line.Addr
		}
	}
	a.err = a.cmd.Wait()
	close(serving)
	close(a.exited)
}

// status is what the API answers.
func status(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// holdServing runs the API as configured: it is ready, says so no longer when it is told
// to end, while it goes on, and ends by itself.
func holdServing(t *testing.T, env map[string]string) {
	t.Helper()
	a := serve(t, env, testdb.Database(t, "admin"))
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, err := status(t.Context(), a.base+path); code != http.StatusOK {
			t.Errorf("GET %s: %d, %v", path, code, err)
		}
	}
	if err := a.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	drained := false
	for !drained {
		select {
		case <-a.exited:
			t.Fatalf("it ended (%v), and never said that it would:\n%s", a.err, a.log.String())
		default:
		}
		code, err := status(t.Context(), a.base+"/readyz")
		drained = err == nil && code == http.StatusServiceUnavailable
	}
	if code, err := status(t.Context(), a.base+"/healthz"); code != http.StatusOK {
		t.Errorf("GET /healthz while it is about to end: %d, %v", code, err)
	}
	if <-a.exited; a.err != nil {
		t.Errorf("it ended with %v:\n%s", a.err, a.log.String())
	}
	for line := range strings.Lines(a.log.String()) {
		if !strings.Contains(line, `"level":"INFO"`) && !strings.Contains(line, `"msg":"not ready"`) {
			t.Errorf("the log warns: %s", line)
		}
	}
}

// secrets is a folder with what compose-keys makes.
func secrets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("./compose-keys", dir).CombinedOutput(); err != nil { // #nosec G204
		t.Fatalf("compose-keys: %v\n%s", err, out)
	}
	return filepath.Join(dir, "secrets")
}

// run runs a program to its end.
func run(t *testing.T, name string, env map[string]string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(program(t, name), args...) // #nosec G204
	cmd.Dir = t.TempDir()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	text, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
