package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/cache"
)

const (
	issuer = "partywall"
	// AccessTTL is how long a token from a login is valid.
	AccessTTL = 15 * time.Minute
	// MaxTTL is how long a token that an operator makes may be valid.
	MaxTTL = 24 * time.Hour
	// rememberedTokens bounds the memory of verified tokens, at about 300 bytes
	// each.
	rememberedTokens = 20_000
	// maxToken is longer than any token that this package issues, in bytes.
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
	Expires       time.Time
}

// Tokens issues and verifies tokens.
type Tokens struct {
	keys   *Keys
	parser *jwt.Parser
	// verified remembers tokens by their SHA-256: verifying a signature takes
	// longer than all else that a cached request does before its query.
	verified *cache.Map[[sha256.Size]byte, remembered]
}

// remembered is what a token said that was verified with a key.
type remembered struct {
	who *Identity
	key string
}

// NewTokens signs and verifies with keys.
func NewTokens(keys *Keys) *Tokens {
	return &Tokens{
		keys: keys,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithIssuer(issuer), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(),
		),
		verified: cache.NewMap[[sha256.Size]byte, remembered](rememberedTokens),
	}
}

// claims are a token's content.
type claims struct {
	jwt.RegisteredClaims
	Tenant      string   `json:"tid"`
	Session     string   `json:"sid,omitempty"`
	Role        string   `json:"role,omitempty"`
	Permissions []string `json:"permissions,omitempty"`
}

// Issue signs a token for who, valid until who.Expires.
func (t *Tokens) Issue(who Identity) (string, error) {
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			ID:        rand()[:22],
			IssuedAt:  jwt.NewNumericDate(time.Now()),
			ExpiresAt: jwt.NewNumericDate(who.Expires),
		},
		Tenant: who.Tenant.Hex(), Role: who.Role, Permissions: who.Permissions,
	}
	if !who.User.IsZero() {
		c.Subject, c.Session = who.User.Hex(), who.Session.Hex()
	}
	signer := t.keys.newest()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	token.Header["kid"] = signer.id
	return token.SignedString(signer.private)
}

// Verify reads a token. The error is ErrToken, whatever is wrong with it.
func (t *Tokens) Verify(token string) (*Identity, error) {
	if len(token) > maxToken {
		return nil, ErrToken
	}
	sum := sha256.Sum256([]byte(token))
	if r, ok := t.verified.Get(sum); ok {
		if time.Now().Before(r.who.Expires) && t.keys.find(r.key) != nil {
			return r.who, nil
		}
		t.verified.Delete(sum)
	}
	var c claims
	parsed, err := t.parser.ParseWithClaims(token, &c, t.key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrToken, tokenProblem(err))
	}
	who, err := c.identity()
	if err != nil {
		return nil, err
	}
	t.verified.Put(sum, remembered{who, keyOf(parsed)})
	return who, nil
}

func (t *Tokens) key(token *jwt.Token) (any, error) {
	k := t.keys.find(keyOf(token))
	if k == nil {
		return nil, errors.New("unknown key")
	}
	return k.public, nil
}

// keyOf is the id of the key that a token says it was signed with.
func keyOf(token *jwt.Token) string {
	id, _ := token.Header["kid"].(string)
	return id
}

// tokenProblem says as much of err as a stranger may know.
func tokenProblem(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "it has expired"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "it is malformed"
	}
	return "it was not issued here"
}

func (c *claims) identity() (*Identity, error) {
	who := &Identity{Role: c.Role, Permissions: c.Permissions, Expires: c.ExpiresAt.Time}
	for _, id := range []struct {
		hex string
		to  *bson.ObjectID
	}{{c.Tenant, &who.Tenant}, {c.Subject, &who.User}, {c.Session, &who.Session}} {
		if id.hex == "" {
			continue
		}
		oid, err := bson.ObjectIDFromHex(id.hex)
		if err != nil {
			return nil, ErrToken
		}
		*id.to = oid
	}
	if who.Tenant.IsZero() || who.User.IsZero() != who.Session.IsZero() {
		return nil, ErrToken
	}
	return who, nil
}
