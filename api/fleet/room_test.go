package fleet_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// roomFleet returns a fleet of notes and orders on two clusters, both of which are at uri, and its catalog.
func roomFleet(t *testing.T, uri string, client *mongo.Client) (*fleet.Fleet, *mongo.Collection) {
	t.Helper()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri, "eu": uri}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return roomFleetOn(t, clusters, client)
}

func roomFleetOn(t *testing.T, clusters *tenant.Clusters, client *mongo.Client) (*fleet.Fleet, *mongo.Collection) {
	t.Helper()
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	log, name := slog.New(slog.DiscardHandler), testdb.Database(t, "admin")
	catalog, err := tenant.NewCatalog(clusters, name, time.Minute, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(catalog.Close)
	f, err := fleet.New(fleet.Config{Catalog: catalog, Log: log, Collections: []meta.Collection{notes, orders}})
	if err != nil {
		t.Fatal(err)
	}
	return f, client.Database(name).Collection("tenants")
}

// TestRoom has a row for each kind of entry: what it adds to its cluster, on each server.
func TestRoom(t *testing.T) {
	t.Parallel()
	model := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(model.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	rows := []struct {
		entry   bson.D
		cluster string
		room    fleet.Room
	}{
		{bson.D{{Key: "collections", Value: bson.A{}}}, "default", fleet.Room{Tenants: 1}},
		{bson.D{{Key: "collections", Value: bson.A{}}, {Key: "fingerprint", Value: "x"}, {Key: "steps", Value: bson.A{"collections"}}}, "default", fleet.Room{Tenants: 1}},
		{bson.D{{Key: "collections", Value: bson.A{"notes"}}, {Key: "cluster", Value: "default"}, {Key: "state", Value: "active"}}, "default", fleet.Room{Tenants: 1, Namespaces: 2}},
		{bson.D{{Key: "collections", Value: bson.A{"orders"}}, {Key: "cluster", Value: "eu"}, {Key: "state", Value: "suspended"}}, "eu", fleet.Room{Tenants: 1, Namespaces: 3}},
		{bson.D{{Key: "collections", Value: bson.A{"orders"}}, {Key: "cluster", Value: "eu"}}, "eu", fleet.Room{Tenants: 1, Namespaces: 3}},
		{bson.D{{Key: "collections", Value: bson.A{"orders", "notes"}}, {Key: "cluster", Value: "eu"}, {Key: "state", Value: "deleting"}}, "eu", fleet.Room{Tenants: 1, Namespaces: 5}},
		{bson.D{{Key: "collections", Value: bson.A{"notes", "orders", "elder"}}, {Key: "cluster", Value: "eu"}}, "eu", fleet.Room{Tenants: 1, Namespaces: 7}},
		{bson.D{{Key: "state", Value: "provisioning"}, {Key: "steps", Value: bson.A{"collections"}}}, "default", fleet.Room{Tenants: 1, Namespaces: 5}},
		{bson.D{{Key: "state", Value: "provisioning"}}, "default", fleet.Room{Tenants: 1, Unknown: 1}},
		{bson.D{{Key: "fingerprint", Value: "another version's"}}, "default", fleet.Room{Tenants: 1, Namespaces: 5}},
		{bson.D{{Key: "fingerprint", Value: ""}, {Key: "collections", Value: nil}}, "default", fleet.Room{Tenants: 1, Unknown: 1}},
		{bson.D{{Key: "cluster", Value: "eu"}}, "eu", fleet.Room{Tenants: 1, Unknown: 1}},
		{bson.D{{Key: "cluster", Value: 7}, {Key: "collections", Value: "notes"}}, "default", fleet.Room{Tenants: 1, Unknown: 1}},
		{bson.D{{Key: "cluster", Value: "mars"}, {Key: "collections", Value: bson.A{"notes"}}}, "mars", fleet.Room{}},
		{bson.D{{Key: "database", Value: "admin"}, {Key: "collections", Value: bson.A{"notes"}}}, "default", fleet.Room{}},
		{bson.D{{Key: "state", Value: "deleted"}, {Key: "collections", Value: bson.A{"notes"}}}, "default", fleet.Room{}},
	}
	for server, at := range map[string]struct {
		uri    string
		client *mongo.Client
	}{"the test server": {testdb.URI(t), testdb.Client(t)}, "the model": {model.URI(), client}} {
		t.Run(server, func(t *testing.T) {
			all := map[string]fleet.Room{"default": {}, "eu": {}}
			f, catalog := roomFleet(t, at.uri, at.client)
			if got, err := f.Room(t.Context()); err != nil || !maps.Equal(got, all) {
				t.Errorf("without tenants: %v, %v", got, err)
			}
			for i, row := range rows {
				if _, err := catalog.InsertOne(t.Context(), append(bson.D{{Key: "name", Value: string(rune('a' + i))}}, row.entry...)); err != nil {
					t.Fatal(err)
				}
				if sum, there := all[row.cluster]; there {
					all[row.cluster] = fleet.Room{Tenants: sum.Tenants + row.room.Tenants, Namespaces: sum.Namespaces + row.room.Namespaces, Unknown: sum.Unknown + row.room.Unknown}
				}
				if got, err := f.Room(t.Context()); err != nil || !maps.Equal(got, all) {
					t.Errorf("with %v: %v, want %v (%v)", row.entry, got, all, err)
				}
			}
		})
	}
}

// TestRoomOfACatalogThatIsAway fails at once, though the driver would wait for a server.
func TestRoomOfACatalogThatIsAway(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t, scripted.ReplicaSet())
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: server.URI() + "?serverSelectionTimeoutMS=3600000"}, 10, tenant.FailFast(time.Nanosecond))
	if err != nil {
		t.Fatal(err)
	}
	f, _ := roomFleetOn(t, clusters, testdb.Client(t))
	if _, err := f.Room(t.Context()); err != nil && !errors.Is(err, store.ErrUnavailable) {
		t.Fatal(err)
	}
	server.StepDown()
	for clusters.Pools()[0].Away <= 0 && t.Context().Err() == nil {
		runtime.Gosched()
	}
	if got, err := f.Room(t.Context()); !errors.Is(err, store.ErrUnavailable) || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestRoomAsksTheCatalogAlone, once, and fails with it.
func TestRoomAsksTheCatalogAlone(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	f, catalog := roomFleet(t, server.URI(), client)
	for range 30 {
		made, err := f.Provision(t.Context(), "a"+strings.ToLower(bson.NewObjectID().Hex()), "eu")
		if err != nil || made.Collections == nil {
			t.Fatalf("%v, %v", made, err)
		}
	}
	server.Reset()
	if got, err := f.Room(t.Context()); err != nil || got["eu"] != (fleet.Room{Tenants: 30}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, c := range server.Commands() {
		if c.Name != "aggregate" || c.Database != catalog.Database().Name() {
			t.Errorf("%s is sent to %s", c.Name, c.Database)
		}
	}
	if n := len(server.Commands()); n != 1 {
		t.Errorf("%d commands are sent", n)
	}
	server.On("aggregate").Always().Fail(scripted.Error{Code: 13, Message: "no"})
	if got, err := f.Room(t.Context()); err == nil || !strings.Contains(err.Error(), "count namespaces") {
		t.Errorf("%v, %v", got, err)
	}
}
