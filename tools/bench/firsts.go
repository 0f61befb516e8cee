package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/tools/bench/internal/load"
)

// signUp asks a server to make another tenant.
func (c *tally) signUp(s *server.Server) preparation {
	return func() (func() error, error) {
		c.made++
		r := load.Request{
			Method: http.MethodPost, Path: "/admin/tenants", Want: http.StatusCreated, Body: fmt.Sprintf(`{"name":"signed-up-%d"}`, c.made),
			Header: map[string]string{"Authorization": "Bearer " + countedAdminToken, "Content-Type": "application/json"},
		}
		return func() error { _, _, err := c.clients.Do(s.AdminAddr().String(), r); return err }, nil
	}
}

// firstUser is a request for the first user of a tenant that the server has met.
func (c *tally) firstUser() (load.Request, error) {
	met, err := c.stranger()
	if err != nil {
		return met, err
	}
	if _, _, err := c.do(met); err != nil {
		return met, err
	}
	r := c.create()
	r.Header["Authorization"] = met.Header["Authorization"]
	return r, nil
}

// creation stores a user of another tenant, its first or the one after that.
func (c *tally) creation(again bool) preparation {
	return func() (func() error, error) {
		c.made++
		t, err := c.other.Provision(context.Background(), fmt.Sprintf("created-in-%d", c.made), tenant.DefaultCluster)
		if err != nil {
			return nil, err
		}
		create := func(address string) error {
			_, err := users.In(t.Handle()).Create(context.Background(), users.New{Name: "Ada", Email: address, Password: store.StoredSecret("none")})
			return err
		}
		if again {
			err = create("first@example.com")
		}
		return func() error { return create(countedAddress) }, err
	}
}
