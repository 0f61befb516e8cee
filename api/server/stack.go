package server

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/tenant"
)

// Stack is what lies below the API: the connections, the catalog, the fleet.
// Operators' tools work on it without an API.
type Stack struct {
	Clusters *tenant.Clusters
	Catalog  *tenant.Catalog
	Fleet    *fleet.Fleet
}

// OpenStack connects, and fails at once when the catalog's deployment does not
// answer: within the time for server selection, 5 s if its connection string
// says nothing else. What the catalog's cache knows is at most ttl old. Nothing is
// written.
func OpenStack(ctx context.Context, cfg Database, app App, ttl time.Duration, log *slog.Logger) (*Stack, error) {
	uris := maps.Clone(map[string]string(cfg.Clusters))
	if uris == nil {
		uris = map[string]string{}
	}
	uris[tenant.DefaultCluster] = cfg.MongoURI
	clusters, err := tenant.NewClusters(uris, cfg.MaxPoolSize)
	if err != nil {
		return nil, fmt.Errorf("MONGO_URI, CLUSTERS: %w", err)
	}
	catalog, err := tenant.NewCatalog(clusters, cfg.AdminDB, ttl, log)
	if err != nil {
		return nil, fmt.Errorf("ADMIN_DB: %w", err)
	}
	s := &Stack{Clusters: clusters, Catalog: catalog}
	s.Fleet, err = fleet.New(fleet.Config{
		Catalog: catalog, Collections: app.Collections, Migrations: app.Migrations,
		Steps: append(steps.All(), app.Steps...), Log: log,
	})
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("server.App: Migrations: %w", err)
	}
	if err := clusters.Ping(ctx, tenant.DefaultCluster); err != nil {
		s.Close()
		return nil, fmt.Errorf("MONGO_URI: %w", err)
	}
	return s, nil
}

// closing bounds how long Close waits for operations that are under way.
const closing = 5 * time.Second

// Close ends all connections.
func (s *Stack) Close() {
	s.Catalog.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = s.Clusters.Close(ctx)
}
