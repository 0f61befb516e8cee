package tenant_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

func clustersAt(t *testing.T, uri string) *tenant.Clusters {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	return clusters
}

// TestNodes asks every member of a replica set for what is its own.
func TestNodes(t *testing.T) {
	t.Parallel()
	for _, version := range []int{7, 8} {
		primary := scripted.Start(t, scripted.Version(version), scripted.Connections(3000, 40))
		secondary := scripted.Start(t, scripted.Version(version), scripted.Connections(500, 7))
		secondary.Join(primary)
		stored, err := mongo.Connect(options.Client().ApplyURI(primary.URI()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stored.Disconnect(context.Background()) })
		if _, err := stored.Database("shop").Collection("things").InsertOne(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
		clusters := clustersAt(t, primary.URI())
		nodes, err := clusters.Nodes(t.Context(), tenant.DefaultCluster)
		if err != nil || len(nodes) != 2 {
			t.Fatalf("%+v, %v", nodes, err)
		}
		for _, want := range []struct {
			address           string
			limit, others     int
			collections, open int
		}{{primary.Addr(), 3000, 40, 6, 18}, {secondary.Addr(), 500, 7, 5, 16}} {
			got := nodes[slices.IndexFunc(nodes, func(n tenant.Node) bool { return n.Address == want.address })]
			if got.Limit() != want.limit || *got.Connections <= want.others || *got.Connections > want.others+20 {
				t.Errorf("%d: %+v has %d connections of %d, want %+v", version, got, *got.Connections, got.Limit(), want)
			}
			if *got.Collections != want.collections || got.Namespaces() != 2*want.collections || *got.Files != want.open || *got.Handles != want.open || *got.Cursors != want.open {
				t.Errorf("%d: %+v has %d collections, %d namespaces, %d files; want %+v", version, got, *got.Collections, got.Namespaces(), *got.Files, want)
			}
		}
		one, err := clusters.Node(t.Context(), tenant.DefaultCluster)
		if err != nil || one.Address != primary.Addr() || one.Limit() != 3000 {
			t.Errorf("%d: %+v, %v", version, one, err)
		}
		if _, err := clusters.Nodes(t.Context(), "mars"); err == nil || !strings.Contains(err.Error(), "mars") {
			t.Error(err)
		}
		// A member that is asked directly is the only one.
		direct, err := clustersAt(t, secondary.URI()+"?directConnection=true").Nodes(t.Context(), tenant.DefaultCluster)
		if err != nil || len(direct) != 1 || direct[0].Address != secondary.Addr() {
			t.Errorf("%+v, %v", direct, err)
		}
	}
}

// TestNodesThatAreNoMembers: each mongos has connections of its own, and knows nothing of
// files.
func TestNodesThatAreNoMembers(t *testing.T) {
	t.Parallel()
	one, two := scripted.Start(t, scripted.Mongos()), scripted.Start(t, scripted.Mongos(), scripted.Connections(700, 0))
	nodes, err := clustersAt(t, "mongodb://"+one.Addr()+","+two.Addr()+"/").Nodes(t.Context(), tenant.DefaultCluster)
	if err != nil || len(nodes) != 2 || nodes[0].Limit() != 1000 || nodes[1].Limit() != 700 {
		t.Fatalf("%+v, %v", nodes, err)
	}
	if n := nodes[0]; n.Collections != nil || n.Indexes != nil || n.Files != nil || n.Namespaces() != 0 {
		t.Errorf("a mongos says %+v", n)
	}
	alone := scripted.Start(t, scripted.Standalone())
	if nodes, err := clustersAt(t, alone.URI()).Nodes(t.Context(), tenant.DefaultCluster); err != nil || len(nodes) != 1 || nodes[0].Address != alone.Addr() {
		t.Errorf("%+v, %v", nodes, err)
	}
}

// TestNodesThatDoNotSay: a user who may not ask, a server that fails, and one that is
// gone.
func TestNodesThatDoNotSay(t *testing.T) {
	t.Parallel()
	primary, secondary := scripted.Start(t), scripted.Start(t)
	secondary.Join(primary)
	clusters := clustersAt(t, primary.URI())
	primary.On("serverStatus").Times(2).Fail(scripted.Error{Code: 13, Message: "not authorized on admin to execute command { serverStatus: 1 }"})
	for _, ask := range []func() error{
		func() error { _, err := clusters.Nodes(t.Context(), tenant.DefaultCluster); return err },
		func() error { _, err := clusters.Node(t.Context(), tenant.DefaultCluster); return err },
	} {
		err := ask()
		if lacking, ok := errors.AsType[*tenant.PrivilegeError](err); !ok || lacking.Action != "serverStatus" || !strings.Contains(err.Error(), "docs/privileges.md") || !strings.Contains(err.Error(), `cluster "default"`) {
			t.Error(err)
		}
	}
	secondary.On("serverStatus").Fail(scripted.Error{Code: 8000, Message: "too large a question"})
	_, err := clusters.Nodes(t.Context(), tenant.DefaultCluster)
	if err == nil || !strings.Contains(err.Error(), "the server at "+secondary.Addr()) || !strings.Contains(err.Error(), "too large a question") || strings.Contains(err.Error(), primary.Addr()) {
		t.Error(err)
	}
	primary.On("serverStatus").Fail(scripted.Error{Code: 8000, Message: "too large a question"})
	if _, err := clusters.Node(t.Context(), tenant.DefaultCluster); err == nil || !strings.Contains(err.Error(), "too large a question") {
		t.Error(err)
	}
	secondary.Close()
	_, err = clustersAt(t, primary.URI()+"?serverSelectionTimeoutMS=200").Nodes(t.Context(), tenant.DefaultCluster)
	if err == nil || !strings.Contains(err.Error(), "the server at "+secondary.Addr()) {
		t.Error(err)
	}
}

// TestNodesOfTheTestServer takes what the server says that tests run on, and no more.
func TestNodesOfTheTestServer(t *testing.T) {
	t.Parallel()
	clusters := clustersAt(t, testdb.URI(t))
	nodes, err := clusters.Nodes(t.Context(), tenant.DefaultCluster)
	if err != nil || len(nodes) == 0 {
		t.Fatalf("%+v, %v", nodes, err)
	}
	told := slices.ContainsFunc(nodes, func(n tenant.Node) bool { return n.Connections != nil })
	if n := nodes[0]; told != (n.Limit() > 0) || n.Address == "" {
		t.Errorf("%+v", n)
	}
}
