package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

func (b *bench) commandSection() (s report.Section, err error) {
	s = report.Section{
		Title: "Commands",
		Text: "How many commands each request costs, counted at the database's socket. The whole server answers over HTTP, for a user who logged in before, and is asked the same once before the request that is counted. " +
			"The database is the tests' scripted server, which takes commands as a member of a replica set does and stores what it is given; so these are numbers of commands, and say nothing of time. " +
			"A sign-up is a request to the operators' API, whose peer is the same server with `EAGER_COLLECTIONS`, which makes everything with the tenant. `Create` is the repository's, which HTTP calls after it has looked whether a unique key is taken.",
	}
	c, err := b.openCounted()
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	for _, o := range c.operations() {
		row, err := c.count(o)
		if err != nil {
			return s, fmt.Errorf("%s: %w", o.what, err)
		}
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

// tally is a server whose commands are counted.
type tally struct {
	database *scripted.Server
	server   *server.Server
	// eager is another one, which makes everything with a tenant.
	eager *server.Server
	// other makes tenants as another process would, so that the server has not met
	// them.
	other   *operator
	served  chan error
	stop    context.CancelFunc
	clients *load.Clients
	tokens  *auth.Tokens
	// token is a user's, and refresh what it is renewed with.
	token, refresh string
	// made counts tenants and users, which need names of their own.
	made int
}

const (
	countedTenant   = "counted"
	countedAddress  = "ada@example.com"
	countedPassword = "correct horse battery"
	// countedAdminToken is for the operators' API of this run alone.
	countedAdminToken = "for counted requests only"
)

func (b *bench) openCounted() (c *tally, err error) {
	keys, err := auth.ParseKeys(b.keys)
	if err != nil {
		return nil, err
	}
	c = &tally{clients: load.New(1), tokens: auth.NewTokens(keys), served: make(chan error, 2)}
	if c.database, err = scripted.New(scripted.ReplicaSet()); err != nil {
		return nil, err
	}
	if err := c.open(b.keys); err != nil {
		c.database.Close()
		return nil, err
	}
	var ctx context.Context
	ctx, c.stop = context.WithCancel(context.Background())
	for _, s := range []*server.Server{c.server, c.eager} {
		go func() { c.served <- s.Serve(ctx) }()
	}
	if err := c.furnish(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// open makes the servers, and whoever else makes tenants.
func (c *tally) open(keys string) (err error) {
	cfg := server.Defaults()
	cfg.MongoURI, cfg.AdminDB, cfg.AuthKeys, cfg.Addr = c.database.URI(), adminDB, keys, "127.0.0.1:0"
	cfg.AdminAddr, cfg.AdminToken = "127.0.0.1:0", countedAdminToken
	cfg.TenantCacheTTL, cfg.DrainDelay = cacheTTL, 0
	app := server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy, Migrations: migrations.Files}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if c.server, err = server.New(context.Background(), cfg, app, log); err != nil {
		return err
	}
	cfg.Eager = true
	if c.eager, err = server.New(context.Background(), cfg, app, log); err != nil {
		c.server.Close()
		return err
	}
	c.other, err = newOperator(c.database.URI(), adminDB, fleet.Config{Migrations: migrations.Files})
	return err
}

func (c *tally) close() error {
	c.clients.Close()
	c.stop()
	err := errors.Join(<-c.served, <-c.served, c.other.close())
	c.database.Close()
	return err
}

// furnish makes a tenant whose first user may do everything, and logs in.
func (c *tally) furnish() error {
	t, err := c.other.Provision(context.Background(), countedTenant, tenant.DefaultCluster)
	if err != nil {
		return err
	}
	hash, err := auth.NewPasswords().Hash(context.Background(), countedPassword)
	if err != nil {
		return err
	}
	role := store.Some(users.Role{Name: users.RoleNameSuper})
	_, err = users.In(t.Handle()).Create(context.Background(), users.New{Name: "Ada", Email: countedAddress, Password: hash, Role: role})
	if err != nil {
		return err
	}
	return c.login(c.loginRequest())
}

func (c *tally) do(r load.Request) ([]byte, http.Header, error) {
	return c.clients.Do(c.server.Addr().String(), r)
}

// login keeps the tokens that a login, or a refresh, answers with.
func (c *tally) login(r load.Request) error {
	body, _, err := c.do(r)
	if err != nil {
		return err
	}
	var answer struct{ Token, RefreshToken string }
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	c.token, c.refresh = answer.Token, answer.RefreshToken
	return nil
}

func (c *tally) request(method, path, body string, want int) load.Request {
	r := load.Request{Method: method, Path: path, Body: body, Want: want, Header: map[string]string{"Authorization": "Bearer " + c.token}}
	if body != "" {
		r.Header["Content-Type"] = "application/json"
	}
	return r
}

func (c *tally) loginRequest() load.Request {
	return load.Request{
		Method: http.MethodPost, Path: "/api/login", Want: http.StatusOK,
		Header: map[string]string{"Content-Type": "application/json", "X-Tenant": countedTenant},
		Body:   fmt.Sprintf(`{"email":%q,"password":%q}`, countedAddress, countedPassword),
	}
}

func (c *tally) operations() []operation {
	simple := func(r func() (load.Request, error)) preparation {
		return func() (func() error, error) {
			request, err := r()
			return func() error { _, _, err := c.do(request); return err }, err
		}
	}
	return []operation{
		{what: "`GET /api/users`", most: 1, prepare: simple(func() (load.Request, error) { return c.request(http.MethodGet, "/api/users", "", http.StatusOK), nil })},
		{what: "`GET /api/users/{id}`", most: 1, prepare: simple(c.onUser(http.MethodGet, "", http.StatusOK))},
		{what: "`POST /api/users`, looked for before its password is hashed", most: 2, prepare: simple(func() (load.Request, error) { return c.create(), nil })},
		{what: "`PATCH /api/users/{id}`, a name", most: 1, prepare: simple(c.onUser(http.MethodPatch, `{"name":"Augusta"}`, http.StatusOK))},
		{what: "`DELETE /api/users/{id}`, which a rule reads first", most: 2, prepare: simple(c.onUser(http.MethodDelete, "", http.StatusNoContent))},
		{what: "`POST /api/login`", most: 3, prepare: func() (func() error, error) {
			return func() error { return c.login(c.loginRequest()) }, nil
		}},
		{what: "`POST /api/refresh`", most: 2, prepare: func() (func() error, error) {
			body := fmt.Sprintf(`{"refreshToken":%q}`, c.refresh)
			return func() error { return c.login(c.request(http.MethodPost, "/api/refresh", body, http.StatusOK)) }, nil
		}},
		{what: "`GET /api/users` of a tenant that is not cached", most: 2, prepare: simple(c.stranger)},
		{what: "a sign-up, `POST /admin/tenants`", most: 2, prepare: c.signUp(c.server), peer: c.signUp(c.eager)},
		{what: "the first document of a collection, `POST /api/users`", most: 4, prepare: simple(c.firstUser)},
		{what: "the first document of a collection, `Create`", most: 3, prepare: c.creation(false)},
		{what: "every further one, `Create`", most: 1, prepare: c.creation(true)},
	}
}

// create is a request for another user, whom nobody met yet.
func (c *tally) create() load.Request {
	c.made++
	body := fmt.Sprintf(`{"name":"Grace","email":"grace%d@example.com","password":%q}`, c.made, countedPassword)
	return c.request(http.MethodPost, "/api/users", body, http.StatusCreated)
}

// onUser is a request about a user who was just made.
func (c *tally) onUser(method, body string, want int) func() (load.Request, error) {
	return func() (load.Request, error) {
		_, header, err := c.do(c.create())
		if err != nil {
			return load.Request{}, err
		}
		path := header.Get("Location")
		if _, header, err = c.do(c.request(http.MethodGet, path, "", http.StatusOK)); err != nil {
			return load.Request{}, err
		}
		r := c.request(method, path, body, want)
		if method != http.MethodGet {
			r.Header["If-Match"] = header.Get("ETag")
		}
		return r, nil
	}
}

// stranger is a request to a tenant that the server has not met. It was made by
// somebody else, with an operator's token.
func (c *tally) stranger() (load.Request, error) {
	c.made++
	t, err := c.other.Provision(context.Background(), fmt.Sprintf("stranger-%d", c.made), tenant.DefaultCluster)
	if err != nil {
		return load.Request{}, err
	}
	token, err := c.tokens.Issue(auth.Identity{Tenant: t.ID, Permissions: []string{"read", "write"}, Expires: time.Now().Add(time.Hour)})
	r := c.request(http.MethodGet, "/api/users", "", http.StatusOK)
	r.Header["Authorization"] = "Bearer " + token
	return r, err
}
