package auth

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/bcrypt"
)

// scheme is how a hash was made: with argon2id, or with bcrypt in an older
// deployment. Comparing a password takes the same work for all hashes of a scheme,
// whatever the password.
type scheme struct {
	// memory is in KiB, processed in passes.
	memory, passes uint32
	threads        uint8
	// cost is bcrypt's: it makes 2^cost rounds. It is 0 for argon2id.
	cost int
}

// argon has the parameters of hashes: the OWASP Password Storage Cheat Sheet's
// second choice, 19 MiB of memory and two passes.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// current is the scheme of new hashes.
var current = schemeOfArgon(argon)

func schemeOfArgon(p *argon2id.Params) scheme {
	return scheme{memory: p.Memory, passes: p.Iterations, threads: p.Parallelism}
}

// Limits of what is verified, since no request has more time or memory: bcrypt's
// cost, argon2id's memory and memory times passes in KiB.
const (
	maxCost   = 16
	maxMemory = 256 << 10
	maxWork   = 1 << 20
)

// The lengths of argon2id's results, in bytes. An empty one would match every
// password.
const minKey, maxKey = 16, 64

// bcryptHash matches the start of hashes by bcrypt's implementations: they ignore
// what follows.
var bcryptHash = regexp.MustCompile(`^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}`)

// schemeOf returns the scheme of a stored hash. ok is false if it is no hash, or
// one that is not verified.
func schemeOf(hash string) (s scheme, ok bool) {
	if parts := bcryptHash.FindStringSubmatch(hash); parts != nil {
		cost, _ := strconv.Atoi(parts[1])
		return scheme{cost: cost}, bcrypt.MinCost <= cost && cost <= maxCost
	}
	if !strings.HasPrefix(hash, argonPrefix) {
		return scheme{}, false
	}
	p, _, key, err := argon2id.DecodeHash(hash)
	if err != nil || len(key) < minKey || len(key) > maxKey {
		return scheme{}, false
	}
	work := uint64(p.Memory) * uint64(p.Iterations)
	return schemeOfArgon(p), p.Parallelism > 0 && work > 0 && p.Memory <= maxMemory && work <= maxWork
}

// The prefixes of hashes.
const (
	argonPrefix  = "$argon2id$"
	bcryptPrefix = "$2"
)

// headOf returns the prefix of all hashes that were made like this one.
func headOf(hash string) string {
	n := 3 // $2b$10$
	if strings.HasPrefix(hash, argonPrefix) {
		n = 4 // $argon2id$v=19$m=19456,t=2,p=1$
	}
	parts := strings.SplitAfterN(hash, "$", n+1)
	return strings.Join(parts[:min(n, len(parts))], "")
}

// schemeOfHead returns the scheme of the complete hashes that start with head.
func schemeOfHead(head string) (s scheme, ok bool) {
	decoy := current.decoy()
	if strings.HasPrefix(head, bcryptPrefix) {
		decoy = scheme{cost: bcrypt.MinCost}.decoy()
	}
	return schemeOf(head + strings.TrimPrefix(decoy, headOf(decoy)))
}

// decoy returns a hash of the scheme for which no password is known. If there is
// nothing to compare with, passwords are compared with it; a match does not count.
func (s scheme) decoy() string {
	if s.cost > 0 {
		return fmt.Sprintf("$2a$%02d$7UUQsph7i4sJc5Za00hqbubWz.OHt9IzU7qZJ0.FvI9fcsZPpsAZm", s.cost)
	}
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$vH0Hrftt5vT9DT53hPOwkQ$DSLPK5ydKn8wU/dO/Y+nMKlQEOy9A36v0d6vNPfhP9A",
		s.memory, s.passes, s.threads)
}

// matches compares a password with a hash of the scheme, in constant time.
func (s scheme) matches(hash, plain string) bool {
	if s.cost > 0 {
		return matchesBcrypt(hash, plain)
	}
	match, err := argon2id.ComparePasswordAndHash(plain, hash)
	return err == nil && match
}

// maxBcrypt is how much of a password bcrypt uses. Node's bcrypt truncates longer
// ones, Go's refuses them.
const maxBcrypt = 72

func matchesBcrypt(hash, plain string) bool {
	if len(plain) > maxBcrypt {
		plain = plain[:maxBcrypt]
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(plain)) == nil
}
