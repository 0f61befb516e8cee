package rest

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// TestSecretsAreFound by their numbers, and nothing else is one.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	var s secrets
	for i, plain := range []string{"first", "second"} {
		stored, err := s.Hash(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		if want := store.StoredSecret([]string{"0", "1"}[i]); stored != want {
			t.Errorf("%s is %v", plain, stored)
		}
	}
	for text, want := range map[string]string{"0": "first", "1": "second", "2": "", "-1": "", "": "", "x": ""} {
		if plain, ok := s.at(wire.StringValue(text)); plain != want || ok != (want != "") {
			t.Errorf("%s is %q, %v", text, plain, ok)
		}
	}
	if plain, ok := s.at(bson.RawValue{}); ok {
		t.Errorf("nothing is %q", plain)
	}
}

// TestBodiesAreReadAgain where they hold a secret, once all else is in order.
func TestBodiesAreReadAgain(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	dear := &secrets{plain: []string{"one before"}}
	for name, test := range map[string]struct {
		plain             string // the secret, if there is one
		reading, checking error
		reads, checks     int
		want              string
		err               error
	}{
		"a secret":                   {"x", nil, nil, 2, 1, "1", nil},
		"none":                       {"", nil, nil, 1, 0, "none", nil},
		"what cannot be read":        {"x", broken, nil, 1, 0, "", broken},
		"a secret that is not to be": {"x", nil, broken, 1, 1, "", broken},
	} {
		dear.plain = dear.plain[:1]
		reads, checks := 0, 0
		got, err := readSecrets(func(h store.Hasher) (string, error) {
			reads++
			if test.plain == "" || test.reading != nil {
				return map[bool]string{true: "none"}[test.reading == nil], test.reading
			}
			secret, err := h.Hash(t.Context(), test.plain)
			return map[store.Secret]string{store.StoredSecret("0"): "0", store.StoredSecret("1"): "1"}[secret], err
		}, dear, func(v string, found *secrets) error {
			checks++
			if v != "0" || len(found.plain) != 1 || found.plain[0] != test.plain {
				t.Errorf("%s: checked is %q of %v", name, v, found.plain)
			}
			return test.checking
		})
		if got != test.want || !errors.Is(err, test.err) || reads != test.reads || checks != test.checks {
			t.Errorf("%s: %q, %v; read %d times, checked %d times", name, got, err, reads, checks)
		}
	}
}

// TestHashedOnce: what was hashed, or compared, is not again, which an ended context
// shows; and what could not be is tried again.
func TestHashedOnce(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	h := newMemoHasher(auth.NewPasswords().For(bson.NewObjectID()))
	if _, err := h.Hash(ended, "horse"); !errors.Is(err, context.Canceled) {
		t.Errorf("with no time: %v", err)
	}
	first, err := h.Hash(t.Context(), "horse")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Hash(ended, "horse"); err != nil || again != first {
		t.Errorf("once more: %v", err)
	}
	if other, err := h.Hash(t.Context(), "battery"); err != nil || other == first {
		t.Errorf("another: %v", err)
	}
	for plain, want := range map[string]bool{"horse": true, "staple": false} {
		if _, err := h.Verify(ended, first, plain); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, with no time: %v", plain, err)
		}
		for _, ctx := range []context.Context{t.Context(), ended} {
			if match, err := h.Verify(ctx, first, plain); err != nil || match != want {
				t.Errorf("%s: %t, %v", plain, match, err)
			}
		}
	}
}
