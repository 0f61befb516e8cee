package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/labstack/echo/v4"
)

// TestBodiesThatBreakOff are told from each other by why they do.
func TestBodiesThatBreakOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  error
		want *problem
	}{
		"a client that is gone":   {io.ErrUnexpectedEOF, errBodyBroken},
		"one that sends no more":  {fmt.Errorf("read: %w", os.ErrDeadlineExceeded), errBodyTimeout},
		"one that sends too much": {&http.MaxBytesError{Limit: maxBody}, errBodyTooLarge},
	} {
		body := io.MultiReader(strings.NewReader(`{"name":`), iotest.ErrReader(test.end))
		c := echo.New().NewContext(httptest.NewRequest(http.MethodPost, "/", body), httptest.NewRecorder())
		if _, err := readAll(c); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// said returns the code of a refusal, "" for none.
func said(err error) string {
	var p *problem
	switch {
	case err == nil:
		return ""
	case errors.As(err, &p):
		return p.Code
	}
	return err.Error()
}

// TestBodiesAreTaken has a row for each length that a body can have, and say that it
// has: -1 is one that comes in chunks.
func TestBodiesAreTaken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		methods string
		length  int64
		body    string
		want    string
	}{
		{"GET HEAD DELETE", 0, "", ""},
		{"GET HEAD DELETE", -1, "", ""},
		{"GET HEAD DELETE", 1, "x", "body_unexpected"},
		{"GET HEAD DELETE", -1, "x", "body_unexpected"},
		{"POST PUT PATCH", 0, "", ""},
		{"POST PUT PATCH", -1, "x", ""},
		{"POST PUT PATCH", 1, "x", ""},
		{"POST PUT PATCH", maxBody, strings.Repeat("x", maxBody), ""},
		{"POST PUT PATCH", -1, strings.Repeat("x", maxBody), ""},
		{"POST PUT PATCH", maxBody + 1, "", "body_too_large"},
		{"POST PUT PATCH", -1, strings.Repeat("x", maxBody+1), "body_too_large"},
	} {
		for method := range strings.FieldsSeq(test.methods) {
			c, _ := exchange(method, "/", test.body)
			c.Request().ContentLength = test.length
			read := ""
			err := limitBody(func(c echo.Context) error {
				body, err := readAll(c)
				read = string(body)
				return err
			})(c)
			if said(err) != test.want {
				t.Errorf("%s of %d bytes: %v, want %s", method, test.length, err, test.want)
			}
			if err == nil && read != test.body {
				t.Errorf("%s of %d bytes: %d are read", method, test.length, len(read))
			}
		}
	}
}

// TestBodiesSayWhatTheyAre has a row for each thing that a body's headers can say, for
// one that is needed and for one that says nothing.
func TestBodiesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	const json, encoding = "application/json", echo.HeaderContentEncoding
	for name, test := range map[string]struct {
		method, body string
		headers      []string
		read, none   string // what comes of readBody and of readEmpty
	}{
		"JSON":                   {"POST", "{}", []string{"Content-Type", json}, "", ""},
		"JSON in UTF-8":          {"POST", " { } ", []string{"Content-Type", json + "; charset=UTF-8"}, "", ""},
		"JSON, with other words": {"POST", "{}", []string{"Content-Type", json + "; version=1"}, "", ""},
		"JSON that is something": {"POST", `{"a":1}`, []string{"Content-Type", json}, "", "body_unexpected"},
		"an array":               {"POST", `[]`, []string{"Content-Type", json}, "", "body_unexpected"},
		"another charset":        {"POST", "{}", []string{"Content-Type", json + "; charset=latin1"}, "Send JSON in UTF-8", "Send JSON in UTF-8"},
		"no charset":             {"POST", "{}", []string{"Content-Type", json + "; charset="}, "Send JSON, with", "Send JSON, with"},
		"text":                   {"POST", "{}", []string{"Content-Type", "text/json"}, "Send JSON, with", "Send JSON, with"},
		"a merge patch":          {"PATCH", "{}", []string{"Content-Type", mergePatch}, "", ""},
		"a merge patch, posted":  {"POST", "{}", []string{"Content-Type", mergePatch}, "Send JSON, with", "Send JSON, with"},
		"JSON, to patch":         {"PATCH", "{}", []string{"Content-Type", json}, "", ""},
		"nothing said":           {"POST", "{}", nil, "Send JSON, with", ""},
		"nothing at all":         {"POST", "", nil, "Send JSON, with", ""},
		"something, not said":    {"POST", "x", nil, "Send JSON, with", "body_unexpected"},
		"as it is":               {"POST", "{}", []string{"Content-Type", json, encoding, "identity"}, "", ""},
		"as it is, in capitals":  {"POST", "{}", []string{"Content-Type", json, encoding, " , Identity ,"}, "", ""},
		"compressed":             {"POST", "{}", []string{"Content-Type", json, encoding, "gzip"}, "Send the body without Content-Encoding", "Send the body without Content-Encoding"},
		"compressed, at last":    {"POST", "{}", []string{"Content-Type", json, encoding, "identity", encoding, "identity, br"}, "Send the body without Content-Encoding", "Send the body without Content-Encoding"},
		"too long":               {"POST", "xx", []string{"Content-Type", json}, "body_too_large", "body_too_large"},
	} {
		for want, read := range map[*string]func(echo.Context) error{
			&test.read: func(c echo.Context) error { _, err := readBody(c); return err },
			&test.none: readEmpty,
		} {
			c, answer := exchange(test.method, "/", test.body, test.headers...)
			if name == "too long" {
				c.Request().Body = http.MaxBytesReader(answer, c.Request().Body, 1)
			}
			err := read(c)
			if (err == nil) != (*want == "") || err != nil && !strings.Contains(err.Error(), *want) {
				t.Errorf("%s: %v, want %s", name, err, *want)
			}
			compressed := strings.HasPrefix(name, "compressed")
			if got := answer.Header().Get(echo.HeaderAcceptEncoding); (got == "identity") != compressed || compressed && said(err) != "unsupported_media_type" {
				t.Errorf("%s: %v, taken is %q", name, err, got)
			}
		}
	}
}
