package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// What examples have instead of a *testing.T stands in this file, so that they
// show nothing but what they are about.

// exampleTB is what api/testdb asks of a test.
type exampleTB struct{ testing.TB }

func (exampleTB) Helper()                      {}
func (exampleTB) Fatal(args ...any)            { log.Panic(args...) }
func (exampleTB) Fatalf(f string, args ...any) { log.Panicf(f, args...) }

// exampleConfig returns that of a server, or of the stack below one, with a catalog
// of its own.
func exampleConfig() server.Config {
	cfg := server.Defaults()
	cfg.MongoURI, cfg.AdminDB = testdb.URI(exampleTB{}), testdb.Database(exampleTB{}, "admin")
	cfg.Addr, cfg.AuthKeys, cfg.DrainDelay = "127.0.0.1:0", servertest.Key, 0
	return cfg
}

// openExample returns a tenant with users of these names. end must follow.
func openExample(names ...string) (ctx context.Context, t store.Tenant, end func()) {
	ctx = context.Background()
	stack, err := server.OpenStack(ctx, exampleConfig().Database, servertest.App, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		log.Panic(err)
	}
	made := provisionExample(ctx, stack)
	for _, name := range names {
		_, err := users.In(made.Handle()).Create(ctx, users.New{Name: name, Email: name + "@example.com", Password: somePassword()})
		if err != nil {
			log.Panic(err)
		}
	}
	return ctx, made.Handle(), stack.Close
}

func provisionExample(ctx context.Context, stack *server.Stack) *tenant.Entry {
	made, err := stack.Fleet.Provision(ctx, "acme", tenant.DefaultCluster)
	if err != nil {
		log.Panic(err)
	}
	testdb.DropAtEnd(made.Database)
	return made
}

func somePassword() store.Secret {
	secret, err := servertest.Secret()
	if err != nil {
		log.Panic(err)
	}
	return secret
}

// exampleAPI is a server with a tenant.
type exampleAPI struct {
	base   string
	tenant *tenant.Entry
	tokens *auth.Tokens
}

// serveExample serves an app until end.
func serveExample(app server.App) (a *exampleAPI, end func()) {
	ctx, stop := context.WithCancel(context.Background())
	s, err := server.New(ctx, exampleConfig(), app, slog.New(slog.DiscardHandler))
	if err != nil {
		log.Panic(err)
	}
	keys, err := auth.ParseKeys(servertest.Key)
	if err != nil {
		log.Panic(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	a = &exampleAPI{"http://" + s.Addr().String(), provisionExample(ctx, s.Stack()), auth.NewTokens(keys)}
	return a, func() {
		stop()
		if err := <-ended; err != nil {
			log.Panic(err)
		}
	}
}

// create makes a user, and returns their _id.
func (a *exampleAPI) create(name string) string {
	made, err := users.In(a.tenant.Handle()).Create(context.Background(), users.New{Name: name, Email: name + "@example.com", Password: somePassword()})
	if err != nil {
		log.Panic(err)
	}
	return made.ID.Hex()
}

// show sends a request whose bearer has the permission, and prints what the
// answer says in short: a problem's code, a user's name and role, or names.
func (a *exampleAPI) show(permission, method, path, body string) {
	token, err := a.tokens.Issue(auth.Identity{Tenant: a.tenant.ID, Permissions: []string{permission}, Expires: time.Now().Add(time.Minute)})
	if err != nil {
		log.Panic(err)
	}
	req, err := http.NewRequest(method, a.base+path, strings.NewReader(body))
	if err != nil {
		log.Panic(err)
	}
	req.Header = http.Header{"Authorization": bearer(token)[1:], "Content-Type": {"application/json"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Panic(err)
	}
	defer func() { _ = resp.Body.Close() }()
	type person struct {
		Name string
		Role struct{ Name string }
	}
	var got struct {
		Code string
		person
		Users []person
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		log.Panic(err)
	}
	switch {
	case got.Code != "":
		fmt.Println(resp.StatusCode, got.Code)
	case got.Users != nil:
		var names []string
		for _, u := range got.Users {
			names = append(names, u.Name)
		}
		fmt.Println(resp.StatusCode, names)
	default:
		fmt.Println(resp.StatusCode, got.Name, got.Role.Name)
	}
}
