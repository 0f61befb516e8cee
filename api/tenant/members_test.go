package tenant_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// catalogOf returns a catalog of clusters at connection strings.
func catalogOf(t *testing.T, uris map[string]string) *tenant.Catalog {
	t.Helper()
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
	return catalog
}

// TestMembers asks each member of each cluster for itself, whatever it is.
func TestMembers(t *testing.T) {
	t.Parallel()
	primary, secondary, alone := scripted.Start(t), scripted.Start(t), scripted.Start(t, scripted.Standalone())
	secondary.Join(primary)
	catalog := catalogOf(t, map[string]string{tenant.DefaultCluster: primary.URI(), "alone": alone.URI()})
	members, err := catalog.OpenMembers(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for cluster, want := range map[string][]*scripted.Server{tenant.DefaultCluster: {primary, secondary}, "alone": {alone}, "mars": nil} {
		list := members.Of(cluster)
		if len(list) != len(want) {
			t.Fatalf("%s: %v", cluster, list)
		}
		for _, server := range want {
			server.Reset()
			m := list[slices.IndexFunc(list, func(m tenant.Member) bool { return m.Address == server.Addr() })]
			db := handle.OpenTenant(m.Handle(&tenant.Entry{Database: "shop"}))
			if n, err := db.Collection("things").CountDocuments(t.Context(), bson.D{}); n != 0 || err != nil {
				t.Errorf("%s: %d, %v", cluster, n, err)
			}
			if sent := server.Commands(); !slices.ContainsFunc(sent, func(c scripted.Command) bool { return c.Database == "shop" }) {
				t.Errorf("%s: %s was sent %v", cluster, server.Addr(), sent)
			}
		}
	}
	members.Close(t.Context())
	for _, m := range members.Of(tenant.DefaultCluster) {
		if err := handle.OpenTenant(m.Handle(&tenant.Entry{Database: "shop"})).RunCommand(t.Context(), bson.D{{Key: "ping", Value: 1}}).Err(); err == nil {
			t.Errorf("%s is still asked", m.Address)
		}
	}
}

// TestMembersThatCannotBeAsked are named, each.
func TestMembersThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	primary, gone, second := scripted.Start(t), scripted.Start(t), scripted.Start(t)
	gone.Join(primary)
	second.Join(primary)
	gone.Close()
	router := scripted.Start(t, scripted.Mongos())
	for name, c := range map[string]struct {
		uri  string
		says []string
	}{
		"a member that is gone": {primary.URI() + "?serverSelectionTimeoutMS=300", []string{`cluster "eu": the member at ` + gone.Addr() + " does not answer"}},
		"a mongos":              {router.URI(), []string{`cluster "eu": behind the mongos at ` + router.Addr() + ", members cannot be asked one by one; leave out --members"}},
		"a load balancer":       {router.URI() + "?loadBalanced=true", []string{`cluster "eu": behind a load balancer, members cannot be asked`}},
		"a cluster that is gone": {
			"mongodb://u:hunter2@" + gone.Addr() + "/?serverSelectionTimeoutMS=300", []string{`cluster "eu": no server answers at ` + gone.Addr()},
		},
	} {
		catalog := catalogOf(t, map[string]string{tenant.DefaultCluster: second.URI() + "?directConnection=true", "eu": c.uri})
		members, err := catalog.OpenMembers(t.Context(), 2)
		if err == nil || members != nil {
			t.Fatalf("%s: %v, %v", name, members, err)
		}
		for _, says := range c.says {
			if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), second.Addr()) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
