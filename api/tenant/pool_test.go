package tenant_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
)

// TestPools counts the connections of two clusters, one of which nobody needs.
func TestPools(t *testing.T) {
	const connections = 2
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: testdb.URI(t), "eu": testdb.URI(t)}, connections)
	if err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			if err := clusters.Ping(t.Context(), tenant.DefaultCluster); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
	pools := clusters.Pools()
	if len(pools) != 2 || !cmp.Equal(pools[1], tenant.Pool{Cluster: "eu"}) {
		t.Fatalf("%+v", pools)
	}
	used := pools[0]
	if used.Cluster != tenant.DefaultCluster || used.Open < 1 || used.Open > connections || used.InUse != 0 || used.Waiting != 0 {
		t.Errorf("%+v", used)
	}
	if used.Taken != 20 || used.Failed != 0 || used.Waited <= 0 {
		t.Errorf("%+v", used)
	}
	if err := clusters.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := clusters.Pools()[0]; left.Open != 0 || left.InUse != 0 {
		t.Errorf("after the end: %+v", left)
	}
}

// TestPoolsInUse looks while no answers come: one operation has the only
// connection, the other waits for it, and gives up.
func TestPoolsInUse(t *testing.T) {
	mongod := testdb.Own(t)
	uri, err := url.Parse(mongod.URI())
	if err != nil {
		t.Fatal(err)
	}
	gate := &gate{to: uri.Host}
	uri.Host = gate.listen(t)
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri.String()}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	if err := clusters.Ping(t.Context(), tenant.DefaultCluster); err != nil {
		t.Fatal(err)
	}
	waitFor := func(what string, holds func(tenant.Pool) bool) {
		t.Helper()
		for !holds(clusters.Pools()[0]) {
			if t.Context().Err() != nil {
				t.Fatalf("never %s: %+v", what, clusters.Pools())
			}
			runtime.Gosched()
		}
	}
	gate.mu.Lock()
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- clusters.Ping(t.Context(), tenant.DefaultCluster) }()
	waitFor("in use", func(p tenant.Pool) bool { return p.InUse == 1 && p.Waiting == 0 })
	impatient, giveUp := context.WithCancel(t.Context())
	go func() { second <- clusters.Ping(impatient, tenant.DefaultCluster) }()
	waitFor("waiting", func(p tenant.Pool) bool { return p.InUse == 1 && p.Waiting == 1 })
	giveUp()
	if err := <-second; err == nil {
		t.Error("it got an answer")
	}
	waitFor("given up", func(p tenant.Pool) bool { return p.InUse == 1 && p.Waiting == 0 && p.Failed == 1 })
	gate.mu.Unlock()
	if err := <-first; err != nil {
		t.Error(err)
	}
	waitFor("free", func(p tenant.Pool) bool { return p.InUse == 0 && p.Open == 1 && p.Taken == 2 })
}

// gate lets connections through to a server, and its answers only while mu is
// free.
type gate struct {
	to string
	mu sync.Mutex
}

// listen returns where the gate is.
func (g *gate) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var passing sync.WaitGroup
	t.Cleanup(passing.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	passing.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			passing.Go(func() { g.pass(client) })
		}
	})
	return listener.Addr().String()
}

// pass ends with the client's side of the connection.
func (g *gate) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", g.to)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	answer := make([]byte, 4<<10)
	for {
		n, err := server.Read(answer)
		g.mu.Lock()
		_, _ = client.Write(answer[:n])
		g.mu.Unlock()
		if err != nil {
			return
		}
	}
}
