package rest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
)

// login exchanges an address and a password for tokens. An unknown or suspended
// tenant gets the same response as a wrong password, after the same time. That the
// tenant is behind is revealed only with the right password: otherwise it would
// show that the tenant exists.
func (a *api) login(c echo.Context) error {
	var email, password string
	if err := readMembers(c, map[string]*string{"email": &email, "password": &password}, nil); err != nil {
		return err
	}
	t, err := a.target(c)
	if errors.Is(err, tenant.ErrUnknown) || errors.Is(err, tenant.ErrSuspended) {
		t, err = &tenant.Entry{}, nil
	}
	if err != nil {
		return err
	}
	grant, err := a.Accounts.Login(c.Request().Context(), auth.Attempt{
		Tenant: strings.Join(a.named(c), ","), ID: t.ID, Handle: t.Handle(), Email: email, Password: password, Client: clientOf(c),
	}, func() error { return a.admit(t) })
	if err != nil {
		return err
	}
	return sendGrant(c, grant)
}

// refresh exchanges a refresh token for new tokens.
func (a *api) refresh(c echo.Context) error {
	var token string
	if err := readMembers(c, map[string]*string{"refreshToken": &token}, nil); err != nil {
		return err
	}
	names := a.named(c)
	grant, err := a.Accounts.Refresh(c.Request().Context(), token, func(ctx context.Context, id bson.ObjectID) (store.Tenant, error) {
		t, err := a.Catalog.ResolveID(ctx, id)
		if err != nil {
			return store.Tenant{}, err
		}
		if slices.ContainsFunc(names, func(name string) bool { return name != t.Name }) {
			return store.Tenant{}, tenant.ErrUnknown
		}
		return t.Handle(), a.admit(t)
	})
	if err != nil {
		return err
	}
	return sendGrant(c, grant)
}

// sendGrant sends tokens; all responses of the API have no-store.
func sendGrant(c echo.Context, g *auth.Grant) error {
	return sendJSON(c, http.StatusOK, struct {
		Token        string `json:"token"`
		ExpiresIn    int    `json:"expiresIn"`
		RefreshToken string `json:"refreshToken"`
	}{g.Token, int(g.ExpiresIn.Seconds()), g.RefreshToken})
}

var errNoUser = refuse(http.StatusForbidden, "forbidden", "This token belongs to no user; log in first")

// logout ends the session of the request's token.
func (a *api) logout(c echo.Context) error {
	s := sessionOf(c)
	if s.actor.User.IsZero() {
		return errNoUser
	}
	if err := readEmpty(c); err != nil {
		return err
	}
	if err := a.Accounts.Logout(c.Request().Context(), s.tenant.ID, s.actor.User, s.actor.Session); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// changePassword replaces the bearer's own password. The new one is checked and
// hashed as in a PATCH of the user, once the current one has been verified.
func (a *api) changePassword(c echo.Context) error {
	s := sessionOf(c)
	if s.actor.User.IsZero() {
		return errNoUser
	}
	if err := a.Policy.Admit(s.actor); err != nil {
		return err
	}
	var current, next string
	if err := readMembers(c, map[string]*string{"current": &current, "new": &next}, nil); err != nil {
		return err
	}
	ctx := c.Request().Context()
	user, err := a.Accounts.CheckPassword(ctx, auth.Attempt{
		Tenant: s.tenant.Name, ID: s.tenant.ID, Handle: s.tenant.Handle(), Password: current, Client: clientOf(c),
	}, s.actor)
	if err != nil {
		return passwordProblem(err)
	}
	changes, err := readSecrets(func(h store.Hasher) (raw.Changes, error) {
		return a.Users.Collection().Codec.Patch(ctx, raw.Input{
			Body: append(wire.AppendJSONString([]byte(`{"password":`), next), '}'), Hasher: h,
			Approve: func([]string) error { return nil },
		})
	}, a.Passwords.For(s.tenant.ID), func(raw.Changes, *secrets) error {
		return auth.CheckNewPassword(user.Email, next, func() (bool, error) { return auth.SamePassword(current, next), nil })
	})
	if err != nil {
		return passwordProblem(err)
	}
	updated, err := a.Users.In(s.tenant.Handle()).Update(ctx, user.ID, changes, store.IfRev(user.Rev))
	if err != nil {
		return err
	}
	if err := a.Accounts.PasswordChanged(ctx, s.tenant.ID, updated, s.actor.Session); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// passwordProblem translates errors into terms of the request's own members.
func passwordProblem(err error) error {
	if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
		for i := range invalid.Fields {
			invalid.Fields[i].Pointer = "/new"
		}
	}
	if errors.Is(err, auth.ErrCredentials) {
		return &store.InvalidError{Fields: check.FieldErrors{{Pointer: "/current", Code: "mismatch", Message: "is not the password"}}}
	}
	return err
}

// readMembers reads a body of strings: the required members and the optional ones,
// which keep their value if they are not given.
func readMembers(c echo.Context, required, optional map[string]*string) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	r, err := wire.NewJSONReader(body)
	if err != nil {
		return err
	}
	r.Object(func(name string) bool {
		to, ok := required[name]
		if !ok {
			to, ok = optional[name]
		}
		if ok {
			*to = wire.Keep(r, *to, (*wire.JSONReader).String)
		}
		return ok
	}, slices.Sorted(maps.Keys(required))...)
	if len(r.Errors) > 0 {
		return &store.InvalidError{Fields: r.Errors}
	}
	return nil
}

// readEmpty refuses a body with content. Some clients send an empty object if there
// is nothing to send.
func readEmpty(c echo.Context) error {
	r := c.Request()
	if err := checkEncoding(c); err != nil {
		return err
	}
	if r.Header.Get(echo.HeaderContentType) != "" {
		if err := checkJSON(r.Method, r.Header); err != nil {
			return err
		}
	}
	body, err := readAll(c)
	if err != nil {
		return err
	}
	if text := strings.Join(strings.Fields(string(body)), ""); text != "" && text != "{}" {
		return errBodyUnexpected
	}
	return nil
}

func (a *api) openAPI(c echo.Context) error {
	return sendBlob(c, http.StatusOK, echo.MIMEApplicationJSON, a.OpenAPI)
}

// publicKeys sends the keys with which others can verify tokens.
func (a *api) publicKeys(c echo.Context) error {
	body, err := json.Marshal(map[string]any{"keys": a.Keys.Public()})
	if err != nil {
		return err
	}
	return sendBlob(c, http.StatusOK, "application/jwk-set+json", body)
}
