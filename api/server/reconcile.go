package server

import (
	"context"
	"time"
)

// reconcileInterval is how long a tenant stays half provisioned at most after the
// process that was provisioning it died and its lock expired.
const reconcileInterval = time.Minute

// reconcile finishes, until ctx ends, what interrupted processes have left
// unfinished.
func (s *Server) reconcile(ctx context.Context) {
	ticker := time.NewTicker(reconcileInterval)
	defer ticker.Stop()
	for said := ""; ; {
		said = s.finishInterrupted(ctx, said)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// finishInterrupted finishes what it can. It logs the error, unless it is the same
// as before, and returns it.
func (s *Server) finishInterrupted(ctx context.Context, said string) string {
	_, err := s.stack.Fleet.Reconcile(ctx)
	if err == nil {
		return ""
	}
	text := err.Error()
	if text != said && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "tenants are left half provisioned; tenantctl tenant create finishes them, tenantctl tenant delete removes them", "error", err)
	}
	return text
}
