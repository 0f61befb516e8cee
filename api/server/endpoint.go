package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
)

// endpoint is one address and what is served there.
type endpoint struct {
	listener net.Listener
	http     *http.Server
	// certificate is what connections are encrypted with, if it is set.
	certificate *certificate
	// handler is what answers now.
	handler  atomic.Pointer[http.Handler]
	draining atomic.Bool
	conns    connections
}

// listen takes the address that the variable called name gives, so that one in
// use is told at once.
func listen(name, addr string, cert *certificate) (*endpoint, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen at %s: %w", name, addr, err)
	}
	return &endpoint{listener: listener, certificate: cert}, nil
}

// start begins to answer with handler. A request may take as long as patience to be
// read, and there are most connections, unless that is 0. What serving comes to goes to
// ended.
func (e *endpoint) start(handler http.Handler, patience time.Duration, most int64, ended chan<- error, log *slog.Logger) {
	e.swap(handler)
	e.conns.most = most
	e.http = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       patience + headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         e.conns.note,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if e.certificate.isSet() {
		e.certificate.log = log
		e.http.TLSConfig = e.certificate.config()
	}
	go func() { ended <- e.serve() }()
}

// swap answers with handler from now on.
func (e *endpoint) swap(handler http.Handler) { e.handler.Store(&handler) }

// ServeHTTP hands a request to the handler that answers now.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.draining.Load() { // so that clients turn to other servers before this one is gone
		w.Header().Set("Connection", "close")
	}
	(*e.handler.Load()).ServeHTTP(newProgress(w, stallTimeout), r)
}

// serve answers until shutdown, which is no error.
func (e *endpoint) serve() error {
	var err error
	if e.certificate.isSet() {
		err = e.http.ServeTLS(e.listener, "", "")
	} else {
		err = e.http.Serve(e.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// shutdown lets requests that are under way finish until ctx ends, and cuts off
// what is left.
func (e *endpoint) shutdown(ctx context.Context) error {
	if err := e.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests at %s were cut off: %w", e.listener.Addr(), err), e.http.Close())
	}
	return nil
}

// close ends at once.
func (e *endpoint) close() {
	if e.http != nil {
		_ = e.http.Close()
	}
	_ = e.listener.Close()
}
