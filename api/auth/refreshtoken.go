package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/gen/sessions"
)

// refreshToken is what a refresh token consists of: the session, which of its
// tokens it is, and a code by one of the keys. So each of them is known again
// without being stored, and none leads to the next one.
//
// Those of older versions have a secret instead, of which the session keeps the
// hash. They count as generation 0 of it.
type refreshToken struct {
	session    bson.ObjectID
	generation int64
	// key made the code; nil for an older version's token.
	key *key
	// digest is the SHA-256 of an older version's secret, in hexadecimal.
	digest string
}

// refreshPurpose is what the codes of refresh tokens are sealed for.
const refreshPurpose = "refresh token"

const (
	idSize = len(bson.ObjectID{})
	// sealedRefreshToken and olderRefreshToken are how many bytes a refresh token
	// has; the secrets of older versions were 32 bytes in base64.
	sealedRefreshToken = idSize + 8 + codeSize
	olderRefreshToken  = idSize + 43
)

// newSessionID returns an ObjectID by its form alone: nobody can guess it, and it
// says nothing of when it was made.
func newSessionID() (id bson.ObjectID) {
	_, _ = rand.Read(id[:]) // which never fails
	return id
}

// refreshTokenText returns the newest refresh token of session, as k makes it.
func refreshTokenText(session *sessions.Session, k *key) string {
	message := binary.BigEndian.AppendUint64(session.ID[:], uint64(session.Generation))
	return base64.RawURLEncoding.EncodeToString(k.seal(refreshPurpose, nil, message))
}

// readRefreshToken reads a token that one of the keys sealed, or one of an older
// version, of which only the session can tell whether it is one.
func (k *Keys) readRefreshToken(text string) (*refreshToken, bool) {
	raw, _ := base64.RawURLEncoding.DecodeString(text)
	if base64.RawURLEncoding.EncodeToString(raw) != text { // as for all that does not decode
		return nil, false
	}
	switch len(raw) {
	case sealedRefreshToken:
		message, by := k.unseal(refreshPurpose, nil, raw)
		if by == nil {
			return nil, false
		}
		generation := int64(binary.BigEndian.Uint64(message[idSize:]))
		return &refreshToken{session: bson.ObjectID(message[:idSize]), generation: generation, key: by}, generation > 0
	case olderRefreshToken:
		sum := sha256.Sum256(raw[idSize:])
		return &refreshToken{session: bson.ObjectID(raw[:idSize]), digest: hex.EncodeToString(sum[:])}, true
	}
	return nil, false
}

// outcome is what there is to get for a refresh token.
type outcome int

const (
	// outcomeInvalid is a token that is nobody's: it changes nothing.
	outcomeInvalid outcome = iota
	// outcomeReused is one that was valid once, and is shown again.
	outcomeReused
	// outcomeRotate is the valid one.
	outcomeRotate
	// outcomeRepeat is the one before it, shown soon enough.
	outcomeRepeat
)

// outcome returns what token is worth in the state that s is in.
func (token *refreshToken) outcome(s *sessions.Session, now time.Time) outcome {
	older := token.key == nil
	switch {
	case expired(s, now), older && !equal(s.Token, token.digest):
		return outcomeInvalid
	case token.generation > s.Generation:
		return outcomeInvalid
	case token.generation == s.Generation && !older && token.key.id != s.Key:
		return outcomeInvalid
	case token.generation == s.Generation:
		return outcomeRotate
	case token.generation == s.Generation-1 && now.Before(s.RotatedAt.Add(RefreshGrace)):
		return outcomeRepeat
	}
	return outcomeReused
}
