package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

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
