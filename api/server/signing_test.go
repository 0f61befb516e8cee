package server_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// seedText returns a key as AUTH_KEYS has it.
func seedText(b byte) string { return base64.StdEncoding.EncodeToString(slices.Repeat([]byte{b}, 32)) }

// keyID returns what a key is called.
func keyID(t *testing.T, text string) string {
	t.Helper()
	keys, err := auth.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys.Public()[0].ID
}

// keysFile is a file with keys, as an operator keeps them: replaced in one step.
type keysFile string

func newKeysFile(t *testing.T, keys ...string) keysFile {
	t.Helper()
	f := keysFile(filepath.Join(t.TempDir(), "auth.keys"))
	f.write(t, keys...)
	return f
}

func (f keysFile) write(t *testing.T, keys ...string) {
	t.Helper()
	next := string(f) + ".new"
	if err := os.WriteFile(next, []byte(strings.Join(keys, ",\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, string(f)); err != nil {
		t.Fatal(err)
	}
}

// fromFile makes a server read its keys from f.
func (f keysFile) config(adminDB string) func(*server.Config) {
	return func(cfg *server.Config) {
		cfg.AuthKeys, cfg.AuthKeysFile = "", string(f)
		if adminDB != "" {
			cfg.AdminDB = adminDB
		}
	}
}

// published returns the ids of the keys that a server lets others verify with.
func published(t *testing.T, a servertest.Client) []string {
	t.Helper()
	var ids []string
	for _, key := range a.Call(t, "GET /.well-known/jwks.json", "").List("keys") {
		ids = append(ids, fmt.Sprint(key["kid"]))
	}
	return ids
}

// signedBy returns an operator's token by a key that the test has.
func signedBy(t *testing.T, key string, who auth.Identity) string {
	t.Helper()
	keys, err := auth.ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	who.Expires = time.Now().Add(time.Hour)
	token, err := auth.NewTokens(keys).Issue(who)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestKeysAreReadAgain changes the file of keys below a server.
func TestKeysAreReadAgain(t *testing.T) {
	t.Parallel()
	first, second := seedText(1), seedText(2)
	file := newKeysFile(t, first)
	a := servertest.Start(t, testdb.URI(t), file.config(""))
	one := a.Provision(t, "one")
	who := auth.Identity{Tenant: one.ID, Permissions: []string{"read"}}
	byFirst, bySecond := signedBy(t, first, who), signedBy(t, second, who)
	expect := func(step string, status1, status2 int, keys ...string) {
		t.Helper()
		for token, status := range map[string]int{byFirst: status1, bySecond: status2} {
			if got := a.Call(t, "GET /api/users", "", bearer(token)...); got.Status != status {
				t.Errorf("%s: %d instead of %d: %s", step, got.Status, status, got.Text)
			}
		}
		var want []string
		for _, key := range keys {
			want = append(want, keyID(t, key))
		}
		if got := published(t, a.Client); !slices.Equal(got, want) {
			t.Errorf("%s: jwks.json has %v, want %v", step, got, want)
		}
	}
	reload := func(ok bool) {
		t.Helper()
		if err := a.ReloadKeys(t.Context()); (err == nil) != ok {
			t.Errorf("reading the keys again: %v", err)
		}
	}
	expect("at the start", 200, 401, first)
	file.write(t, first, second)
	expect("before it is read again", 200, 401, first)
	reload(true)
	expect("with one more", 200, 200, first, second)
	for name, content := range map[string]string{
		"what is no key": first + ",hunter2", "nothing": "", "one twice": first + "," + first, "too much": strings.Repeat(" ", 64<<10) + second,
	} {
		file.write(t, content)
		reload(false)
		expect("with "+name+" in the file", 200, 200, first, second)
	}
	if err := os.Remove(string(file)); err != nil {
		t.Fatal(err)
	}
	reload(false)
	expect("without the file", 200, 200, first, second)
	file.write(t, second)
	reload(true)
	expect("with one less", 401, 200, second)

	log := a.Log.String()
	for _, secret := range []string{first, second, "hunter2", byFirst} {
		if strings.Contains(log, secret) {
			t.Errorf("the log quotes %s", secret)
		}
	}
	for _, word := range []string{"AUTH_KEYS_FILE: key 2 is not 32 bytes", "AUTH_KEYS_FILE: key 2 is listed twice",
		"AUTH_KEYS_FILE: the file cannot be read", "AUTH_KEYS_FILE: the file has more than 65536 bytes", keyID(t, second)} {
		if !strings.Contains(log, word) {
			t.Errorf("the log does not say %s:\n%s", word, log)
		}
	}
}

// TestKeysRotateWithoutRefusals walks through the order that the README describes,
// at two servers with one database: each step reaches one after the other, and
// after each, both are asked with all that either has handed out so far.
func TestKeysRotateWithoutRefusals(t *testing.T) {
	t.Parallel()
	first, second := seedText(1), seedText(2)
	files := []keysFile{newKeysFile(t, first), newKeysFile(t, first)}
	servers := []*servertest.Server{servertest.Start(t, testdb.URI(t), files[0].config(""))}
	servers = append(servers, servertest.Start(t, testdb.URI(t), files[1].config(servers[0].AdminDB)))
	one := servers[0].Provision(t, "one")
	for _, name := range []string{"ada", "bob", "eve"} {
		servertest.AddUser(t, one.Handle(), name, users.Role{Name: users.RoleNameSuper})
	}
	right := fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, servertest.Password)
	var access []string
	clients := make([]string, 2) // refresh tokens
	keep := func(step string, got servertest.Response) string {
		t.Helper()
		if got.Status != 200 {
			t.Fatalf("%s: %d %s", step, got.Status, got.Text)
		}
		access = append(access, got.Member("token"))
		return got.Member("refreshToken")
	}
	for i, a := range servers {
		clients[i] = keep("login", a.Call(t, "POST /api/login?tenant=one", right))
	}
	everybody := func(step string) {
		t.Helper()
		for at, a := range servers {
			for _, token := range access {
				got := a.Call(t, "GET /api/users?limit=1", "", bearer(token)...)
				if got.Status != 200 {
					t.Errorf("%s: an access token at server %d: %d %s", step, at, got.Status, got.Text)
				}
				next := "GET /api/users?limit=1&after=" + url.QueryEscape(got.Member("next"))
				if got := servers[1-at].Call(t, next, "", bearer(token)...); got.Status != 200 {
					t.Errorf("%s: the next page at server %d: %d %s", step, 1-at, got.Status, got.Text)
				}
			}
		}
		for i := range clients {
			// Each in turn refreshes here and there; the first answer is lost.
			body := fmt.Sprintf(`{"refreshToken":%q}`, clients[i])
			lost := keep(step, servers[i].Call(t, "POST /api/refresh", body))
			clients[i] = keep(step, servers[1-i].Call(t, "POST /api/refresh", body))
			if clients[i] != lost {
				t.Errorf("%s: two successors", step)
			}
		}
		keep(step, servers[len(access)%2].Call(t, "POST /api/login?tenant=one", right))
	}
	everybody("one key")
	for _, keys := range [][]string{{first, second}, {second, first}} {
		for i, a := range servers {
			files[i].write(t, keys...)
			if err := a.ReloadKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
			everybody(fmt.Sprintf("%d keys from %q, at server %d", len(keys), keyID(t, keys[0]), i))
		}
	}
	// A day later the tokens of the first key have expired; all sessions have been
	// refreshed since.
	access = nil
	everybody("by the second key")
	for i, a := range servers {
		files[i].write(t, second)
		if err := a.ReloadKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		everybody(fmt.Sprintf("the first key dropped at server %d", i))
	}
}

// TestHangup runs the server as a process, and sends it the signal.
func TestHangup(t *testing.T) {
	t.Parallel()
	binary := builtCommand(t)
	first, second := seedText(1), seedText(2)
	file := newKeysFile(t, first)
	if err := os.Chmod(string(file), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "MONGO_URI="+testdb.URI(t), "ADMIN_DB="+testdb.Database(t, "admin"),
		"AUTH_KEYS_FILE="+string(file), "ADDR=127.0.0.1:0", "LOG_LEVEL=info", "DRAIN_DELAY=0s")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	log := &servertest.Log{}
	reader := bufio.NewReader(io.TeeReader(stderr, log))
	a := servertest.Client{Base: served(t, reader)}
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		ended <- cmd.Wait()
	}()
	if got, want := published(t, a), []string{keyID(t, first)}; !slices.Equal(got, want) {
		t.Errorf("jwks.json has %v, want %v", got, want)
	}
	file.write(t, second, first)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for want := []string{keyID(t, second), keyID(t, first)}; !slices.Equal(published(t, a), want); {
		select {
		case err := <-ended:
			t.Fatalf("the server ended with %v\n%s", err, log.String())
		case <-ctx.Done():
			t.Fatalf("jwks.json has %v, want %v\n%s", published(t, a), want, log.String())
		default:
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if !strings.Contains(log.String(), "chmod 600") {
		t.Errorf("no warning of a file that all may read:\n%s", log.String())
	}
}

// TestHangupEndsNothing where there is nothing to read again.
func TestHangupEndsNothing(t *testing.T) {
	t.Parallel()
	binary := builtCommand(t)
	cmd := exec.Command(binary)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "MONGO_URI="+testdb.URI(t), "ADMIN_DB="+testdb.Database(t, "admin"),
		"AUTH_KEYS="+seedText(1), "ADDR=127.0.0.1:0", "LOG_LEVEL=info", "DRAIN_DELAY=0s")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(stderr)
	a := servertest.Client{Base: served(t, reader)}
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		ended <- cmd.Wait()
	}()
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if got := a.Call(t, "GET /healthz", ""); got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Text)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}
