package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/runs"
	"github.com/partywall/partywall/gen/tenants"
)

// spread is a fleet on models of MongoDB: three tenants on the catalog's cluster, and
// three on another.
type spread struct {
	*fixture
	servers map[string]*scripted.Server
	clients map[string]*mongo.Client
}

func newSpread(t *testing.T, timeout time.Duration) *spread {
	t.Helper()
	s := &spread{servers: map[string]*scripted.Server{}, clients: map[string]*mongo.Client{}}
	uris := map[string]string{}
	for _, name := range []string{tenant.DefaultCluster, "other"} {
		s.servers[name] = scripted.Start(t)
		uris[name] = s.servers[name].URI()
		client, err := mongo.Connect(options.Client().ApplyURI(uris[name]))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
		s.clients[name] = client
	}
	clusters, err := tenant.NewClusters(uris, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	catalog, err := tenant.NewCatalog(clusters, "admins", time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	s.fixture = &fixture{catalog: catalog, admin: s.clients[tenant.DefaultCluster].Database("admins")}
	cfg := countingConfig(shortLease)
	cfg.OutageTimeout = timeout
	s.Fleet = s.with(t, cfg)
	if err := s.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		cluster := tenant.DefaultCluster
		if i%2 == 1 {
			cluster = "other"
		}
		entry := bson.D{{Key: "name", Value: fmt.Sprintf("t%d", i)}, {Key: "cluster", Value: cluster}}
		if _, err := s.admin.Collection("tenants").InsertOne(t.Context(), entry); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// others returns a rule about the commands to the other cluster's tenants.
func (s *spread) others() *scripted.Rule {
	return s.servers["other"].On().Where(func(c scripted.Command) bool { return strings.HasPrefix(c.Database, "t") })
}

// TestShortOutagesAreWaitedFor: a tenant whose database does not answer for a while does not fail.
func TestShortOutagesAreWaitedFor(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*scripted.Rule){
		"cut":     func(r *scripted.Rule) { r.CutBefore() },
		"deposed": func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 91}) },
		"done":    func(r *scripted.Rule) { r.CutAfter() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSpread(t, time.Minute)
			for n := 1; n <= 20; n += 6 {
				fail(s.others().Nth(n).Times(4))
			}
			m := s.latest()
			m.Parallel = 2
			if out := s.migrate(t, m); out.Done != 6 || len(out.Failures)+out.Left > 0 {
				t.Errorf("%+v", out)
			}
			for i := range 6 {
				cluster := tenant.DefaultCluster
				if i%2 == 1 {
					cluster = "other"
				}
				if err := checkCounted(t.Context(), s.clients[cluster].Database(fmt.Sprintf("t%d", i))); err != nil {
					t.Errorf("t%d: %v", i, err)
				}
			}
		})
	}
}

// TestOutagesInterrupt: a run is interrupted if nothing answers for too long. No tenant has
// failed, those that answered are done, and a later run does the rest.
func TestOutagesInterrupt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		nth  int
		done int
	}{
		"from the beginning": {1, 3},
		"half way":           {9, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSpread(t, time.Millisecond)
			s.others().Nth(test.nth).Always().CutBefore()
			m := s.latest()
			m.Parallel = 1
			out, err := s.Migrate(t.Context(), m)
			if _, ok := errors.AsType[*visit.OutageError](err); !ok || !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "on cluster other; 3 tenants are left") {
				t.Errorf("%v", err)
			}
			if out == nil || out.Done != test.done || out.Left != 3 || len(out.Failures) != 0 {
				t.Errorf("%+v", out)
			}
			if run, err := s.LastRun(t.Context()); err != nil || run.State != runs.StateInterrupted || len(run.Failures) > 0 {
				t.Errorf("%+v, %v", run, err)
			}
			for entry, err := range tenants.In(s.catalog.Admin()).All(t.Context(), tenants.Query{}) {
				if err != nil || entry.Migration.Problem != "" || entry.Lock.Owner != "" {
					t.Errorf("%+v, %v", entry, err)
				}
			}
			s.servers["other"].Reset()
			if out, err := s.Resume(t.Context(), migrate.Options{Parallel: 3}); err != nil || out.Done != 3 {
				t.Errorf("resumed: %+v, %v", out, err)
			}
			if err := checkCounted(t.Context(), s.clients["other"].Database("t1")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestIndexesInAnOutage: there are no findings about tenants that were not inspected.
func TestIndexesInAnOutage(t *testing.T) {
	t.Parallel()
	s := newSpread(t, time.Millisecond)
	s.others().Always().CutBefore()
	report, err := s.CheckIndexes(t.Context(), visit.Options{Parallel: 2})
	if _, out := errors.AsType[*visit.OutageError](err); !out || report.Tenants != 3 || len(report.Findings) != 3 {
		t.Errorf("check: %+v, %v", report, err)
	}
	report, err = s.EnsureIndexes(t.Context(), visit.Options{Parallel: 2}, false)
	if _, out := errors.AsType[*visit.OutageError](err); !out || report.Tenants != 3 || len(report.Open()) > 0 {
		t.Errorf("ensure: %+v, %v", report, err)
	}
	s.servers["other"].Reset()
	short := newSpread(t, time.Minute)
	short.others().Times(5).CutBefore()
	if report := short.ensure(t, visit.Options{Parallel: 2}, false); report.Tenants != 6 || len(report.Open()) > 0 || len(report.Findings) != 6 {
		t.Errorf("a short one: %+v", report)
	}
}
