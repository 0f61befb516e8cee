package tenant_test

import (
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestAClientOpensNoMoreThanItMay, whatever the connection string says: what is too
// much waits.
func TestAClientOpensNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	const most, asking = 2, 6
	server := scripted.Start(t)
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: server.URI() + "?maxPoolSize=70"}, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.WithoutCancel(t.Context())) })
	held := server.On("ping").Always().Hold()
	var all sync.WaitGroup
	for range asking {
		all.Go(func() {
			if err := clusters.Ping(t.Context(), tenant.DefaultCluster); err != nil {
				t.Error(err)
			}
		})
	}
	now := func() tenant.Pool { return clusters.Pools()[0] }
	for now().InUse+now().Waiting != asking && t.Context().Err() == nil {
		runtime.Gosched()
	}
	held.Release()
	all.Wait()
	if got := now(); got.Open > most || got.Taken != asking {
		t.Errorf("%+v", got)
	}
}

// TestSelectionIsAsPatientAsItIsTold: an operation gives up before whoever asked does.
func TestSelectionIsAsPatientAsItIsTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		uri  string
		told time.Duration
	}{
		"by the configuration":     {nowhere, time.Millisecond},
		"by the connection string": {nowhere + "?serverSelectionTimeoutMS=1", time.Hour},
	} {
		clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: test.uri}, 10, tenant.SelectionTimeout(test.told))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = clusters.Close(context.WithoutCancel(t.Context())) })
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // less than without being told
		defer cancel()
		err = clusters.Ping(ctx, tenant.DefaultCluster)
		for _, says := range []string{
			`cluster "default": no server answers at 127.0.0.1:1: server selection error: context deadline exceeded, current topology: {`,
			"that the connection string has their tls and replicaSet",
		} {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %q is not in %v", name, says, err)
			}
		}
		if err := ctx.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDatabasesOfOneNameOnTwoClusters are two: neither tenant has the other's.
func TestDatabasesOfOneNameOnTwoClusters(t *testing.T) {
	t.Parallel()
	f := newFixture(t, time.Minute)
	clusters := openClusters(t, map[string]string{tenant.DefaultCluster: testdb.URI(t), "eu": testdb.URI(t)})
	c, err := tenant.NewCatalog(clusters, f.adminDB, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	here, there := f.prefix+"here", f.prefix+"there"
	f.enter(t, bson.D{{Key: "name", Value: here}, {Key: "database", Value: f.prefix}})
	f.enter(t, bson.D{{Key: "name", Value: there}, {Key: "database", Value: f.prefix}, {Key: "cluster", Value: "eu"}})
	for name, cluster := range map[string]string{here: tenant.DefaultCluster, there: "eu"} {
		got, err := c.Resolve(t.Context(), name)
		if err != nil || got.Cluster != cluster || got.Database != f.prefix {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for one, err := range c.List(t.Context()) {
		if err != nil {
			t.Errorf("%+v, %v", one, err)
		}
	}
}
