// Package server assembles the server: for the command in api/, for the development
// server, and for other modules with schemas of their own.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/tenant"
)

// Server is an API that is listening.
type Server struct {
	log      *slog.Logger
	signing  Signing
	keys     *auth.Keys
	stack    *Stack
	watch    *fleet.Watch
	limits   *connectionLimits
	accounts *auth.Accounts
	metrics  *rest.Metrics
	routes   []string
	ready    *readiness
	// drainDelay and drainTimeout are the phases of shutting down.
	drainDelay, drainTimeout time.Duration
	// endpoints are the API's and, if there is a token for it, the operators'.
	endpoints []*endpoint
	// ended receives the result of serving an endpoint.
	ended chan error
}

// Run serves until ctx ends, keeps serving for DRAIN_DELAY, then refuses new
// requests and lets those in flight finish. On SIGHUP it reloads AUTH_KEYS_FILE and
// certificates.
func Run(ctx context.Context, cfg Config, app App, log *slog.Logger) error {
	signals, stop := reloadSignals()
	defer stop()
	s, err := New(ctx, cfg, app, log)
	if err != nil {
		return err
	}
	var reloading sync.WaitGroup
	defer reloading.Wait()
	serving, end := context.WithCancel(ctx)
	defer end()
	reloading.Go(func() { s.reloadOn(serving, signals) })
	return s.Serve(ctx)
}

// New listens and connects. Meanwhile everything but /healthz is answered with 503.
// Close or Serve must follow.
func New(ctx context.Context, cfg Config, app App, log *slog.Logger) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	keys, err := cfg.Keys()
	if err != nil {
		return nil, err
	}
	if cfg.readableByAll() {
		log.WarnContext(ctx, "everybody on this machine may read the file of AUTH_KEYS_FILE; restrict it to the server: chmod 600")
	}
	if err := app.check(); err != nil {
		return nil, err
	}
	document, err := rest.Describe(app.OpenAPI, app.Routes, app.Computed, cfg.TenantFrom)
	if err != nil {
		return nil, fmt.Errorf("server.App: OpenAPI: %w", err)
	}
	people := auth.NewUsers(app.users())
	clusters, err := openClusters(cfg.Database, tenant.FailFast(electionTimeout), tenant.FairShare())
	if err != nil {
		return nil, err
	}
	s := &Server{
		log: log, signing: cfg.Signing, keys: keys, drainDelay: cfg.DrainDelay, drainTimeout: cfg.DrainTimeout,
		ready: &readiness{clusters: clusters, grace: cfg.ReadyGrace, log: log}, ended: make(chan error, 2),
	}
	if s.endpoints, err = listenAll(&cfg); err != nil {
		_ = clusters.Close(ctx)
		return nil, err
	}
	s.serveUnready(ctx, &cfg, clusters)
	if s.stack, err = openStack(ctx, clusters, cfg.Database, app, cfg.TenantCacheTTL, log); err != nil {
		closeAll(s.endpoints)
		return nil, err
	}
	if err := s.stack.Fleet.EnsureAdmin(ctx); err != nil {
		closeAll(s.endpoints)
		s.stack.Close()
		return nil, fmt.Errorf("MONGO_URI: %w", err)
	}
	s.watch = s.stack.Fleet.NewWatch()
	s.limits = newLimits(clusters, log)
	s.stack.Catalog.OnLookup(func(t *tenant.Entry) {
		s.watch.Note(t)
		s.limits.note(t.Cluster)
	})
	s.assemble(&cfg, app, people, document)
	return s, nil
}

// electionTimeout is how long a replica set may be without a primary during an
// election: 12 s at most according to MongoDB's manual, and the time to learn of
// it.
const electionTimeout = 12 * time.Second

// serveUnready serves at all addresses that the server is not ready.
func (s *Server) serveUnready(ctx context.Context, cfg *Config, clusters *tenant.Clusters) {
	limit := descriptors()
	most, short := maxClients(limit, clusters)
	if short {
		s.log.WarnContext(ctx, "this process may open few descriptors besides those of its pools; allow it more (LimitNOFILE, ulimit -n), or lower MAX_POOL_SIZE",
			"descriptors", limit, "clients", most)
	}
	for i, e := range s.endpoints {
		if i > 0 {
			most = 0
		}
		e.start(rest.NewStarting(cfg.TrustedProxies, s.log), cfg.RequestTimeout, most, s.ended, s.log)
		s.log.InfoContext(ctx, "listening", "addr", e.listener.Addr().String())
	}
}

