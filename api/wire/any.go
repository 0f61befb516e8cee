package wire

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A value of any type is a bson.RawValue. As a member it is missing if it is zero, null or
// undefined; within lists, maps and documents null is a value.

// IsGiven reports whether v is a value: neither zero nor null nor undefined.
func IsGiven(v bson.RawValue) bool { return !IsMissing(v) && v.Type != bson.TypeUndefined }

// AppendAny appends a member of any type. The zero RawValue is null.
func AppendAny(dst []byte, key string, v bson.RawValue) []byte {
	v = orNull(v)
	return append(AppendHeader(dst, v.Type, key), v.Value...)
}

// SizeAny returns AppendAny's size.
func SizeAny(key string, v bson.RawValue) int { return SizeHeader(key) + len(orNull(v).Value) }

func orNull(v bson.RawValue) bson.RawValue {
	if v.Type == 0 {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return v
}

// AppendOptionalAny is AppendAny, or nothing for a value that is missing.
func AppendOptionalAny(dst []byte, key string, v bson.RawValue) []byte {
	if !IsGiven(v) {
		return dst
	}
	return AppendAny(dst, key, v)
}

// SizeOptionalAny returns AppendOptionalAny's size.
func SizeOptionalAny(key string, v bson.RawValue) int {
	if !IsGiven(v) {
		return 0
	}
	return SizeAny(key, v)
}

// Any reads a value of any type, copying it. What JSONAny cannot render does not fit.
func (r *Reader) Any() bson.RawValue {
	at := r.cur
	var few [512]byte
	r.JSONAny(few[:0])
	r.Seek(at)
	if r.problem != "" {
		return bson.RawValue{}
	}
	return bson.RawValue{Type: at.kind, Value: bytes.Clone(r.buf[at.start:at.end])}
}

// AppendJSONAny appends v as relaxed Extended JSON. What is no BSON value is null.
func AppendJSONAny(dst []byte, v bson.RawValue) []byte {
	v = orNull(v)
	if !isWhole(v) {
		return append(dst, "null"...)
	}
	r := NewReader(v.Value)
	defer r.Release()
	r.cur.kind = v.Type
	before := len(dst)
	if dst = r.JSONAny(dst); r.problem != "" {
		return append(dst[:before], "null"...)
	}
	return dst
}

// isWhole reports whether v has as many bytes as a value of its type.
func isWhole(v bson.RawValue) bool {
	size := int(fixedSizes[v.Type])
	if size < 0 {
		size = ownSize(v.Type, v.Value)
	}
	return size == len(v.Value)
}

// AppendJSONOptionalAny appends as AppendJSONMember does, or nothing if v is missing.
func AppendJSONOptionalAny(dst []byte, key string, v bson.RawValue) []byte {
	if !IsGiven(v) {
		return dst
	}
	return AppendJSONMember(dst, key, v, AppendJSONAny)
}
