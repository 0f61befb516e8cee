package tenant_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// nameServer is a DNS server of the test's own. It knows the servers of one host, the
// names of which begin with a port.
type nameServer struct {
	// silent questions are answered that there is no such name.
	silent atomic.Int64
	port   uint16
	// target is what its SRV record says, instead of a server of the host's domain.
	target atomic.Pointer[string]
}

const srvHost = "shop.partywall.test"

// nameServerAddr is where this process asks for names, if that is not the system's place.
var nameServerAddr atomic.Pointer[string]

// askNameServers lets tests answer for the DNS. It is done before anything asks, since
// drivers look names up for as long as they live.
func askNameServers() {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if own := nameServerAddr.Load(); own != nil {
			network, addr = "udp", *own
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
}

// resolve makes this process ask s.
func (s *nameServer) resolve(t *testing.T) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := conn.LocalAddr().String()
	nameServerAddr.Store(&addr)
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		<-ended
		nameServerAddr.Store(nil)
	})
	go func() {
		defer close(ended)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer := s.answer(buf[:n]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
}

func (s *nameServer) answer(question []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	q := m.Questions[0]
	header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	target := "a." + srvHost + "."
	if other := s.target.Load(); other != nil {
		target = *other
	}
	switch {
	case q.Type == dnsmessage.TypeSRV && s.silent.Add(-1) < 0:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.SRVResource{Port: s.port, Target: dnsmessage.MustNewName(target)}}}
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
	default:
		m.RCode = dnsmessage.RCodeNameError
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// TestServersByDNS asks a name server that at first knows nothing. That is no mistake
// in the connection string, and asked again. The whole process asks it, so that
// it runs alone.
func TestServersByDNS(t *testing.T) {
	model := scripted.Start(t, scripted.ReplicaSet(), scripted.Version(8))
	addr, err := netip.ParseAddrPort(model.Addr())
	if err != nil {
		t.Fatal(err)
	}
	names := &nameServer{port: addr.Port()}
	names.silent.Store(2) // reading the connection string, and the first attempt
	names.resolve(t)
	uri := "mongodb+srv://" + srvHost + "/?tls=false"
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
	if err != nil {
		t.Fatalf("a connection string that DNS did not answer for: %v", err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	err = clusters.Ping(t.Context(), tenant.DefaultCluster)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "DNS") || !strings.Contains(err.Error(), srvHost) || strings.Contains(err.Error(), "_tcp") || strings.Contains(err.Error(), "not a MongoDB connection string") {
		t.Errorf("without an answer: %v", err)
	}
	var log bytes.Buffer
	if err := clusters.Connect(t.Context(), tenant.DefaultCluster, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if err := clusters.Ping(t.Context(), tenant.DefaultCluster); err != nil {
		t.Errorf("with an answer: %v", err)
	}
	if !strings.Contains(log.String(), srvHost) {
		t.Errorf("the log: %s", log.String())
	}

	names.silent.Store(1000)
	if err := clusters.Ping(t.Context(), tenant.DefaultCluster); err != nil {
		t.Errorf("DNS is asked again, though it has answered: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	never, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: "mongodb+srv://user:hunter2@" + srvHost + "/"}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = never.Close(context.Background()) })
	if err := never.Connect(ended, tenant.DefaultCluster, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("given up: %v", err)
	}
	if _, err := tenant.NewCatalog(never, "catalog", time.Minute, slog.New(slog.DiscardHandler)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a catalog without an answer: %v", err)
	}
	names.expectUnavailable(t, model)

	names.silent.Store(0)
	elsewhere := "elsewhere.example."
	names.target.Store(&elsewhere)
	_, err = tenant.NewClusters(map[string]string{tenant.DefaultCluster: "mongodb+srv://user:hunter2@" + srvHost + "/"}, 10)
	if err == nil || !strings.Contains(err.Error(), "DNS records") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("servers of another domain: %v", err)
	}
}

// expectUnavailable has a tenant on a cluster that DNS says nothing of.
func (s *nameServer) expectUnavailable(t *testing.T, model *scripted.Server) {
	t.Helper()
	clusters := openClusters(t, map[string]string{tenant.DefaultCluster: model.URI(), "eu": "mongodb+srv://" + srvHost + "/"})
	c, err := tenant.NewCatalog(clusters, "catalog", time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if _, err := tenants.In(c.Admin()).Create(t.Context(), tenants.New{Name: "there", Database: store.Some("there"), Cluster: store.Some("eu")}); err != nil {
		t.Fatal(err)
	}
	if one, err := c.Resolve(t.Context(), "there"); !errors.Is(err, store.ErrUnavailable) || one != nil {
		t.Errorf("a tenant on a cluster that DNS says nothing of: %+v, %v", one, err)
	}
}

// TestPoolIsTheSmaller of what the connection string and the configuration say.
func TestPoolIsTheSmaller(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]uint64{"": 10, "?maxPoolSize=7": 7, "?maxPoolSize=1": 1, "?maxPoolSize=70": 10, "?maxPoolSize=0": 10, "?minPoolSize=10": 10} {
		clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: "mongodb://127.0.0.1:1/" + options}, 10)
		if err != nil {
			t.Errorf("%s: %v", options, err)
			continue
		}
		if got := clusters.MaxPool(tenant.DefaultCluster); got != want {
			t.Errorf("%s: %d connections, want %d", options, got, want)
		}
		_ = clusters.Close(t.Context())
	}
	for _, options := range []string{"?minPoolSize=11", "?minPoolSize=8&maxPoolSize=7", "?minPoolSize=11&maxPoolSize=70", "?minPoolSize=11&maxPoolSize=0"} {
		if _, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: "mongodb://127.0.0.1:1/" + options}, 10); err == nil || !strings.Contains(err.Error(), "minPoolSize") {
			t.Errorf("%s: %v", options, err)
		}
	}
}
