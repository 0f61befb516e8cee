package rest

import (
	"context"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
)

// readSecrets reads a body that may contain secrets. Hashing costs more than the
// rest of the request, so the body is first read without it: if there are secrets,
// check inspects the result, and then the body is read again with hasher.
func readSecrets[T any](read func(store.Hasher) (T, error), hasher store.Hasher, check func(T, *secrets) error) (T, error) {
	var found secrets
	v, err := read(&found)
	if err != nil || len(found.plain) == 0 {
		return v, err
	}
	if err := check(v, &found); err != nil {
		var none T
		return none, err
	}
	return read(hasher)
}

// secrets are the secrets of a body. They are a Hasher that does not hash: the hash
// of each is its number.
type secrets struct{ plain []string }

// Hash returns the number of plain as a hash, which is never stored.
func (s *secrets) Hash(_ context.Context, plain string) (store.Secret, error) {
	s.plain = append(s.plain, plain)
	return store.StoredSecret(strconv.Itoa(len(s.plain) - 1)), nil
}

// at returns the secret whose number is in v, if it is one.
func (s *secrets) at(v bson.RawValue) (plain string, ok bool) {
	text, _ := v.StringValueOK()
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n >= len(s.plain) {
		return "", false
	}
	return s.plain[n], true
}

// memoHasher hashes each secret once, and compares it once with a hash, however
// often a body is read, because hashing is expensive.
type memoHasher struct {
	auth.Hasher
	made map[string]store.Secret
	// matches are the results of Verify.
	matches map[comparison]bool
}

type comparison struct {
	stored store.Secret
	plain  string
}

func newMemoHasher(h auth.Hasher) *memoHasher {
	return &memoHasher{Hasher: h, made: map[string]store.Secret{}, matches: map[comparison]bool{}}
}

// Hash hashes plain, or returns the hash it already has.
func (h *memoHasher) Hash(ctx context.Context, plain string) (store.Secret, error) {
	if secret, ok := h.made[plain]; ok {
		return secret, nil
	}
	secret, err := h.Hasher.Hash(ctx, plain)
	if err == nil {
		h.made[plain] = secret
	}
	return secret, err
}

// Verify compares plain with a stored hash, or returns the result it already has.
func (h *memoHasher) Verify(ctx context.Context, stored store.Secret, plain string) (bool, error) {
	key := comparison{stored, plain}
	if match, ok := h.matches[key]; ok {
		return match, nil
	}
	match, err := h.Hasher.Verify(ctx, stored, plain)
	if err == nil {
		h.matches[key] = match
	}
	return match, err
}
