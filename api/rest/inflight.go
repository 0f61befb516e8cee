package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// probePaths are asked by load balancers and supervisors, and cost nothing: they are
// answered however many requests there are, and no lines of the log.
var probePaths = map[string]bool{"/healthz": true, "/readyz": true}

// limitInFlight refuses requests beyond MaxInFlight at once: what waits takes memory, and is
// worth nothing once its client has given up.
func (a *api) limitInFlight(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if probePaths[c.Request().URL.Path] {
			return next(c)
		}
		defer a.inFlight.Add(-1)
		if a.inFlight.Add(1) > int64(a.MaxInFlight) {
			return refuse(http.StatusServiceUnavailable, "overloaded", "Too many requests are being answered; try again")
		}
		return next(c)
	}
}
