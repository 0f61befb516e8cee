package wire

import (
	"bytes"
	"encoding/hex"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// A JSON object is appended as an opening brace, members that each end in a comma,
// and CloseJSON, which replaces the last comma by the closing brace. So any member
// may be left out.

// CloseJSON ends the object whose last member was just appended.
func CloseJSON(dst []byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '}')
}

// Member appends key, which comes quoted and with its colon, the value at v as
// rendered by appendTo, and a comma. If the document lacks the value, otherwise is
// appended instead; if that is empty, the member is left out.
func (r *Reader) Member(dst []byte, key string, v Value, appendTo func(*Reader, []byte) []byte, otherwise string) []byte {
	if v.kind == 0 {
		if otherwise == "" {
			return dst
		}
		dst = append(append(dst, key...), otherwise...)
		return append(dst, ',')
	}
	r.Seek(v)
	return append(appendTo(r, append(dst, key...)), ',')
}

// JSONString appends the current string.
func (r *Reader) JSONString(dst []byte) []byte {
	b, _ := r.text("a string")
	return AppendJSONString(dst, b)
}

// JSONBool appends the current boolean.
func (r *Reader) JSONBool(dst []byte) []byte { return strconv.AppendBool(dst, r.Bool()) }

// JSONInt appends the current whole number.
func (r *Reader) JSONInt(dst []byte) []byte { return strconv.AppendInt(dst, r.Int(), 10) }

// JSONFloat appends the current number.
func (r *Reader) JSONFloat(dst []byte) []byte { return AppendJSONFloat(dst, r.Float()) }

// JSONTime appends the current date; a null element of an array stays null.
func (r *Reader) JSONTime(dst []byte) []byte {
	if !r.is(bson.TypeDateTime, "a date") {
		return append(dst, "null"...)
	}
	t := time.UnixMilli(r.millis())
	if !check.HasYear(t) {
		r.fail("is a date outside the years 0 to 9999, which JSON cannot carry")
		return dst
	}
	return AppendJSONTime(dst, t)
}

// JSONObjectID appends the current ObjectID; a null element of an array stays null.
func (r *Reader) JSONObjectID(dst []byte) []byte {
	if r.isNull() {
		return append(dst, "null"...)
	}
	return AppendJSONObjectID(dst, r.ObjectID())
}

// JSONList appends the current array, each element as rendered by each.
func JSONList(r *Reader, dst []byte, each func(*Reader, []byte) []byte) []byte {
	dst = append(dst, '[')
	first := len(dst)
	for end := r.EnterArray(); r.NextElement(end); {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = r.element(dst, each)
	}
	return append(dst, ']')
}

// element appends the current element of an array, and makes sure that the walk
// continues after it: an element that is a document is walked back and forth.
func (r *Reader) element(dst []byte, each func(*Reader, []byte) []byte) []byte {
	end := r.cur.end
	dst = each(r, dst)
	r.next = end
	return dst
}

// JSONSet is JSONList without duplicates, which are compared by their JSON.
func JSONSet(r *Reader, dst []byte, each func(*Reader, []byte) []byte) []byte {
	dst = append(dst, '[')
	kept := elements{first: len(dst)}
	for end := r.EnterArray(); r.NextElement(end); {
		before := len(dst)
		if before > kept.first {
			dst = append(dst, ',')
		}
		start := len(dst)
		dst = r.element(dst, each)
		if !kept.add(dst, start) {
			dst = dst[:before]
		}
	}
	return append(dst, ']')
}

// smallSet is the number of elements up to which comparing all pairs is faster than
// a map.
const smallSet = 16

// elements are the elements of an array that were appended to a buffer, the first
// at first.
type elements struct {
	first int
	ends  [smallSet]int
	n     int
	// many replaces ends once comparing all pairs would cost more.
	many map[string]struct{}
}

// add adds dst[start:], and returns false if it was there already.
func (e *elements) add(dst []byte, start int) bool {
	if e.n == smallSet {
		return e.addToMany(dst, start)
	}
	from := e.first
	for _, end := range e.ends[:e.n] {
		if bytes.Equal(dst[from:end], dst[start:]) {
			return false
		}
		from = end + len(",")
	}
	e.ends[e.n] = len(dst)
	e.n++
	return true
}

func (e *elements) addToMany(dst []byte, start int) bool {
	if e.many == nil {
		e.many = map[string]struct{}{}
		from := e.first
		for _, end := range e.ends {
			e.many[string(dst[from:end])] = struct{}{}
			from = end + len(",")
		}
	}
	before := len(e.many)
	e.many[string(dst[start:])] = struct{}{}
	return len(e.many) > before
}

// AppendJSONMember appends key, which comes quoted and with its colon, v and a
// comma.
func AppendJSONMember[T any](dst []byte, key string, v T, appendTo func([]byte, T) []byte) []byte {
	return append(appendTo(append(dst, key...), v), ',')
}

