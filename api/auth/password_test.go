package auth

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
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
		v, err := p.verify(t.Context(), queuePath{forLogins}, test.stored, test.plain, nil)
		if v.ok != test.ok || v.stale != test.stale || !v.spent || err != nil {
			t.Errorf("%s: %+v, %v", test.name, v, err)
		}
	}
}

// TestHashingGivesUpWithItsContext, before it begins.
func TestHashingGivesUpWithItsContext(t *testing.T) {
	p := NewPasswords()
	stored, err := p.Hash(t.Context(), "p")
	if err != nil {
		t.Fatal(err)
	}
	before := p.Load()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // whether or not slots are free
		if secret, err := p.Hash(ctx, "p"); !errors.Is(err, context.Canceled) || !secret.IsZero() {
			t.Errorf("a program's hash: %v", err)
		}
		hasher := p.For(bson.NewObjectID())
		if secret, err := hasher.Hash(ctx, "p"); !errors.Is(err, context.Canceled) || !secret.IsZero() {
			t.Errorf("a tenant's hash: %v", err)
		}
		if ok, err := hasher.Verify(ctx, stored, "p"); !errors.Is(err, context.Canceled) || ok {
			t.Errorf("a comparison: %t, %v", ok, err)
		}
	}
	if after := p.Load(); after != before {
		t.Errorf("%+v was done after %+v", after, before)
	}
	for plain, want := range map[string]bool{"p": true, "q": false} {
		if ok, err := p.For(bson.NewObjectID()).Verify(t.Context(), stored, plain); ok != want || err != nil {
			t.Errorf("%q is the password: %t, %v", plain, ok, err)
		}
	}
}

// TestVerifyingGivesUpBetweenHashes: where there is no further turn, the error is why,
// and every slot is free again. What needs none has its answer.
func TestVerifyingGivesUpBetweenHashes(t *testing.T) {
	for name, test := range map[string]struct {
		others []scheme
		want   error
	}{
		"more to compare with": {[]scheme{current, {cost: bcrypt.MinCost}}, context.Canceled},
		"nothing more":         {[]scheme{current}, nil},
	} {
		p := NewPasswords()
		slots := p.queue.free
		ctx, cancel := context.WithCancel(t.Context())
		v, err := p.verify(ctx, queuePath{forLogins}, store.Secret{}, "p", func(_ context.Context, seen scheme) ([]scheme, error) {
			if seen != current {
				t.Errorf("%s: what was compared is of %+v", name, seen)
			}
			cancel()
			return test.others, nil
		})
		if !errors.Is(err, test.want) || v.ok || !v.spent {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		if got := p.Load(); p.queue.free != slots || got != (Load{Argon2: 2 * 19456}) {
			t.Errorf("%s: %d of %d slots are free, after %+v", name, p.queue.free, slots, got)
		}
	}
}

// TestAsManyHashesAsProcessors run at once, and no more wait than are made in a second
// or two.
func TestAsManyHashesAsProcessors(t *testing.T) {
	const processors = 3
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	p := NewPasswords()
	if now := runtime.GOMAXPROCS(0); p.queue.free != processors || p.queue.room != 32*processors || now != processors {
		t.Errorf("%d at once and %d waiting, on %d processors of %d", p.queue.free, p.queue.room, now, processors)
	}
}
