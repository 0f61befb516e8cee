package rest

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// labelOf returns what a request's host has before a base domain, in lower case, and whether it is below one. Any other host
// names no tenant. What is returned may be no tenant's name: a tenant is one label.
func labelOf(host string, bases []string) (label string, below bool) {
	host, _, _ = strings.Cut(host, ":") // before the port; an IPv6 address is below no domain
	host = lower(strings.TrimSuffix(host, "."))
	for _, base := range bases {
		if label, below = strings.CutSuffix(host, "."+base); below {
			return label, true
		}
	}
	return "", false
}

// lower returns text with the letters A to Z in lower case. Others stay, since some of them have one of a to z as their lower
// case.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// oneHost refuses a request of HTTP/2 whose Host is not its :authority (RFC 9113, section 8.3.1): a proxy may have read the
// other one. With HTTP/1.1, net/http refuses a second Host, and leaves none in the headers.
func oneHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		for _, host := range r.Header.Values("Host") {
			if host != r.Host {
				return refuse(http.StatusBadRequest, "header_invalid", "The header Host is not the :authority; send one of them")
			}
		}
		return next(c)
	}
}
