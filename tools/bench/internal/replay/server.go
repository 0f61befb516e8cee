// Package replay is a server that speaks MongoDB's protocol and answers from
// canned documents: what is measured against it is the client's own cost. It
// answers any number of tenants, whose entries it makes up from their ids. It stores
// nothing but entries of the catalog that clients make themselves.
package replay

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/partywall/partywall/api/runtime"
)

// Server answers commands.
type Server struct {
	adminDB string
	tenants int
	indexes map[string][]byte
	// perTenant and admin are the collections of each tenant's database, and of the admin database.
	perTenant, admin bsoncore.Array
	batches          batches
	entered          entered
	// latency is how long each answer takes, as on a network.
	latency time.Duration
	log     *slog.Logger

	open, peak, commands atomic.Int64
	applications         applications
}

// New answers for a catalog in adminDB with that many tenants, after latency. The
// collections are there already, with their indexes.
func New(adminDB string, tenants int, latency time.Duration, collections []runtime.Collection, log *slog.Logger) *Server {
	s := &Server{
		adminDB: adminDB, tenants: tenants, indexes: map[string][]byte{}, latency: latency, log: log,
		batches:   batches{has: everything(collections)},
		perTenant: collectionList(collections, false), admin: collectionList(collections, true),
	}
	for i := range collections {
		s.indexes[collections[i].Name] = indexList(&collections[i])
	}
	return s
}

// Counts are the connections that are open, the most that ever were at once, and
// the commands that were answered, hellos aside.
func (s *Server) Counts() (open, peak, commands int64) {
	return s.open.Load(), s.peak.Load(), s.commands.Load()
}

// Applications are the most connections that were ever open at once, by the name that
// clients gave themselves (appName in a connection string).
func (s *Server) Applications() map[string]int64 { return s.applications.all() }

// Serve answers until the listener is closed.
func (s *Server) Serve(listener net.Listener) {
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		sessions.Go(func() { s.session(conn) })
	}
}

func (s *Server) session(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	s.count()
	defer s.open.Add(-1)
	requests := bufio.NewReaderSize(conn, 16<<10)
	var in, out []byte
	var application string
	defer func() { s.applications.close(application) }()
	for first := true; ; first = false {
		req, err := readRequest(requests, &in)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				s.log.Debug("a connection ended", "error", err)
			}
			return
		}
		if first {
			application = req.application()
			s.applications.open(application)
		}
		out = req.appendReply(out[:0], func(dst []byte) []byte { return s.answer(dst, req) })
		if req.silent {
			continue
		}
		time.Sleep(s.latency)
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// count notes a connection that was opened.
func (s *Server) count() {
	now := s.open.Add(1)
	for {
		peak := s.peak.Load()
		if now <= peak || s.peak.CompareAndSwap(peak, now) {
			return
		}
	}
}
