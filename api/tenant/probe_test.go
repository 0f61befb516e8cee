package tenant

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestOperationsPass while there is a server, and for as long as an election takes.
// Then they are refused and counted, and somebody looks whether there is one again.
func TestOperationsPass(t *testing.T) {
	t.Parallel()
	looked := 0
	c := newCluster("eu", "mongodb://127.0.0.1:1/", 10, clusterOptions{failFastDelay: time.Hour}, func(*cluster) { looked++ })
	if err := c.pass(); err != nil {
		t.Errorf("before it was needed: %v", err)
	}
	c.outage.lost(time.Now().Add(-59 * time.Minute))
	if err := c.pass(); err != nil {
		t.Errorf("before the hour is over: %v", err)
	}
	if refused := c.outage.refused.Load(); refused != 0 || looked != 0 {
		t.Errorf("%d are refused; it was looked for %d times", refused, looked)
	}
	c.outage.lost(time.Now().Add(-61 * time.Minute))
	const want = `cluster "eu": the database did not answer: it has had no server for 1h1m`
	for n := range 3 {
		if err := c.pass(); !errors.Is(err, store.ErrUnavailable) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		if refused := c.outage.refused.Load(); refused != int64(n+1) || looked != n+1 {
			t.Errorf("%d are refused; it was looked for %d times", refused, looked)
		}
	}
}

// TestOneLooksAtATime whether a cluster is back, and nobody once all is closed.
func TestOneLooksAtATime(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	clusters, err := NewClusters(map[string]string{DefaultCluster: server.URI()}, 10)
	if err != nil {
		t.Fatal(err)
	}
	looks := func() int {
		n := 0
		for _, c := range server.Commands() {
			if c.Name == "ping" {
				n++
			}
		}
		return n
	}
	away := clusters.byName[DefaultCluster]
	held := server.On("ping").Hold()
	for range 3 {
		clusters.probe(away)
		<-held.Arrived()
	}
	if n := looks(); n != 1 {
		t.Errorf("%d look at once", n)
	}
	held.Release()
	clusters.probing.Wait()
	clusters.probe(away)
	clusters.probing.Wait()
	if n := looks(); n != 2 {
		t.Errorf("afterwards it was looked for %d times, want 2", n)
	}
	held = server.On("ping").Hold()
	clusters.probe(away)
	<-held.Arrived()
	if err := clusters.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if away.outage.probing.Load() {
		t.Error("somebody still looks, though all is closed")
	}
	clusters.probe(away)
	clusters.probing.Wait()
	if n := looks(); n != 3 || away.client != nil {
		t.Errorf("once it is closed, it was looked for %d times, want 3", n)
	}
}
