package auth

import (
	"crypto/hmac"
	crand "crypto/rand"
	"crypto/sha256"

	"github.com/partywall/partywall/api/internal/cache"
)

// wrongPasswords remember which passwords were wrong, so that a program that tries the
// same one for ever costs no hash. They hold no password, but its HMAC under a key
// that ends with the process.
type wrongPasswords struct {
	key  [sha256.Size]byte
	made *cache.Map[passwordSum, struct{}]
}

type passwordSum [sha256.Size]byte

// maxWrongPasswords are about 80 bytes each.
const maxWrongPasswords = 20_000

func newWrongPasswords() *wrongPasswords {
	m := &wrongPasswords{made: cache.NewMap[passwordSum, struct{}](maxWrongPasswords)}
	_, _ = crand.Read(m.key[:]) // never fails
	return m
}

// of returns the mistake of giving a password for an account whose hash is stored:
// once it is another, so is the mistake.
func (m *wrongPasswords) of(tenant, email, stored, password string) passwordSum {
	mac := hmac.New(sha256.New, m.key[:])
	for _, part := range []string{tenant, email, stored, password} {
		_, _ = mac.Write(appendPart(nil, part))
	}
	return passwordSum(mac.Sum(nil))
}

func (m *wrongPasswords) remember(made passwordSum) { m.made.Put(made, struct{}{}) }

func (m *wrongPasswords) remembers(made passwordSum) bool {
	_, ok := m.made.Get(made)
	return ok
}
