package server_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/testdb"
)

// TestDraining tells a server to end that goes on for a time that the test never sees
// the end of.
func TestDraining(t *testing.T) {
	t.Parallel()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", testKey, testdb.Database(t, "admin")
	cfg.AdminAddr, cfg.AdminToken, cfg.DrainDelay = "127.0.0.1:0", adminToken, 24*time.Hour
	s, err := server.New(t.Context(), cfg, app, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	a, admin := &api{Server: s, base: "http://" + s.Addr().String()}, &api{base: "http://" + s.AdminAddr().String()}
	if got := a.call(t, "GET /readyz", ""); got.status != 200 || got.header.Get("Connection") != "" {
		t.Errorf("before: %d %v", got.status, got.header)
	}
	stop()
	got := a.call(t, "GET /readyz", "")
	for got.status == 200 {
		got = a.call(t, "GET /readyz", "")
	}
	if got.status != 503 || got.code() != "not_ready" || !strings.Contains(got.text, "shutting down") || got.header.Get("Retry-After") == "" {
		t.Errorf("draining: %d %s", got.status, got.text)
	}
	if got := admin.call(t, "GET /readyz", "", bearer(adminToken)...); got.status != 503 || !strings.Contains(got.string("reason"), "shutting down") {
		t.Errorf("draining, for operators: %d %s", got.status, got.text)
	}
	if got := a.call(t, "GET /healthz", ""); got.status != 200 {
		t.Errorf("alive: %d", got.status)
	}
	resp, err := http.Get(a.base + "/api/users?tenant=nobody")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized || !resp.Close {
		t.Errorf("a request is answered with %d, and its connection kept: %v", resp.StatusCode, !resp.Close)
	}
	s.Close()
	if err := <-ended; err != nil {
		t.Errorf("the server: %v", err)
	}
}

var listening = regexp.MustCompile(`msg=listening addr=(\S+)`)

// TestStarting asks a server whose database accepts connections and says nothing.
func TestStarting(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys = "mongodb://"+silent.Addr().String()+"/?serverSelectionTimeoutMS=86400000", "127.0.0.1:0", testKey
	log := &syncBuffer{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { _, err := server.New(ctx, cfg, app, slog.New(slog.NewTextHandler(log, nil))); ended <- err }()
	var addr []string
	for addr == nil && t.Context().Err() == nil {
		addr = listening.FindStringSubmatch(log.String())
		runtime.Gosched()
	}
	a := &api{base: "http://" + addr[1]}
	for line, status := range map[string]int{
		"GET /healthz": 200, "HEAD /healthz": 200, "GET /readyz": 503, "HEAD /readyz": 503, "GET /api/users": 503, "POST /api/login": 503, "GET /nowhere": 503,
	} {
		got := a.call(t, line, "")
		if got.status != status || status == 503 && (got.header.Get("Retry-After") == "" || !strings.HasPrefix(line, "HEAD") && got.code() != "not_ready") {
			t.Errorf("%s: %d %s", line, got.status, got.text)
		}
	}
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "MONGO_URI") {
		t.Errorf("given up: %v", err)
	}
}

// TestInFlightIsBounded holds the one request that is answered at a time.
func TestInFlightIsBounded(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	held := own(rest.Route{Method: "GET", Path: "/api/held", Permission: rest.AnyBearer, Handler: func(context.Context, *rest.Request) (rest.Response, error) {
		close(begun)
		<-finish
		return rest.Response{}, nil
	}})
	a := serve(t, testdb.URI(t), held, func(cfg *server.Config) {
		withMetrics(cfg)
		cfg.MaxInFlight = 1
	})
	token := a.token(t, a.provision(t, "one").ID, "super")
	answered := make(chan printRequested, 1)
	go func() { answered <- a.call(t, "GET /api/held", "", bearer(token)...) }()
	<-begun
	for _, line := range []string{"GET /api/users", "POST /api/login?tenant=one", "GET /nowhere", "GET /openapi.json", "GET /healthz/x"} {
		if got := a.call(t, line, "", bearer(token)...); got.status != 503 || got.code() != "overloaded" || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", line, got.status, got.text)
		}
	}
	for _, line := range []string{"GET /healthz", "GET /readyz"} {
		if got := a.call(t, line, ""); got.status != 200 {
			t.Errorf("%s: %d %s", line, got.status, got.text)
		}
	}
	values := a.scrape(t)
	if values["partywall_http_requests_in_flight"] != 1 || values["partywall_http_problems_total overloaded"] != 5 {
		t.Errorf("metrics: %v", about(values, "partywall_http_"))
	}
	close(finish)
	if got := <-answered; got.status != 204 {
		t.Errorf("the request that was held: %d %s", got.status, got.text)
	}
	if got := a.call(t, "GET /api/users", "", bearer(token)...); got.status != 200 {
		t.Errorf("afterwards: %d %s", got.status, got.text)
	}
}

