// Package embedded runs a MongoDB-compatible server inside this process: FerretDB on SQLite files, behind a
// front that mends what tests and demonstrations cannot do without: atomic updates, and indexes of all kinds,
// with what they enforce. It is made for trying out and for tests with hundreds of documents, never for production.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
)

// Config says where a Server listens and keeps its data.
type Config struct {
	// Listen is the TCP address to serve on, such as 127.0.0.1:0 for any free port.
	Listen string

	// Dir is the folder of the data; it is created with mode 0700 if it is missing. One server at a time may use it.
	Dir string

	// Logger gets the warnings and errors of the server; nil discards them.
	Logger *slog.Logger
}

// Server is a running server. It serves until Close is called, the context given to Start ends, or a part of it
// fails; Done tells.
type Server struct {
	folder *folder
	engine *engine
	front  *front
	stop   context.CancelFunc
	done   chan struct{}
	err    error
}

// Start opens the folder, removes what an earlier process left half created, and serves. It returns once the
// server answers. A folder or a port that is in use is an error at once; nothing is waited for. The server is
// closed when ctx ends.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	logger := cfg.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("embedded server: cannot listen on %s: %w; stop what uses the port, or choose another address", cfg.Listen, err)
	}
	server, err := serve(ctx, listener, cfg.Dir, logger)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return server, nil
}

func serve(ctx context.Context, listener net.Listener, dir string, logger *slog.Logger) (*Server, error) {
	folder, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	keeper := newKeeper(folder.path, logger)
	if err := keeper.load(); err != nil {
		return nil, errors.Join(err, folder.close())
	}
	engine, err := startEngine(folder, logger)
	if err != nil {
		return nil, errors.Join(err, folder.close())
	}
	s := &Server{folder: folder, engine: engine, front: newFront(listener, engine.socket, keeper, logger), done: make(chan struct{})}
	ctx, s.stop = context.WithCancel(ctx)
	go s.supervise(ctx)
	return s, nil
}

// supervise waits for the first reason to stop, and stops everything in the order that is quick: the engine
// waits three seconds for clients that are still connected, so the front goes first.
func (s *Server) supervise(ctx context.Context) {
	defer close(s.done)
	defer s.stop()
	go s.front.serve()
	select {
	case <-ctx.Done():
	case <-s.front.failed:
		s.err = s.front.err
	case <-s.engine.stopped:
		s.err = errors.New("embedded server: the database engine stopped by itself; its log tells why")
	}
	s.front.close()
	if err := s.engine.close(); err != nil {
		s.err = errors.Join(s.err, err)
		return // the engine may still be writing: the folder stays locked
	}
	s.err = errors.Join(s.err, s.folder.close())
}

// Addr is the host:port that the server listens on.
func (s *Server) Addr() string { return s.front.listener.Addr().String() }

// URI is the connection string of the server, mongodb://host:port/.
func (s *Server) URI() string { return "mongodb://" + s.Addr() + "/" }

// Done is closed when the server has stopped, whatever the reason.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err is what made the server stop. It is nil while the server runs and after it was closed on purpose.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Close disconnects the clients and stops the server, within ten seconds. It may be called more than once; every
// call waits for the end and returns what Err returns then.
func (s *Server) Close() error {
	s.stop()
	<-s.done
	return s.err
}
