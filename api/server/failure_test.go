package server_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// newServer returns what New says of a configuration that cannot serve.
func newServer(t *testing.T, change func(*server.Config)) error {
	t.Helper()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "127.0.0.1:0", servertest.Key
	change(&cfg)
	s, err := server.New(t.Context(), cfg, servertest.App, slog.New(slog.DiscardHandler))
	if err == nil {
		s.Close()
	}
	return err
}

func TestStartSaysWhyNot(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for name, test := range map[string]struct {
		change func(*server.Config)
		says   []string
	}{
		"nobody answers":        {func(*server.Config) {}, []string{"MONGO_URI", "127.0.0.1:1"}},
		"a password":            {func(c *server.Config) { c.MongoURI = "mongodb://u:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200" }, []string{"127.0.0.1:1"}},
		"no connection string":  {func(c *server.Config) { c.MongoURI = "hunter2" }, []string{"MONGO_URI", "mongodb://"}},
		"a port in use":         {func(c *server.Config) { c.Addr = taken.Addr().String() }, []string{"ADDR", taken.Addr().String(), "in use"}},
		"no address":            {func(c *server.Config) { c.Addr = "nowhere" }, []string{"ADDR", "HOST:PORT"}},
		"no keys":               {func(c *server.Config) { c.AuthKeys = "" }, []string{"AUTH_KEYS", "AUTH_KEYS_FILE", "openssl rand -base64 32"}},
		"keys from two places":  {func(c *server.Config) { c.AuthKeysFile = "hunter2" }, []string{"AUTH_KEYS, AUTH_KEYS_FILE: both are set"}},
		"no file of keys":       {func(c *server.Config) { c.AuthKeys, c.AuthKeysFile = "", "hunter2" }, []string{"AUTH_KEYS_FILE", "no such file"}},
		"a folder of keys":      {func(c *server.Config) { c.AuthKeys, c.AuthKeysFile = "", t.TempDir() }, []string{"AUTH_KEYS_FILE", "directory"}},
		"a file of no keys":     {func(c *server.Config) { c.AuthKeys, c.AuthKeysFile = "", string(newKeysFile(t, "hunter2")) }, []string{"AUTH_KEYS_FILE: key 1", "32 bytes"}},
		"a short key":           {func(c *server.Config) { c.AuthKeys = "aHVudGVyMg==" }, []string{"AUTH_KEYS", "32 bytes"}},
		"a system's database":   {func(c *server.Config) { c.AdminDB = "admin" }, []string{"ADMIN_DB"}},
		"no time":               {func(c *server.Config) { c.RequestTimeout = 0 }, []string{"REQUEST_TIMEOUT"}},
		"no connections":        {func(c *server.Config) { c.MaxPoolSize = 0 }, []string{"MAX_POOL_SIZE: takes a whole number from 1 to 10000; it is 0"}},
		"all connections":       {func(c *server.Config) { c.MaxPoolSize = 10_001 }, []string{"MAX_POOL_SIZE: takes a whole number from 1 to 10000; it is 10001"}},
		"no requests":           {func(c *server.Config) { c.MaxInFlight = 0 }, []string{"MAX_IN_FLIGHT: takes"}},
		"a delay below zero":    {func(c *server.Config) { c.DrainDelay = -1 }, []string{"DRAIN_DELAY: takes"}},
		"a grace below zero":    {func(c *server.Config) { c.ReadyGrace = -1 }, []string{"READY_GRACE: takes"}},
		"no time to finish":     {func(c *server.Config) { c.DrainTimeout = 0 }, []string{"DRAIN_TIMEOUT: takes"}},
		"a short scraper":       {func(c *server.Config) { c.AdminToken, c.MetricsToken = servertest.AdminToken, "hunter2" }, []string{"METRICS_TOKEN: takes 24"}},
		"a scraper of nothing":  {func(c *server.Config) { c.MetricsToken = strings.Repeat("hunter2", 4) }, []string{"METRICS_TOKEN", "ADMIN_TOKEN"}},
		"a scraper for all":     {func(c *server.Config) { c.AdminToken, c.MetricsToken = servertest.AdminToken, servertest.AdminToken }, []string{"METRICS_TOKEN", "it is ADMIN_TOKEN"}},
		"a pool that cannot be": {func(c *server.Config) { c.MongoURI = "mongodb://u:hunter2@127.0.0.1:1/?minPoolSize=60" }, []string{"MONGO_URI", "minPoolSize is above 50"}},
	} {
		err := newServer(t, test.change)
		if err == nil {
			t.Errorf("%s: it started", name)
			continue
		}
		for _, word := range test.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q is not in: %v", name, word, err)
			}
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "aHVudGVyMg") {
			t.Errorf("%s: quoted in: %v", name, err)
		}
	}
}

