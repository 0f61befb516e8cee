package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxStoredDepth is how deep a value of any type may be nested that is read: the most that
// MongoDB can be set to store (maxBSONDepth).
const maxStoredDepth = 250

// JSONAny appends the current value, of any type, as relaxed Extended JSON (version 2). A
// double keeps its point or exponent, so that it is one again when it is sent back.
func (r *Reader) JSONAny(dst []byte) []byte { return r.jsonAny(dst, 0) }

func (r *Reader) jsonAny(dst []byte, depth int) []byte {
	switch r.cur.kind {
	case bson.TypeEmbeddedDocument:
		return r.jsonMembers(dst, depth)
	case bson.TypeArray:
		return r.jsonElements(dst, depth)
	case bson.TypeNull:
		return append(dst, "null"...)
	case bson.TypeString:
		return r.JSONString(dst)
	case bson.TypeBoolean:
		return r.JSONBool(dst)
	case bson.TypeInt32, bson.TypeInt64:
		return r.JSONInt(dst)
	case bson.TypeDouble:
		return appendDouble(dst, r.double())
	}
	return r.jsonForm(dst, depth)
}

// jsonMembers appends the current document, whatever its members are called, in stored order.
func (r *Reader) jsonMembers(dst []byte, depth int) []byte {
	if !r.isShallow(depth) {
		return dst
	}
	dst = append(dst, '{')
	for end := r.EnterDocument(); r.NextElement(end); {
		dst = append(AppendJSONString(dst, r.Key()), ':')
		dst = append(r.jsonAny(dst, depth+1), ',')
	}
	return CloseJSON(dst)
}

func (r *Reader) jsonElements(dst []byte, depth int) []byte {
	if !r.isShallow(depth) {
		return dst
	}
	return JSONList(r, dst, func(r *Reader, dst []byte) []byte { return r.jsonAny(dst, depth+1) })
}

func (r *Reader) isShallow(depth int) bool {
	if depth == maxStoredDepth {
		r.fail("is nested too deeply")
	}
	return depth < maxStoredDepth
}

// appendDouble appends a number with a point or an exponent, and what JSON has no numbers for
// in its form.
func appendDouble(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `{"$numberDouble":"NaN"}`...)
	case math.IsInf(v, 1):
		return append(dst, `{"$numberDouble":"Infinity"}`...)
	case math.IsInf(v, -1):
		return append(dst, `{"$numberDouble":"-Infinity"}`...)
	}
	start := len(dst)
	dst = AppendJSONFloat(dst, v)
	if !strings.ContainsAny(string(dst[start:]), ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

// jsonForm appends a value of a type that JSON lacks.
func (r *Reader) jsonForm(dst []byte, depth int) []byte {
	value := r.buf[r.cur.start:r.cur.end]
	switch r.cur.kind {
	case bson.TypeObjectID:
		dst = AppendJSONObjectID(append(dst, `{"$oid":`...), r.ObjectID())
	case bson.TypeDateTime:
		dst = appendFormDate(append(dst, `{"$date":`...), r.millis())
	case bson.TypeDecimal128:
		dst = appendQuoted(append(dst, `{"$numberDecimal":`...), r.Decimal().String())
	case bson.TypeTimestamp:
		dst = appendUint(append(dst, `{"$timestamp":{"t":`...), binary.LittleEndian.Uint32(value[4:]))
		dst = append(appendUint(append(dst, `,"i":`...), binary.LittleEndian.Uint32(value)), '}')
	case bson.TypeBinary:
		dst = r.jsonBinary(append(dst, `{"$binary":`...), value)
	case bson.TypeRegex:
		pattern, options, _ := strings.Cut(string(value[:len(value)-1]), "\x00")
		dst = AppendJSONString(append(dst, `{"$regularExpression":{"pattern":`...), pattern)
		dst = append(AppendJSONString(append(dst, `,"options":`...), options), '}')
	case bson.TypeJavaScript:
		dst = r.jsonText(append(dst, `{"$code":`...), value)
	case bson.TypeSymbol:
		dst = r.jsonText(append(dst, `{"$symbol":`...), value)
	case bson.TypeCodeWithScope:
		dst = r.jsonCodeWithScope(dst, depth)
	case bson.TypeDBPointer:
		split := len(value) - len(bson.ObjectID{})
		dst = r.jsonText(append(dst, `{"$dbPointer":{"$ref":`...), value[:split])
		dst = append(AppendJSONObjectID(append(dst, `,"$id":{"$oid":`...), bson.ObjectID(value[split:])), "}}"...)
	case bson.TypeUndefined:
		dst = append(dst, `{"$undefined":true`...)
	case bson.TypeMinKey:
		dst = append(dst, `{"$minKey":1`...)
	case bson.TypeMaxKey:
		dst = append(dst, `{"$maxKey":1`...)
	default:
		r.fail("is of an unknown BSON type")
	}
	return append(dst, '}')
}

// appendFormDate appends a date as text from 1970 to 9999, without a fraction if it is zero, and
// else as its milliseconds, as the relaxed form has it.
func appendFormDate(dst []byte, millis int64) []byte {
	if t := time.UnixMilli(millis).UTC(); millis >= 0 && t.Year() <= 9999 {
		dst = AppendJSONTime(dst, t)
		if whole, ok := bytes.CutSuffix(dst, []byte(`.000Z"`)); ok {
			dst = append(whole, `Z"`...)
		}
		return dst
	}
	return append(appendQuoted(append(dst, `{"$numberLong":`...), strconv.FormatInt(millis, 10)), '}')
}

// jsonBinary appends binary data. Subtype 2 has a second length before the data.
func (r *Reader) jsonBinary(dst, value []byte) []byte {
	subtype, data := value[4], value[5:]
	if subtype == bson.TypeBinaryBinaryOld {
		if len(data) < 4 || int(binary.LittleEndian.Uint32(data)) != len(data)-4 {
			r.fail("is a truncated or malformed value")
			return dst
		}
		data = data[4:]
	}
	dst = base64.StdEncoding.AppendEncode(append(dst, `{"base64":"`...), data)
	const digits = "0123456789abcdef"
	return append(append(dst, `","subType":"`...), digits[subtype>>4], digits[subtype&15], '"', '}')
}

// jsonText appends a text, which a length comes before and a zero byte after.
func (r *Reader) jsonText(dst, value []byte) []byte {
	if len(value) < 5 || int(binary.LittleEndian.Uint32(value)) != len(value)-4 || value[len(value)-1] != 0 {
		r.fail("is a truncated or malformed value")
		return dst
	}
	return AppendJSONString(dst, value[4:len(value)-1])
}

// jsonCodeWithScope appends code and the document of its variables, without the last brace.
func (r *Reader) jsonCodeWithScope(dst []byte, depth int) []byte {
	at := r.cur
	value := r.buf[at.start+4 : at.end]
	if len(value) < 4 || int(binary.LittleEndian.Uint32(value)) > len(value)-4 {
		r.fail("is a truncated or malformed value")
		return dst
	}
	code := 4 + int(binary.LittleEndian.Uint32(value))
	dst = r.jsonText(append(dst, `{"$code":`...), value[:code])
	r.Seek(Value{kind: bson.TypeEmbeddedDocument, elem: at.elem, start: at.start + 4 + code, end: at.end})
	return r.jsonMembers(append(dst, `,"$scope":`...), depth+1)
}

func appendQuoted(dst []byte, s string) []byte { return append(append(append(dst, '"'), s...), '"') }

func appendUint(dst []byte, v uint32) []byte { return strconv.AppendUint(dst, uint64(v), 10) }
