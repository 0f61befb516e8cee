package tenant

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"go.mongodb.org/mongo-driver/v2/event"
)

// TestPoolEventsAreCounted, each kind by what it changes.
func TestPoolEventsAreCounted(t *testing.T) {
	t.Parallel()
	c, err := NewClusters(map[string]string{DefaultCluster: "mongodb://127.0.0.1:1/"}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	note := c.byName[DefaultCluster].pool.monitor().Event
	for i, step := range []struct {
		kind string
		took time.Duration
		want Pool
	}{
		{event.ConnectionPoolReady, 0, Pool{}},
		{event.ConnectionCheckOutStarted, 0, Pool{Waiting: 1}},
		{event.ConnectionCheckOutStarted, 0, Pool{Waiting: 2}},
		{event.ConnectionCreated, 0, Pool{Waiting: 2, Open: 1}},
		{event.ConnectionCreated, 0, Pool{Waiting: 2, Open: 2}},
		{event.ConnectionReady, time.Second, Pool{Waiting: 2, Open: 2}},
		{event.ConnectionCheckedOut, 2 * time.Second, Pool{Waiting: 1, Open: 2, InUse: 1, Taken: 1, Waited: 2 * time.Second}},
		{event.ConnectionCheckOutFailed, 3 * time.Second, Pool{Open: 2, InUse: 1, Taken: 1, Failed: 1, Waited: 5 * time.Second}},
		{event.ConnectionCheckedIn, 7 * time.Second, Pool{Open: 2, Taken: 1, Failed: 1, Waited: 5 * time.Second}},
		{event.ConnectionClosed, 7 * time.Second, Pool{Open: 1, Taken: 1, Failed: 1, Waited: 5 * time.Second}},
	} {
		note(&event.PoolEvent{Type: step.kind, Duration: step.took})
		step.want.Cluster = DefaultCluster
		if got := c.Pools(); len(got) != 1 || !cmp.Equal(got[0], step.want) {
			t.Errorf("step %d, %s: %+v, want %+v", i, step.kind, got, step.want)
		}
	}
}
