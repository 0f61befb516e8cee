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

// refreshToken is the content of a refresh token: the session, its generation, and
// a code made by one of the keys. So each token is recognized without being stored,
// and none can be derived from another.
//
// Tokens of older versions have a secret instead, whose hash is stored with the
// session. They count as generation 0.
type refreshToken struct {
	session    bson.ObjectID
	generation int64
	// key made the code; nil for an older version's token.
	key *key
	// digest is the SHA-256 of an older version's secret, in hexadecimal.
	digest string
}

// refreshPurpose is the purpose of the seals of refresh tokens.
const refreshPurpose = "refresh token"

const (
	idSize = len(bson.ObjectID{})
	// sealedRefreshToken and olderRefreshToken are the lengths of refresh tokens in
	// bytes; the secrets of older versions were 32 bytes in base64.
	sealedRefreshToken = idSize + 8 + codeSize
	olderRefreshToken  = idSize + 43
)

// newSessionID returns an ObjectID in form only: it cannot be guessed, and does not
// reveal when it was made.
func newSessionID() (id bson.ObjectID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

// refreshTokenText returns the newest refresh token of session, made by k.
func refreshTokenText(session *sessions.Session, k *key) string {
	message := binary.BigEndian.AppendUint64(session.ID[:], uint64(session.Generation))
	return base64.RawURLEncoding.EncodeToString(k.seal(refreshPurpose, nil, message))
}

// readRefreshToken parses a token that one of the keys sealed, or one of an older
// version, which only the session can verify.
func (k *Keys) readRefreshToken(text string) (*refreshToken, bool) {
	raw, _ := base64.RawURLEncoding.DecodeString(text)
	if base64.RawURLEncoding.EncodeToString(raw) != text { // as for anything that cannot be decoded
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

// outcome is the outcome of using a refresh token.
type outcome int

const (
	// outcomeInvalid is for a token that never was valid: nothing changes.
	outcomeInvalid outcome = iota
	// outcomeReused is for a token that was valid once, and was used again.
	outcomeReused
	// outcomeRotate is for the valid token.
	outcomeRotate
	// outcomeRepeat is for the previous token, used again in time.
	outcomeRepeat
)

// outcome returns the outcome of using token in the state that s is in.
func (token *refreshToken) outcome(s *sessions.Session, now time.Time) outcome {
	older := token.key == nil
	switch {
	case expired(s, now), older && !equal(s.Token.Or(""), token.digest):
		return outcomeInvalid
	case token.generation > s.Generation:
		return outcomeInvalid
	case token.generation == s.Generation && !older && token.key.id != s.Key:
		return outcomeInvalid
	case token.generation == s.Generation:
		return outcomeRotate
	case token.generation == s.Generation-1 && now.Before(s.RotatedAt.Or(time.Time{}).Add(RefreshGrace)):
		return outcomeRepeat
	}
	return outcomeReused
}
