package auth

import (
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/bcrypt"
)

// A hash's tail: what stands behind its costs.
const (
	bcryptTail = "7UUQsph7i4sJc5Za00hqbubWz.OHt9IzU7qZJ0.FvI9fcsZPpsAZm"
	argonTail  = "vH0Hrftt5vT9DT53hPOwkQ$DSLPK5ydKn8wU/dO/Y+nMKlQEOy9A36v0d6vNPfhP9A"
)

func TestSchemeOfAHash(t *testing.T) {
	for hash, want := range map[string]scheme{
		"$2a$04$" + bcryptTail:                                                                  {cost: 4},
		"$2b$10$" + bcryptTail:                                                                  {cost: 10},
		"$2y$16$" + bcryptTail:                                                                  {cost: 16},
		"$2a$10$" + bcryptTail + "\n":                                                           {cost: 10},
		"$argon2id$v=19$m=19456,t=2,p=1$" + argonTail:                                           current,
		"$argon2id$v=19$m=65536,t=3,p=4$" + argonTail:                                           {memory: 65536, passes: 3, threads: 4},
		"$argon2id$v=19$m=262144,t=4,p=255$" + argonTail:                                        {memory: 262144, passes: 4, threads: 255},
		"$argon2id$v=19$m=8,t=1,p=1$" + argonTail[:23] + strings.Repeat("A", 22):                {memory: 8, passes: 1, threads: 1}, // 16 bytes
		"$argon2id$v=19$m=8,t=131072,p=1$" + argonTail:                                          {memory: 8, passes: 131072, threads: 1},
		"$argon2id$v=19$m=8,t=1,p=1$$" + argonTail[23:]:                                         {memory: 8, passes: 1, threads: 1}, // without salt
		"$argon2id$v=19$m=8,t=1,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 86): {memory: 8, passes: 1, threads: 1}, // 64 bytes
	} {
		if s, ok := schemeOf(hash); !ok || s != want {
			t.Errorf("%q: %+v, %t", hash, s, ok)
		}
	}
}

func TestWhatIsNotVerified(t *testing.T) {
	for name, hash := range map[string]string{
		"nothing":                        "",
		"a password":                     "correct horse battery",
		"bcrypt, cost 3":                 "$2a$03$" + bcryptTail,
		"bcrypt, cost 17":                "$2a$17$" + bcryptTail,
		"bcrypt, cost 31":                "$2b$31$" + bcryptTail,
		"bcrypt, cost 99":                "$2b$99$" + bcryptTail,
		"bcrypt, cost x":                 "$2b$1x$" + bcryptTail,
		"bcrypt, cut":                    "$2b$10$" + bcryptTail[:52],
		"bcrypt, not base64":             "$2b$10$" + bcryptTail[:5] + "+" + bcryptTail[6:],
		"bcrypt of crypt_blowfish's bug": "$2x$10$" + bcryptTail,
		"bcrypt without revision":        "$2$10$" + bcryptTail,
		"bcrypt, a space first":          " $2b$10$" + bcryptTail,
		"argon2i":                        "$argon2i$v=19$m=19456,t=2,p=1$" + argonTail,
		"argon2id, version 16":           "$argon2id$v=16$m=19456,t=2,p=1$" + argonTail,
		"argon2id without passes":        "$argon2id$v=19$m=19456,t=0,p=1$" + argonTail,
		"argon2id without threads":       "$argon2id$v=19$m=19456,t=2,p=0$" + argonTail,
		"argon2id without memory":        "$argon2id$v=19$m=0,t=2,p=1$" + argonTail,
		"argon2id, too much memory":      "$argon2id$v=19$m=262145,t=1,p=1$" + argonTail,
		"argon2id, too many passes":      "$argon2id$v=19$m=262144,t=5,p=1$" + argonTail,
		"argon2id, more than fits":       "$argon2id$v=19$m=4294967296,t=2,p=1$" + argonTail,
		"argon2id, a product too large":  "$argon2id$v=19$m=65536,t=65536,p=1$" + argonTail,
		"argon2id without a result":      "$argon2id$v=19$m=19456,t=2,p=1$" + argonTail[:23],
		"argon2id, a short result":       "$argon2id$v=19$m=19456,t=2,p=1$" + argonTail[:23+20],
		"argon2id, a long result":        "$argon2id$v=19$m=19456,t=2,p=1$" + argonTail[:23] + strings.Repeat("A", 87),
		"argon2id, not base64":           "$argon2id$v=19$m=19456,t=2,p=1$" + argonTail[:30] + "!" + argonTail[31:],
		"argon2id, something before":     "x$argon2id$v=19$m=19456,t=2,p=1$" + argonTail,
		"argon2id, cut":                  "$argon2id$v=19$m=19456,t=2,p=1$",
	} {
		if s, ok := schemeOf(hash); ok {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestOfASchemeMeansWork shows that what schemeOf knows is compared, and not turned
// down by the implementation without doing its work.
func TestOfASchemeMeansWork(t *testing.T) {
	for _, hash := range []string{"$2a$04$" + bcryptTail, "$2y$05$" + bcryptTail + "\n", "$2b$04$" + strings.Repeat("/", 53), "$2b$04$" + strings.Repeat("9", 53)} {
		if _, ok := schemeOf(hash); !ok {
			t.Errorf("%q is not known", hash)
		}
		if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte("p")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			t.Errorf("%q: %v", hash, err)
		}
	}
	for _, costs := range []string{"m=8,t=1,p=1", "m=1,t=1,p=1", "m=64,t=3,p=9"} {
		hash := "$argon2id$v=19$" + costs + "$" + argonTail
		if _, ok := schemeOf(hash); !ok {
			t.Errorf("%q is not known", hash)
		}
		if match, err := argon2id.ComparePasswordAndHash("p", hash); match || err != nil {
			t.Errorf("%q: %t, %v", hash, match, err)
		}
	}
}

func TestDecoysAreOfTheirScheme(t *testing.T) {
	schemes := []scheme{current, {memory: 65536, passes: 3, threads: 4}}
	for cost := bcrypt.MinCost; cost <= maxCost; cost++ {
		schemes = append(schemes, scheme{cost: cost})
	}
	for _, s := range schemes {
		if got, ok := schemeOf(s.decoy()); !ok || got != s {
			t.Errorf("%+v has the decoy %q, which is of %+v", s, s.decoy(), got)
		}
	}
}

func TestHeadsSayHowAHashWasMade(t *testing.T) {
	for hash, want := range map[string]string{
		"$2b$10$" + bcryptTail:                        "$2b$10$",
		"$argon2id$v=19$m=19456,t=2,p=1$" + argonTail: "$argon2id$v=19$m=19456,t=2,p=1$",
		"$2b$cut":        "$2b$cut",
		"$argon2id$v=19": "$argon2id$v=19",
		"":               "",
		"$2b$10$a$b$c":   "$2b$10$",
	} {
		if got := headOf(hash); got != want {
			t.Errorf("%q begins with %q, want %q", hash, got, want)
		}
	}
}

// TestCostsAreCounted: one more of bcrypt's cost is twice the rounds.
func TestCostsAreCounted(t *testing.T) {
	p := NewPasswords()
	for _, s := range []scheme{{cost: 4}, {cost: 5}, current, {memory: 16, passes: 3, threads: 1}} {
		p.count(s)
	}
	if got, want := p.Load(), (Load{Argon2: 2*19456 + 48, Bcrypt: 16 + 32}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
