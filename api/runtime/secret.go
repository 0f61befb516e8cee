package runtime

import (
	"context"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// AppendSecret appends a member that holds s, or nothing without one.
func AppendSecret(dst []byte, key string, s store.Secret) []byte {
	return wire.AppendEnum(dst, key, s.Stored())
}

// SizeSecret is AppendSecret's size.
func SizeSecret(key string, s store.Secret) int { return wire.SizeEnum(key, s.Stored()) }

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

// Read takes the current value of r, a string as rule wants it, for set. A null
// was not given. It is judged in Unicode's form NFC. An empty one is refused: it
// would not be stored.
func (s *Secrets) Read(r *wire.JSONReader, rule check.Text, set func(store.Secret)) {
	if r.Null() {
		return
	}
	rule.Required = true
	pointer, before := r.Pointer(), len(r.Errors)
	plain := check.ComposeText(r.String())
	if r.Errors.Text(pointer, plain, rule); len(r.Errors) > before {
		return
	}
	set(store.PendingSecret())
	s.waiting = append(s.waiting, waiting{plain: plain, set: set})
}

// ReadChange reads a member of a JSON merge patch: null removes it.
func (s *Secrets) ReadChange(r *wire.JSONReader, rule check.Text, set func(store.Change[store.Secret])) {
	if r.Null() {
		set(store.Unset[store.Secret]())
		return
	}
	s.Read(r, rule, func(secret store.Secret) { set(store.Set(secret)) })
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