// TestCommand runs the server as a process, with a broken environment.
func TestCommand(t *testing.T) {
	t.Parallel()
	binary := builtCommand(t)
	for name, test := range map[string]struct {
		env, args []string
		file      string
		code      int
		says      []string
	}{
		"nothing set":             {nil, nil, "", 2, []string{"MONGO_URI: not set; it takes a MongoDB connection string"}},
		"a bad number":            {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "MAX_POOL_SIZE=hunter2"}, nil, "", 2, []string{"MAX_POOL_SIZE: takes a whole number"}},
		"a bad duration":          {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TENANT_CACHE_TTL=hunter2", "REQUEST_TIMEOUT=5"}, nil, "", 2, []string{"TENANT_CACHE_TTL: takes a duration", "REQUEST_TIMEOUT: takes a duration"}},
		"a bad cluster":           {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "CLUSTERS=eu=mongodb://u:hunter2@h/ Hunter2=mongodb://h/"}, nil, "", 2, []string{"CLUSTERS: takes", "pair 2"}},
		"a bad source":            {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TENANT_FROM=token,cookie"}, nil, "", 2, []string{"TENANT_FROM: takes", "cookie"}},
		"a page for an origin":    {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "CORS_ORIGINS=https://app.example.com, https://hunter2.example/"}, nil, "", 2, []string{"CORS_ORIGINS: takes origins", "number 2 is none"}},
		"neither true nor false":  {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "REQUIRE_CURRENT=hunter2"}, nil, "", 2, []string{"REQUIRE_CURRENT: takes true or false"}},
		"a rate without a time":   {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "LOGIN_PER_ACCOUNT=hunter2", "LOGIN_PER_ADDRESS=0/1s"}, nil, "", 2, []string{"LOGIN_PER_ACCOUNT: takes failures/duration such as 10/30s, or off; it has no slash", "LOGIN_PER_ADDRESS: takes", "before the slash"}},
		"a proxy that is none":    {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TRUSTED_PROXIES=10.0.0.0/8, hunter2"}, nil, "", 2, []string{"TRUSTED_PROXIES: takes networks", "number 2 is neither"}},
		"a proxy in a network":    {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TRUSTED_PROXIES=10.0.0.1/8"}, nil, "", 2, []string{"TRUSTED_PROXIES: takes networks", "number 1", "write 10.0.0.0/8"}},
		"nothing in between":      {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TENANT_FROM=,"}, nil, "", 2, []string{"TENANT_FROM: takes some of token, header, query, subdomain and path"}},
		"a domain that is none":   {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TENANT_FROM=subdomain", "BASE_DOMAIN=https://hunter2.example"}, nil, "", 2, []string{"BASE_DOMAIN: takes domains such as app.example.com", "number 1 is none"}},
		"subdomains of nothing":   {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "AUTH_KEYS=" + servertest.Key, "TENANT_FROM=token,subdomain"}, nil, "", 2, []string{"BASE_DOMAIN: takes domains", "it is not set, and TENANT_FROM has subdomain"}},
		"a domain for nobody":     {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "AUTH_KEYS=" + servertest.Key, "BASE_DOMAIN=hunter2.example"}, nil, "", 2, []string{"BASE_DOMAIN: takes domains", "it is set, and TENANT_FROM has no subdomain"}},
		"a proxy of IPv4 in IPv6": {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "TRUSTED_PROXIES=::ffff:10.0.0.1"}, nil, "", 2, []string{"TRUSTED_PROXIES: takes networks", "write it as IPv4"}},
		"a bad log level":         {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "LOG_LEVEL=loud"}, nil, "", 2, []string{"LOG_LEVEL: takes debug, info"}},
		"a bad log format":        {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "LOG_FORMAT=xml"}, nil, "", 2, []string{"LOG_FORMAT: takes json or text"}},
		"a .env file":             {nil, nil, "MONGO_URI = mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200\nAUTH_KEYS=" + servertest.Key + "\nADDR=127.0.0.1:0\n", 2, []string{"127.0.0.1:1"}},
		"a .env file, outdone":    {[]string{"MONGO_URI=mongodb://127.0.0.1:2/?serverSelectionTimeoutMS=200"}, nil, "MONGO_URI=mongodb://127.0.0.1:1/\nAUTH_KEYS=" + servertest.Key + "\nADDR=127.0.0.1:0\n", 2, []string{"127.0.0.1:2"}},
		"a broken .env file":      {nil, nil, "MONGO_URI hunter2", 2, []string{".env: line 1: takes lines of the form NAME=VALUE"}},
		"a broken line":           {nil, nil, "# it is\nADDR=:1\n\nMONGO_URI hunter2\nADMIN_DB=x\n", 2, []string{".env: line 4:"}},
		"quotes that do not end":  {nil, nil, "ADDR=:1\nADMIN_TOKEN=\"hunter2\n\nADMIN_DB=x\n", 2, []string{".env: line 2:"}},
		"a line behind quotes":    {nil, nil, "ADMIN_TOKEN=\"hunter2\nhunter2\n\"\nADDR=:1\nhunter2\n", 2, []string{".env: line 5:"}},
		"a name that is none":     {nil, nil, "ADDR=:1\nADMIN_DB=x\nhunter2.x=y\n", 2, []string{".env: line 3:"}},
		"all that is wrong":       {[]string{"MONGO_URI=mongodb://127.0.0.1:1/", "MAX_POOL_SIZE=0", "TLS_CERT=/hunter2", "ADDR=nowhere"}, nil, "", 2, []string{"MAX_POOL_SIZE: takes", "TLS_CERT, TLS_KEY: one", "ADDR: takes", "AUTH_KEYS, AUTH_KEYS_FILE: neither"}},
		"names that are nearly":   {[]string{"MONGO_URI=mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "AUTH_KEYS=" + servertest.Key, "ADDR=127.0.0.1:0", "MAX_POOLSIZE=hunter2", "PARTYWALL_ADDR=hunter2", "cors_origins=hunter2"}, nil, "CORS_ORIGIN=hunter2\n", 2, []string{"MAX_POOLSIZE: nothing reads it; did you mean MAX_POOL_SIZE?", "PARTYWALL_ADDR: nothing reads it; did you mean ADDR?", "CORS_ORIGIN: nothing reads it; did you mean CORS_ORIGINS?", "cors_origins: nothing reads it; did you mean CORS_ORIGINS?"}},
		"its version":             {nil, []string{"--version"}, "", 0, []string{"api of github.com/partywall/partywall "}},
		"an argument":             {nil, []string{"mongodb://u:hunter2@h/"}, "", 2, []string{"takes no arguments but --version; -h lists"}},
		"a flag that is none":     {nil, []string{"--uri=mongodb://u:hunter2@h/"}, "", 2, []string{"takes no arguments but --version; -h lists"}},
		"a question":              {[]string{"AUTH_KEYS=hunter2"}, []string{"-h"}, "", 0, []string{"MONGO_URI", "AUTH_KEYS", "default :8080", "REQUIRE_CURRENT (default false)", "LOGIN_PER_ACCOUNT (default 10/30s)", "LOGIN_PER_ADDRESS (default 100/1s)", "TRUSTED_PROXIES"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, test.args...)
			cmd.Dir = t.TempDir()
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, test.env...)
			if test.file != "" {
				if err := os.WriteFile(cmd.Dir+"/.env", []byte(test.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			out := append(stdout.Bytes(), stderr.Bytes()...)
			if asked := test.code == 0; asked != (stdout.Len() > 0) || asked != (stderr.Len() == 0) {
				t.Errorf("on standard output:\n%s\non standard error:\n%s", &stdout, &stderr)
			}
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("exit code %d", code)
			}
			for _, word := range test.says {
				if !bytes.Contains(out, []byte(word)) {
					t.Errorf("%q is not in\n%s", word, out)
				}
			}
			if bytes.Contains(out, []byte("hunter2")) || bytes.Contains(out, []byte(servertest.Key)) {
				t.Errorf("a secret is in\n%s", out)
			}
		})
	}
}

