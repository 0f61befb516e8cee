package rest

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
)

// TestHashedOnce: what was hashed, or compared, is not again, which an ended context
// shows; and what could not be is tried again.
func TestHashedOnce(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	end()
	h := newHashedOnce(auth.NewPasswords().For(bson.NewObjectID()))
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
