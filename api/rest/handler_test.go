package rest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// handlers returns the APIs that a server has, without a database, and the log of
// all.
func handlers(t *testing.T) (apis map[string]http.Handler, log *bytes.Buffer) {
	t.Helper()
	log = &bytes.Buffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	keys, err := auth.ParseKeys("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
	if err != nil {
		t.Fatal(err)
	}
	passwords, proxies := auth.NewPasswords(), []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	metrics := NewMetrics(MetricsConfig{Passwords: passwords, Connections: func() (int64, int64) { return 0, 0 }, Log: logger})
	t.Cleanup(metrics.Close)
	unready := func() error { return errors.New("no catalog") }
	return map[string]http.Handler{
		"API": New(Config{
			Collections: []raw.Collection{{Collection: meta.Collection{Name: "shelves"}}}, Tokens: auth.NewTokens(keys), Keys: keys, OpenAPI: []byte(`{"openapi":"3.1.0"}`),
			Ready: unready, MaxInFlight: 1, From: []Source{FromToken, FromQuery}, Timeout: time.Minute, TrustedProxies: proxies, Metrics: metrics, Log: logger,
		}),
		"operators": NewAdmin(AdminConfig{Metrics: metrics, Ready: unready, Token: "secret", MetricsToken: "metrics", TrustedProxies: proxies, Log: logger}),
		"starting":  NewStarting(proxies, logger),
	}, log
}

// TestEveryAnswer has a row for each thing that is looked at before a handler is: each
// API answers it in the same way, with what every answer has, and a line in the log.
func TestEveryAnswer(t *testing.T) {
	t.Parallel()
	apis, log := handlers(t)
	for _, test := range []struct {
		api, line string
		headers   []string
		status    int
		code      string
	}{
		{"API operators starting", "GET /a?x=%zz", nil, 400, "query_invalid"},
		{"API operators starting", "GET /a/%ff", nil, 400, "path_invalid"},
		{"API operators starting", "GET /a", []string{"Origin", "a", "Origin", "b"}, 400, "header_invalid"},
		{"API operators", "GET /a//b", nil, 404, "route_not_found"},
		{"API operators", "GET /nowhere", []string{"Authorization", "Bearer secret"}, 404, "route_not_found"},
		{"starting", "GET /nowhere", nil, 503, "not_ready"},
		{"starting", "POST /api/login", nil, 503, "not_ready"},
		{"starting", "GET /readyz", nil, 503, "not_ready"},
		{"API starting", "GET /healthz", nil, 200, ""},
		{"API starting", "HEAD /healthz", nil, 200, ""},
		{"API starting", "GET /%68ealthz", nil, 200, ""},
		{"API", "GET /healthz?x=1", nil, 400, "query_invalid"},
		{"API", "POST /healthz", nil, 405, "method_not_allowed"},
		{"API", "GET /readyz", nil, 503, "not_ready"},
		{"API", "HEAD /readyz", nil, 503, "not_ready"},
		{"API", "GET /openapi.json", nil, 200, ""},
		{"API", "GET /.well-known/jwks.json", nil, 200, ""},
		{"API", "GET /api/shelves", nil, 400, "tenant_missing"},
		{"API", "GET /api/shelves/x/y", nil, 404, "route_not_found"},
		{"API", "GET /api/shelves?tenant=one", nil, 401, "token_missing"},
		{"API", "GET /api/shelves", []string{"Authorization", "Bearer x"}, 401, "token_invalid"},
		{"API", "POST /api/logout?tenant=one", nil, 401, "token_missing"},
		{"API", "POST /api/login", nil, 415, "unsupported_media_type"},
		{"API", "POST /api/login?x=1", nil, 400, "query_invalid"},
		{"operators", "GET /healthz", nil, 401, "token_invalid"},
		{"operators", "GET /readyz", nil, 401, "token_invalid"},
		{"operators", "GET /metrics", nil, 401, "token_invalid"},
		{"operators", "GET /admin/tenants", []string{"Authorization", "Bearer metrics"}, 401, "token_invalid"},
		{"operators", "GET /debug/pprof/?x=1", []string{"Authorization", "Bearer secret"}, 400, "query_invalid"},
		{"operators", "GET /debug/pprof/goroutine?debug=1", []string{"Authorization", "Bearer secret"}, 200, ""},
		{"operators", "GET /debug/pprof/cmdline", []string{"Authorization", "Bearer secret"}, 200, ""},
		{"operators", "POST /admin/tenants", []string{"Authorization", "Bearer secret"}, 415, "unsupported_media_type"},
	} {
		for name := range strings.FieldsSeq(test.api) {
			log.Reset()
			method, target, _ := strings.Cut(test.line, " ")
			req := httptest.NewRequest(method, target, nil)
			for i := 0; i < len(test.headers); i += 2 {
				req.Header.Add(test.headers[i], test.headers[i+1])
			}
			req.Header.Set("X-Forwarded-For", "203.0.113.7")
			answer := httptest.NewRecorder()
			apis[name].ServeHTTP(answer, req)
			h := answer.Header()
			if got := answer.Code; got != test.status || test.code != "" && !strings.Contains(answer.Body.String(), fmt.Sprintf(`"code":%q`, test.code)) {
				t.Errorf("%s, %s: %d %s", name, test.line, got, answer.Body)
			}
			if h.Get("X-Request-Id") == "" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || (h.Get("Retry-After") != "") != (test.status == 503) {
				t.Errorf("%s, %s: %v", name, test.line, h)
			}
			if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "client=203.0.113.7 ") || !strings.Contains(said, fmt.Sprintf(" status=%d ", test.status)) {
				t.Errorf("%s, %s: the log says %s", name, test.line, said)
			}
		}
	}
}

// TestEveryLineSaysWhoAsks: while it starts, too, a proxy is believed, and nobody else.
func TestEveryLineSaysWhoAsks(t *testing.T) {
	t.Parallel()
	apis, log := handlers(t)
	for name, api := range apis {
		for peer, want := range map[string]string{"192.0.2.1:5000": "203.0.113.7", "198.51.100.1:5000": "198.51.100.1"} {
			log.Reset()
			req := httptest.NewRequest(http.MethodGet, "/nowhere", nil)
			req.RemoteAddr = peer
			req.Header.Set("X-Forwarded-For", "203.0.113.7")
			req.Header.Set("X-Real-Ip", "203.0.113.8")
			api.ServeHTTP(httptest.NewRecorder(), req)
			if !strings.Contains(log.String(), " client="+want+" ") {
				t.Errorf("%s, from %s: the log says %s", name, peer, log)
			}
		}
	}
}