// TestMetricsToken reads metrics and nothing else.
func TestMetricsToken(t *testing.T) {
	t.Parallel()
	const scraper = "a-scraper-s-token-of-tests"
	a := start(t, testdb.URI(t), func(cfg *server.Config) {
		withMetrics(cfg)
		cfg.MetricsToken = scraper
	})
	admin := &api{base: "http://" + a.AdminAddr().String()}
	for _, token := range []string{scraper, adminToken} {
		if got := admin.call(t, "GET /metrics", "", bearer(token)...); got.status != 200 {
			t.Errorf("metrics: %d", got.status)
		}
	}
	for _, line := range []string{"GET /admin/tenants", "POST /admin/tenants", "GET /readyz", "GET /debug/pprof/", "GET /debug/pprof/heap", "GET /metricsx"} {
		if got := admin.call(t, line, "", bearer(scraper)...); got.status != 401 {
			t.Errorf("%s: %d", line, got.status)
		}
	}
	for _, token := range []string{"", scraper[:10], scraper + "x"} {
		if got := admin.call(t, "GET /metrics", "", bearer(token)...); got.status != 401 {
			t.Errorf("%q: %d", token, got.status)
		}
	}
	without := start(t, testdb.URI(t), withMetrics)
	admin = &api{base: "http://" + without.AdminAddr().String()}
	if got := admin.call(t, "GET /metrics", "", "Authorization", "Bearer "); got.status != 401 {
		t.Errorf("an empty token, where there is none: %d", got.status)
	}
}

// TestLogOfRequests has a row for what the log is to say of a request, and not to say.
func TestLogOfRequests(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), nil)
	token := a.token(t, a.provision(t, "one").ID, "super")
	made := a.call(t, "POST /api/users", newUser, bearer(token)...)
	login := a.call(t, "POST /api/login?tenant=one", `{"email":"`+made.string("email")+`","password":"correct horse"}`)
	for name, test := range map[string]struct {
		got        printRequested
		says, hide []string
	}{
		"an operator's token":   {a.call(t, "GET /api/users", "", bearer(token)...), []string{"status=200", "tenant=one", "tookMs=", "client=127.0.0.1", "level=INFO"}, []string{"user=", "code=", "bytes=0 "}},
		"a user's":              {a.call(t, "GET /api/users", "", bearer(login.string("token"))...), []string{"user=" + made.string("_id")}, nil},
		"a query that is wrong": {a.call(t, "GET /api/users?nothing=1", "", bearer(token)...), []string{"status=400", "code=query_invalid"}, []string{"nothing"}},
		"no token":              {a.call(t, "GET /api/users?tenant=one", ""), []string{"status=401", "code=token_missing"}, []string{"tenant="}},
	} {
		line := lineWith(a.log.String(), test.got.header.Get("X-Request-Id"))
		for _, word := range test.says {
			if !strings.Contains(line, word) {
				t.Errorf("%s: %s is not in %s", name, word, line)
			}
		}
		for _, word := range test.hide {
			if strings.Contains(line, word) {
				t.Errorf("%s: %s is in %s", name, word, line)
			}
		}
	}
	for _, line := range []string{"GET /healthz", "GET /readyz", "GET /readyz?x=1"} {
		if id := a.call(t, line, "").header.Get("X-Request-Id"); lineWith(a.log.String(), id) != "" {
			t.Errorf("%s is a line of the log", line)
		}
	}
}

// TestAnswersAreWhole, however many pieces they are written in.
func TestAnswersAreWhole(t *testing.T) {
	t.Parallel()
	a := start(t, testdb.URI(t), nil)
	resp, err := http.Get(a.base + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || int64(len(text)) != resp.ContentLength || len(text) < 32<<10 {
		t.Errorf("%d of %d bytes, %v", len(text), resp.ContentLength, err)
	}
}
