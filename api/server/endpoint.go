package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
	// cert and key are PEM files, empty for plain HTTP.
	cert, key string
}

// listen takes the address that the variable called name gives, so that one in
// use is told at once.
func listen(name, addr string) (*endpoint, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen at %s: %w", name, addr, err)
	}
	return &endpoint{listener: listener}, nil
}

// prepare makes ready to answer with handler. A request may take as long as
// patience to be read.
func (e *endpoint) prepare(handler http.Handler, patience time.Duration, log *slog.Logger) {
	e.http = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       patience + headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serve answers until shutdown, which is no error.
func (e *endpoint) serve() error {
	var err error
	if e.cert != "" {
		err = e.http.ServeTLS(e.listener, e.cert, e.key)
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
