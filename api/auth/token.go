package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/cache"
)

const (
	// issuer signs tokens, audience is whom they are for: this product, both.
	issuer   = "partywall"
	audience = "partywall"
	// leeway is how far the clock of who issued a token may be from that of who
	// verifies it.
	leeway = 30 * time.Second
	// AccessTTL is how long a token from a login is valid.
	AccessTTL = 15 * time.Minute
	// MaxTTL is how long a token that an operator makes may be valid.
	MaxTTL = 24 * time.Hour
	// maxVerifiedTokens bounds the memory of verified tokens, at about 300 bytes
	// each.
	maxVerifiedTokens = 20_000
	// maxToken is how long a token may be, in bytes.
	maxToken = 4096
)

// ErrToken says that a token is malformed, expired, forged or revoked.
var ErrToken = errors.New("the token is not valid")

// Identity is what a token says of its bearer.
type Identity struct {
	// Tenant is the _id of the tenant that the token is for.
	Tenant bson.ObjectID
	// User and Session are zero in a token that an operator made. Role and
	// Permissions then say what its bearer may; for users the stored document does.
	User, Session bson.ObjectID
	Role          string
	Permissions   []string
	// Issued is zero where the token does not say; Issue goes by the clock.
	Issued, Expires time.Time
}

// Tokens issues and verifies tokens.
type Tokens struct {
	keys   *Keys
	parser *jwt.Parser
	now    func() time.Time
	// started is when this process began to verify tokens.
	started time.Time
	// verified remembers tokens by their SHA-256: verifying a signature takes
	// longer than all else that a cached request does before its query.
	verified *cache.Map[[sha256.Size]byte, verifiedToken]
}

// verifiedToken is what a token said that was verified with a key.
type verifiedToken struct {
	who *Identity
	key string
}

// NewTokens signs and verifies with keys.
func NewTokens(keys *Keys) *Tokens { return newTokens(keys, time.Now) }

func newTokens(keys *Keys, now func() time.Time) *Tokens {
	return &Tokens{
		keys: keys, now: now, started: now(),
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithStrictDecoding(),
			jwt.WithIssuer(issuer), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now),
		),
		verified: cache.NewMap[[sha256.Size]byte, verifiedToken](maxVerifiedTokens),
	}
}

// Issue signs a token for who, valid until who.Expires.
func (t *Tokens) Issue(who Identity) (string, error) {
	signer := t.keys.newest()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, newClaims(who, t.now()))
	token.Header["kid"] = signer.id
	text, err := token.SignedString(signer.private)
	if len(text) > maxToken {
		return "", fmt.Errorf("a token of %d bytes is longer than the %d that are read; give it fewer permissions", len(text), maxToken)
	}
	return text, err
}

// Verify reads a token. The error is ErrToken, whatever is wrong with it.
func (t *Tokens) Verify(token string) (*Identity, error) {
	if len(token) > maxToken {
		return nil, ErrToken
	}
	sum := sha256.Sum256([]byte(token))
	if r, ok := t.verified.Get(sum); ok {
		if t.now().Before(r.who.Expires.Add(leeway)) && t.keys.find(r.key) != nil {
			return r.who, nil
		}
		t.verified.Delete(sum)
	}
	r, err := t.verify(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrToken, tokenProblem(err))
	}
	t.verified.Put(sum, r)
	return r.who, nil
}

var errAudience = errors.New("the token is for somebody else")

func (t *Tokens) verify(token string) (verifiedToken, error) {
	if strings.ContainsAny(token, "\r\n") { // which decoding base64 passes over
		return verifiedToken{}, jwt.ErrTokenMalformed
	}
	var h header
	var c claims
	_, err := t.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) {
		if err := h.read(token); err != nil {
			return nil, err
		}
		if k := t.keys.find(h.key); k != nil {
			return k.public, nil
		}
		return nil, errors.New("unknown key")
	})
	if err == nil && !t.isFor(&c) {
		err = errAudience
	}
	if err != nil {
		return verifiedToken{}, err
	}
	who := c.who // alone: the rest need not be remembered
	return verifiedToken{&who, h.key}, nil
}

// isFor reports whether a token is for this product. Older versions did not say so
// in theirs: one that they may have issued before this process started, which is
// one that expires within MaxTTL of then, passes without. So a process that has run
// for that long takes none.
func (t *Tokens) isFor(c *claims) bool {
	if c.Audience == nil {
		return !c.ExpiresAt.After(t.started.Add(MaxTTL + leeway))
	}
	return slices.Contains(c.Audience, audience)
}

// tokenProblem says as much of err as a stranger may know.
func tokenProblem(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "it has expired"
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return "it is not valid yet"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "it is malformed"
	}
	return "it was not issued here"
}
