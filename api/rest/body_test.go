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
