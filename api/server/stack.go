package server

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/tenant"
)

// Stack is everything below the API: the connections, the catalog, the fleet.
// Operators' tools use it without an API.
type Stack struct {
	Clusters *tenant.Clusters
	Catalog  *tenant.Catalog
	Fleet    *fleet.Fleet
}

// OpenStack connects for operators' tools, which wait longer than requests do: for
// a server of a deployment, 30 s unless the connection string says otherwise. It
// fails if the catalog's deployment does not answer in that time. The catalog
// caches for ttl. Nothing is written.
func OpenStack(ctx context.Context, cfg Database, app App, ttl time.Duration, log *slog.Logger) (*Stack, error) {
	clusters, err := openClusters(cfg, tenant.SelectionTimeout(operatorsTimeout))
	if err != nil {
		return nil, err
	}
	return openStack(ctx, clusters, cfg, app, ttl, log)
}

// operatorsTimeout is long enough for an election, which should not end the
// migration of a fleet.
const operatorsTimeout = 30 * time.Second

// openClusters parses the connection strings.
func openClusters(cfg Database, opts ...tenant.ClusterOption) (*tenant.Clusters, error) {
	uris := maps.Clone(map[string]string(cfg.Clusters))
	if uris == nil {
		uris = map[string]string{}
	}
	uris[tenant.DefaultCluster] = cfg.MongoURI
	clusters, err := tenant.NewClusters(uris, cfg.MaxPoolSize, opts...)
	if err != nil {
		return nil, fmt.Errorf("MONGO_URI, CLUSTERS: %w", err)
	}
	return clusters, nil
}

// openStack builds a stack on clusters, which it closes on failure.
func openStack(ctx context.Context, clusters *tenant.Clusters, cfg Database, app App, ttl time.Duration, log *slog.Logger) (*Stack, error) {
	s := &Stack{Clusters: clusters}
	if err := s.open(ctx, cfg, app, ttl, log); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stack) open(ctx context.Context, cfg Database, app App, ttl time.Duration, log *slog.Logger) error {
	err := s.Clusters.Connect(ctx, tenant.DefaultCluster, log)
	if err != nil {
		return fmt.Errorf("MONGO_URI: %w", err)
	}
	for _, name := range s.Clusters.Names() {
		if own := s.Clusters.MaxPool(name); own < cfg.MaxPoolSize {
			log.InfoContext(ctx, "the connection string's maxPoolSize is below MAX_POOL_SIZE and takes precedence", "cluster", name, "maxPoolSize", own)
		}
	}
	if s.Catalog, err = tenant.NewCatalog(s.Clusters, cfg.AdminDB, ttl, log, tenant.WithChecks(app.Checks)); err != nil {
		return fmt.Errorf("ADMIN_DB: %w", err)
	}
	var people meta.Collection // without users there are none to change
	if c := app.users(); c != nil {
		people = c.Collection
	}
	s.Fleet, err = fleet.New(fleet.Config{
		Catalog: s.Catalog, Collections: raw.Declarations(app.Collections), Migrations: app.Migrations,
		Steps: append(steps.All(&people), app.Steps...), Eager: app.Eager || cfg.Eager, Log: log,
	})
	if err != nil {
		return fmt.Errorf("server.App: Migrations: %w", err)
	}
	if err := s.Clusters.Ping(ctx, tenant.DefaultCluster); err != nil {
		return fmt.Errorf("MONGO_URI: %w", err)
	}
	return nil
}

// closeTimeout is how long Close waits for operations in flight.
const closeTimeout = 5 * time.Second

// Close closes all connections.
func (s *Stack) Close() {
	if s.Catalog != nil {
		s.Catalog.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = s.Clusters.Close(ctx)
}
