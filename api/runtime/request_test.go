package runtime_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// account is what the bodies of these tests are read into.
type account struct {
	name     string
	password store.Secret
	pin      store.Change[store.Secret]
}

func (a *account) read(r *wire.JSONReader, secrets *runtime.Secrets) {
	r.Object(func(name string) bool {
		switch name {
		case "name":
			a.name = r.String()
		case "password":
			secrets.Read(r, &check.Text{MinLen: 3}, &a.password)
		case "pin":
			secrets.ReadChange(r, &check.Text{MaxLen: 4}, &a.pin)
		default:
			return false
		}
		return true
	})
}

// failing is a Hasher that knows one text alone.
type failing struct{ hashed []string }

var errHash = errors.New("no hash")

func (f *failing) Hash(_ context.Context, text string) (store.Secret, error) {
	if f.hashed = append(f.hashed, text); text == "bad!" {
		return store.Secret{}, errHash
	}
	return store.StoredSecret("hash of " + text), nil
}

// A body is read, then it is asked who may set its members, then all is judged at
// once, and hashed only if all is in order.
func TestRequestIsReadInOrder(t *testing.T) {
	refused := errors.New("not yours")
	for _, test := range []struct {
		body     string
		approve  error
		members  string
		problems string
		err      error
		hashed   []string
	}{
		{`{"name":"x","password":"secret","pin":"1234"}`, nil, "name password pin", "", nil, []string{"secret", "1234"}},
		{`{"name":1,"password":"ab"}`, nil, "name password", "/name type, /password too_short, /name2 judged", nil, nil},
		{`{"name":1,"password":"ab"}`, refused, "name password", "", refused, nil},
		{`{"password":"","pin":""}`, nil, "password pin", "/password required, /pin required, /name2 judged", nil, nil},
		{`{"password":null,"pin":null}`, nil, "password pin", "", nil, nil},
		{`{"password":"a\u0000bc"}`, nil, "password", "/password format, /name2 judged", nil, nil},
		{`{"password":"secret","pin":"12345"}`, nil, "password pin", "/pin too_long, /name2 judged", nil, nil},
		{`{"password":"secret","pin":"bad!"}`, nil, "password pin", "", errHash, []string{"secret", "bad!"}},
		{`{"password":"secret"`, nil, "", "", nil, nil},
	} {
		var a account
		hasher, members := &failing{}, "none"
		req := raw.Input{Body: []byte(test.body), Hasher: hasher, Approve: func(names []string) error {
			members = strings.Join(names, " ")
			return test.approve
		}}
		err := runtime.ReadRequest(t.Context(), req, "accounts", new(runtime.Secrets), a.read, func(p *check.FieldErrors) {
			if len(*p) > 0 {
				p.Add("/name2", "judged", "is judged with the others")
			}
		})
		var invalid *store.InvalidError
		var syntax *wire.SyntaxError
		switch {
		case !strings.HasSuffix(test.body, "}"):
			if !errors.As(err, &syntax) || members != "none" {
				t.Errorf("%s: %v, asked for %s", test.body, err, members)
			}
			continue
		case test.problems != "":
			var problems []string
			if errors.As(err, &invalid) {
				for _, p := range invalid.Fields {
					problems = append(problems, p.Pointer+" "+p.Code)
				}
			}
			if have := strings.Join(problems, ", "); have != test.problems || invalid.Collection != "accounts" {
				t.Errorf("%s: %v, want %s", test.body, err, test.problems)
			}
		case !errors.Is(err, test.err):
			t.Errorf("%s: %v, want %v", test.body, err, test.err)
		}
		if members != test.members || !slices.Equal(hasher.hashed, test.hashed) {
			t.Errorf("%s: asked for %q, hashed %q", test.body, members, hasher.hashed)
		}
	}
}

// What stays as it is, is not set: nobody is asked whether it may be.
func TestRequestThatSendsBack(t *testing.T) {
	var a account
	members := "none"
	req := raw.Input{
		Body: []byte(`{"name":"x","pin":null}`), Current: []byte(`{"name":"x"}`), Hasher: &failing{},
		Approve: func(names []string) error { members = strings.Join(names, " "); return nil },
	}
	if err := runtime.ReadRequest(t.Context(), req, "accounts", new(runtime.Secrets), a.read, func(*check.FieldErrors) {}); err != nil || members != "pin" || a.name != "" {
		t.Errorf("%v: set are %s, %+v", err, members, a)
	}
}

func TestSecretsOfRequests(t *testing.T) {
	var a account
	req := raw.Input{Body: []byte(`{"password":"secret","pin":"1234"}`), Hasher: &failing{}, Approve: func([]string) error { return nil }}
	pending := store.Secret{}
	err := runtime.ReadRequest(t.Context(), req, "accounts", new(runtime.Secrets), a.read, func(p *check.FieldErrors) {
		pending = a.password
		runtime.CheckSecret(p, "/password", a.password)
	})
	pin, ok := a.pin.Value()
	if err != nil || a.password.Stored() != "hash of secret" || !ok || pin.Stored() != "hash of 1234" {
		t.Errorf("%v: %q, %q, %v", err, a.password.Stored(), pin.Stored(), ok)
	}
	if pending.IsZero() || pending.Stored() != "" {
		t.Error("while it is judged, a secret is there and has no hash")
	}
	req.Body = []byte(`{"pin":null}`)
	if err := runtime.ReadRequest(t.Context(), req, "accounts", new(runtime.Secrets), a.read, func(*check.FieldErrors) {}); err != nil || !a.pin.IsUnset() {
		t.Errorf("a null does not remove a secret: %v", err)
	}
}

// TestSizeSecret: generated codecs grow a buffer by what is appended, no more and no less.
func TestSizeSecret(t *testing.T) {
	t.Parallel()
	for _, secret := range []store.Secret{{}, store.StoredSecret("x"), store.StoredSecret(strings.Repeat("$argon2id$", 12)), store.PendingSecret()} {
		for _, key := range []string{"pin", "password"} {
			appended := runtime.AppendSecret(nil, key, secret)
			if got, want := runtime.SizeSecret(key, secret), len(appended); got != want {
				t.Errorf("%s with a hash of %d bytes: %d, want %d", key, len(secret.Stored()), got, want)
			}
		}
	}
}

func TestCheckSecret(t *testing.T) {
	var p check.FieldErrors
	runtime.CheckSecret(&p, "/none", store.Secret{})
	runtime.CheckSecret(&p, "/some", store.StoredSecret("$argon2id$"))
	runtime.CheckSecret(&p, "/odd", store.StoredSecret("\xff"))
	var have []string
	for _, problem := range p {
		have = append(have, problem.Pointer+" "+problem.Code)
	}
	if !slices.Equal(have, []string{"/none required", "/odd format"}) {
		t.Errorf("the problems are %v", p)
	}
}

func TestCheck(t *testing.T) {
	if err := runtime.Check("things", func(*check.FieldErrors) {}); err != nil {
		t.Errorf("without problems: %v", err)
	}
	var invalid *store.InvalidError
	err := runtime.Check("things", func(p *check.FieldErrors) { p.Add("/a", "b", "c") })
	if !errors.As(err, &invalid) || invalid.Collection != "things" || len(invalid.Fields) != 1 {
		t.Errorf("with one: %v", err)
	}
}
