package rest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/labstack/echo/v4"
)

// exchange returns a request as handlers get it, and where its answer goes. Headers
// come in pairs.
func exchange(method, target, body string, headers ...string) (echo.Context, *httptest.ResponseRecorder) {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	return echo.New().NewContext(req, answer), answer
}

// done returns a handler that answers with 204.
func done(c echo.Context) error { return c.NoContent(http.StatusNoContent) }

// errGone is what a writer says whose client is gone.
var errGone = errors.New("the client is gone")

// gone is such a writer.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, errGone }
