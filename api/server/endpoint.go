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

// endpoint is an address and the handler that serves it.
type endpoint struct {
	listener net.Listener
	http     *http.Server
	// certificate encrypts connections, if it is set.
	certificate *certificate
	// handler is the current handler.
	handler  atomic.Pointer[http.Handler]
	draining atomic.Bool
	conns    connections
}

// listen listens at the address in the variable called name, so that an address in
// use is reported at once.
func listen(name, addr string, cert *certificate) (*endpoint, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen at %s: %w", name, addr, err)
	}
	return &endpoint{listener: listener, certificate: cert}, nil
}

// start starts serving with handler. A request may take readTimeout to be read, and
// there may be maxConnections, unless that is 0. The result of serving is sent to
// ended.
func (e *endpoint) start(handler http.Handler, readTimeout time.Duration, maxConnections int64, ended chan<- error, log *slog.Logger) {
	e.swap(handler)
	e.conns.most = maxConnections
	e.http = &http.Server{
		Handler:           e,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout + headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         e.conns.track,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if e.certificate.isSet() {
		e.certificate.log = log
		e.http.TLSConfig = e.certificate.config()
	}
	go func() { ended <- e.serve() }()
}

// swap replaces the handler.
func (e *endpoint) swap(handler http.Handler) { e.handler.Store(&handler) }

// ServeHTTP passes a request to the current handler.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if e.draining.Load() { // so that clients turn to other servers before this one is gone
		w.Header().Set("Connection", "close")
	}
	(*e.handler.Load()).ServeHTTP(newProgress(w, stallTimeout), r)
}

// serve serves until shutdown, which is no error.
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

// shutdown lets requests in flight finish until ctx ends, and closes the remaining
// connections.
func (e *endpoint) shutdown(ctx context.Context) error {
	if err := e.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests at %s were cut off: %w", e.listener.Addr(), err), e.http.Close())
	}
	return nil
}

// close closes all connections at once.
func (e *endpoint) close() {
	if e.http != nil {
		_ = e.http.Close()
	}
	_ = e.listener.Close()
}
