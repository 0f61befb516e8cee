package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

func TestSecretShowsItselfNowhere(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$hash"
	user := &users.User{Name: "Ada", Password: store.StoredSecret(hash)}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{user.Password, user, *user, []store.Secret{user.Password}} {
			_, _ = fmt.Fprintf(&out, verb+"\n", value)
		}
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("user", "password", user.Password, "user", user)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("user", "password", user.Password, "user", user)
	text, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	if strings.Contains(out.String(), hash) || strings.Contains(out.String(), fmt.Sprintf("%x", hash)) {
		t.Errorf("the hash is in\n%s", out.String())
	}
	for _, value := range []any{user.Password, &user.Password, store.Secret{}} {
		if text, err := json.Marshal(value); err == nil {
			t.Errorf("a secret has become JSON: %s", text)
		}
	}
	if user.Password.Stored() != hash {
		t.Errorf("stored is %q", user.Password.Stored())
	}
}

// TestZeroSecrets: one that is hashed later counts as given.
func TestZeroSecrets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		secret store.Secret
		zero   bool
	}{
		{"none", store.Secret{}, true},
		{"of no hash", store.StoredSecret(""), true},
		{"of a hash", store.StoredSecret("x"), false},
		{"pending", store.PendingSecret(), false},
	} {
		if test.secret.IsZero() != test.zero {
			t.Errorf("%s: zero is %v", test.name, !test.zero)
		}
	}
}
