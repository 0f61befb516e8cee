package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
)

func seed(b byte) []byte { return slices.Repeat([]byte{b}, ed25519.SeedSize) }

func keys(t *testing.T, seeds ...[]byte) *auth.Keys {
	t.Helper()
	k, err := auth.ParseKeys(text(seeds...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTokenSaysWhoAndForWhichTenant(t *testing.T) {
	tokens := auth.NewTokens(keys(t, seed(1)))
	expires := time.Now().Add(time.Minute).UTC().Truncate(time.Second)
	for name, who := range map[string]auth.Identity{
		"a user's":      {Tenant: bson.NewObjectID(), User: bson.NewObjectID(), Session: bson.NewObjectID(), Expires: expires},
		"an operator's": {Tenant: bson.NewObjectID(), Role: "super", Permissions: []string{"read"}, Expires: expires},
	} {
		token, err := tokens.Issue(who)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // verified, then remembered
			got, err := tokens.Verify(token)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(who.Expires, got.Expires.UTC()); diff != "" {
				t.Error(diff)
			}
			if got.Tenant != who.Tenant || got.User != who.User || got.Session != who.Session || got.Role != who.Role {
				t.Errorf("%s: %+v is not %+v", name, got, who)
			}
		}
	}
}

func TestKeysRotate(t *testing.T) {
	who := auth.Identity{Tenant: bson.NewObjectID(), Expires: time.Now().Add(time.Minute)}
	old, err := auth.NewTokens(keys(t, seed(1))).Issue(who)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.NewTokens(keys(t, seed(2), seed(1))).Verify(old); err != nil {
		t.Errorf("the key that is still there: %v", err)
	}
	if _, err := auth.NewTokens(keys(t, seed(2))).Verify(old); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the key that is gone: %v", err)
	}
}

func TestForgedTokens(t *testing.T) {
	own := keys(t, seed(1))
	tokens := auth.NewTokens(own)
	kid := own.Public()[0].ID
	private := ed25519.NewKeyFromSeed(seed(1))
	good := func() jwt.MapClaims {
		return jwt.MapClaims{"iss": "partywall", "tid": bson.NewObjectID().Hex(), "exp": time.Now().Add(time.Minute).Unix(), "role": "super"}
	}
	with := func(name string, value any) jwt.MapClaims {
		c := good()
		c[name] = value
		return c
	}
	without := func(name string) jwt.MapClaims {
		c := good()
		delete(c, name)
		return c
	}
	sign := func(method jwt.SigningMethod, key any, kid string, c jwt.MapClaims) string {
		token := jwt.NewWithClaims(method, c)
		token.Header["kid"] = kid
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	valid := sign(jwt.SigningMethodEdDSA, private, kid, good())
	if _, err := tokens.Verify(valid); err != nil {
		t.Fatalf("the pattern of the forgeries is itself refused: %v", err)
	}
	parts := strings.Split(valid, ".")
	public := []byte(private.Public().(ed25519.PublicKey))
	for name, token := range map[string]string{
		"empty":                        "",
		"no token":                     "abc",
		"two parts":                    parts[0] + "." + parts[1],
		"no signature":                 parts[0] + "." + parts[1] + ".",
		"another's payload":            parts[0] + "." + strings.Split(sign(jwt.SigningMethodEdDSA, private, kid, good()), ".")[1] + "." + parts[2],
		"alg none":                     sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, good()),
		"the public key as HMAC's":     sign(jwt.SigningMethodHS256, public, kid, good()),
		"another key, our kid":         sign(jwt.SigningMethodEdDSA, ed25519.NewKeyFromSeed(seed(9)), kid, good()),
		"another kid":                  sign(jwt.SigningMethodEdDSA, private, "other", good()),
		"expired":                      sign(jwt.SigningMethodEdDSA, private, kid, with("exp", time.Now().Add(-time.Minute).Unix())),
		"without an end":               sign(jwt.SigningMethodEdDSA, private, kid, without("exp")),
		"issued tomorrow":              sign(jwt.SigningMethodEdDSA, private, kid, with("iat", time.Now().Add(24*time.Hour).Unix())),
		"not valid before tomorrow":    sign(jwt.SigningMethodEdDSA, private, kid, with("nbf", time.Now().Add(24*time.Hour).Unix())),
		"another issuer":               sign(jwt.SigningMethodEdDSA, private, kid, with("iss", "other")),
		"without a tenant":             sign(jwt.SigningMethodEdDSA, private, kid, without("tid")),
		"a tenant that is no ObjectID": sign(jwt.SigningMethodEdDSA, private, kid, with("tid", "acme")),
		"a user without a session":     sign(jwt.SigningMethodEdDSA, private, kid, with("sub", bson.NewObjectID().Hex())),
		"far too long":                 valid + strings.Repeat("A", 5000),
	} {
		who, err := tokens.Verify(token)
		if !errors.Is(err, auth.ErrToken) || who != nil {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
		if err != nil && token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error quotes the token", name)
		}
	}
}

func TestParseKeysNeverQuotes(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(seed(1))
	for name, text := range map[string]string{
		"empty":      "",
		"not base64": "hunter2-hunter2",
		"too short":  "aHVudGVyMg==",
		"second":     good + ",hunter2",
		"twice":      good + "," + good,
	} {
		_, err := auth.ParseKeys(text)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), good) {
			t.Errorf("%s: the error quotes the key: %v", name, err)
		}
	}
}
