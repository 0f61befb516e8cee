package rest_test

import (
	"context"
	"testing"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// TestInFlightIsBounded holds the one request that is answered at a time.
func TestInFlightIsBounded(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	held := own(rest.Route{Method: "GET", Path: "/api/held", Permission: rest.AnyBearer, Handler: func(context.Context, *rest.Request) (rest.Response, error) {
		close(begun)
		<-finish
		return rest.Response{}, nil
	}})
	a := servertest.Serve(t, testdb.URI(t), held, func(cfg *server.Config) {
		servertest.WithOperators(cfg)
		cfg.MaxInFlight = 1
	})
	token := a.Token(t, a.Provision(t, "one").ID, "super")
	answered := make(chan servertest.Response, 1)
	go func() { answered <- a.Call(t, "GET /api/held", "", bearer(token)...) }()
	<-begun
	for _, line := range []string{"GET /api/users", "POST /api/login?tenant=one", "GET /nowhere", "GET /openapi.json", "GET /healthz/x"} {
		if got := a.Call(t, line, "", bearer(token)...); got.Status != 503 || got.Code() != "overloaded" || got.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", line, got.Status, got.Text)
		}
	}
	for _, line := range []string{"GET /healthz", "GET /readyz"} {
		if got := a.Call(t, line, ""); got.Status != 200 {
			t.Errorf("%s: %d %s", line, got.Status, got.Text)
		}
	}
	values := scrape(t, a)
	if values["partywall_http_requests_in_flight"] != 1 || values["partywall_http_problems_total overloaded"] != 5 {
		t.Errorf("metrics: %v", about(values, "partywall_http_"))
	}
	close(finish)
	if got := <-answered; got.Status != 204 {
		t.Errorf("the request that was held: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "GET /api/users", "", bearer(token)...); got.Status != 200 {
		t.Errorf("afterwards: %d %s", got.Status, got.Text)
	}
}
