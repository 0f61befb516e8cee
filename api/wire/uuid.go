package wire

import (
	"crypto/rand"
	"encoding/hex"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// UUID is an identifier of RFC 9562.
type UUID [16]byte

// NewUUID returns a random UUID (version 4).
func NewUUID() UUID {
	var u UUID
	_, _ = rand.Read(u[:]) // never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

// errUUID is a predicate.
var errUUID = errors.New("must be a UUID such as 123e4567-e89b-42d3-a456-426614174000")

// dashes are the positions of dashes in a UUID's text (RFC 9562, section 4).
var dashes = [...]int{8, 13, 18, 23}

// uuidText is the length of a UUID's text.
const uuidText = 36

// ParseUUID parses a UUID's text, with digits in either case. The error is a
// predicate.
func ParseUUID(s string) (UUID, error) {
	if len(s) != uuidText {
		return UUID{}, errUUID
	}
	digits := make([]byte, 0, 2*len(UUID{}))
	for i := range len(s) {
		isDash := i == dashes[0] || i == dashes[1] || i == dashes[2] || i == dashes[3]
		switch {
		case isDash != (s[i] == '-'):
			return UUID{}, errUUID
		case !isDash:
			digits = append(digits, s[i])
		}
	}
	var u UUID
	if _, err := hex.Decode(u[:], digits); err != nil {
		return UUID{}, errUUID
	}
	return u, nil
}

// IsZero reports whether u is the nil UUID, all zeros (RFC 9562, section 5.9).
func (u UUID) IsZero() bool { return u == UUID{} }

// String returns u's text, in lower case.
func (u UUID) String() string { return string(u.appendText(nil)) }

// MarshalText returns u's text.
func (u UUID) MarshalText() ([]byte, error) { return u.appendText(nil), nil }

// MarshalBSONValue returns u as it is stored, so that filters of the driver can have it.
func (u UUID) MarshalBSONValue() (typ byte, data []byte, err error) {
	v := UUIDValue(u)
	return byte(v.Type), v.Value, nil
}

// UnmarshalText parses a UUID's text.
func (u *UUID) UnmarshalText(text []byte) (err error) {
	*u, err = ParseUUID(string(text))
	return err
}

func (u UUID) appendText(dst []byte) []byte {
	from := 0
	for _, to := range [...]int{4, 6, 8, 10, 16} {
		if from > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, u[from:to])
		from = to
	}
	return dst
}

// AppendUUID appends a member of binary subtype 4.
func AppendUUID(dst []byte, key string, v UUID) []byte {
	dst = append(AppendHeader(dst, bson.TypeBinary, key), byte(len(v)), 0, 0, 0, bson.TypeBinaryUUID)
	return append(dst, v[:]...)
}

// SizeUUID returns AppendUUID's size.
func SizeUUID(key string, v UUID) int { return SizeHeader(key) + 4 + 1 + len(v) }

// UUID reads a UUID.
func (r *Reader) UUID() UUID {
	const want = "a UUID"
	if !r.is(bson.TypeBinary, want) {
		return UUID{}
	}
	const head = 4 + 1
	value := r.buf[r.cur.start:r.cur.end]
	if len(value) != head+len(UUID{}) || value[4] != bson.TypeBinaryUUID {
		r.mismatch(want)
		return UUID{}
	}
	return UUID(value[head:])
}

// JSONUUID appends the current UUID; a null element of an array stays null.
func (r *Reader) JSONUUID(dst []byte) []byte {
	if r.isNull() {
		return append(dst, "null"...)
	}
	return AppendJSONUUID(dst, r.UUID())
}

// AppendJSONUUID appends v's text.
func AppendJSONUUID(dst []byte, v UUID) []byte {
	return append(v.appendText(append(dst, '"')), '"')
}

// UUID reads a UUID's text.
func (r *JSONReader) UUID() UUID {
	if !r.expect('"', "a string with a UUID") {
		return UUID{}
	}
	u, err := ParseUUID(r.text())
	if err != nil {
		r.Fail("format", err.Error())
	}
	compareText(r, u, ParseUUID)
	return u
}

// UUIDOf returns the UUID that v is; ok is false for anything else.
func UUIDOf(v bson.RawValue) (u UUID, ok bool) {
	subtype, data, ok := v.BinaryOK()
	if !ok || subtype != bson.TypeBinaryUUID || len(data) != len(u) {
		return UUID{}, false
	}
	return UUID(data), true
}

// UUIDValue returns v in BSON.
func UUIDValue(v UUID) bson.RawValue { return elementValue(AppendUUID(nil, "", v)) }
