package clients_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"os"
	"testing"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/docs/examples/clients/gen"
	"github.com/partywall/partywall/docs/examples/clients/gen/users"
	"github.com/partywall/partywall/docs/examples/clients/schema"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// Who works in the library, and where.
const (
	library  = "main-street"
	email    = "ada@example.com"
	password = "correct horse"
)

// serve serves a library with one user, who may do everything, and returns the
// address.
func serve(t *testing.T) string {
	t.Helper()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", testdb.Database(t, "admin")
	cfg.DrainDelay = 0
	cfg.AuthKeys = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	app := server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy}
	s, err := server.New(t.Context(), cfg, app, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	hire(t, s)
	return "http://" + s.Addr().String()
}

func hire(t *testing.T, s *server.Server) {
	t.Helper()
	made, err := s.Stack().Fleet.Provision(t.Context(), library, tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(made.Database)
	secret, err := auth.NewPasswords().Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	ada := users.New{Name: "Ada", Email: email, Password: secret, Role: store.Some(users.Role{Name: users.RoleNameSuper})}
	if _, err := users.In(made.Handle()).Create(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
}
