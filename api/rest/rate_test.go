package rest

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// TestRates counts each tenant by itself, by a clock that stands still unless a step says so.
func TestRates(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	r := newRates()
	r.now = func() time.Time { return now }
	free := &tenant.Entry{ID: bson.NewObjectID()}
	slow := &tenant.Entry{ID: bson.NewObjectID(), Share: tenants.Share{PerSecond: store.Some(0.5)}}
	fast := &tenant.Entry{ID: bson.NewObjectID(), Share: tenants.Share{PerSecond: store.Some(10.0), Burst: store.Some[int64](3)}}
	faster := &tenant.Entry{ID: fast.ID, Share: tenants.Share{PerSecond: store.Some(100.0), Burst: store.Some[int64](3)}}
	for i, step := range []struct {
		of      *tenant.Entry
		after   time.Duration
		allowed int
		delay   time.Duration
	}{
		{free, 0, 1000, 0},
		{slow, 0, 1, 2 * time.Second},
		{slow, time.Second, 0, time.Second},
		{fast, 0, 3, time.Second},
		{slow, time.Second, 1, 2 * time.Second},
		{fast, time.Minute, 3, time.Second},
		{faster, 0, 0, time.Second},
		{faster, 10 * time.Millisecond, 1, time.Second},
		{slow, 0, 1, 2 * time.Second},
	} {
		now = now.Add(step.after)
		for n := range step.allowed {
			if err := r.check(step.of); err != nil {
				t.Errorf("step %d, request %d: %v", i, n, err)
			}
		}
		if step.delay == 0 {
			continue
		}
		refused, ok := errors.AsType[*problem](r.check(step.of))
		if !ok || refused.Status != 429 || refused.Code != "tenant_rate" || refused.retryAfter != step.delay {
			t.Errorf("step %d: one too many: %+v", i, refused)
		}
	}
	for range 3 * limitedTenants {
		if err := r.check(&tenant.Entry{ID: bson.NewObjectID(), Share: slow.Share}); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.byID.Len(); n > limitedTenants {
		t.Errorf("%d tenants are counted", n)
	}
}
