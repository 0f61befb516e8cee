package server

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestLook: 80 % of a node's connections, less those that are reserved, may be taken,
// those of others and this process's 52 together. Whatever keeps a server from looking is
// told to nobody but whoever wants to know all.
func TestLook(t *testing.T) {
	t.Parallel()
	const warns, silent, unknown = "level=WARN", "level=DEBUG", "is not known"
	for name, test := range map[string]struct {
		opts   []scripted.Option
		string string
		fail   *scripted.Error
		want   string
	}{
		"room for all":          {[]scripted.Option{scripted.Connections(3000, 100)}, "", nil, silent},
		"room for no other":     {[]scripted.Option{scripted.Connections(3000, 2339)}, "", nil, silent},
		"others have too many":  {[]scripted.Option{scripted.Connections(3000, 2345)}, "", nil, warns},
		"others have all":       {[]scripted.Option{scripted.Connections(3000, 2990)}, "", nil, warns},
		"a pool too large":      {[]scripted.Option{scripted.Connections(70, 0)}, "", nil, warns},
		"a pool that is less":   {[]scripted.Option{scripted.Connections(70, 0)}, "?maxPoolSize=30", nil, silent},
		"a mongos":              {[]scripted.Option{scripted.Mongos(), scripted.Connections(60, 10)}, "", nil, warns},
		"a user who may not":    {[]scripted.Option{scripted.Connections(60, 10)}, "", &scripted.Error{Code: 13}, unknown},
		"a command that failed": {[]scripted.Option{scripted.Connections(60, 10)}, "", &scripted.Error{Code: 50}, unknown},
		"no such command":       {[]scripted.Option{scripted.Connections(60, 10)}, "", &scripted.Error{Code: 59}, unknown},
	} {
		mongod := scripted.Start(t, test.opts...)
		if test.fail != nil {
			mongod.On("serverStatus").Fail(*test.fail)
		}
		clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: mongod.URI() + test.string}, 50)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = clusters.Close(context.Background()) })
		var log bytes.Buffer
		newLimits(clusters, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).compare(t.Context(), tenant.DefaultCluster)
		if got := log.String(); strings.Count(got, "level=") != 1 || !strings.Contains(got, test.want) || test.want != warns && !strings.Contains(got, silent) || !strings.Contains(got, "cluster=default") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestEachClusterIsLookedAtOnce, however often its tenants are looked up.
func TestEachClusterIsLookedAtOnce(t *testing.T) {
	t.Parallel()
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: "mongodb://127.0.0.1:1/", "eu": "mongodb://127.0.0.1:1/"}, 50)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.Background()) })
	l := newLimits(clusters, slog.New(slog.DiscardHandler))
	l.note("eu")
	l.note("eu")
	if first, second := <-l.queue, <-l.queue; first != tenant.DefaultCluster || second != "eu" {
		t.Errorf("%s and %s are looked at", first, second)
	}
	l.note("eu")
	l.note(tenant.DefaultCluster)
	if len(l.queue) > 0 {
		t.Errorf("%s is looked at again", <-l.queue)
	}
}
