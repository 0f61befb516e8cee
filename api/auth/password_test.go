package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/partywall/partywall/api/store"
)

func TestHashIsSaltedArgon2id(t *testing.T) {
	p := NewPasswords()
	a, err := p.Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.Hash(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a.Stored(), "$argon2id$v=19$m=19456,t=2,p=1$") || a == b {
		t.Errorf("hashes %s and %s", a.Stored(), b.Stored())
	}
}

func TestVerify(t *testing.T) {
	p := NewPasswords()
	const right = "correct horse battery"
	argon, err := p.Hash(t.Context(), right)
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := bcrypt.GenerateFromPassword([]byte(right), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 100)
	cut, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		stored    store.Secret
		plain     string
		ok, stale bool
	}{
		{"argon2id", argon, right, true, false},
		{"argon2id, wrong", argon, "wrong", false, false},
		{"bcrypt", store.StoredSecret(string(legacy)), right, true, true},
		{"bcrypt of Node", store.StoredSecret("$2b" + string(legacy[3:])), right, true, true},
		{"bcrypt, wrong", store.StoredSecret(string(legacy)), "wrong", false, false},
		{"bcrypt, cut as Node does", store.StoredSecret(string(cut)), long, true, true},
		{"nothing", store.Secret{}, right, false, false},
		{"no hash", store.StoredSecret(right), right, false, false},
		{"the empty password", argon, "", false, false},
	} {
		v, err := p.verify(t.Context(), line{forLogins}, test.stored, test.plain, nil)
		if v.ok != test.ok || v.stale != test.stale || !v.spent || err != nil {
			t.Errorf("%s: %+v, %v", test.name, v, err)
		}
	}
}

func TestHashingGivesUpWithItsContext(t *testing.T) {
	p := NewPasswords()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Slots may be free; then the hash is made. What counts is that nobody waits
	// for one for ever.
	for range 100 {
		if _, err := p.Hash(ctx, "p"); errors.Is(err, context.Canceled) {
			return
		}
	}
	t.Error("a hash never gave up")
}

// TestVerifyingGivesUpBetweenHashes: where there is no further turn, the error is why,
// and every slot is free again.
func TestVerifyingGivesUpBetweenHashes(t *testing.T) {
	p := NewPasswords()
	slots := p.queue.free
	ctx, cancel := context.WithCancel(t.Context())
	v, err := p.verify(ctx, line{forLogins}, store.Secret{}, "p", func(_ context.Context, seen scheme) ([]scheme, error) {
		if seen != current {
			t.Errorf("what was compared is of %+v", seen)
		}
		cancel()
		return []scheme{current, {cost: bcrypt.MinCost}}, nil
	})
	if !errors.Is(err, context.Canceled) || v.ok {
		t.Errorf("%+v, %v", v, err)
	}
	if got := p.Load(); p.queue.free != slots || got != (Load{Argon2: 2 * 19456}) {
		t.Errorf("%d of %d slots are free, after %+v", p.queue.free, slots, got)
	}
}
