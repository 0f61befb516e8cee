package auth

import (
	"crypto/hmac"
	crand "crypto/rand"
	"crypto/sha256"

	"github.com/partywall/partywall/api/internal/cache"
)

// mistakes remember which passwords were wrong, so that a program that tries the
// same one for ever costs no hash. They hold no password, but its HMAC under a key
// that ends with the process.
type mistakes struct {
	key  [sha256.Size]byte
	made *cache.Map[mistake, struct{}]
}

type mistake [sha256.Size]byte

// rememberedMistakes are about 80 bytes each.
const rememberedMistakes = 20_000

func newMistakes() *mistakes {
	m := &mistakes{made: cache.NewMap[mistake, struct{}](rememberedMistakes)}
	_, _ = crand.Read(m.key[:]) // never fails
	return m
}

// of returns the mistake of giving a password for an account whose hash is stored:
// once it is another, so is the mistake.
func (m *mistakes) of(tenant, email, stored, password string) mistake {
	mac := hmac.New(sha256.New, m.key[:])
	for _, part := range []string{tenant, email, stored, password} {
		_, _ = mac.Write(appendPart(nil, part))
	}
	return mistake(mac.Sum(nil))
}

func (m *mistakes) remember(made mistake) { m.made.Put(made, struct{}{}) }

func (m *mistakes) remembers(made mistake) bool {
	_, ok := m.made.Get(made)
	return ok
}
