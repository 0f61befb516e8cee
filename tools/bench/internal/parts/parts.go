// Package parts serves lists with the product's exported parts under an echo
// without middleware: generated code and runtime as the product's own list
// handler uses them, but for its limit of 200 documents a page, and with or
// without authentication.
package parts

import (
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// Config is what lists are served with.
type Config struct {
	Catalog  *tenant.Catalog
	Accounts *auth.Accounts
	Tokens   *auth.Tokens
	Policy   *auth.Policy
}

type server struct {
	Config
	users runtime.Collection
}

// New serves /api/users to bearers of tokens, and /open/api/users to anybody.
func New(cfg Config) *echo.Echo {
	s := &server{cfg, users.Collection()}
	e := echo.New()
	e.GET("/api/users", s.list, s.authenticate)
	e.GET("/open/api/users", s.list, s.unauthenticated)
	return e
}

const handleKey = "handle"

// authenticate does what the product's middleware does of the kind.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		const scheme = len("Bearer ")
		header := c.Request().Header.Get(echo.HeaderAuthorization)
		if len(header) < scheme {
			return echo.ErrUnauthorized
		}
		who, err := s.Tokens.Verify(header[scheme:])
		if err != nil {
			return err
		}
		ctx := c.Request().Context()
		t, err := s.Catalog.ResolveID(ctx, who.Tenant)
		if err != nil {
			return err
		}
		actor, err := s.Accounts.Actor(ctx, t.Handle(), who)
		if err != nil {
			return err
		}
		if err := s.Policy.Allow(actor, s.users.Access.Read); err != nil {
			return err
		}
		c.Set(handleKey, t.Handle())
		return next(c)
	}
}

// unauthenticated takes the tenant from the query.
func (s *server) unauthenticated(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := bson.ObjectIDFromHex(c.QueryParam("tenant"))
		if err != nil {
			return err
		}
		t, err := s.Catalog.ResolveID(c.Request().Context(), id)
		if err != nil {
			return err
		}
		c.Set(handleKey, t.Handle())
		return next(c)
	}
}

// buffers and longest are the product's.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

const longest = 1 << 20

// list answers with all users.
func (s *server) list(c echo.Context) error {
	buf := buffers.Get().(*[]byte)
	dst := append((*buf)[:0], `{"message":"Users found successfully","users":[`...)
	first := len(dst)
	docs := runtime.In(c.Get(handleKey).(store.Tenant), &s.users)
	reader := wire.NewReader(nil)
	err := docs.Stream(c.Request().Context(), runtime.Selection{}, func(doc bson.Raw) error {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		reader.Reset(doc)
		dst = s.users.Codec.JSON(reader, dst)
		return reader.Err()
	})
	if cap(dst) <= longest {
		*buf = dst
		defer buffers.Put(buf)
	}
	if err != nil {
		return err
	}
	dst = append(dst, "]}"...)
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, dst)
}
