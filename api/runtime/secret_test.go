package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

func TestSecretShowsItselfNowhere(t *testing.T) {
	const hash = "$argon2id$hash"
	user := &users.User{Name: "Ada", Password: store.StoredSecret(hash)}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		_, _ = fmt.Fprintf(&out, verb+"\n", user.Password)
		_, _ = fmt.Fprintf(&out, verb+"\n", user)
		_, _ = fmt.Fprintf(&out, verb+"\n", *user)
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
	if _, err := json.Marshal(user.Password); err == nil {
		t.Error("a secret has become JSON")
	}
}

// plain is a Hasher that shows what it was given.
type plain struct{}

func (plain) Hash(_ context.Context, text string) (store.Secret, error) {
	return store.StoredSecret(text), nil
}

// TestSecretsAreJudgedInOneForm: é is one character, however it was typed.
func TestSecretsAreJudgedInOneForm(t *testing.T) {
	for name, test := range map[string]struct {
		given, hashed, code string
	}{
		"decomposed":            {strings.Repeat("e\u0301", 8), strings.Repeat("\u00e9", 8), ""},
		"too short":             {strings.Repeat("e\u0301", 7), "", "too_short"},
		"as long as it may be":  {strings.Repeat("e\u0301", 256), strings.Repeat("\u00e9", 256), ""},
		"too long":              {strings.Repeat("e\u0301", 257), "", "too_long"},
		"spaces, case, joiners": {" A\u00a0b\u200d C\u3000", " A\u00a0b\u200d C\u3000", ""},
	} {
		body, err := json.Marshal(map[string]string{"name": "N", "email": "ada@example.com", "password": test.given})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := users.Collection().Codec.New(t.Context(), raw.Input{Body: body, Hasher: plain{}, Approve: func([]string) error { return nil }})
		var invalid *store.InvalidError
		switch {
		case test.code != "":
			if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Code != test.code {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case doc.Lookup("password").StringValue() != test.hashed:
			t.Errorf("%s: %q is hashed", name, doc.Lookup("password").StringValue())
		}
	}
}
