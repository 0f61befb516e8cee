package wire

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// appendForm appends the value that an object stands for, whose first member is called name.
func (r *JSONReader) appendForm(dst []byte, key, name string) []byte {
	switch name {
	case "$oid":
		return AppendObjectID(dst, key, only(r, name, (*JSONReader).ObjectID))
	case "$uuid":
		return AppendUUID(dst, key, only(r, name, (*JSONReader).UUID))
	case "$date":
		return binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeDateTime, key), uint64(only(r, name, (*JSONReader).formDate)))
	case "$numberInt":
		n := only(r, name, func(r *JSONReader) int64 { return r.formInt(32) })
		return binary.LittleEndian.AppendUint32(AppendHeader(dst, bson.TypeInt32, key), uint32(n))
	case "$numberLong":
		return AppendInt(dst, key, only(r, name, (*JSONReader).formLong))
	case "$numberDouble":
		return AppendFloat(dst, key, only(r, name, (*JSONReader).formDouble))
	case "$numberDecimal":
		high, low := only(r, name, (*JSONReader).formDecimal).GetBytes()
		dst = binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeDecimal128, key), low)
		return binary.LittleEndian.AppendUint64(dst, high)
	case "$binary":
		return append(AppendHeader(dst, bson.TypeBinary, key), only(r, name, (*JSONReader).formBinary)...)
	case "$timestamp":
		return binary.LittleEndian.AppendUint64(AppendHeader(dst, bson.TypeTimestamp, key), only(r, name, (*JSONReader).formTimestamp))
	case "$regularExpression":
		return append(AppendHeader(dst, bson.TypeRegex, key), only(r, name, (*JSONReader).formRegex)...)
	case "$symbol":
		dst = AppendHeader(dst, bson.TypeSymbol, key)
		return append(dst, lengthAndText(only(r, name, (*JSONReader).formText))...)
	case "$code", "$scope":
		return r.appendCode(dst, key)
	case "$dbPointer":
		return append(AppendHeader(dst, bson.TypeDBPointer, key), only(r, name, (*JSONReader).formPointer)...)
	case "$undefined":
		return r.appendMark(dst, key, name, bson.TypeUndefined, "true")
	case "$minKey":
		return r.appendMark(dst, key, name, bson.TypeMinKey, "1")
	case "$maxKey":
		return r.appendMark(dst, key, name, bson.TypeMaxKey, "1")
	}
	leave := r.enter(name)
	r.Fail("entry_name", "is no form of Extended JSON, which alone have names that start with $")
	r.pointer = r.pointer[:leave]
	r.Skip()
	dst, start := BeginDocument(AppendHeader(dst, bson.TypeEmbeddedDocument, key)) // not null, which would be missing
	return EndDocument(dst, start)
}

// only reads an object whose only member is called name.
func only[T any](r *JSONReader, name string, read func(*JSONReader) T) T {
	var v T
	r.Object(func(has string) bool {
		if has == name {
			v = read(r)
		}
		return has == name
	}, name)
	return v
}

func (r *JSONReader) formText() string {
	if !r.expect('"', "a string") {
		return ""
	}
	return r.text()
}

// parsed reads a text that parse takes; want says what it has to be.
func parsed[T any](r *JSONReader, want string, parse func(string) (T, error)) T {
	var v T
	if !r.expect('"', "a string with "+want) {
		return v
	}
	v, err := parse(r.text())
	if err != nil {
		r.Fail("format", "must be "+want)
	}
	return v
}

func (r *JSONReader) formInt(bits int) int64 {
	return parsed(r, "a whole number of "+strconv.Itoa(bits)+" bits", func(s string) (int64, error) { return strconv.ParseInt(s, 10, bits) })
}

func (r *JSONReader) formLong() int64 { return r.formInt(64) }

func (r *JSONReader) formDouble() float64 {
	return parsed(r, "a number, Infinity, -Infinity or NaN", func(s string) (float64, error) {
		switch s {
		case "NaN":
			return math.NaN(), nil
		case "Infinity":
			return math.Inf(1), nil
		case "-Infinity":
			return math.Inf(-1), nil
		}
		number := scanner{buf: []byte(s)}
		if number.number(); number.err != nil || number.pos < len(s) {
			return 0, errors.New("no JSON number")
		}
		return strconv.ParseFloat(s, 64)
	})
}

