package rest

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestPreflights are answered without a look at what they ask for; what only looks like
// one is not.
func TestPreflights(t *testing.T) {
	t.Parallel()
	const page, other = "https://app.example", "https://other.example"
	for name, test := range map[string]struct {
		origins        []string
		method, origin string
		asks           string
		passes         bool
		allowed, sees  string
	}{
		"a preflight":                {[]string{page}, "OPTIONS", page, "PATCH", false, page, ""},
		"a preflight, of any page":   {[]string{AnyOrigin}, "OPTIONS", page, "PATCH", false, "*", ""},
		"of one that is named, too":  {[]string{AnyOrigin, page}, "OPTIONS", page, "PATCH", false, page, ""},
		"a question":                 {[]string{page}, "OPTIONS", page, "", true, page, pagesSee},
		"a request that asks":        {[]string{page}, "GET", page, "PATCH", true, page, pagesSee},
		"a request":                  {[]string{page}, "GET", page, "", true, page, pagesSee},
		"a preflight of another":     {[]string{page}, "OPTIONS", other, "PATCH", true, "", ""},
		"a request of another":       {[]string{page}, "GET", other, "", true, "", ""},
		"a request of no page":       {[]string{page}, "GET", "", "", true, "", ""},
		"a preflight of no page":     {[]string{AnyOrigin}, "OPTIONS", "", "PATCH", true, "", ""},
		"a page that is called star": {[]string{page}, "GET", AnyOrigin, "", true, "", ""},
	} {
		c, answer := exchange(test.method, "/", "", echo.HeaderOrigin, test.origin, echo.HeaderAccessControlRequestMethod, test.asks)
		passed := false
		err := crossOrigin(test.origins)(func(echo.Context) error { passed = true; return errNoTenant })(c)
		h := answer.Header()
		if passed != test.passes || (err == nil) != !test.passes || h.Get(echo.HeaderVary) != "Origin" ||
			h.Get(echo.HeaderAccessControlAllowOrigin) != test.allowed || h.Get(echo.HeaderAccessControlExposeHeaders) != test.sees {
			t.Errorf("%s: passed %v, %v, %v", name, passed, err, h)
		}
		if preflight := h.Get(echo.HeaderAccessControlMaxAge) == "600" && h.Get(echo.HeaderAccessControlAllowMethods) == pagesMethods &&
			h.Get(echo.HeaderAccessControlAllowHeaders) == pagesHeaders && answer.Code == http.StatusNoContent; preflight == test.passes {
			t.Errorf("%s: %d %v", name, answer.Code, h)
		}
	}
}
