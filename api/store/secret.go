package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/partywall/partywall/api/wire"
)

// Secret is the hash of something that must not be known. It shows itself
// neither in text nor in JSON nor in logs.
type Secret struct {
	hash string
	// pending marks a Secret whose hash a Secrets still has to make.
	pending bool
}

// Hasher makes a Secret of plain text; api/auth has one.
type Hasher interface {
	Hash(ctx context.Context, plain string) (Secret, error)
}

// StoredSecret is the Secret whose hash is stored as hash.
func StoredSecret(hash string) Secret { return Secret{hash: hash} }

// Stored is the hash, for storing it and for comparing with it.
func (s Secret) Stored() string { return s.hash }

// IsZero says that there is no secret.
func (s Secret) IsZero() bool { return s == Secret{} }

const redacted = "[secret]"

// Format prints a placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue is a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON refuses: a secret has no JSON form.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a secret has no JSON form; leave it out")
}

// AppendSecret appends a member that holds s, or nothing without one.
func AppendSecret(dst []byte, key string, s Secret) []byte {
	return wire.AppendEnum(dst, key, s.hash)
}

// SizeSecret is AppendSecret's size.
func SizeSecret(key string, s Secret) int { return wire.SizeEnum(key, s.hash) }

// ReadSecret reads a stored secret.
func ReadSecret(r *wire.Reader) Secret { return StoredSecret(r.String()) }

// CheckSecret checks that a secret is one that is stored: the zero Secret stands for
// none.
func CheckSecret(p *wire.Problems, pointer string, s Secret) {
	p.Given(pointer, !s.IsZero())
	wire.CheckText(p, pointer, s.hash)
}

// Secrets collects the plain texts of a request, to be hashed once all else is
// in order: a hash costs more than everything else about a request together.
type Secrets struct{ waiting []waiting }

type waiting struct {
	plain string
	set   func(Secret)
}

// Read reads the current value of r, a string as rule wants it, for set. A null
// was not given. It is judged in Unicode's form NFC. An empty one is refused: it
// would not be stored.
func (s *Secrets) Read(r *wire.Request, rule wire.Text, set func(Secret)) {
	if r.Null() {
		return
	}
	rule.Required = true
	pointer, before := r.Pointer(), len(r.Problems)
	plain := wire.ComposeText(r.String())
	if r.Problems.Text(pointer, plain, rule); len(r.Problems) > before {
		return
	}
	set(Secret{pending: true})
	s.waiting = append(s.waiting, waiting{plain: plain, set: set})
}

// ReadChange reads a member of a JSON merge patch: null removes it.
func (s *Secrets) ReadChange(r *wire.Request, rule wire.Text, set func(Change[Secret])) {
	if r.Null() {
		set(Unset[Secret]())
		return
	}
	s.Read(r, rule, func(secret Secret) { set(Set(secret)) })
}

// Hash makes the secrets that Read set storable.
func (s *Secrets) Hash(ctx context.Context, h Hasher) error {
	for _, w := range s.waiting {
		secret, err := h.Hash(ctx, w.plain)
		if err != nil {
			return err
		}
		w.set(secret)
	}
	return nil
}
