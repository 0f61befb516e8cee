package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// forEver is a time for server selection that a test never sees the end of: what ends
// before did not wait for it.
const forEver = "?serverSelectionTimeoutMS=86400000"

// openModel returns a catalog on a model of a replica set, whose operations fail at
// once when it was away for longer than after.
func openModel(t *testing.T, model *scripted.Server, opts ...tenant.ClusterOption) (*tenant.Catalog, *tenant.Clusters) {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: model.URI() + forEver}, 10, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	catalog, err := tenant.NewCatalog(clusters, "catalog", time.Nanosecond, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	return catalog, clusters
}

// awaitAway asks until the driver has noticed that there is no primary, or that there
// is one again.
func awaitAway(t *testing.T, catalog *tenant.Catalog, clusters *tenant.Clusters, away bool) {
	t.Helper()
	asking, stop := context.WithCancel(t.Context())
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for asking.Err() == nil {
			_, _ = catalog.Resolve(asking, "nobody")
		}
	}()
	for (clusters.Away(tenant.DefaultCluster) > 0) != away {
		if t.Context().Err() != nil {
			t.Fatalf("never away=%v", away)
		}
		runtime.Gosched()
	}
	stop()
	<-asked
}

// TestOutage lets a replica set lose its primary for longer than an election is let
// take: operations fail at once, though server selection would wait for ever, until
// there is a primary again.
func TestOutage(t *testing.T) {
	t.Parallel()
	model := scripted.Start(t, scripted.ReplicaSet(), scripted.Version(8))
	catalog, clusters := openModel(t, model, tenant.FailFast(time.Nanosecond))
	if _, err := catalog.Resolve(t.Context(), "nobody"); !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, tenant.ErrUnknown) {
		t.Fatal(err)
	}
	awaitAway(t, catalog, clusters, false)
	if !clusters.Answered(tenant.DefaultCluster) {
		t.Error("it never answered")
	}
	before := clusters.Pools()[0].Refused
	model.StepDown()
	awaitAway(t, catalog, clusters, true)
	for n := range 100 { // a name each, so that none waits for what was asked before
		_, err := catalog.Resolve(t.Context(), fmt.Sprint("nobody", n))
		if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), tenant.DefaultCluster) {
			t.Fatalf("away: %v", err)
		}
	}
	if pool := clusters.Pools()[0]; pool.Away <= 0 || pool.Refused-before < 100 {
		t.Errorf("counted: %+v", pool)
	}
	model.Elect()
	awaitAway(t, catalog, clusters, false)
	if _, err := catalog.Resolve(t.Context(), "somebody"); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("back: %v", err)
	}
}

// TestElection is over before operations fail.
func TestElection(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]tenant.ClusterOption{"a server's": {tenant.FailFast(24 * time.Hour)}, "an operator's": nil} {
		model := scripted.Start(t, scripted.ReplicaSet(), scripted.Version(7))
		catalog, clusters := openModel(t, model, opts...)
		awaitAway(t, catalog, clusters, false)
		model.StepDown()
		awaitAway(t, catalog, clusters, true)
		waited := make(chan error, 1)
		go func() { _, err := catalog.Resolve(t.Context(), "somebody"); waited <- err }()
		model.Elect()
		if err := <-waited; !errors.Is(err, tenant.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
		if refused := clusters.Pools()[0].Refused; refused != 0 {
			t.Errorf("%s: %d operations failed at once", name, refused)
		}
	}
}

// TestSecondariesServeReads where the connection string lets them: then nothing is
// away while there is one.
func TestSecondariesServeReads(t *testing.T) {
	t.Parallel()
	model := scripted.Start(t, scripted.ReplicaSet(), scripted.Version(8))
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: model.URI() + "?readPreference=secondaryPreferred&serverSelectionTimeoutMS=100"}, 10, tenant.FailFast(time.Nanosecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	// A ping asks for a primary: it tells what the driver knows.
	await := func(what string, known func(error) bool) {
		t.Helper()
		for {
			err := clusters.Ping(t.Context(), tenant.DefaultCluster)
			if known(err) {
				return
			}
			if t.Context().Err() != nil {
				t.Fatalf("never %s: %v", what, err)
			}
		}
	}
	await("a primary", func(err error) bool { return err == nil })
	model.StepDown()
	await("a secondary alone", func(err error) bool { return err != nil && strings.Contains(err.Error(), "RSSecondary") })
	if away := clusters.Away(tenant.DefaultCluster); away != 0 {
		t.Errorf("away for %v", away)
	}
}
