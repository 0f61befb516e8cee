package wire

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// A document is appended by BeginDocument, one Append call for each member, and
// EndDocument with BeginDocument's result. Each Append function has a Size twin
// that returns how many bytes it will append, so that an encoder grows its buffer
// once.

// DocumentOverhead is the size of an empty document, in bytes.
const DocumentOverhead = 5

// BeginDocument appends an open document's header and returns where it starts.
func BeginDocument(dst []byte) (_ []byte, start int) {
	return append(dst, 0, 0, 0, 0), len(dst)
}

// EndDocument closes the document that starts at start.
func EndDocument(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

// AppendHeader appends an element's type and key; its value must follow.
func AppendHeader(dst []byte, t bson.Type, key string) []byte {
	dst = append(dst, byte(t))
	dst = append(dst, key...)
	return append(dst, 0)
}

// SizeHeader returns the size of what AppendHeader appends.
func SizeHeader(key string) int { return 1 + len(key) + 1 }

// AppendString appends a string member.
func AppendString[S ~string](dst []byte, key string, v S) []byte {
	dst = AppendHeader(dst, bson.TypeString, key)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)+1))
	dst = append(dst, v...)
	return append(dst, 0)
}

// SizeString returns AppendString's size.
func SizeString[S ~string](key string, v S) int { return SizeHeader(key) + 4 + len(v) + 1 }

// AppendBool appends a boolean member.
func AppendBool(dst []byte, key string, v bool) []byte {
	dst = AppendHeader(dst, bson.TypeBoolean, key)
	if v {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// SizeBool returns AppendBool's size.
func SizeBool(key string, _ bool) int { return SizeHeader(key) + 1 }

// AppendInt appends a 64-bit integer member.
func AppendInt(dst []byte, key string, v int64) []byte {
	return binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeInt64, key), uint64(v))
}

// SizeInt returns AppendInt's size.
func SizeInt(key string, _ int64) int { return SizeHeader(key) + 8 }

// AppendFloat appends a double member.
func AppendFloat(dst []byte, key string, v float64) []byte {
	return binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeDouble, key), math.Float64bits(v))
}

// SizeFloat returns AppendFloat's size.
func SizeFloat(key string, _ float64) int { return SizeHeader(key) + 8 }

// AppendTime appends a date member.
func AppendTime(dst []byte, key string, v time.Time) []byte {
	return binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeDateTime, key), uint64(v.UnixMilli()))
}

// SizeTime returns AppendTime's size.
func SizeTime(key string, _ time.Time) int { return SizeHeader(key) + 8 }

// AppendTimestamp appends the time at which a document was created or written, or nothing
// for the zero time, which stands for one that is unknown.
func AppendTimestamp(dst []byte, key string, v time.Time) []byte {
	if v.IsZero() {
		return dst
	}
	return AppendTime(dst, key, v)
}

// SizeTimestamp returns AppendTimestamp's size.
func SizeTimestamp(key string, v time.Time) int {
	if v.IsZero() {
		return 0
	}
	return SizeTime(key, v)
}

// AppendObjectID appends an ObjectID member.
func AppendObjectID(dst []byte, key string, v bson.ObjectID) []byte {
	return append(AppendHeader(dst, bson.TypeObjectID, key), v[:]...)
}

// SizeObjectID returns AppendObjectID's size.
func SizeObjectID(key string, v bson.ObjectID) int { return SizeHeader(key) + len(v) }

// AppendList appends an array member, each element by each, whose key is the
// element's position.
func AppendList[T any](dst []byte, key string, list []T, each func([]byte, string, T) []byte) []byte {
	dst, start := BeginDocument(AppendHeader(dst, bson.TypeArray, key))
	for i, v := range list {
		dst = each(dst, position(i), v)
	}
	return EndDocument(dst, start)
}

// SizeList returns AppendList's size, where each is the Size twin.
func SizeList[T any](key string, list []T, each func(string, T) int) int {
	size := SizeHeader(key) + DocumentOverhead
	for i, v := range list {
		size += each(position(i), v)
	}
	return size
}

// AppendSet appends an array member like AppendList, without duplicates.
func AppendSet[T comparable](dst []byte, key string, list []T, each func([]byte, string, T) []byte) []byte {
	return AppendList(dst, key, check.Unique(list), each)
}

// SizeSet returns AppendSet's size.
func SizeSet[T comparable](key string, list []T, each func(string, T) int) int {
	return SizeList(key, check.Unique(list), each)
}

// position returns an array element's key. Itoa allocates from 100 on.
func position(i int) string { return strconv.Itoa(i) }
