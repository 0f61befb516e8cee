package server

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/partywall/partywall/api/tenant"
)

// readiness decides whether load balancers should send requests here. It learns
// from the driver whether the catalog's deployment is there, so that a check never
// waits.
type readiness struct {
	clusters *tenant.Clusters
	grace    time.Duration
	log      *slog.Logger
	draining atomic.Bool

	mu    sync.Mutex
	ready bool // the answer to the last check
}

var (
	errDraining = errors.New("the server is shutting down")
	errStarting = errors.New("the catalog of tenants has not answered yet")
)

// problem returns why requests cannot be served, nil if they can. It logs changes.
func (r *readiness) problem() error {
	err := r.look()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil && r.ready:
		r.log.Warn("not ready", "error", err)
	case err == nil && !r.ready:
		r.log.Info("ready")
	}
	r.ready = err == nil
	return err
}

func (r *readiness) look() error {
	if r.draining.Load() {
		return errDraining
	}
	if !r.clusters.Answered(tenant.DefaultCluster) {
		return errStarting
	}
	if away := r.clusters.Away(tenant.DefaultCluster); away > r.grace {
		return fmt.Errorf("the catalog of tenants has not answered for %s", away.Round(time.Second))
	}
	return nil
}