// TestDatabaseGoesAndComesBack kills the database while clients ask.
func TestDatabaseGoesAndComesBack(t *testing.T) {
	t.Parallel()
	mongod := testdb.Own(t)
	a := servertest.Start(t, mongod.URI()+"?serverSelectionTimeoutMS=300", func(cfg *server.Config) { cfg.ReadyGrace = 0 })
	made, err := a.Stack().Fleet.Provision(t.Context(), "one", "default")
	if err != nil {
		t.Fatal(err)
	}
	token := a.Token(t, made.ID, "super")
	seen := [600]atomic.Int64{}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for ctx.Err() == nil {
				got := a.Call(t, "GET /api/users", "", bearer(token)...)
				seen[got.Status].Add(1)
				if got.Status != 200 && (got.Status != 503 || got.Code() != "unavailable" || got.Header.Get("Retry-After") == "") {
					t.Errorf("%d %s\n%s", got.Status, got.Text, servertest.LineWith(a.Log.String(), got.Member("requestId")))
				}
			}
		})
	}
	wait := func(status int) {
		for start := seen[status].Load(); seen[status].Load() < start+5; {
			if t.Context().Err() != nil {
				t.Errorf("no answer %d", status)
				return
			}
		}
	}
	wait(200)
	mongod.Kill()
	wait(503)
	if got := a.Call(t, "GET /readyz", ""); got.Status != 503 || got.Code() != "not_ready" {
		t.Errorf("ready without a database: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "GET /healthz", ""); got.Status != 200 {
		t.Errorf("alive without a database: %d", got.Status)
	}
	mongod.Restart()
	wait(200)
	stop()
	all.Wait()
	for range 100 {
		if got := a.Call(t, "GET /readyz", ""); got.Status == 200 {
			return
		}
	}
	t.Error("never ready again")
}

