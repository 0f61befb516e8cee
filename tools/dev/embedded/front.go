package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// acceptPause is how long the front waits after a connection could not be accepted, as when the process is out
// of descriptors.
const acceptPause = 100 * time.Millisecond

// front accepts the clients' connections and gives each of them one to the engine.
type front struct {
	listener net.Listener
	socket   string
	gate     *gate
	keeper   *keeper
	log      *slog.Logger

	failed chan struct{} // closed when serve ended before close was called; err says why
	err    error

	closing  chan struct{}
	sessions sync.WaitGroup
	mu       sync.Mutex
	open     map[net.Conn]struct{} // nil once closed
}

func newFront(listener net.Listener, socket string, keeper *keeper, log *slog.Logger) *front {
	f := &front{
		listener: listener, socket: socket, gate: newGate(), keeper: keeper, log: log,
		failed: make(chan struct{}), closing: make(chan struct{}), open: map[net.Conn]struct{}{},
	}
	f.sessions.Add(1) // serve itself
	return f
}

// serve accepts connections until close is called.
func (f *front) serve() {
	defer f.sessions.Done()
	f.sessions.Go(f.expireRegularly)
	for {
		client, err := f.listener.Accept()
		if err == nil {
			f.sessions.Go(func() { f.session(client) })
			continue
		}
		if !f.pause(err) {
			return
		}
	}
}

// pause waits after a failed accept, and reports whether another one makes sense.
func (f *front) pause(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		f.fail(err)
		return false
	}
	f.log.Warn("embedded server: cannot accept a connection", "error", err)
	select {
	case <-f.closing:
		return false
	case <-time.After(acceptPause):
		return true
	}
}

func (f *front) fail(err error) {
	select {
	case <-f.closing: // the listener was closed on purpose
	default:
		f.err = fmt.Errorf("embedded server: listening on %s ended: %w", f.listener.Addr(), err)
		close(f.failed)
	}
}

// session serves one client until either side closes its connection.
func (f *front) session(client net.Conn) {
	defer func() { _ = client.Close() }()
	f.withEngine(func(s *session) {
		if !f.track(client) {
			return
		}
		defer f.untrack(client)
		s.client = client
		if err := s.run(); errors.Is(err, errMalformed) {
			f.log.Warn("embedded server: connection closed", "client", client.RemoteAddr().String(), "error", err)
		}
	})
}

// withEngine gives do a session with a connection to the engine, and no client.
func (f *front) withEngine(do func(*session)) {
	engine, err := net.Dial("unix", f.socket)
	if err != nil {
		f.log.Warn("embedded server: cannot reach the database engine", "error", err)
		return
	}
	defer func() { _ = engine.Close() }()
	if !f.track(engine) {
		return
	}
	defer f.untrack(engine)
	do(&session{engine: engine, gate: f.gate, keeper: f.keeper, replies: bufio.NewReader(engine)})
}

// track remembers a connection for close; it reports false if that has happened already.
func (f *front) track(conn net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		return false
	}
	f.open[conn] = struct{}{}
	return true
}

func (f *front) untrack(conn net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, conn)
}

// close stops accepting, closes every connection and waits until no session is left.
func (f *front) close() {
	close(f.closing)
	_ = f.listener.Close()
	f.mu.Lock()
	for conn := range f.open {
		_ = conn.Close()
	}
	f.open = nil
	f.mu.Unlock()
	f.sessions.Wait()
}