func (r *JSONReader) formDecimal() bson.Decimal128 {
	return parsed(r, "a decimal number of at most 34 digits, Infinity, -Infinity or NaN", bson.ParseDecimal128)
}

// formDate reads a date as text or, in the canonical form, as its milliseconds.
func (r *JSONReader) formDate() int64 {
	if r.space(); r.buf[r.pos] == '{' {
		return only(r, "$numberLong", (*JSONReader).formLong)
	}
	return r.Time().UnixMilli()
}

func (r *JSONReader) formBinary() []byte {
	var data []byte
	var subtype byte
	r.Object(func(name string) bool {
		switch name {
		case "base64":
			data = r.Bytes()
		case "subType":
			subtype = parsed(r, "one or two hexadecimal digits", parseSubtype)
		default:
			return false
		}
		return true
	}, "base64", "subType")
	if subtype == bson.TypeBinaryBinaryOld { // which has a second length before the data
		data = append(binary.LittleEndian.AppendUint32(nil, uint32(len(data))), data...)
	}
	value := binary.LittleEndian.AppendUint32(nil, uint32(len(data)))
	return append(append(value, subtype), data...)
}

func parseSubtype(s string) (byte, error) {
	if len(s) == 1 {
		s = "0" + s
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 1 {
		return 0, errors.New("no subtype")
	}
	return b[0], nil
}

func (r *JSONReader) formTimestamp() uint64 {
	var seconds, i uint32
	r.Object(func(name string) bool {
		switch name {
		case "t":
			seconds = r.formUint()
		case "i":
			i = r.formUint()
		default:
			return false
		}
		return true
	}, "t", "i")
	return uint64(seconds)<<32 | uint64(i)
}

func (r *JSONReader) formUint() uint32 {
	n := r.Int()
	if n < 0 || n > math.MaxUint32 {
		r.Fail("type", "must be a whole number of 32 bits without a sign")
	}
	return uint32(n)
}

// formRegex reads a regular expression. Its options are stored in alphabetical order.
func (r *JSONReader) formRegex() []byte {
	var pattern, options string
	r.Object(func(name string) bool {
		switch name {
		case "pattern":
			pattern = r.String()
		case "options":
			options = r.String()
		default:
			return false
		}
		return true
	}, "pattern", "options")
	letters := []byte(options)
	slices.Sort(letters)
	terminated := func(s string) string { return strings.ReplaceAll(s, "\x00", "") + "\x00" }
	return []byte(terminated(pattern) + terminated(string(letters)))
}

func (r *JSONReader) formPointer() []byte {
	var collection string
	var id bson.ObjectID
	r.Object(func(name string) bool {
		switch name {
		case "$ref":
			collection = r.formText()
		case "$id":
			id = only(r, "$oid", (*JSONReader).ObjectID)
		default:
			return false
		}
		return true
	}, "$ref", "$id")
	return append(lengthAndText(collection), id[:]...)
}

// appendCode appends JavaScript, with the document of its variables if there is one.
func (r *JSONReader) appendCode(dst []byte, key string) []byte {
	var code string
	var scope []byte
	r.Object(func(name string) bool {
		switch name {
		case "$code":
			code = r.formText()
		case "$scope":
			if r.expect('{', "an object") {
				scope = elementValue(r.appendMembers(nil, "")).Value
			}
		default:
			return false
		}
		return true
	}, "$code")
	text := lengthAndText(code)
	if scope == nil {
		return append(AppendHeader(dst, bson.TypeJavaScript, key), text...)
	}
	dst = binary.LittleEndian.AppendUint32(AppendHeader(dst, bson.TypeCodeWithScope, key), uint32(4+len(text)+len(scope)))
	return append(append(dst, text...), scope...)
}

// appendMark appends the only value of a type; text is what stands for it.
func (r *JSONReader) appendMark(dst []byte, key, name string, kind bson.Type, text string) []byte {
	only(r, name, func(r *JSONReader) bool {
		given := string(r.raw()) == text
		if !given {
			r.Fail("type", "must be "+text)
		}
		return given
	})
	return AppendHeader(dst, kind, key)
}

// lengthAndText returns a text as BSON has it: after its length, and terminated.
func lengthAndText(s string) []byte {
	return append(append(binary.LittleEndian.AppendUint32(nil, uint32(len(s)+1)), s...), 0)
}