// TestRequestsUnderWayFinish ends the server while a request's body is still
// being sent.
func TestRequestsUnderWayFinish(t *testing.T) {
	t.Parallel()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", servertest.Key, testdb.Database(t, "admin")
	cfg.DrainDelay = 0
	s, err := server.New(t.Context(), cfg, servertest.App, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	body, writer := io.Pipe()
	// The server asks for the body once the handler reads it.
	reading := make(chan struct{})
	asked := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	req, err := http.NewRequestWithContext(asked, http.MethodPost, "http://"+s.Addr().String()+"/api/login?tenant=nobody", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	defer client.CloseIdleConnections()
	answered := make(chan error, 1)
	go func() {
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusUnauthorized {
				err = fmt.Errorf("status %d", resp.StatusCode)
			}
		}
		answered <- err
	}()
	if _, err := writer.Write([]byte(`{"email":"a@example.com",`)); err != nil {
		t.Fatal(err)
	}
	<-reading
	stop()
	if _, err := writer.Write([]byte(`"password":"x"}`)); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	if err := <-answered; err != nil {
		t.Errorf("the request: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server: %v", err)
	}
}

// TestNothingStaysBehind serves, and looks for goroutines afterwards.
func TestNothingStaysBehind(t *testing.T) {
	testdb.Client(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", servertest.Key, testdb.Database(t, "admin")
	cfg.AdminAddr, cfg.AdminToken, cfg.DrainDelay = "127.0.0.1:0", servertest.AdminToken, 0
	s, err := server.New(t.Context(), cfg, servertest.App, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	a := servertest.Client{Base: "http://" + s.Addr().String()}
	if got := a.Call(t, "POST /api/login?tenant=nobody", `{"email":"a","password":"b"}`); got.Status != 401 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestOperatorsAPIStaysShut(t *testing.T) {
	t.Parallel()
	if a := servertest.Start(t, testdb.URI(t), nil); a.AdminAddr() != nil {
		t.Errorf("without a token it listens at %s", a.AdminAddr())
	}
	err := newServer(t, func(cfg *server.Config) { cfg.AdminToken = "short" })
	if err == nil || !strings.Contains(err.Error(), "ADMIN_TOKEN: takes 24 characters") || strings.Contains(err.Error(), "short") {
		t.Errorf("%v", err)
	}
}
