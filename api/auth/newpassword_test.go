package auth_test

import (
	"errors"
	"testing"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
)

// TestNewPasswordsAreChecked has a row a rule: which passwords are refused, and what
// the client is told.
func TestNewPasswordsAreChecked(t *testing.T) {
	old := func(is bool) func() (bool, error) { return func() (bool, error) { return is, nil } }
	for name, test := range map[string]struct {
		email, plain string
		isOld        func() (bool, error)
		code         string
	}{
		"of a new account":                    {"ada@example.com", "correct horse", nil, ""},
		"its address":                         {"ada@example.com", "ada@example.com", nil, "same_as_email"},
		"its address, typed otherwise":        {"ada@m\u00fcnchen.example", " ADA@xn--mnchen-3ya.example.", nil, "same_as_email"},
		"its address, of one who has another": {"ada@example.com", "ada@example.com", old(false), "same_as_email"},
		"no address, and no password":         {"", "", nil, ""},
		"another's address":                   {"ada@example.com", "bob@example.com", nil, ""},
		"another than before":                 {"ada@example.com", "correct horse", old(false), ""},
		"the old one":                         {"ada@example.com", "correct horse", old(true), "same_as_old"},
		"the old one, the address not known":  {"", "correct horse", old(true), "same_as_old"},
	} {
		err := auth.CheckNewPassword(test.email, test.plain, test.isOld)
		var invalid *store.InvalidError
		switch {
		case test.code == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.code == "":
		case !errors.As(err, &invalid) || len(invalid.Fields) != 1:
			t.Errorf("%s: %v", name, err)
		case invalid.Collection != "users" || invalid.Fields[0].Pointer != "/password" || invalid.Fields[0].Code != test.code:
			t.Errorf("%s: %+v", name, invalid)
		}
	}
	for _, is := range []bool{false, true} { // what it says beside an error says nothing
		broken := func() (bool, error) { return is, store.ErrUnavailable }
		if err := auth.CheckNewPassword("ada@example.com", "correct horse", broken); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("it is not known whether it is the old one (%t): %v", is, err)
		}
	}
}

// TestSamePassword: two are the same where one hash is of both.
func TestSamePassword(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"caf\u00e9 au lait", "caf\u00e9 au lait", true},
		{"caf\u00e9 au lait", "cafe\u0301 au lait", true},
		{"caf\u00e9 au lait", "cafe au lait", false},
		{"caf\u00e9 au lait", "caf\u00e9 au lait ", false},
		{"caf\u00e9 au lait", "CAF\u00c9 au lait", false},
	} {
		if got := auth.SamePassword(test.a, test.b); got != test.same {
			t.Errorf("%q and %q: %t", test.a, test.b, got)
		}
	}
}
