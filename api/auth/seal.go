package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// codeSize is how many bytes of an HMAC are used: 128 bits, which cannot be
// guessed.
const codeSize = 16

// Seal returns message followed by a code, by which Unseal recognizes it. Anybody
// can read the message, but nobody can change it; purpose and bound are not part of
// it, and must be the same for Unseal. The newest key makes the code.
func (k *Keys) Seal(purpose string, bound, message []byte) []byte {
	return k.newest().seal(purpose, bound, message)
}

// Unseal returns the message that one of the keys sealed for that purpose and
// bound.
func (k *Keys) Unseal(purpose string, bound, sealed []byte) (message []byte, ok bool) {
	message, by := k.unseal(purpose, bound, sealed)
	return message, by != nil
}

// unseal also returns the key that sealed; nil if none did.
func (k *Keys) unseal(purpose string, bound, sealed []byte) (message []byte, by *key) {
	if len(sealed) < codeSize {
		return nil, nil
	}
	message, code := sealed[:len(sealed)-codeSize], sealed[len(sealed)-codeSize:]
	list := k.all()
	for i := range list {
		if hmac.Equal(code, list[i].code(purpose, bound, message)) {
			return message, &list[i]
		}
	}
	return nil, nil
}

func (k *key) seal(purpose string, bound, message []byte) []byte {
	return append(slices.Clip(message), k.code(purpose, bound, message)...)
}

// code returns the HMAC of bound and message. Each purpose has a secret of its own,
// derived from the seed, so that the code for one reveals nothing about another, or
// the seed. The length of bound comes first, so that nothing can be moved between
// the two.
func (k *key) code(purpose string, bound, message []byte) []byte {
	secret, err := hkdf.Key(sha256.New, k.private.Seed(), nil, purpose, sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("auth: no secret for %s: %v", purpose, err))
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(bound))))
	mac.Write(bound)
	mac.Write(message)
	return mac.Sum(nil)[:codeSize]
}
