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

// requestID is what a client's own request id may look like; any other is
// replaced, since ids go into logs.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observe gives each request an id, and writes a line about it to the log: the
// path without the query, which may hold addresses.
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

// levelOf returns how much a request matters: what asks every few seconds says
// nothing new.
func levelOf(c echo.Context) slog.Level {
	switch path := c.Request().URL.Path; {
	case probePaths[path] || path == metricsPath:
		return slog.LevelDebug
	case c.Response().Status >= 500:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// attributes returns what the log is told about a request, and how it was answered.
func attributes(c echo.Context, id string, took time.Duration, err error) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("requestId", id),
		slog.String("method", c.Request().Method),
		slog.String("path", c.Request().URL.EscapedPath()),
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
		if !s.actor.User.IsZero() { // an operator's token is nobody's
			attrs = append(attrs, slog.String("user", s.actor.User.Hex()))
		}
	}
	if err != nil && c.Response().Status >= 500 {
		attrs = append(attrs, slog.Any("error", err))
	}
	return attrs
}

// maxStack is how much of a panic's stack the log gets, in bytes.
const maxStack = 4 << 10

// recoverPanics makes a panic an internal error, whatever was thrown: one with
// store.ErrNotFound is no answer to the client. The log gets the stack.
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
