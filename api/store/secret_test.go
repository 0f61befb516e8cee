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
