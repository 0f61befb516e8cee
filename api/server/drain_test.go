package server_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// TestDraining tells a server to end that goes on for a time that the test never sees
// the end of.
func TestDraining(t *testing.T) {
	t.Parallel()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", servertest.Key, testdb.Database(t, "admin")
	cfg.AdminAddr, cfg.AdminToken, cfg.DrainDelay = "127.0.0.1:0", servertest.AdminToken, 24*time.Hour
	s, err := server.New(t.Context(), cfg, servertest.App, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	a, admin := servertest.Client{Base: "http://" + s.Addr().String()}, servertest.Client{Base: "http://" + s.AdminAddr().String()}
	if got := a.Call(t, "GET /readyz", ""); got.Status != 200 || got.Header.Get("Connection") != "" {
		t.Errorf("before: %d %v", got.Status, got.Header)
	}
	stop()
	got := a.Call(t, "GET /readyz", "")
	for got.Status == 200 {
		got = a.Call(t, "GET /readyz", "")
	}
	if got.Status != 503 || got.Code() != "not_ready" || !strings.Contains(got.Text, "shutting down") || got.Header.Get("Retry-After") == "" {
		t.Errorf("draining: %d %s", got.Status, got.Text)
	}
	if got := admin.Call(t, "GET /readyz", "", bearer(servertest.AdminToken)...); got.Status != 503 || !strings.Contains(got.Member("reason"), "shutting down") {
		t.Errorf("draining, for operators: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "GET /healthz", ""); got.Status != 200 {
		t.Errorf("alive: %d", got.Status)
	}
	resp, err := http.Get(a.Base + "/api/users?tenant=nobody")
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
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys = "mongodb://"+silent.Addr().String()+"/?serverSelectionTimeoutMS=86400000", "127.0.0.1:0", servertest.Key
	log := &servertest.Log{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := server.New(ctx, cfg, servertest.App, slog.New(slog.NewTextHandler(log, nil)))
		ended <- err
	}()
	var addr []string
	for addr == nil && t.Context().Err() == nil {
		addr = listening.FindStringSubmatch(log.String())
		runtime.Gosched()
	}
	a := servertest.Client{Base: "http://" + addr[1]}
	for line, status := range map[string]int{
		"GET /healthz": 200, "HEAD /healthz": 200, "GET /readyz": 503, "HEAD /readyz": 503, "GET /api/users": 503, "POST /api/login": 503, "GET /nowhere": 503,
	} {
		got := a.Call(t, line, "")
		if got.Status != status || status == 503 && (got.Header.Get("Retry-After") == "" || !strings.HasPrefix(line, "HEAD") && got.Code() != "not_ready") {
			t.Errorf("%s: %d %s", line, got.Status, got.Text)
		}
	}
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "MONGO_URI") {
		t.Errorf("given up: %v", err)
	}
}
