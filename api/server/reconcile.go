package server

import (
	"context"
	"time"
)

// reconcileEvery is how long a tenant stays half made at most after the process
// that was making it died and its lock ran out.
const reconcileEvery = time.Minute

// reconcile finishes what interrupted processes left half made, until ctx ends.
func (s *Server) reconcile(ctx context.Context) {
	ticker := time.NewTicker(reconcileEvery)
	defer ticker.Stop()
	for {
		if _, err := s.stack.Fleet.Reconcile(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "tenants are left half made", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
