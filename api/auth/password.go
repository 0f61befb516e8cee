package auth

import (
	"context"
	"crypto/subtle"
	"runtime"
	"strings"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/bcrypt"

	"github.com/partywall/partywall/api/store"
)

// argon are the costs of a hash: the OWASP Password Storage Cheat Sheet's second
// choice, 19 MiB of memory and two passes.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Hashes of random texts that nobody kept, at the costs of real ones: accounts
// that are not there are compared with them. What they match does not count.
const (
	decoy       = "$argon2id$v=19$m=19456,t=2,p=1$vH0Hrftt5vT9DT53hPOwkQ$DSLPK5ydKn8wU/dO/Y+nMKlQEOy9A36v0d6vNPfhP9A"
	legacyDecoy = "$2a$10$7UUQsph7i4sJc5Za00hqbubWz.OHt9IzU7qZJ0.FvI9fcsZPpsAZm"
)

// Passwords hashes and verifies passwords. It implements store.Hasher. As many
// hashes as there are processors run at once, since each takes 19 MiB.
type Passwords struct{ slots chan struct{} }

// NewPasswords makes ready to hash.
func NewPasswords() *Passwords {
	return &Passwords{slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// Hash makes a Secret of a password, with argon2id.
func (p *Passwords) Hash(ctx context.Context, plain string) (store.Secret, error) {
	if err := p.acquire(ctx); err != nil {
		return store.Secret{}, err
	}
	defer p.release()
	hash, err := argon2id.CreateHash(plain, argon)
	return store.StoredSecret(hash), err
}

// Verify compares a password with a stored hash: argon2id, or bcrypt from an
// older deployment. legacy says that it was bcrypt and should be hashed anew. A
// mismatch costs the same for either, and for no hash at all, so that its time
// does not tell whether there is such an account.
func (p *Passwords) Verify(ctx context.Context, stored store.Secret, plain string) (ok, legacy bool, err error) {
	if err := p.acquire(ctx); err != nil {
		return false, false, err
	}
	defer p.release()
	hash := stored.Stored()
	legacy = isBcrypt(hash)
	switch {
	case legacy && matchesBcrypt(hash, plain):
		return true, true, nil
	case legacy:
		_ = matchesArgon(decoy, plain)
	case hash != "" && matchesArgon(hash, plain):
		return true, false, nil
	default:
		if hash == "" {
			_ = matchesArgon(decoy, plain)
		}
		_ = matchesBcrypt(legacyDecoy, plain)
	}
	return false, legacy, nil
}

func (p *Passwords) acquire(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Passwords) release() { <-p.slots }

func isBcrypt(hash string) bool {
	return strings.HasPrefix(hash, "$2a$") || strings.HasPrefix(hash, "$2b$") || strings.HasPrefix(hash, "$2y$")
}

// maxBcrypt is how much of a password bcrypt looks at. Node's bcrypt cuts what is
// longer, Go's refuses it.
const maxBcrypt = 72

func matchesBcrypt(hash, plain string) bool {
	if len(plain) > maxBcrypt {
		plain = plain[:maxBcrypt]
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(plain)) == nil
}

// matchesArgon compares in constant time. A hash that is none matches nothing.
func matchesArgon(hash, plain string) bool {
	match, err := argon2id.ComparePasswordAndHash(plain, hash)
	return err == nil && match
}

// equal compares in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
