package rest

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// uniqueHeaderNames are headers that may appear only once. Of two copies, a proxy
// may have read the other one.
var uniqueHeaderNames = []string{echo.HeaderAuthorization, echo.HeaderContentType, headerTenant, echo.HeaderOrigin}

// uniqueHeaders refuses requests with two copies of such a header.
func uniqueHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		for _, name := range uniqueHeaderNames {
			if len(c.Request().Header.Values(name)) > 1 {
				return refuse(http.StatusBadRequest, "header_invalid", "The header "+name+" is given twice; send it once")
			}
		}
		return next(c)
	}
}
