package auth_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"
)

// TestSealIsTheSameForEver holds the code to what HKDF-SHA256 (RFC 5869, without a
// salt) and HMAC-SHA256 make of key, purpose, bound and message: what one version
// sealed, the next one has to know.
func TestSealIsTheSameForEver(t *testing.T) {
	sealed := keys(t, seed(1), seed(2)).Seal("cursor", []byte("acme"), []byte("page 2"))
	if got, want := hex.EncodeToString(sealed), hex.EncodeToString([]byte("page 2"))+"0601535ab96595d5cb081467e4d369c3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestUnseal(t *testing.T) {
	k := keys(t, seed(1), seed(2))
	sealed := k.Seal("cursor", []byte("acme"), []byte("page 2"))
	changed := func(at int) []byte {
		c := bytes.Clone(sealed)
		c[at] ^= 1
		return c
	}
	for name, test := range map[string]struct {
		purpose, bound string
		sealed         []byte
		ok             bool
	}{
		"as it was":                {"cursor", "acme", sealed, true},
		"by the older key":         {"cursor", "acme", keys(t, seed(2)).Seal("cursor", []byte("acme"), []byte("page 2")), true},
		"by a stranger's":          {"cursor", "acme", keys(t, seed(3)).Seal("cursor", []byte("acme"), []byte("page 2")), false},
		"for something else":       {"refresh", "acme", sealed, false},
		"bound to something else":  {"cursor", "beta", sealed, false},
		"bound to nothing":         {"cursor", "", sealed, false},
		"bound to a part of it":    {"cursor", "acmepage", append([]byte(" 2"), sealed[6:]...), false},
		"another message":          {"cursor", "acme", changed(0), false},
		"another code":             {"cursor", "acme", changed(6), false},
		"another code, at its end": {"cursor", "acme", changed(len(sealed) - 1), false},
		"half of the code":         {"cursor", "acme", sealed[:len(sealed)-8], false},
		"a code of too many bytes": {"cursor", "acme", append(bytes.Clone(sealed), 0), false},
		"no code":                  {"cursor", "acme", []byte("page 2"), false},
		"no code behind 16 bytes":  {"cursor", "acme", []byte("sixteen bytes 16"), false},
		"nothing":                  {"cursor", "acme", nil, false},
	} {
		message, ok := k.Unseal(test.purpose, []byte(test.bound), test.sealed)
		switch {
		case ok != test.ok:
			t.Errorf("%s: %t", name, ok)
		case ok && string(message) != "page 2", !ok && message != nil:
			t.Errorf("%s: the message is %q", name, message)
		}
	}
}

func TestSealedComesBack(t *testing.T) {
	k := keys(t, seed(1))
	rapid.Check(t, func(t *rapid.T) {
		purpose := rapid.String().Draw(t, "purpose")
		some := rapid.SliceOf(rapid.Byte())
		bound, message := some.Draw(t, "bound"), some.Draw(t, "message")
		before := bytes.Clone(message)
		sealed := k.Seal(purpose, bound, message[:len(message):cap(message)])
		if got, ok := k.Unseal(purpose, bound, sealed); !ok || !bytes.Equal(got, before) {
			t.Fatalf("%q, %t", got, ok)
		}
		if len(sealed) != len(message)+16 {
			t.Fatalf("%d bytes for %d", len(sealed), len(message))
		}
	})
}

// TestSealLeavesWhatItIsGiven seals the front of a buffer: what stands behind it
// is not the message's, and stays.
func TestSealLeavesWhatItIsGiven(t *testing.T) {
	buffer := bytes.Repeat([]byte{'x'}, 64)
	keys(t, seed(1)).Seal("cursor", nil, buffer[:8])
	if !bytes.Equal(buffer, bytes.Repeat([]byte{'x'}, 64)) {
		t.Errorf("%q", buffer)
	}
}
