package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// clock is one that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

// noon is a time like any other.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func newClock(at time.Time) *clock { return &clock{at: at} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) pass(d time.Duration) { c.set(c.now().Add(d)) }

// syncBuffer is a log that a test may read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf.Reset()
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// place is a deployment with a tenant, for any number of servers.
type place struct {
	catalog *tenant.Catalog
	tenant  *tenant.Entry
	client  *mongo.Client
	// stored are the sessions as they are stored.
	stored *mongo.Collection
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return newPlaceAt(t, testdb.URI(t), testdb.Client(t))
}

// newPlaceAt returns a place in the deployment at uri, which client is connected
// to.
func newPlaceAt(t *testing.T, uri string, client *mongo.Client) *place {
	t.Helper()
	admin := testdb.Database(t, "auth")
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, 10)
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := tenant.NewCatalog(clusters, admin, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		catalog.Close()
		if err := clusters.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	entry, err := tenants.In(catalog.Admin()).Create(t.Context(), tenants.New{Name: "one", Database: store.Some(testdb.Database(t, "one"))})
	if err != nil {
		t.Fatal(err)
	}
	one, err := catalog.ResolveID(t.Context(), entry.ID)
	if err != nil {
		t.Fatal(err)
	}
	return &place{catalog: catalog, tenant: one, client: client, stored: client.Database(admin).Collection("sessions")}
}

// addUser makes a user of the tenant. Nobody needs its password.
func (p *place) addUser(t *testing.T, name string, role users.Role) bson.ObjectID {
	t.Helper()
	user, err := users.In(p.tenant.Handle()).Create(t.Context(), users.New{
		Name: name, Email: name + "@example.com", Password: store.StoredSecret("none"), Role: store.Some(role),
	})
	if err != nil {
		t.Fatal(err)
	}
	return user.ID
}

// session returns a session as it is stored; nil where there is none.
func (p *place) session(t *testing.T, id bson.ObjectID) bson.Raw {
	t.Helper()
	doc, err := p.stored.FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		t.Fatal(err)
	}
	return doc
}

// all returns the sessions that are stored.
func (p *place) all(t *testing.T) []bson.Raw {
	t.Helper()
	cursor, err := p.stored.Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		t.Fatal(err)
	}
	var all []bson.Raw
	if err := cursor.All(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// count returns how many sessions are stored.
func (p *place) count(t *testing.T) int {
	t.Helper()
	return len(p.all(t))
}

// server is one of a place's.
type server struct {
	*auth.Accounts
	*place
	keys   *auth.Keys
	tokens *auth.Tokens
	clock  *clock
	// clockFails counts down the times that the shared clock tells; at 0 it fails.
	clockFails atomic.Int64
	log        *syncBuffer
}

// server has keys of its own, and a memory; shared is the clock that all servers
// of the place go by.
func (p *place) server(t *testing.T, shared *clock, seeds ...[]byte) *server {
	t.Helper()
	s := &server{place: p, keys: keys(t, seeds...), clock: shared, log: &syncBuffer{}}
	s.tokens = auth.NewTokensAt(s.keys, shared.now)
	people := users.Collection()
	s.Accounts = auth.NewAccounts(auth.AccountsConfig{
		Admin: p.catalog.Admin(), Users: auth.NewUsers(&people), Policy: policy, Passwords: auth.NewPasswords(), Tokens: s.tokens,
		Clock: func(context.Context) (time.Time, error) {
			if s.clockFails.Load() > 0 && s.clockFails.Add(-1) == 0 {
				return time.Time{}, store.ErrUnavailable
			}
			return shared.now(), nil
		},
		TTL: time.Hour, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	})
	t.Cleanup(s.Close)
	return s
}

// login opens a session.
func (s *server) login(t *testing.T, user bson.ObjectID) *auth.Grant {
	t.Helper()
	grant, err := s.Open(t.Context(), s.tenant.ID, user)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// exchange returns Refresh, in a tenant that is served.
func (s *server) trade(t *testing.T, token string) (*auth.Grant, error) {
	t.Helper()
	return s.Refresh(t.Context(), token, func(_ context.Context, id bson.ObjectID) (store.Tenant, error) {
		if id != s.tenant.ID {
			t.Errorf("the session is of the tenant %v", id)
		}
		return s.tenant.Handle(), nil
	})
}

// refresh returns trade where that must succeed.
func (s *server) refresh(t *testing.T, token string) *auth.Grant {
	t.Helper()
	grant, err := s.trade(t, token)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// ask returns a request with an access token.
func (s *server) ask(t *testing.T, token string) (*auth.Actor, error) {
	t.Helper()
	who, err := s.tokens.Verify(token)
	if err != nil {
		return nil, err
	}
	return s.Actor(t.Context(), s.tenant.Handle(), who)
}

// sessionOf returns the session that an access token is of.
func (s *server) sessionOf(t *testing.T, g *auth.Grant) bson.ObjectID {
	t.Helper()
	who, err := s.tokens.Verify(g.Token)
	if err != nil {
		t.Fatal(err)
	}
	return who.Session
}

// users returns the tenant's as they are stored.
func (p *place) users() *mongo.Collection {
	return p.client.Database(p.tenant.Database).Collection("users")
}
