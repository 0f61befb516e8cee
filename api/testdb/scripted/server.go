// Package scripted is a server for tests that speaks MongoDB's protocol as a member
// of a replica set, a mongos or a standalone server does. It holds documents in
// memory, matches, sorts, changes and indexes them by the rules of MongoDB's
// documentation, and does what a test tells it to: it records commands, and answers
// the n-th of them with an error, a cut connection or after a while.
//
// It shows what the tests' embedded server cannot. It is a model, not MongoDB: what
// is tested with it alone is listed in docs/testing.md.
package scripted

import (
	"bufio"
	"crypto/rand"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
)

// Server is a server in this process.
type Server struct {
	kind     kind
	version  int
	listener net.Listener
	topology topology
	script   script
	// unrecorded servers forget commands.
	unrecorded      bool
	maxAwaitTimeout time.Duration
	// maxReply is how many bytes of documents an answer holds at most.
	maxReply int
	// limit is how many connections there may be, and others how many of other clients
	// there are.
	limit, others int

	// mu is held while a command is carried out, so that each is atomic.
	mu          sync.Mutex
	collections map[namespace]*stored.Collection
	cursors     map[int64]*cursor
	// written are the answers to the last retryable write of each session.
	written map[string]written
	streams streams

	connections atomic.Int64
	open        sync.Map // of *connection
	serving     sync.WaitGroup
	done        chan struct{}
	ending      sync.Once
}

type namespace struct{ db, collection string }

// Option says what a server is.
type Option func(*Server)

// Version makes the server one of a major version of MongoDB: 7 or 8, which it is
// otherwise.
func Version(major int) Option { return func(s *Server) { s.version = major } }

// ReplicaSet makes the server the primary of a replica set, which it is anyway.
func ReplicaSet() Option { return func(s *Server) { s.kind = replicaSet } }

// Mongos makes the server the door to a sharded cluster.
func Mongos() Option { return func(s *Server) { s.kind = mongos } }

// Standalone makes the server one without a replica set, which knows no retryable
// writes.
func Standalone() Option { return func(s *Server) { s.kind = standalone } }

// Connections makes the server one that takes so many connections, of which others have
// some.
func Connections(limit, others int) Option {
	return func(s *Server) { s.limit, s.others = limit, others }
}

// Unrecorded makes the server one that keeps no commands: it may run for long.
func Unrecorded() Option { return func(s *Server) { s.unrecorded = true } }

// ShortReplies makes the server one whose answers hold that many bytes of documents, or
// one document: what is more takes another answer.
func ShortReplies(bytes int) Option { return func(s *Server) { s.maxReply = bytes } }

// Start runs a server until the test ends.
func Start(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s, err := New(options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// New runs a server until Close, on a free port of this machine.
func New(options ...Option) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return Serve(listener, options...), nil
}

// Serve runs a server on a listener, until Close.
func Serve(listener net.Listener, options ...Option) *Server {
	s := &Server{
		version: 8, limit: defaultLimit, listener: listener, topology: newTopology(), maxAwaitTimeout: maxAwaitTimeout, maxReply: maxReply,
		collections: map[namespace]*stored.Collection{}, cursors: map[int64]*cursor{}, written: map[string]written{},
		done: make(chan struct{}),
	}
	for _, option := range options {
		option(s)
	}
	s.script.done = s.done
	s.streams.arrived = make(chan struct{})
	s.serving.Go(s.accept)
	return s
}

// URI is the server's connection string.
func (s *Server) URI() string { return "mongodb://" + s.Addr() + "/" }

// Addr is where the server listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends the server, and waits until nothing of it runs any more.
func (s *Server) Close() {
	s.ending.Do(func() {
		close(s.done)
		_ = s.listener.Close()
		s.CutAll()
	})
	s.serving.Wait()
}

// CutAll cuts all connections that are open, as a network failure would.
func (s *Server) CutAll() {
	s.open.Range(func(c, _ any) bool {
		_ = c.(*connection).Close()
		return true
	})
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := &connection{Conn: conn, server: s, id: s.connections.Add(1)}
		s.open.Store(c, nil)
		select {
		case <-s.done: // Close may have missed it
			_ = conn.Close()
		default:
		}
		s.serving.Go(c.serve)
	}
}

// connection is one client's.
type connection struct {
	net.Conn
	server *Server
	id     int64
}

func (c *connection) serve() {
	defer func() {
		_ = c.Close()
		c.server.open.Delete(c)
	}()
	requests := bufio.NewReader(c.Conn)
	for {
		req, err := readRequest(requests)
		if err != nil || !c.answer(req) {
			return
		}
	}
}

// answer says whether the connection is still to be read from.
func (c *connection) answer(req request) bool {
	for {
		reply, more, cut := c.server.handle(c, &req)
		if cut {
			return false
		}
		if req.silent {
			return true
		}
		if _, err := c.Write(req.reply(reply, more)); err != nil {
			return false
		}
		if !more {
			return true
		}
	}
}

// newUUID is a random one of version 4.
func newUUID() (id [16]byte) {
	_, _ = rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// timestamp is the server's logical clock.
func timestamp(now time.Time) bson.Timestamp { return bson.Timestamp{T: uint32(now.Unix()), I: 1} }