// AppendJSONGiven appends as AppendJSONMember does, but leaves out a zero v: a required member
// is zero if the document lacks it.
func AppendJSONGiven[T comparable](dst []byte, key string, v T, appendTo func([]byte, T) []byte) []byte {
	var zero T
	if v == zero {
		return dst
	}
	return AppendJSONMember(dst, key, v, appendTo)
}

// AppendJSONTimestamp is AppendJSONMember for the time at which a document was created or
// written; the zero time is unknown, and left out.
func AppendJSONTimestamp(dst []byte, key string, v time.Time) []byte {
	if v.IsZero() {
		return dst
	}
	return AppendJSONMember(dst, key, v, AppendJSONTime)
}

// AppendJSONListMember is AppendJSONMember for a list, each element as rendered by
// each.
func AppendJSONListMember[T any](dst []byte, key string, list []T, each func([]byte, T) []byte) []byte {
	return append(AppendJSONList(append(dst, key...), list, each), ',')
}

// AppendJSONMapMember is AppendJSONMember for a map, each value as rendered by each.
func AppendJSONMapMember[T any](dst []byte, key string, m map[string]T, each func([]byte, T) []byte) []byte {
	return append(AppendJSONMap(append(dst, key...), m, each), ',')
}

// AppendJSONOptionalList is AppendJSONListMember, but leaves out nil, which is a missing list.
func AppendJSONOptionalList[T any](dst []byte, key string, list []T, each func([]byte, T) []byte) []byte {
	if list == nil {
		return dst
	}
	return AppendJSONListMember(dst, key, list, each)
}

// AppendJSONOptionalMap is AppendJSONMapMember, but leaves out nil, which is a missing map.
func AppendJSONOptionalMap[T any](dst []byte, key string, m map[string]T, each func([]byte, T) []byte) []byte {
	if m == nil {
		return dst
	}
	return AppendJSONMapMember(dst, key, m, each)
}

// AppendJSONOptionalBytes appends binary data as AppendJSONMember does, but leaves out nil,
// which is missing.
func AppendJSONOptionalBytes(dst []byte, key string, v []byte) []byte {
	if v == nil {
		return dst
	}
	return AppendJSONMember(dst, key, v, AppendJSONBytes)
}

// AppendJSONList appends list as an array, each element as rendered by each.
func AppendJSONList[T any](dst []byte, list []T, each func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = each(dst, v)
	}
	return append(dst, ']')
}

// AppendJSONBool appends true or false.
func AppendJSONBool(dst []byte, v bool) []byte { return strconv.AppendBool(dst, v) }

// AppendJSONInt appends a whole number.
func AppendJSONInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// AppendJSONFloat appends a number, or null if JSON cannot represent it.
func AppendJSONFloat(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// AppendJSONTime appends t as RFC 3339 in UTC with milliseconds, as JavaScript's
// Date renders it.
func AppendJSONTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	milli := t.Nanosecond() / int(time.Millisecond)
	return append(dst,
		'"', digit(year/1000), digit(year/100), digit(year/10), digit(year),
		'-', digit(int(month)/10), digit(int(month)),
		'-', digit(day/10), digit(day),
		'T', digit(hour/10), digit(hour),
		':', digit(minute/10), digit(minute),
		':', digit(second/10), digit(second),
		'.', digit(milli/100), digit(milli/10), digit(milli),
		'Z', '"',
	)
}

// digit returns the last decimal digit of n, which is not negative.
func digit(n int) byte { return '0' + byte(uint(n)%10) }

// AppendJSONObjectID appends id in hexadecimal.
func AppendJSONObjectID(dst []byte, id bson.ObjectID) []byte {
	return appendHex(dst, id[:])
}

func appendHex(dst, b []byte) []byte {
	return append(hex.AppendEncode(append(dst, '"'), b), '"')
}

// AppendJSONString appends s quoted. It escapes what RFC 8259 requires and the two
// line separators that JavaScript did not allow in strings before ES2019; bytes
// that are not UTF-8 become U+FFFD.
func AppendJSONString[S ~string | ~[]byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if jsonSafe[c] {
				i++
				continue
			}
			dst = appendEscaped(append(dst, s[plain:i]...), c)
			i++
			plain = i
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r != '\u2028' && r != '\u2029' && size > 1 { // each invalid byte by itself
			i += size
			continue
		}
		dst = append(dst, s[plain:i]...)
		dst = append(dst, `\u`...)
		dst = appendHexRune(dst, r)
		i += size
		plain = i
	}
	dst = append(dst, s[plain:]...)
	return append(dst, '"')
}

// jsonSafe marks the ASCII characters that a JSON string contains unescaped.
var jsonSafe = func() (safe [utf8.RuneSelf]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		safe[c] = c != '"' && c != '\\'
	}
	return safe
}()

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return appendHexRune(append(dst, `\u`...), rune(c))
}

func appendHexRune(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
