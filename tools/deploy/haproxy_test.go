package deploy_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/partywall/partywall/api/testdb"
)

// directive is what haproxy.cfg has behind words.
func directive(t *testing.T, words string) string {
	t.Helper()
	match := regexp.MustCompile(`(?m)^[^#\n]*\b` + regexp.QuoteMeta(words) + ` (\S+)`).FindStringSubmatch(read(t, "haproxy.cfg"))
	if match == nil {
		t.Fatalf("haproxy.cfg has no %q", words)
	}
	return match[1]
}

// TestTheProxyNoticesInTime holds how often the proxy asks to how long a server goes on
// that is about to end.
func TestTheProxyNoticesInTime(t *testing.T) {
	t.Parallel()
	env := environment(service(t, composed(t), "api-1"))
	holdProbe(t, directive(t, "uri"))
	if path := directive(t, "uri"); path != "/readyz" {
		t.Errorf("the proxy asks %s, which does not say that a server is about to end", path)
	}
	fall, err := strconv.Atoi(directive(t, "fall"))
	if err != nil {
		t.Fatal(err)
	}
	every, patience := seconds(t, "inter"), seconds(t, "timeout check")
	if noticed, delay := time.Duration(fall)*every+patience, duration(t, env, "DRAIN_DELAY"); noticed >= delay {
		t.Errorf("the proxy notices after %s at most that a server is about to end, which goes on for %s", noticed, delay)
	}
	if most := duration(t, env, "REQUEST_TIMEOUT"); seconds(t, "timeout server") <= most {
		t.Errorf("the proxy gives up on requests that may take %s", most)
	}
	if after, grace := seconds(t, "hard-stop-after"), service(t, composed(t), "proxy").StopGracePeriod; after >= time.Duration(*grace) {
		t.Errorf("the proxy lets requests finish for %s, and is killed after %s", after, grace)
	}
	for _, name := range []string{"api-1", "api-2"} {
		if address := directive(t, "server "+name); address != name+":"+port(t, env, "ADDR") {
			t.Errorf("the proxy sends to %s", address)
		}
	}
}

func seconds(t *testing.T, words string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(directive(t, words))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// proxy is HAProxy with haproxy.cfg in front of two servers. It returns its address and the
// file that it logs to.
func proxy(t *testing.T, servers ...*api) (base, log string) {
	t.Helper()
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	// The socket is HAProxy's from here on, so that nobody else gets the port.
	config := strings.Replace(read(t, "haproxy.cfg"), "bind :8080", "bind fd@3", 1)
	for i, s := range servers {
		name := fmt.Sprintf("api-%d", i+1)
		config = strings.Replace(config, name+":8080", strings.TrimPrefix(s.base, "http://"), 1)
	}
	// A machine with other things to do may be slow to answer, which is no reason to think
	// that a server is gone.
	config = strings.Replace(config, "timeout check 1s", "timeout check 30s", 1)
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	check, cmd := exec.Command(binary, "-c", "-f", path), exec.Command(binary, "-db", "-f", path) // #nosec G204
	check.ExtraFiles, cmd.ExtraFiles = []*os.File{file}, []*os.File{file}
	if out, err := check.CombinedOutput(); err != nil || strings.Contains(string(out), "WARNING") {
		t.Fatalf("haproxy -c: %v\n%s", err, out)
	}
	said, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = said.Close()
	_ = file.Close()
	_ = listener.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return "http://" + address, said.Name()
}

// TestServersEndWithoutARequestLost ends one of two servers behind the proxy while
// clients ask for one answer after the other: each gets it.
func TestServersEndWithoutARequestLost(t *testing.T) {
	t.Parallel()
	env := environment(service(t, composed(t), "api-1"))
	// Time for the proxy, in which this machine may have other things to do: that the time
	// of compose.yaml is enough otherwise, TestTheProxyNoticesInTime says.
	env["DRAIN_DELAY"] = "10s"
	admin := testdb.Database(t, "admin")
	first, second := serve(t, env, admin), serve(t, env, admin)
	base, log := proxy(t, first, second)

	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var answered atomic.Int64
	for range 2 {
		clients.Go(func() {
			for ctx.Err() == nil {
				code, err := status(context.WithoutCancel(ctx), base+"/.well-known/jwks.json")
				if err != nil || code != http.StatusOK {
					t.Errorf("after %d answers: %d, %v", answered.Load(), code, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if <-first.exited; first.err != nil {
		t.Errorf("the server ended with %v:\n%s", first.err, first.log.String())
	}
	if !strings.Contains(read(t, log), "Server api/api-1 is DOWN, reason: Layer7 wrong status, code: 503") {
		t.Errorf("the proxy did not notice that the server was about to end:\n%.4000s", read(t, log))
	}
	before := answered.Load()
	if code, err := status(t.Context(), base+"/readyz"); code != http.StatusOK {
		t.Errorf("the other one: %d, %v", code, err)
	}
	stop()
	clients.Wait()
	if before == 0 {
		t.Error("nothing was asked meanwhile")
	}
}
