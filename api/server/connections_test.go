package server

import (
	"context"
	"testing"

	"github.com/partywall/partywall/api/tenant"
)

// TestPoolsKeepTheirDescriptors: 64 and 3 servers with 52 connections for a cluster
// are not clients'.
func TestPoolsKeepTheirDescriptors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		uris        map[string]string
		limit, most int64
		short       bool
	}{
		"one cluster":           {map[string]string{"default": "mongodb://127.0.0.1:1/"}, 1024, 1024 - 64 - 3*52, false},
		"two":                   {map[string]string{"default": "mongodb://127.0.0.1:1/", "eu": "mongodb://127.0.0.1:1/"}, 1024, 1024 - 64 - 6*52, false},
		"a smaller pool":        {map[string]string{"default": "mongodb://127.0.0.1:1/?maxPoolSize=8"}, 1024, 1024 - 64 - 3*10, false},
		"just a quarter":        {map[string]string{"default": "mongodb://127.0.0.1:1/"}, 296, 76, false},
		"less than a quarter":   {map[string]string{"default": "mongodb://127.0.0.1:1/"}, 288, 72, true},
		"fewer than pools need": {map[string]string{"default": "mongodb://127.0.0.1:1/"}, 100, 25, true},
	} {
		clusters, err := tenant.NewClusters(test.uris, 50)
		if err != nil {
			t.Fatal(err)
		}
		if most, short := maxClients(test.limit, clusters); most != test.most || short != test.short {
			t.Errorf("%s: %d, %v; want %d, %v", name, most, short, test.most, test.short)
		}
		_ = clusters.Close(context.Background())
	}
	if n := descriptors(); n < 64 {
		t.Errorf("%d descriptors", n)
	}
}
