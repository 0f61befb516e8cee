package wire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// AppendBytes appends a binary member of the generic subtype.
func AppendBytes(dst []byte, key string, v []byte) []byte {
	dst = AppendHeader(dst, bson.TypeBinary, key)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
	return append(append(dst, bson.TypeBinaryGeneric), v...)
}

// SizeBytes returns AppendBytes's size.
func SizeBytes(key string, v []byte) int { return SizeHeader(key) + 4 + 1 + len(v) }

// Bytes reads binary data of the generic subtype, copying it. The old subtype 2 is
// generic too; others, such as UUIDs, have a meaning that bytes would lose.
func (r *Reader) Bytes() []byte {
	return append([]byte{}, r.binary()...)
}

func (r *Reader) binary() []byte {
	if !r.is(bson.TypeBinary, "binary data") {
		return nil
	}
	subtype, data := r.buf[r.cur.start+4], r.buf[r.cur.start+5:r.cur.end]
	switch {
	case subtype == bson.TypeBinaryGeneric:
		return data
	case subtype != bson.TypeBinaryBinaryOld:
		r.fail("must be binary data of the generic subtype, is of another")
		return nil
	case len(data) < 4 || int(int32(binary.LittleEndian.Uint32(data))) != len(data)-4:
		// Subtype 2 repeats its length.
		r.fail("is a truncated or malformed value")
		return nil
	}
	return data[4:]
}

// JSONBytes appends the current binary data in base64.
func (r *Reader) JSONBytes(dst []byte) []byte { return AppendJSONBytes(dst, r.binary()) }

// AppendJSONBytes appends v in base64 (RFC 4648, section 4).
func AppendJSONBytes(dst, v []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v), '"')
}

// Bytes reads a string in base64.
func (r *JSONReader) Bytes() []byte {
	if !r.expect('"', "a string in base64") {
		return nil
	}
	b, err := ParseBytes(r.text())
	if err != nil {
		r.Fail("format", err.Error())
	}
	return b
}

// base64Text refuses unused bits in the padding, so that each value has one form.
var base64Text = base64.StdEncoding.Strict()

// ParseBytes parses base64. The error is a predicate.
func ParseBytes(s string) ([]byte, error) {
	b, err := base64Text.DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") { // ignored by the decoder
		return nil, errors.New("must be in base64, with padding")
	}
	return b, nil
}

// BytesValue returns v as a BSON value.
func BytesValue(v []byte) bson.RawValue { return elementValue(AppendBytes(nil, "", v)) }
