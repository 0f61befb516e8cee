package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// AnyOrigin in Config.Origins allows pages of all origins.
const AnyOrigin = "*"

// What pages of other origins may send and read (the CORS protocol of the Fetch
// standard).
var (
	pagesMethods = strings.Join([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, ", ")
	pagesHeaders = strings.Join([]string{
		echo.HeaderAuthorization, echo.HeaderContentType, headerTenant, headerIfMatch, headerIfNoneMatch, echo.HeaderXRequestID,
	}, ", ")
	pagesSee = strings.Join([]string{headerETag, echo.HeaderLocation, headerLink, echo.HeaderXRequestID, echo.HeaderRetryAfter}, ", ")
)

// preflightAge is how long browsers may cache a preflight response.
const preflightAge = 10 * time.Minute

// crossOrigin allows pages of the origins to call the API from browsers. Other
// clients get the same responses; browsers withhold them from other pages. It comes
// before refusals, so that pages can read the reason.
func crossOrigin(origins []string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			asked, h := c.Request().Header, c.Response().Header()
			h.Add(echo.HeaderVary, echo.HeaderOrigin)
			origin := asked.Get(echo.HeaderOrigin)
			switch {
			case origin == "":
				return next(c)
			case slices.Contains(origins, origin):
				h.Set(echo.HeaderAccessControlAllowOrigin, origin)
			case slices.Contains(origins, AnyOrigin):
				h.Set(echo.HeaderAccessControlAllowOrigin, AnyOrigin)
			default:
				return next(c)
			}
			if c.Request().Method != http.MethodOptions || asked.Get(echo.HeaderAccessControlRequestMethod) == "" {
				h.Set(echo.HeaderAccessControlExposeHeaders, pagesSee)
				return next(c)
			}
			h.Set(echo.HeaderAccessControlAllowMethods, pagesMethods)
			h.Set(echo.HeaderAccessControlAllowHeaders, pagesHeaders)
			h.Set(echo.HeaderAccessControlMaxAge, strconv.Itoa(int(preflightAge.Seconds())))
			return c.NoContent(http.StatusNoContent)
		}
	}
}
