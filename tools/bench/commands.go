package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
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
			"The database is the tests' scripted server, which takes commands as a member of a replica set does and stores what it is given; so these are numbers of commands, and say nothing of time.",
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
)

func (b *bench) openCounted() (c *tally, err error) {
	keys, err := auth.ParseKeys(b.keys)
	if err != nil {
		return nil, err
	}
	c = &tally{clients: load.New(1), tokens: auth.NewTokens(keys), served: make(chan error, 1)}
	if c.database, err = scripted.New(scripted.ReplicaSet()); err != nil {
		return nil, err
	}
	if err := c.open(b.keys); err != nil {
		c.database.Close()
		return nil, err
	}
	var ctx context.Context
	ctx, c.stop = context.WithCancel(context.Background())
	go func() { c.served <- c.server.Serve(ctx) }()
	if err := c.furnish(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// open makes the server, and whoever else makes tenants.
func (c *tally) open(keys string) (err error) {
	cfg := server.Defaults()
	cfg.MongoURI, cfg.AdminDB, cfg.AuthKeys, cfg.Addr = c.database.URI(), adminDB, keys, "127.0.0.1:0"
	cfg.TenantCacheTTL, cfg.DrainDelay = cacheTTL, 0
	app := server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy, Migrations: migrations.Files}
	if c.server, err = server.New(context.Background(), cfg, app, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
		return err
	}
	c.other, err = newOperator(c.database.URI(), adminDB, fleet.Config{Migrations: migrations.Files})
	return err
}

func (c *tally) close() error {
	c.clients.Close()
	c.stop()
	err := errors.Join(<-c.served, c.other.close())
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

// operation is a request that may take most commands.
type operation struct {
	what string
	most int
	// prepare makes ready what is asked, ask asks it.
	prepare func() (ask func() error, err error)
}

func (c *tally) operations() []operation {
	simple := func(r func() (load.Request, error)) func() (func() error, error) {
		return func() (func() error, error) {
			request, err := r()
			return func() error { _, _, err := c.do(request); return err }, err
		}
	}
	return []operation{
		{"`GET /api/users`", 1, simple(func() (load.Request, error) { return c.request(http.MethodGet, "/api/users", "", http.StatusOK), nil })},
		{"`GET /api/users/{id}`", 1, simple(c.onUser(http.MethodGet, "", http.StatusOK))},
		{"`POST /api/users`, looked for before its password is hashed", 2, simple(func() (load.Request, error) { return c.create(), nil })},
		{"`PATCH /api/users/{id}`, a name", 1, simple(c.onUser(http.MethodPatch, `{"name":"Augusta"}`, http.StatusOK))},
		{"`DELETE /api/users/{id}`, which a rule reads first", 2, simple(c.onUser(http.MethodDelete, "", http.StatusNoContent))},
		{"`POST /api/login`", 3, func() (func() error, error) {
			return func() error { return c.login(c.loginRequest()) }, nil
		}},
		{"`POST /api/refresh`", 2, func() (func() error, error) {
			body := fmt.Sprintf(`{"refreshToken":%q}`, c.refresh)
			return func() error { return c.login(c.request(http.MethodPost, "/api/refresh", body, http.StatusOK)) }, nil
		}},
		{"`GET /api/users` of a tenant that is not cached", 2, simple(c.stranger)},
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
	token, err := c.tokens.Issue(auth.Identity{Tenant: t.ID, Permissions: []string{"read"}, Expires: time.Now().Add(time.Hour)})
	r := c.request(http.MethodGet, "/api/users", "", http.StatusOK)
	r.Header["Authorization"] = "Bearer " + token
	return r, err
}

// count asks once for what may be remembered, and counts what the second costs.
func (c *tally) count(o operation) (report.Row, error) {
	for range 2 {
		ask, err := o.prepare()
		if err != nil {
			return report.Row{}, err
		}
		c.database.Reset()
		if err := ask(); err != nil {
			return report.Row{}, err
		}
	}
	var sent, behind []string
	for _, command := range c.database.Commands() {
		text := command.Name + " " + command.Collection
		if command.Name == "listIndexes" {
			// The server looks after unique indexes, every ten minutes, while no request waits.
			behind = append(behind, text)
			continue
		}
		sent = append(sent, text)
	}
	ours := fmt.Sprintf("%d: %s", len(sent), strings.Join(sent, ", "))
	if len(behind) > 0 {
		ours += "; behind it " + strings.Join(behind, ", ")
	}
	return report.Bound(o.what, ours, fmt.Sprintf("≤ %d", o.most), len(sent) <= o.most), nil
}
