package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/auth"
)

// TestAnswers has a row for each answer that a handler of one's own can give, and for
// each that it cannot.
func TestAnswers(t *testing.T) {
	t.Parallel()
	both, status := "a handler answers with status %d and a body; leave out one of them", "a handler answers with status %d; write 200 to 399, or return rest.Refuse as the error"
	for name, test := range map[string]struct {
		answer Response
		code   int
		want   string // the body, or the error
	}{
		"nothing":              {Response{}, 204, ""},
		"a body":               {Response{Body: "x"}, 200, `"x"`},
		"the least status":     {Response{Status: 200}, 200, ""},
		"the greatest":         {Response{Status: 399, Body: 1}, 399, "1"},
		"another":              {Response{Status: 202, Body: []int{}}, 202, "[]"},
		"reset, without":       {Response{Status: 205}, 205, ""},
		"no content, with one": {Response{Status: 204, Body: 1}, 0, fmt.Sprintf(both, 204)},
		"reset, with one":      {Response{Status: 205, Body: 1}, 0, fmt.Sprintf(both, 205)},
		"unchanged, with one":  {Response{Status: 304, Body: 1}, 0, fmt.Sprintf(both, 304)},
		"unchanged":            {Response{Status: 304}, 304, ""},
		"below":                {Response{Status: 199}, 0, fmt.Sprintf(status, 199)},
		"above":                {Response{Status: 400, Body: 1}, 0, fmt.Sprintf(status, 400)},
		"no JSON":              {Response{Body: func() {}}, 0, "a handler's answer has no JSON form: json: unsupported type: func()"},
	} {
		c, answer := exchange(http.MethodGet, "/", "")
		test.answer.Header = http.Header{"x-own": {"1", "2"}}
		got, sent := "", answer.Header()
		if err := test.answer.send(c); err != nil {
			got = err.Error()
			if c.Response().Committed || len(sent) > 0 {
				t.Errorf("%s: something is on its way: %v", name, sent)
			}
		} else {
			got = answer.Body.String()
			if answer.Code != test.code || strings.Join(sent["X-Own"], " ") != "1 2" || (got == "") != (sent.Get(echo.HeaderContentLength) == "") {
				t.Errorf("%s: %d %v", name, answer.Code, sent)
			}
			if got != "" && sent.Get(echo.HeaderContentType) != "application/json" {
				t.Errorf("%s: it is %s", name, sent.Get(echo.HeaderContentType))
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// TestWhoIsGone is told to whatever stands around a handler.
func TestWhoIsGone(t *testing.T) {
	t.Parallel()
	keys, err := auth.ParseKeys("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
	if err != nil {
		t.Fatal(err)
	}
	a := &api{Config: Config{OpenAPI: []byte("{}"), Keys: keys, Ready: func() error { return nil }}}
	for name, handle := range map[string]echo.HandlerFunc{
		"health":  alive,
		"ready":   a.ready,
		"OpenAPI": a.openAPI,
		"keys":    a.publicKeys,
		"tokens":  func(c echo.Context) error { return sendGrant(c, &auth.Grant{}) },
		"own":     func(c echo.Context) error { return (&Response{Body: 1}).send(c) },
		"a document": func(c echo.Context) error {
			return stream(c, http.StatusOK, func(dst []byte) ([]byte, error) { return append(dst, '1'), nil })
		},
	} {
		c, _ := exchange(http.MethodGet, "/", "")
		c.Response().Writer = gone{c.Response().Writer}
		if err := handle(c); !errors.Is(err, errGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, answer := exchange(http.MethodGet, "/", "")
	if err := sendJSON(c, http.StatusOK, func() {}); err == nil || c.Response().Committed {
		t.Errorf("what is no JSON is answered with %d", answer.Code)
	}
}

// TestReplies are written to memory that is used again, but for the longest.
func TestReplies(t *testing.T) {
	for _, n := range []int{1, maxPooled, maxPooled + 1, 10} {
		text := strings.Repeat("x", n)
		for range 3 {
			c, answer := exchange(http.MethodGet, "/", "")
			err := stream(c, http.StatusAccepted, func(dst []byte) ([]byte, error) {
				if len(dst) > 0 || cap(dst) > maxPooled {
					t.Errorf("%d bytes are there, and room for %d", len(dst), cap(dst))
				}
				return append(dst, text...), nil
			})
			if err != nil || answer.Code != http.StatusAccepted || answer.Body.String() != text || answer.Header().Get(echo.HeaderContentLength) != fmt.Sprint(n) {
				t.Errorf("%d bytes: %v, %d of %d", n, err, answer.Code, answer.Body.Len())
			}
		}
	}
	c, answer := exchange(http.MethodGet, "/", "")
	if err := stream(c, http.StatusOK, func(dst []byte) ([]byte, error) { return dst, errGone }); !errors.Is(err, errGone) || c.Response().Committed {
		t.Errorf("%v, %d", err, answer.Code)
	}
}
