// Package auth identifies bearers and decides what they may do: passwords, tokens,
// sessions and the policy.
package auth

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Keys sign tokens, verify them, and seal what clients keep for the server. They
// may be replaced while they are in use.
type Keys struct {
	// list has the newest key first: it signs, all verify.
	list atomic.Pointer[[]key]
}

type key struct {
	id      string
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

// ParseKeys parses Ed25519 seeds: 32 bytes each in base64, separated by commas, the
// newest first. The error never quotes them.
func ParseKeys(text string) (*Keys, error) {
	keys := new(Keys)
	if err := keys.Replace(text); err != nil {
		return nil, err
	}
	return keys, nil
}

// Replace replaces the keys by those in text, as ParseKeys parses it: from now on,
// what a removed key signed is refused. After an error the keys stay as they were.
func (k *Keys) Replace(text string) error {
	list, err := parseKeys(text)
	if err == nil {
		k.list.Store(&list)
	}
	return err
}

func parseKeys(text string) ([]key, error) {
	var list []key
	for i, part := range strings.Split(text, ",") {
		seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(part))
		if err != nil || len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("key %d is not 32 bytes in base64; make one with: openssl rand -base64 32", i+1)
		}
		private := ed25519.NewKeyFromSeed(seed)
		k := key{private: private, public: private.Public().(ed25519.PublicKey)}
		k.id = thumbprint(k.public)
		if slices.ContainsFunc(list, func(other key) bool { return other.id == k.id }) {
			return nil, fmt.Errorf("key %d is listed twice", i+1)
		}
		list = append(list, k)
	}
	return list, nil
}

// all returns the keys, the newest first.
func (k *Keys) all() []key { return *k.list.Load() }

// newest returns the key that signs.
func (k *Keys) newest() *key { return &k.all()[0] }

// find returns the key with that id, nil if there is none.
func (k *Keys) find(id string) *key {
	list := k.all()
	for i := range list {
		if list[i].id == id {
			return &list[i]
		}
	}
	return nil
}

// JWK is a public key in the form of RFC 8037.
type JWK struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
}

// Public returns the public keys, with which others can verify tokens.
func (k *Keys) Public() []JWK {
	keys := k.all()
	list := make([]JWK, len(keys))
	for i, key := range keys {
		list[i] = JWK{
			KeyType: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(key.public),
			ID: key.id, Algorithm: "EdDSA", Use: "sig",
		}
	}
	return list
}

// thumbprint identifies a public key (RFC 7638, with RFC 8037's members).
func thumbprint(public ed25519.PublicKey) string {
	x := base64.RawURLEncoding.EncodeToString(public)
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + x + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
