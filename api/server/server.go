// Package server puts the parts together: for the command in api/, for the
// developers' server, and for other modules with schemas of their own.
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
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/tenant"
)

// Server is an API that listens.
type Server struct {
	log      *slog.Logger
	signing  Signing
	keys     *auth.Keys
	stack    *Stack
	accounts *auth.Accounts
	metrics  *rest.Metrics
	routes   []string
	// endpoints are the API's and, if there is a token for it, the operators'.
	endpoints []*endpoint
}

// Run serves until ctx ends, then lets requests that are under way finish. At a
// SIGHUP it reads AUTH_KEYS_FILE again, if there is one.
func Run(ctx context.Context, cfg Config, app App, log *slog.Logger) error {
	signals, stop := cfg.hangups()
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

// New connects and listens. Close or Serve must follow.
func New(ctx context.Context, cfg Config, app App, log *slog.Logger) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	keys, err := cfg.Keys()
	if err != nil {
		return nil, err
	}
	if cfg.readableByAll() {
		log.WarnContext(ctx, "everybody on this machine may read the file of AUTH_KEYS_FILE; let only the server: chmod 600")
	}
	if err := app.check(ctx); err != nil {
		return nil, err
	}
	document, err := rest.Describe(app.OpenAPI, app.Routes, cfg.TenantFrom)
	if err != nil {
		return nil, fmt.Errorf("server.App: OpenAPI: %w", err)
	}
	passwords, people := auth.NewPasswords(), auth.NewUsers(app.users())
	endpoints, err := listenAll(&cfg)
	if err != nil {
		return nil, err
	}
	stack, err := OpenStack(ctx, cfg.Database, app, cfg.TenantCacheTTL, log)
	if err != nil {
		closeAll(endpoints)
		return nil, err
	}
	if err := stack.Fleet.EnsureAdmin(ctx); err != nil {
		closeAll(endpoints)
		stack.Close()
		return nil, fmt.Errorf("MONGO_URI: %w", err)
	}
	policy := auth.NewPolicy(app.Policy.Full, app.Policy.Barred)
	tokens := auth.NewTokens(keys)
	accounts := auth.NewAccounts(auth.AccountsConfig{
		Admin: stack.Catalog.Admin(), Users: people, Policy: policy, Passwords: passwords, Tokens: tokens,
		Clock: stack.Catalog.Now, PerAccount: cfg.LoginPerAccount, PerAddress: cfg.LoginPerAddress, TTL: cfg.TenantCacheTTL, Log: log,
	})
	metrics := rest.NewMetrics(stack.Fleet, stack.Clusters, passwords, cfg.TenantCacheTTL, log)
	api := rest.New(rest.Config{
		Collections: app.Collections, Catalog: stack.Catalog, Fleet: stack.Fleet, Users: people, Accounts: accounts, Tokens: tokens,
		Passwords: passwords, Policy: policy, Keys: keys, OpenAPI: document, Routes: app.Routes,
		Ready: func(ctx context.Context) error { return stack.Clusters.Ping(ctx, tenant.DefaultCluster) },
		From:  cfg.TenantFrom, RequireCurrent: cfg.RequireCurrent, TenantTTL: cfg.TenantCacheTTL,
		Timeout: cfg.RequestTimeout, TrustedProxies: cfg.TrustedProxies, Origins: cfg.CORSOrigins, Metrics: metrics, Log: log,
	})
	endpoints[0].prepare(api, cfg.RequestTimeout, log)
	if len(endpoints) > 1 {
		endpoints[1].prepare(rest.NewAdmin(rest.AdminConfig{
			Catalog: stack.Catalog, Fleet: stack.Fleet, Metrics: metrics, Token: cfg.AdminToken, TrustedProxies: cfg.TrustedProxies, Log: log,
		}), cfg.RequestTimeout, log)
	}
	return &Server{log: log, signing: cfg.Signing, keys: keys, stack: stack, accounts: accounts, metrics: metrics, routes: rest.Routes(api), endpoints: endpoints}, nil
}

// listenAll takes the addresses that cfg asks for, or none.
func listenAll(cfg *Config) ([]*endpoint, error) {
	api, err := listen("ADDR", cfg.Addr)
	if err != nil {
		return nil, err
	}
	api.cert, api.key = cfg.TLSCert, cfg.TLSKey
	if cfg.AdminToken == "" {
		return []*endpoint{api}, nil
	}
	admin, err := listen("ADMIN_ADDR", cfg.AdminAddr)
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

// draining bounds how long requests that are under way may take to finish once
// the server is to end.
const draining = 15 * time.Second

// Addr is where the API listens.
func (s *Server) Addr() net.Addr { return s.endpoints[0].listener.Addr() }

// AdminAddr is where the operators' API listens, nil if it does not.
func (s *Server) AdminAddr() net.Addr {
	if len(s.endpoints) < 2 {
		return nil
	}
	return s.endpoints[1].listener.Addr()
}

// Routes are the method and path of everything that the API serves, sorted, with
// parameters in braces as OpenAPI writes them.
func (s *Server) Routes() []string { return s.routes }

// Stack is what the server runs on.
func (s *Server) Stack() *Stack { return s.stack }

// Serve answers requests until ctx ends, lets those that are under way finish,
// and closes.
func (s *Server) Serve(ctx context.Context) error {
	defer s.Close()
	var reconciling sync.WaitGroup
	defer reconciling.Wait()
	reconcile, stop := context.WithCancel(ctx)
	defer stop()
	reconciling.Go(func() { s.reconcile(reconcile) })
	ended := make(chan error, len(s.endpoints))
	for _, e := range s.endpoints {
		go func() { ended <- e.serve() }()
		s.log.InfoContext(ctx, "serving", "addr", e.listener.Addr().String())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.log.InfoContext(ctx, "finishing requests that are under way")
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), draining)
	defer cancel()
	var errs []error
	for _, e := range s.endpoints {
		errs = append(errs, e.shutdown(ending), <-ended)
	}
	return errors.Join(errs...)
}

// Close ends the server without waiting for requests.
func (s *Server) Close() {
	closeAll(s.endpoints)
	s.accounts.Close()
	s.metrics.Close()
	s.stack.Close()
}
