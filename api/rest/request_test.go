package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
)

// form is what a handler of one's own may read a body into.
type form struct {
	Text    string          `json:"text"`
	Flag    bool            `json:"flag"`
	Number  float64         `json:"number"`
	Single  float32         `json:"single"`
	Whole   int8            `json:"whole"`
	List    []string        `json:"list"`
	Pair    [2]int          `json:"pair"`
	Map     map[string]int  `json:"map"`
	Within  struct{ A int } `json:"within"`
	Pointer *bool           `json:"pointer"`
	When    time.Time       `json:"when"`
}

// TestRead has a row for each way that a body can differ from what it is read into.
func TestRead(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{}`:                           "",
		`{"text":"x","pair":[1,2,3]}`:  "",
		`{"whole":127,"pointer":null}`: "",
		`{"text":1}`:                   "/text type must be a string",
		`{"flag":"yes"}`:               "/flag type must be true or false",
		`{"pointer":"yes"}`:            "/pointer type must be true or false",
		`{"number":"1"}`:               "/number type must be a number",
		`{"single":"1"}`:               "/single type must be a number",
		`{"whole":128}`:                "/whole type must be a whole number, and not too large",
		`{"whole":1.5}`:                "/whole type must be a whole number, and not too large",
		`{"list":"x"}`:                 "/list type must be an array",
		`{"pair":1}`:                   "/pair type must be an array",
		`{"map":1}`:                    "/map type must be an object",
		`{"within":1}`:                 "/within type must be an object",
		`{"within":{"A":"x"}}`:         "/within/A type must be a whole number, and not too large",
		`{"other":1}`:                  "/other unknown_field is not a field of this object",
		`{"when":"x"}`:                 " format has a value that does not have the form it must have",
	} {
		r := &Request{method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, body: []byte(body)}
		var v form
		err, got := r.Read(&v), ""
		if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
			p := invalid.Fields[0]
			got = p.Pointer + " " + p.Code + " " + p.Message
		}
		if got != want || (err == nil) != (want == "") {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	r := &Request{method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, body: []byte(`{}`)}
	var impossible *json.InvalidUnmarshalError
	if err := r.Read(form{}); !errors.As(err, &impossible) {
		t.Errorf("into no pointer: %v", err)
	}
	r.body = []byte(`{"a":`)
	if err := r.Read(&map[string]int{}); err == nil || problemOf(err).Code != "body_invalid" {
		t.Errorf("half a body: %v", err)
	}
	r.Header = http.Header{"Content-Type": {"text/plain"}}
	if err := r.Read(&form{}); err == nil || problemOf(err).Status != http.StatusUnsupportedMediaType {
		t.Errorf("text: %v", err)
	}
}

// TestRequestsTellOfWhoAsks, for which tenant, and with what.
func TestRequestsTellOfWhoAsks(t *testing.T) {
	t.Parallel()
	user := bson.NewObjectID()
	a := &api{Config: Config{Policy: auth.NewPolicy([]string{"super"}, []string{"blocked"})}}
	s := &session{tenant: &tenant.Entry{Name: "one"}, actor: &auth.Actor{User: user, Role: "basic", Permissions: []string{"read"}}}
	c, _ := exchange(http.MethodPut, "/x?a=b", "{}", "X-Own", "1")
	c.SetParamNames("id", "name")
	c.SetParamValues(user.Hex(), "a%2Fb")
	if err := parameters(func(echo.Context) error { return nil })(c); err != nil {
		t.Fatal(err)
	}
	r, err := a.request(c, s)
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.ID("id")
	if err != nil || id != user || r.User() != user || r.Role() != "basic" || r.TenantName() != "one" || r.Param("name") != "a/b" || r.Param("none") != "" {
		t.Errorf("%+v, %v", r, err)
	}
	if r.Query.Get("a") != "b" || r.Header.Get("X-Own") != "1" || string(r.body) != "{}" || r.method != http.MethodPut {
		t.Errorf("%+v", r)
	}
	if _, err := r.ID("name"); err == nil || err.Error() != "id_invalid: The id in the path must be an ObjectID of 24 hexadecimal digits" {
		t.Errorf("what is no id: %v", err)
	}
	for permission, allowed := range map[string]bool{"read": true, "write": false, AnyBearer: true} {
		if err := r.Allow(permission); (err == nil) != allowed || err != nil && !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%s: %v", permission, err)
		}
	}
	s.actor.Role = "blocked"
	for _, permission := range []string{"read", AnyBearer} {
		if err := r.Allow(permission); !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%s, to a role that may do nothing: %v", permission, err)
		}
	}
	c, _ = exchange(http.MethodPut, "/", "{}", "Content-Encoding", "gzip")
	if _, err := a.request(c, s); said(err) != "unsupported_media_type" {
		t.Errorf("compressed: %v", err)
	}
	c, answer := exchange(http.MethodPut, "/", strings.Repeat("x", 2))
	c.Request().Body = http.MaxBytesReader(answer, c.Request().Body, 1)
	if _, err := a.request(c, s); said(err) != "body_too_large" {
		t.Errorf("too long: %v", err)
	}
}
