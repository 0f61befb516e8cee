package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/tools/tenantctl/command"
)

// asTenantctl makes the tests' binary tenantctl, so that its exit codes are seen
// without building another.
const asTenantctl = "MESSAGES_AS_TENANTCTL"

func TestMain(m *testing.M) {
	if os.Getenv(asTenantctl) != "" {
		os.Exit(command.Main(app()))
	}
	os.Exit(testdb.Run(m))
}

// Who uses the chat.
const (
	email    = "operator@example.com"
	password = "correct horse"
)

// chat is a tenant as Mongoose left it, and a server for it.
type chat struct {
	tenant, admin string
	url, token    string
	stack         *server.Stack
}

// open loads the seed as a tenant, and serves it.
func open(t *testing.T) *chat {
	t.Helper()
	c := &chat{tenant: testdb.Database(t, "chat"), admin: testdb.Database(t, "admin")}
	c.load(t)
	c.serve(t)
	return c
}

func (c *chat) serve(t *testing.T) {
	t.Helper()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", c.admin
	cfg.DrainDelay = 0
	cfg.AuthKeys = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	s, err := server.New(t.Context(), cfg, app(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	c.url, c.stack = "http://"+s.Addr().String(), s.Stack()
}

// login adds a user who may do everything, and sends what follows as that user.
func (c *chat) login(t *testing.T) {
	t.Helper()
	c.tenantctl(t, 0, password, "user", "add", c.tenant, "--name", "Operator", "--email", email, "--role", "super")
	body := c.send(t, http.MethodPost, "/api/login?tenant="+c.tenant, `{"email":"`+email+`","password":"`+password+`"}`).is(http.StatusOK)
	c.token = body["token"].(string)
}

// tenantctl runs the command, which is to end with an exit code, and returns what it
// prints.
func (c *chat) tenantctl(t *testing.T, code int, in string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asTenantctl+"=1", "MONGO_URI="+testdb.URI(t), "ADMIN_DB="+c.admin)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("tenantctl %s ended with %d, not %d:\n%s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}

// answer is a response, with its body read.
type answer struct {
	t       *testing.T
	request string
	status  int
	body    []byte
}

// send sends a request; one that changes or deletes does so whatever is stored.
func (c *chat) send(t *testing.T, method, path, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if method == http.MethodPatch || method == http.MethodDelete {
		req.Header.Set("If-Match", "*")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{t: t, request: method + " " + path, status: resp.StatusCode, body: read}
}

// is checks the status, and returns the body.
func (a answer) is(status int) map[string]any {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, not %d: %s", a.request, a.status, status, a.body)
	}
	var body map[string]any
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &body); err != nil {
			a.t.Fatalf("%s: %v in %s", a.request, err, a.body)
		}
	}
	return body
}

// refused checks the status and the code of a problem.
func (a answer) refused(status int, code string) {
	a.t.Helper()
	if got := a.is(status)["code"]; got != code {
		a.t.Errorf("%s: %v, not %s: %s", a.request, got, code, a.body)
	}
}
