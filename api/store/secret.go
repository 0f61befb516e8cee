package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// Secret is the hash of something that must not be known. It shows itself
// neither in text nor in JSON nor in logs.
type Secret struct {
	hash string
	// pending reports whether the hash is still to be made.
	pending bool
}

// Hasher makes a Secret of plain text; api/auth has one.
type Hasher interface {
	Hash(ctx context.Context, plain string) (Secret, error)
}

// StoredSecret returns the Secret whose hash is stored as hash.
func StoredSecret(hash string) Secret { return Secret{hash: hash} }

// PendingSecret returns the Secret of what is still to be hashed: it counts as given, and
// has no hash yet.
func PendingSecret() Secret { return Secret{pending: true} }

// Stored returns the hash, for storing it and for comparing with it.
func (s Secret) Stored() string { return s.hash }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s == Secret{} }

const redacted = "[secret]"

// Format prints a placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue returns a placeholder.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON refuses: a secret has no JSON form.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a secret has no JSON form; leave it out")
}
