package tenant_test

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// holding is a lease that a test holds for as long as it likes.
type holding struct {
	*tenant.Lease
	ctx  context.Context
	last chan tenants.Patch
	done chan error
}

// hold takes a tenant's lock.
func hold(ctx context.Context, c *tenant.Catalog, id bson.ObjectID, owner string, ttl time.Duration) (*holding, error) {
	h := &holding{last: make(chan tenants.Patch), done: make(chan error, 1)}
	held := make(chan struct{})
	go func() {
		h.done <- c.WithLease(ctx, id, tenant.LeaseRequest{Owner: owner, TTL: ttl}, func(ctx context.Context, lease *tenant.Lease) (tenants.Patch, error) {
			h.Lease, h.ctx = lease, ctx
			close(held)
			return <-h.last, nil
		})
	}()
	select {
	case err := <-h.done:
		return nil, err
	case <-held:
		return h, nil
	}
}

// Context is the one that the lease is held in.
func (h *holding) Context() context.Context { return h.ctx }

// Release ends it with a last write.
func (h *holding) Release(last tenants.Patch) error {
	h.last <- last
	return <-h.done
}
