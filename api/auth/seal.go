package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// codeSize is how many bytes of an HMAC are kept: 128 bits, which nobody guesses.
const codeSize = 16

// Seal returns message with a code behind it, by which Unseal knows it again.
// The message can be read by anybody, but not changed; purpose and bound are not
// in it, and must be the same when it comes back. The newest key makes the code.
func (k *Keys) Seal(purpose string, bound, message []byte) []byte {
	return k.newest().seal(purpose, bound, message)
}

// Unseal returns the message that one of the keys sealed for that purpose, bound
// to the same.
func (k *Keys) Unseal(purpose string, bound, sealed []byte) (message []byte, ok bool) {
	message, by := k.unseal(purpose, bound, sealed)
	return message, by != nil
}

// unseal returns the key that sealed, too; nil if none did.
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

// code returns what only who has the key can compute of bound and message. Each
// purpose has a secret of its own, derived from the seed, so that a code made for
// one says nothing for another, or of the seed. The length of bound in front keeps
// what is moved between the two from looking the same.
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
