package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema"
)

func TestMain(m *testing.M) {
	code := testdb.Run(m)
	_ = os.RemoveAll(shopModule.dir)
	_ = os.RemoveAll(command.dir)
	os.Exit(code)
}

var app = server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy}

// command is the server's own program, compiled once for all tests.
var command struct {
	once sync.Once
	dir  string
	err  error
}

// builtCommand returns the path of the program. TestMain removes it.
func builtCommand(t *testing.T) string {
	t.Helper()
	command.once.Do(func() {
		if command.dir, command.err = os.MkdirTemp("", "api"); command.err != nil {
			return
		}
		cmd := exec.Command("go", "build", withoutSymbols, "-o", command.dir, "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			command.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if command.err != nil {
		t.Fatal(command.err)
	}
	return filepath.Join(command.dir, "api")
}

// withoutSymbols has the linker leave out what only debuggers read: that is half of its
// work.
const withoutSymbols = "-ldflags=-s -w"

// testKey signs the tests' tokens.
var testKey = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

// syncBuffer is a log that a test may read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// api is a server under test.
type api struct {
	*server.Server
	base    string
	adminDB string
	log     *syncBuffer
	tokens  *auth.Tokens
}

// start serves from the database at uri. Its configuration is the default one,
// but for what change does to it.
func start(t *testing.T, uri string, change func(*server.Config)) *api {
	t.Helper()
	return serve(t, uri, app, change)
}

// serve returns start for another app.
func serve(t *testing.T, uri string, app server.App, change func(*server.Config)) *api {
	t.Helper()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = uri, "127.0.0.1:0", testKey, testdb.Database(t, "admin")
	cfg.DrainDelay = 0
	if change != nil {
		change(&cfg)
	}
	log := &syncBuffer{}
	s, err := server.New(t.Context(), cfg, app, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.ParseKeys(testKey)
	if err != nil {
		t.Fatal(err)
	}
	document, err := rest.Describe(app.OpenAPI, app.Routes, cfg.TenantFrom)
	if err != nil {
		t.Fatal(err)
	}
	agree(t, s.Addr().String(), document)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return &api{Server: s, base: "http://" + s.Addr().String(), adminDB: cfg.AdminDB, log: log, tokens: auth.NewTokens(keys)}
}

// provision makes a tenant of the server's.
func (a *api) provision(t *testing.T, name string) *tenant.Entry {
	t.Helper()
	made, err := a.Stack().Fleet.Provision(t.Context(), name, tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(made.Database)
	return made
}

// token returns an operator's token for the tenant.
func (a *api) token(t *testing.T, id bson.ObjectID, role string, permissions ...string) string {
	t.Helper()
	token, err := a.tokens.Issue(auth.Identity{Tenant: id, Role: role, Permissions: permissions, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// printRequested is what the server said.
type printRequested struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// code returns the problem's.
func (a printRequested) code() string { code, _ := a.body["code"].(string); return code }

func (a printRequested) string(name string) string { s, _ := a.body[name].(string); return s }

// list returns a member that is a list of objects.
func (a printRequested) list(name string) []map[string]any {
	var out []map[string]any
	items, _ := a.body[name].([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		out = append(out, object)
	}
	return out
}

// call sends a request: line is its method and path, headers come in pairs. A
// body is sent as JSON.
func (a *api) call(t *testing.T, line, body string, headers ...string) printRequested {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, a.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) printRequested {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := printRequested{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if len(text) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &got.body); err != nil {
			t.Fatalf("%s %s: %v in %s", req.Method, req.URL, err, text)
		}
	}
	hold(t, req, &got)
	return got
}

// bearer returns the header that a token goes in.
func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }
