package rest

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/tenant"
)

// TestLinesOfTheLog has a row for each kind of request: the line about it, but for how
// long it took.
func TestLinesOfTheLog(t *testing.T) {
	t.Parallel()
	user := bson.NewObjectID()
	of := func(user bson.ObjectID, then error) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set(sessionKey, &session{tenant: &tenant.Entry{Name: "one"}, actor: &auth.Actor{User: user}})
			if then != nil {
				return then
			}
			return done(c)
		}
	}
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		target, id string
		next       echo.HandlerFunc
		want       string
	}{
		"a request":              {"/a%20b?email=x", "r-1.A_z", done, `INFO requestId=r-1.A_z path=/a%20b status=204 bytes=0`},
		"a probe":                {"/healthz", "r", done, `DEBUG requestId=r path=/healthz status=204 bytes=0`},
		"another probe":          {"/readyz", "r", done, `DEBUG requestId=r path=/readyz status=204 bytes=0`},
		"a scrape":               {"/metrics", "r", done, `DEBUG requestId=r path=/metrics status=204 bytes=0`},
		"a probe that fails":     {"/readyz", "r", func(echo.Context) error { return notReady(broken) }, `DEBUG requestId=r path=/readyz status=503 bytes=191 code=not_ready error="not_ready: Requests cannot be served: broken"`},
		"a failure":              {"/a", "r", func(echo.Context) error { return broken }, `ERROR requestId=r path=/a status=500 bytes=176 code=internal error=broken`},
		"a failure that is told": {"/a", "r", func(c echo.Context) error { return c.NoContent(500) }, `ERROR requestId=r path=/a status=500 bytes=0`},
		"nothing":                {"/a", "r", func(echo.Context) error { return nil }, `INFO requestId=r path=/a status=0 bytes=0`},
		"a refusal":              {"/a", "r", func(echo.Context) error { return errNoTenant }, `INFO requestId=r path=/a status=400 bytes=160 code=tenant_missing`},
		"a user's":               {"/a", "r", of(user, nil), `INFO requestId=r path=/a status=204 bytes=0 tenant=one user=` + user.Hex()},
		"an operator's":          {"/a", "r", of(bson.NilObjectID, nil), `INFO requestId=r path=/a status=204 bytes=0 tenant=one`},
		"a user's failure":       {"/a", "r", of(user, broken), `ERROR requestId=r path=/a status=500 bytes=176 code=internal tenant=one user=` + user.Hex() + ` error=broken`},
	} {
		var log bytes.Buffer
		a := &api{Config: Config{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			if attr.Key == slog.TimeKey || attr.Key == slog.MessageKey {
				return slog.Attr{}
			}
			return attr
		}}))}}
		c, answer := exchange(http.MethodPut, test.target, "", echo.HeaderXRequestID, test.id)
		c.Echo().HTTPErrorHandler = a.fail
		if err := a.observe(test.next)(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := regexp.MustCompile(`tookMs=\d+(\.\d{1,3})? ?`).ReplaceAllString(log.String(), "")
		got = strings.TrimSpace(strings.NewReplacer("level=", "", " method=PUT", "", " client=192.0.2.1", "").Replace(got))
		if got != test.want {
			t.Errorf("%s: %s\nwant %s", name, got, test.want)
		}
		if answer.Header().Get(echo.HeaderXRequestID) != test.id {
			t.Errorf("%s: the id is %v", name, answer.Header())
		}
	}
}

// TestRequestIDs are the client's where they are fit for a log.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	a := &api{Config: Config{Log: slog.New(slog.DiscardHandler)}}
	for id, kept := range map[string]bool{
		"": false, "a": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "a b": false, "a\"b": false, "ä": false, "A.b-C_9": true,
	} {
		c, answer := exchange(http.MethodGet, "/", "", echo.HeaderXRequestID, id)
		if err := a.observe(done)(c); err != nil {
			t.Fatal(err)
		}
		if got := answer.Header().Get(echo.HeaderXRequestID); (got == id) != kept || !requestID.MatchString(got) {
			t.Errorf("%q: %q", id, got)
		}
	}
}

// TestPanicsAreTold to the log with where they come from, and to nobody else.
func TestPanicsAreTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := &api{Config: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	c, _ := exchange(http.MethodGet, "/", "")
	c.Response().Header().Set(echo.HeaderXRequestID, "r1")
	err := a.recoverPanics()(func(echo.Context) error { panic(auth.ErrToken) })(c)
	if err == nil || err.Error() != "panic: "+auth.ErrToken.Error() || errors.Is(err, auth.ErrToken) {
		t.Errorf("%v", err)
	}
	if said := log.String(); !strings.Contains(said, "requestId=r1") || !strings.Contains(said, "observe_test.go") || len(said) > 2*maxStack || len(regexp.MustCompile(`goroutine \d+ \[`).FindAllString(said, -1)) != 1 {
		t.Errorf("the log says %s", said)
	}
}
