package runtime

import (
	"context"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// AppendSecret appends a member that holds s.
func AppendSecret(dst []byte, key string, s store.Secret) []byte {
	return wire.AppendString(dst, key, s.Stored())
}

// SizeSecret is AppendSecret's size.
func SizeSecret(key string, s store.Secret) int { return wire.SizeString(key, s.Stored()) }

// ReadSecret reads a stored secret.
func ReadSecret(r *wire.Reader) store.Secret { return store.StoredSecret(r.String()) }

// CheckSecret checks that a secret is one that is stored: the zero Secret stands for
// none.
func CheckSecret(p *check.FieldErrors, pointer string, s store.Secret) {
	p.Given(pointer, !s.IsZero())
	check.AnyText(p, pointer, s.Stored())
}

// Secrets collects the plain texts of a request, to be hashed once all else is
// in order: a hash costs more than everything else about a request together.
type Secrets struct{ waiting []waiting }

type waiting struct {
	plain string
	set   func(store.Secret)
}

// Read reads a string with the constraints of rule into secret. A null was not
// given.
func (s *Secrets) Read(r *wire.JSONReader, rule *check.Text, secret *store.Secret) {
	if !r.Null() {
		s.read(r, *rule, func(v store.Secret) { *secret = v })
	}
}

// ReadOptional is Read for a secret that may be missing.
func (s *Secrets) ReadOptional(r *wire.JSONReader, rule *check.Text, secret *store.Optional[store.Secret]) {
	if !r.Null() {
		s.read(r, *rule, func(v store.Secret) { *secret = store.Some(v) })
	}
}

// ReadChange reads a member of a JSON merge patch into change: null removes it.
func (s *Secrets) ReadChange(r *wire.JSONReader, rule *check.Text, change *store.Change[store.Secret]) {
	if r.Null() {
		*change = store.Unset[store.Secret]()
		return
	}
	s.read(r, *rule, func(v store.Secret) { *change = store.Set(v) })
}

// read reads a string, checks it in Unicode's form NFC and sets a secret that Hash
// completes. An empty one is refused: it would not be stored.
func (s *Secrets) read(r *wire.JSONReader, rule check.Text, set func(store.Secret)) {
	rule.Required = true
	pointer, before := r.Pointer(), len(r.Errors)
	plain := check.ComposeText(r.String())
	if rule.Check(&r.Errors, pointer, plain); len(r.Errors) > before {
		return
	}
	set(store.PendingSecret())
	s.waiting = append(s.waiting, waiting{plain: plain, set: set})
}

// Hash makes the secrets that Read set storable.
func (s *Secrets) Hash(ctx context.Context, h store.Hasher) error {
	for _, w := range s.waiting {
		secret, err := h.Hash(ctx, w.plain)
		if err != nil {
			return err
		}
		w.set(secret)
	}
	return nil
}
