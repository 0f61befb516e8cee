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
	// issuer is the issuer of tokens, audience their audience: both are this
	// product.
	issuer   = "partywall"
	audience = "partywall"
	// leeway is the allowed difference between the clocks of issuer and verifier.
	leeway = 30 * time.Second
	// AccessTTL is how long a token from a login is valid.
	AccessTTL = 15 * time.Minute
	// MaxTTL is the maximum validity of an operator's token.
	MaxTTL = 24 * time.Hour
	// maxVerifiedTokens limits the cache of verified tokens, at about 300 bytes
	// each.
	maxVerifiedTokens = 20_000
	// maxToken is the maximum length of a token, in bytes.
	maxToken = 4096
)

// ErrToken is returned for a token that is malformed, expired, forged or revoked.
var ErrToken = errors.New("the token is not valid")

// Identity is a token's statement about its bearer.
type Identity struct {
	// Tenant is the _id of the tenant that the token is for.
	Tenant bson.ObjectID
	// User and Session are zero in an operator's token. Role and Permissions then
	// are what its bearer may do; for users the stored document decides.
	User, Session bson.ObjectID
	Role          string
	Permissions   []string
	// Issued is zero if the token does not say; Issue uses the clock.
	Issued, Expires time.Time
}

// Tokens issues and verifies tokens.
type Tokens struct {
	keys   *Keys
	parser *jwt.Parser
	now    func() time.Time
	// started is when this process began to verify tokens.
	started time.Time
	// verified caches verified tokens by their SHA-256: verifying a signature takes
	// longer than everything else that a cached request does before its query.
	verified *cache.Map[[sha256.Size]byte, verifiedToken]
}

// verifiedToken is the content of a token, and the key that verified it.
type verifiedToken struct {
	who *Identity
	key string
}

// NewTokens returns a Tokens that signs and verifies with keys.
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

// Verify verifies and parses a token. The error is ErrToken, whatever is wrong.
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
	if strings.ContainsAny(token, "\r\n") { // ignored when decoding base64
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
	who := c.who // cloned: the rest need not be kept
	return verifiedToken{&who, h.key}, nil
}

// isFor reports whether a token is for this product. Older versions did not state
// an audience: a token without one is accepted if they may have issued it before
// this process started, that is, if it expires within MaxTTL of then. So a process
// that has run for that long accepts none.
func (t *Tokens) isFor(c *claims) bool {
	if c.Audience == nil {
		return !c.ExpiresAt.After(t.started.Add(MaxTTL + leeway))
	}
	return slices.Contains(c.Audience, audience)
}

// tokenProblem returns as much of err as strangers may know.
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
