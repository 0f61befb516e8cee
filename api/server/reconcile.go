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
	for said := ""; ; {
		said = s.finishHalfMade(ctx, said)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// finishHalfMade finishes what it can. What it cannot it says, unless that is what was
// said before, and returns what is said by now.
func (s *Server) finishHalfMade(ctx context.Context, said string) string {
	_, err := s.stack.Fleet.Reconcile(ctx)
	if err == nil {
		return ""
	}
	text := err.Error()
	if text != said && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "tenants are left half made; tenantctl tenant create finishes them, tenantctl tenant delete removes them", "error", err)
	}
	return text
}