// assemble builds the two APIs and starts to serve them.
func (s *Server) assemble(cfg *Config, app App, people auth.Users, document []byte) {
	stack, log := s.stack, s.log
	passwords, tokens := auth.NewPasswords(), auth.NewTokens(s.keys)
	policy := auth.NewPolicy(app.Policy.Full, app.Policy.Barred)
	s.accounts = auth.NewAccounts(auth.AccountsConfig{
		Admin: stack.Catalog.Admin(), Users: people, Policy: policy, Passwords: passwords, Tokens: tokens,
		Clock: stack.Catalog.Now, PerAccount: cfg.LoginPerAccount, PerAddress: cfg.LoginPerAddress, TTL: cfg.TenantCacheTTL, Log: log,
	})
	s.metrics = rest.NewMetrics(rest.MetricsConfig{
		Fleet: stack.Fleet, Clusters: stack.Clusters, Passwords: passwords, TTL: cfg.TenantCacheTTL, Log: log,
		Connections: func() (open, refused int64) {
			return s.endpoints[0].conns.open.Load(), s.endpoints[0].conns.refused.Load()
		},
	})
	api := rest.New(rest.Config{
		Collections: app.Collections, Catalog: stack.Catalog, Fleet: stack.Fleet, Users: people, Accounts: s.accounts, Tokens: tokens,
		Passwords: passwords, Policy: policy, Keys: s.keys, OpenAPI: document, Routes: app.Routes, Computed: app.Computed,
		Ready: s.ready.problem, MaxInFlight: cfg.MaxInFlight,
		From: cfg.TenantFrom, RequireCurrent: cfg.RequireCurrent, TenantTTL: cfg.TenantCacheTTL,
		Timeout: cfg.RequestTimeout, TrustedProxies: cfg.TrustedProxies, Origins: cfg.CORSOrigins, Metrics: s.metrics, Log: log,
	})
	s.routes = rest.Routes(api)
	s.endpoints[0].swap(api)
	if len(s.endpoints) > 1 {
		s.endpoints[1].swap(rest.NewAdmin(rest.AdminConfig{
			Catalog: stack.Catalog, Fleet: stack.Fleet, Clusters: stack.Clusters, Metrics: s.metrics, Ready: s.ready.problem, Watch: s.watch,
			Token: cfg.AdminToken, MetricsToken: cfg.MetricsToken, TrustedProxies: cfg.TrustedProxies, Log: log,
		}))
	}
}

// listenAll listens at all addresses of cfg, or at none.
func listenAll(cfg *Config) ([]*endpoint, error) {
	certificates := cfg.certificates()
	api, err := listen("ADDR", cfg.Addr, certificates[0])
	if err != nil {
		return nil, err
	}
	if cfg.AdminToken == "" {
		return []*endpoint{api}, nil
	}
	admin, err := listen("ADMIN_ADDR", cfg.AdminAddr, certificates[1])
	if err != nil {
		api.close()
		return nil, err
	}
	return []*endpoint{api, admin}, nil
}

func closeAll(endpoints []*endpoint) {
	for _, e := range endpoints {
		e.close()
	}
}

// Addr returns the address of the API.
func (s *Server) Addr() net.Addr { return s.endpoints[0].listener.Addr() }

// AdminAddr returns the address of the operators' API, nil if there is none.
func (s *Server) AdminAddr() net.Addr {
	if len(s.endpoints) < 2 {
		return nil
	}
	return s.endpoints[1].listener.Addr()
}

// Routes returns method and path of everything that the API serves, sorted, with
// parameters in braces as OpenAPI writes them.
func (s *Server) Routes() []string { return s.routes }

// Stack returns the stack that the server runs on.
func (s *Server) Stack() *Stack { return s.stack }

// Serve serves until ctx ends. Then it reports not ready to load balancers, keeps
// serving for DRAIN_DELAY, lets requests in flight finish, and closes.
func (s *Server) Serve(ctx context.Context) error {
	defer s.Close()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	background, stop := context.WithCancel(ctx)
	defer stop()
	tasks.Go(func() { s.reconcile(background) })
	tasks.Go(func() { s.watch.Run(background) })
	tasks.Go(func() { s.limits.run(background) })
	for _, e := range s.endpoints {
		s.log.InfoContext(ctx, "serving", "addr", e.listener.Addr().String())
	}
	if ended, err := until(ctx.Done(), s.ended); ended {
		return err
	}
	s.ready.draining.Store(true)
	for _, e := range s.endpoints {
		e.draining.Store(true)
	}
	s.log.InfoContext(ctx, "shutting down: load balancers are told to send no more requests", "delay", s.drainDelay.String())
	delay := time.NewTimer(s.drainDelay)
	defer delay.Stop()
	if ended, err := until(delay.C, s.ended); ended {
		return err
	}
	s.log.InfoContext(ctx, "finishing requests in flight", "timeout", s.drainTimeout.String())
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.drainTimeout)
	defer cancel()
	var errs []error
	for _, e := range s.endpoints {
		errs = append(errs, e.shutdown(ending), <-s.ended)
	}
	return errors.Join(errs...)
}

// until waits for done. It reports whether an endpoint ended first, and its error.
func until[T any](done <-chan T, ended <-chan error) (bool, error) {
	select {
	case err := <-ended:
		return true, err
	case <-done:
		return false, nil
	}
}

// Close ends the server without waiting for requests.
func (s *Server) Close() {
	closeAll(s.endpoints)
	s.accounts.Close()
	s.metrics.Close()
	s.stack.Close()
}
