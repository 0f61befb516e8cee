// Package servertest starts servers of the API for tests, as net/http/httptest starts those of
// net/http. Each serves from a database, and whatever a test exchanges with it is held
// against its OpenAPI document.
package servertest

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema"
)

// App is the product's own. Tests change copies of it.
var App = server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy}

// Key signs the tokens of servers under test, as AUTH_KEYS has it.
var Key = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

// AdminToken is the operators' token of servers that WithOperators configures.
const AdminToken = "an-operator-s-token-of-tests"

// Server is a server under test.
type Server struct {
	*server.Server
	Client
	// AdminDB is the name of its admin database.
	AdminDB string
	Log     *Log
	// Tokens are signed by the server's key.
	Tokens *auth.Tokens
}

// Start serves App from the database at uri until the test ends. Its configuration is the
// default one, with an admin database of its own, but for what change does to it.
func Start(t *testing.T, uri string, change func(*server.Config)) *Server {
	t.Helper()
	return Serve(t, uri, App, change)
}

// Serve returns Start for another app.
func Serve(t *testing.T, uri string, app server.App, change func(*server.Config)) *Server {
	t.Helper()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys, cfg.AdminDB = uri, "127.0.0.1:0", Key, testdb.Database(t, "admin")
	cfg.DrainDelay = 0
	if change != nil {
		change(&cfg)
	}
	log := &Log{}
	s, err := server.New(t.Context(), cfg, app, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	document, err := rest.Describe(app.OpenAPI, app.Routes, app.Computed, cfg.TenantFrom, cfg.BaseDomains)
	if err != nil {
		t.Fatal(err)
	}
	client := Client{Base: "http://" + s.Addr().String()}
	client.Agree(t, document)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return &Server{Server: s, Client: client, AdminDB: cfg.AdminDB, Log: log, Tokens: Tokens(t)}
}

// WithOperators has a server serve the operators' API, too.
func WithOperators(cfg *server.Config) { cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", AdminToken }

// Operators is a client of the operators' API.
func (s *Server) Operators() Client { return Client{Base: "http://" + s.AdminAddr().String()} }

// Tokens issues and verifies the tokens of servers that have Key.
func Tokens(t *testing.T) *auth.Tokens {
	t.Helper()
	keys, err := auth.ParseKeys(Key)
	if err != nil {
		t.Fatal(err)
	}
	return auth.NewTokens(keys)
}

// Provision makes a tenant of the server's.
func (s *Server) Provision(t *testing.T, name string) *tenant.Entry {
	t.Helper()
	made, err := s.Stack().Fleet.Provision(t.Context(), name, tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(made.Database)
	return made
}

// Token returns an operator's token for the tenant, valid for an hour.
func (s *Server) Token(t *testing.T, id bson.ObjectID, role string, permissions ...string) string {
	t.Helper()
	token, err := s.Tokens.Issue(auth.Identity{Tenant: id, Role: role, Permissions: permissions, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
