package wire

import (
	"encoding/json"
	"fmt"

	"github.com/partywall/partywall/api/check"
)

// Optional is a value that may be missing. The zero Optional is missing; Some returns one
// with a value, be it the zero value of T.
type Optional[T any] struct {
	value T
	given bool
}

// Some returns the Optional that has the value v.
func Some[T any](v T) Optional[T] { return Optional[T]{value: v, given: true} }

// Get returns the value; ok is false if it is missing.
func (o Optional[T]) Get() (v T, ok bool) { return o.value, o.given }

// Or returns the value, or fallback if it is missing.
func (o Optional[T]) Or(fallback T) T {
	if !o.given {
		return fallback
	}
	return o.value
}

// IsZero reports whether the value is missing, for the option omitzero of encoding/json.
func (o Optional[T]) IsZero() bool { return !o.given }

// MarshalJSON encodes the value, or null if it is missing.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.given {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON decodes a value; null is a missing one.
func (o *Optional[T]) UnmarshalJSON(text []byte) error {
	*o = Optional[T]{}
	if string(text) == "null" {
		return nil
	}
	o.given = true
	return json.Unmarshal(text, &o.value)
}

// String formats the value, or returns "(missing)".
func (o Optional[T]) String() string {
	if !o.given {
		return "(missing)"
	}
	return fmt.Sprint(o.value)
}

// AppendOptional appends a member with v's value by appendTo, or nothing if it is missing.
func AppendOptional[T any](dst []byte, key string, v Optional[T], appendTo func([]byte, string, T) []byte) []byte {
	if !v.given {
		return dst
	}
	return appendTo(dst, key, v.value)
}

// SizeOptional returns AppendOptional's size, where size is the Size twin.
func SizeOptional[T any](key string, v Optional[T], size func(string, T) int) int {
	if !v.given {
		return 0
	}
	return size(key, v.value)
}

// A nil list, map or binary data is missing, so that it needs no Optional.

// AppendOptionalList is AppendList, or nothing for nil.
func AppendOptionalList[T any](dst []byte, key string, list []T, each func([]byte, string, T) []byte) []byte {
	if list == nil {
		return dst
	}
	return AppendList(dst, key, list, each)
}

// SizeOptionalList returns AppendOptionalList's size, where each is the Size twin.
func SizeOptionalList[T any](key string, list []T, each func(string, T) int) int {
	if list == nil {
		return 0
	}
	return SizeList(key, list, each)
}

// AppendOptionalSet is AppendSet, or nothing for nil.
func AppendOptionalSet[T comparable](dst []byte, key string, list []T, each func([]byte, string, T) []byte) []byte {
	return AppendOptionalList(dst, key, check.Unique(list), each)
}

// SizeOptionalSet returns AppendOptionalSet's size, where each is the Size twin.
func SizeOptionalSet[T comparable](key string, list []T, each func(string, T) int) int {
	return SizeOptionalList(key, check.Unique(list), each)
}

// AppendOptionalMap is AppendMap, or nothing for nil.
func AppendOptionalMap[T any](dst []byte, key string, m map[string]T, each func([]byte, string, T) []byte) []byte {
	if m == nil {
		return dst
	}
	return AppendMap(dst, key, m, each)
}

// SizeOptionalMap returns AppendOptionalMap's size, where each is the Size twin.
func SizeOptionalMap[T any](key string, m map[string]T, each func(string, T) int) int {
	if m == nil {
		return 0
	}
	return SizeMap(key, m, each)
}

// AppendOptionalBytes is AppendBytes, or nothing for nil.
func AppendOptionalBytes(dst []byte, key string, v []byte) []byte {
	if v == nil {
		return dst
	}
	return AppendBytes(dst, key, v)
}

// SizeOptionalBytes returns AppendOptionalBytes's size.
func SizeOptionalBytes(key string, v []byte) int {
	if v == nil {
		return 0
	}
	return SizeBytes(key, v)
}

// AppendJSONOptional appends as AppendJSONMember does, or nothing if v is missing.
func AppendJSONOptional[T any](dst []byte, key string, v Optional[T], appendTo func([]byte, T) []byte) []byte {
	if !v.given {
		return dst
	}
	return AppendJSONMember(dst, key, v.value, appendTo)
}

// ReadOptional reads a value with read; null is a missing one.
func ReadOptional[T any](r *JSONReader, read func(*JSONReader) T) Optional[T] {
	if r.Null() {
		return Optional[T]{}
	}
	return Some(read(r))
}
