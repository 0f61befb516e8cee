package rest

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// requestID matches acceptable ids from clients; others are replaced, since ids are
// logged.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observe gives each request an id and logs it: the path without the query, which
// may contain addresses.
func (a *api) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !requestID.MatchString(id) {
			id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		a.Log.LogAttrs(c.Request().Context(), levelOf(c), "request", attributes(c, id, time.Since(start), err)...)
		return nil
	}
}

// levelOf returns the log level of a request: requests that arrive every few
// seconds are at debug.
func levelOf(c echo.Context) slog.Level {
	switch path := c.Request().URL.Path; {
	case probePaths[path] || path == metricsPath:
		return slog.LevelDebug
	case c.Response().Status >= 500:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// attributes returns the log attributes of a request and its response.
func attributes(c echo.Context, id string, took time.Duration, err error) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("requestId", id),
		slog.String("method", c.Request().Method),
		slog.String("path", pathOf(c)),
		slog.String("client", c.RealIP()),
		slog.Int("status", c.Response().Status),
		slog.Int64("bytes", c.Response().Size),
		slog.Float64("tookMs", float64(took.Microseconds())/1000),
	}
	if code, ok := c.Get(problemKey).(string); ok {
		attrs = append(attrs, slog.String("code", code))
	}
	if s := sessionOf(c); s != nil {
		attrs = append(attrs, slog.String("tenant", s.tenant.Name))
		if !s.actor.User.IsZero() { // an operator's token has no user
			attrs = append(attrs, slog.String("user", s.actor.User.Hex()))
		}
	}
	if err != nil && c.Response().Status >= 500 {
		attrs = append(attrs, slog.Any("error", err))
	}
	return attrs
}

// maxStack is how much of a panic's stack is logged, in bytes.
const maxStack = 4 << 10

// recoverPanics turns a panic into an internal error, whatever its value is: a
// panic with store.ErrNotFound must not become a 404. The stack is logged.
func (a *api) recoverPanics() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		StackSize: maxStack, DisableStackAll: true, DisableErrorHandler: true,
		LogErrorFunc: func(c echo.Context, thrown error, stack []byte) error {
			a.Log.ErrorContext(c.Request().Context(), "a handler panicked",
				"requestId", c.Response().Header().Get(echo.HeaderXRequestID), "stack", string(stack))
			return errors.New("panic: " + thrown.Error())
		},
	})
}
