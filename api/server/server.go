// Package server puts the parts together: for the command in api/, for the
// developers' server, and for other modules with schemas of their own.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/schema/def"
)

// App is what is served: the generated code and the declarations it came from.
type App struct {
	// Collections are gen.Collections().
	Collections []store.Collection
	// OpenAPI is gen.OpenAPI.
	OpenAPI []byte
	Policy  def.Policy
}

// Server is an API that listens.
type Server struct {
	cfg      Config
	log      *slog.Logger
	stack    *Stack
	accounts *auth.Accounts
	listener net.Listener
	api      *echo.Echo
	http     *http.Server
}

// Run serves until ctx ends, then lets requests that are under way finish.
func Run(ctx context.Context, cfg Config, app App, log *slog.Logger) error {
	s, err := New(ctx, cfg, app, log)
	if err != nil {
		return err
	}
	return s.Serve(ctx)
}

// New connects and listens. Close or Serve must follow.
func New(ctx context.Context, cfg Config, app App, log *slog.Logger) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.AuthKeys == "" {
		return nil, unset(cfg, "AUTH_KEYS")
	}
	keys, err := auth.ParseKeys(cfg.AuthKeys)
	if err != nil {
		return nil, fmt.Errorf("AUTH_KEYS: %w", err)
	}
	passwords, err := auth.NewPasswords()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("ADDR: cannot listen at %s: %w", cfg.Addr, err)
	}
	stack, err := OpenStack(ctx, cfg.Database, app.Collections, cfg.TenantCacheTTL, log)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	policy := auth.NewPolicy(app.Policy.Full, app.Policy.Barred)
	tokens := auth.NewTokens(keys)
	accounts := auth.NewAccounts(stack.Catalog.Admin(), policy, passwords, tokens, cfg.TenantCacheTTL, log)
	handler := rest.New(rest.Config{
		Collections: app.Collections, Catalog: stack.Catalog, Accounts: accounts, Tokens: tokens,
		Passwords: passwords, Policy: policy, Keys: keys, OpenAPI: app.OpenAPI,
		Ready: func(ctx context.Context) error { return stack.Clusters.Ping(ctx, "default") },
		From:  cfg.TenantFrom, Timeout: cfg.RequestTimeout, Origins: cfg.CORSOrigins, Log: log,
	})
	return &Server{
		cfg: cfg, log: log, stack: stack, accounts: accounts, listener: listener, api: handler,
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       cfg.RequestTimeout + headerTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeader,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
	}, nil
}

const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
	// draining bounds how long requests that are under way may take to finish
	// once the server is to end.
	draining = 15 * time.Second
)

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Routes are the method and path of everything that is served, sorted, with
// parameters in braces as OpenAPI writes them.
func (s *Server) Routes() []string { return rest.Routes(s.api) }

// Stack is what the server runs on.
func (s *Server) Stack() *Stack { return s.stack }

// Serve answers requests until ctx ends, lets those that are under way finish,
// and closes.
func (s *Server) Serve(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- s.listen() }()
	s.log.InfoContext(ctx, "serving", "addr", s.Addr().String())
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.InfoContext(ctx, "finishing requests that are under way")
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), draining)
		defer cancel()
		if err = s.http.Shutdown(ending); err != nil {
			err = errors.Join(fmt.Errorf("requests were cut off after %s: %w", draining, err), s.http.Close())
		}
		if end := <-failed; !errors.Is(end, http.ErrServerClosed) {
			err = errors.Join(err, end)
		}
	}
	s.Close()
	return err
}

func (s *Server) listen() error {
	if s.cfg.TLSCert != "" {
		return s.http.ServeTLS(s.listener, s.cfg.TLSCert, s.cfg.TLSKey)
	}
	return s.http.Serve(s.listener)
}

// Close ends the server without waiting for requests.
func (s *Server) Close() {
	_ = s.http.Close()
	_ = s.listener.Close()
	s.accounts.Close()
	s.stack.Close()
}
