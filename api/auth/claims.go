package auth

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// issued are the claims of a token to sign.
type issued struct {
	jwt.RegisteredClaims
	Tenant      string   `json:"tid"`
	Session     string   `json:"sid,omitempty"`
	Role        string   `json:"role,omitempty"`
	Permissions []string `json:"permissions,omitempty"`
}

func newClaims(who Identity, now time.Time) issued {
	c := issued{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Audience:  jwt.ClaimStrings{audience},
			ID:        rand.Text(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(who.Expires),
		},
		Tenant: who.Tenant.Hex(), Role: who.Role, Permissions: who.Permissions,
	}
	if !who.User.IsZero() {
		c.Subject, c.Session = who.User.Hex(), who.Session.Hex()
	}
	return c
}

// claims are the claims of a token that was presented: its own and its bearer's.
type claims struct {
	jwt.RegisteredClaims
	who Identity
}

// UnmarshalJSON parses claims as strictly as the API parses bodies: a duplicate
// member, or one of another type, is an error. Unknown members are ignored: a newer
// version may have issued the token.
func (c *claims) UnmarshalJSON(text []byte) error {
	return readObject(text, func(name string, r *wire.JSONReader) {
		switch name {
		case "iss":
			c.Issuer = r.String()
		case "aud":
			c.Audience = readAudience(r)
		case "exp":
			c.ExpiresAt = readDate(r)
			c.who.Expires = c.ExpiresAt.Time
		case "nbf":
			c.NotBefore = readDate(r)
		case "iat":
			c.who.Issued = readDate(r).Time
		case "tid":
			c.who.Tenant = readID(r)
		case "sub":
			c.who.User = readID(r)
		case "sid":
			c.who.Session = readID(r)
		case "role":
			c.who.Role = r.String()
		case "permissions":
			c.who.Permissions = wire.ReadJSONList(r, (*wire.JSONReader).String)
		default:
			r.Skip()
		}
	}, "exp", "tid")
}

// Validate checks that a token names both a user and a session, or neither. The
// parser calls it.
func (c *claims) Validate() error {
	if c.who.User.IsZero() != c.who.Session.IsZero() {
		return jwt.ErrTokenMalformed
	}
	return nil
}

// header is the first part of a token.
type header struct{ key string }

// read parses the header of token. The parser has already read it and agrees with
// its alg, but it takes the last of two members with one name, and ignores
// extensions that must be understood.
func (h *header) read(token string) error {
	part, _, _ := strings.Cut(token, ".")
	text, _ := base64.RawURLEncoding.DecodeString(part) // as the parser does
	return readObject(text, func(name string, r *wire.JSONReader) {
		switch name {
		case "typ":
			if r.String() != "JWT" {
				r.Fail("typ", "must be JWT")
			}
		case "kid":
			h.key = r.String()
		case "crit":
			r.Fail("crit", "is not understood")
			r.Skip()
		default:
			r.Skip()
		}
	}, "kid")
}

// readObject calls read with each member of the JSON object text; the required
// members must be there.
func readObject(text []byte, read func(name string, r *wire.JSONReader), required ...string) error {
	r, err := wire.NewJSONReader(text)
	if err != nil {
		return err
	}
	r.Object(func(name string) bool {
		read(name, r)
		return true
	}, required...)
	if len(r.Errors) > 0 {
		return fmt.Errorf("%s %s", r.Errors[0].Pointer, r.Errors[0].Message)
	}
	return nil
}

// readAudience reads a name or a list of names. It returns nil only if there is
// none.
func readAudience(r *wire.JSONReader) jwt.ClaimStrings {
	if r.IsList() {
		return wire.ReadJSONList(r, (*wire.JSONReader).String)
	}
	return jwt.ClaimStrings{r.String()}
}

// lastSecond is the last second of the year 9999.
const lastSecond = 253402300799

// readDate reads a number of seconds since 1970.
func readDate(r *wire.JSONReader) *jwt.NumericDate {
	seconds := r.Float()
	if math.Abs(seconds) > lastSecond {
		r.Fail("range", "must be a date before the year 10000")
	}
	return jwt.NewNumericDate(time.UnixMilli(int64(seconds * 1000)))
}

func readID(r *wire.JSONReader) bson.ObjectID {
	id := r.ObjectID()
	if id.IsZero() {
		r.Fail("zero", "must not be zero")
	}
	return id
}
