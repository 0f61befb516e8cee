package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/tools/tenantctl/command"
)

// asTenantctl makes the test's binary the operators' command.
const asTenantctl = "CARTS_TENANTCTL"

func TestMain(m *testing.M) {
	if os.Getenv(asTenantctl) != "" {
		os.Exit(command.Main(app()))
	}
	os.Exit(testdb.Run(m))
}

// TestShop takes over what a Mongoose process left, and goes on with it.
func TestShop(t *testing.T) {
	s := takeOver(t)
	for _, stage := range []struct {
		name string
		run  func(*testing.T, *shop)
	}{
		{"read", testRead}, {"migrate", testMigrate}, {"write", testWrite}, {"page", testPages}, {"gate", testGate},
	} {
		if !t.Run(stage.name, func(t *testing.T) { stage.run(t, s) }) {
			t.FailNow()
		}
	}
}

// shop is a tenant that is served. Its database has its name, as those have that somebody
// else's program made.
type shop struct {
	name, adminDB string
	base, token   string
	handle        store.Tenant
	stored        *mongo.Database
	seed          map[string][]bson.Raw
}

// takeOver serves a deployment that consists of a catalog with a tenant's name, and of that
// tenant's database. The owner is logged in, with a password that Mongoose's program hashed.
func takeOver(t *testing.T) *shop {
	t.Helper()
	s := &shop{name: testdb.Database(t, "shop"), adminDB: testdb.Database(t, "admin")}
	client := testdb.Client(t)
	s.stored = client.Database(s.name)
	s.load(t)
	if _, err := client.Database(s.adminDB).Collection("tenants").InsertOne(t.Context(), bson.D{{Key: "name", Value: s.name}}); err != nil {
		t.Fatal(err)
	}
	s.serve(t)
	granted := s.call(t, "POST /api/login?tenant="+s.name, `{"email":"owner@example.com","password":"correct horse"}`)
	if s.token, _ = granted.body["token"].(string); s.token == "" {
		t.Fatalf("the owner's login: %d %s", granted.status, granted.text)
	}
	return s
}

// load stores seed/ as mongoimport would, and makes an index as Mongoose does.
func (s *shop) load(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("seed/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	s.seed = map[string][]bson.Raw{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var docs []bson.Raw
		if err := bson.UnmarshalExtJSON(text, false, &docs); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		collection := strings.TrimSuffix(filepath.Base(name), ".json")
		if _, err := s.stored.Collection(collection).InsertMany(t.Context(), docs); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.seed[collection] = docs
	}
	slug := mongo.IndexModel{Keys: bson.D{{Key: "slug", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := s.stored.Collection("products").Indexes().CreateOne(t.Context(), slug); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) serve(t *testing.T) {
	t.Helper()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AdminDB = testdb.URI(t), "127.0.0.1:0", s.adminDB
	cfg.DrainDelay = 0
	cfg.AuthKeys = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	srv, err := server.New(t.Context(), cfg, app(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	entry, err := srv.Stack().Catalog.Resolve(t.Context(), s.name)
	if err != nil {
		t.Fatal(err)
	}
	s.base, s.handle = "http://"+srv.Addr().String(), entry.Handle()
}
