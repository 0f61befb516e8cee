package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// probePaths are requested by load balancers and supervisors: they are served
// regardless of load, and not logged.
var probePaths = map[string]bool{"/healthz": true, "/readyz": true}

// limitInFlight refuses requests beyond MaxInFlight at once: waiting requests take
// memory, and are of no use once their clients have given up.
func (a *api) limitInFlight(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if probePaths[c.Request().URL.Path] {
			return next(c)
		}
		defer a.inFlight.Add(-1)
		if a.inFlight.Add(1) > int64(a.MaxInFlight) {
			return refuseFor(retryDelay, http.StatusServiceUnavailable, "overloaded", "Too many requests are in flight; try again")
		}
		return next(c)
	}
}
