package tenant

import (
	"testing"
	"time"
)

// TestReadsWithoutAPrimary may go on where the connection string lets secondaries
// serve them.
func TestReadsWithoutAPrimary(t *testing.T) {
	t.Parallel()
	for options, want := range map[string]bool{
		"": false, "?readPreference=primary": false, "?readPreference=primaryPreferred": true,
		"?readPreference=secondary": true, "?readPreference=nearest": true,
	} {
		c := newCluster("eu", "mongodb://127.0.0.1:1/"+options, 10, clusterOptions{selectionTimeout: time.Second}, nil)
		if err := c.configure(); err != nil || c.outage.reads != want {
			t.Errorf("%q: %t, %v", options, c.outage.reads, err)
		}
	}
}

// TestHostsAreNamedWithoutTheirService, since no connection string has that.
func TestHostsAreNamedWithoutTheirService(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"_mongodb._tcp.shop.example.com": "shop.example.com", "_other._tcp.shop.example.com": "shop.example.com", "shop.example.com": "shop.example.com",
	} {
		if got := srvHost(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
