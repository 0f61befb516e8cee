package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// Reader walks one BSON document from front to back. The first value that does not
// fit stops the walk: from then on Next returns false and Err returns what was
// wrong and where, so that generated code needs no error check for each field.
type Reader struct {
	buf []byte
	// next is where the next element starts; cur is the current one.
	next int
	cur  Value
	// keyStart and keyEnd are the bounds of the current key: offsets, because a
	// pointer in reused memory costs the garbage collector's attention at every
	// element. keyEnd is 0 for a key that does not end.
	keyStart, keyEnd int

	failedAt int
	problem  string

	// expanded has the JSON to write instead of references, by the offset of their
	// element.
	expanded map[int][]byte
}

// Value is the position of an element in a Reader's document. The zero Value stands
// for a missing member.
type Value struct {
	kind       bson.Type
	elem       int // where the element's type byte is, for error paths
	start, end int // the value's bytes
}

// NewReader returns a Reader over raw, which it aliases.
func NewReader(raw []byte) *Reader {
	r := readers.Get().(*Reader)
	r.Reset(raw)
	return r
}

// readers reuses Readers: a document is read faster than memory for its Reader is
// allocated.
var readers = sync.Pool{New: func() any { return new(Reader) }}

// Release makes the Reader available to another NewReader. It must not be used any
// more, including its Err.
func (r *Reader) Release() {
	r.buf, r.expanded = nil, nil
	readers.Put(r)
}

// Reset makes r read raw, like NewReader, without a new Reader.
func (r *Reader) Reset(raw []byte) {
	*r = Reader{
		buf: raw,
		cur: Value{kind: bson.TypeEmbeddedDocument, start: 0, end: len(raw)},
	}
}

// Err returns a *ValueError once a value did not fit.
func (r *Reader) Err() error {
	if r.problem == "" {
		return nil
	}
	return &ValueError{Path: pathOf(r.buf, r.failedAt), Reason: r.problem}
}

// fail records a reason for the current element, unless an earlier one is recorded.
func (r *Reader) fail(problem string) {
	if r.problem == "" {
		r.failedAt, r.problem = r.cur.elem, problem
	}
}

// Key returns the current element's key. It aliases the document.
func (r *Reader) Key() []byte { return r.buf[r.keyStart:r.keyEnd] }

// Value returns the current element's position, for Seek.
func (r *Reader) Value() Value { return r.cur }

// Seek makes v the current element.
func (r *Reader) Seek(v Value) { r.cur = v }

// EnterDocument steps into the current value, which must be a document, and returns
// the end to pass to Next. It needs no counterpart: at the end of the document the
// walk continues after it.
func (r *Reader) EnterDocument() int {
	return r.enter(bson.TypeEmbeddedDocument, "a document")
}

// EnterArray steps into the current value, which must be an array, as
// EnterDocument does.
func (r *Reader) EnterArray() int { return r.enter(bson.TypeArray, "an array") }

func (r *Reader) enter(want bson.Type, name string) int {
	if !r.is(want, name) {
		return r.next
	}
	start, end := r.cur.start, r.cur.end
	if end-start < 5 || int(int32(binary.LittleEndian.Uint32(r.buf[start:]))) != end-start || r.buf[end-1] != 0 {
		r.fail("is a truncated or malformed document")
		return 0
	}
	r.next = start + 4
	return end
}

// Next goes to the next member that is neither null nor undefined, since both count
// as missing. It returns false at end, which comes from EnterDocument, and after a
// failure.
func (r *Reader) Next(end int) bool {
	for r.NextElement(end) {
		if !r.isNull() {
			return true
		}
	}
	return false
}

// NextElement goes to the next element, including nulls: in an array they keep
// their place and read as the zero value.
func (r *Reader) NextElement(end int) bool {
	if r.problem != "" || r.next >= end-1 {
		r.next = end
		return false
	}
	elem, buf := r.next, r.buf[:end-1]
	nul := elem + 1
	for nul < len(buf) && buf[nul] != 0 { // names are short: this beats a call
		nul++
	}
	kind := bson.Type(buf[elem])
	if nul >= len(buf) {
		r.keyStart, r.keyEnd, r.cur = 0, 0, Value{kind: kind, elem: elem}
		r.fail("has a member whose name does not end")
		return false
	}
	r.keyStart, r.keyEnd = elem+1, nul
	size := int(fixedSizes[kind])
	if size < 0 {
		size = ownSize(kind, buf[nul+1:])
	}
	start := nul + 1
	r.cur = Value{kind: kind, elem: elem, start: start, end: start + size}
	if size < 0 || size > len(buf)-start {
		r.fail("is a truncated or malformed value")
		return false
	}
	r.next = start + size
	return true
}

// fixedSizes are the sizes of types with a fixed size, and negative for others.
var fixedSizes = func() (sizes [256]int8) {
	for i := range sizes {
		sizes[i] = -1
	}
	for size, types := range map[int8][]bson.Type{
		0:  {bson.TypeNull, bson.TypeUndefined, bson.TypeMinKey, bson.TypeMaxKey},
		1:  {bson.TypeBoolean},
		4:  {bson.TypeInt32},
		8:  {bson.TypeDouble, bson.TypeDateTime, bson.TypeInt64, bson.TypeTimestamp},
		12: {bson.TypeObjectID},
		16: {bson.TypeDecimal128},
	} {
		for _, t := range types {
			sizes[t] = size
		}
	}
	return sizes
}()

// ownSize returns the size of the value that b starts with, of a type with variable
// size. It is negative if it is invalid, or the type is unknown.
func ownSize(t bson.Type, b []byte) int {
	if t == bson.TypeRegex {
		return regexSize(b)
	}
	if len(b) < 4 {
		return -1
	}
	stated, least := int(int32(binary.LittleEndian.Uint32(b))), 5
	switch t {
	case bson.TypeEmbeddedDocument, bson.TypeArray, bson.TypeCodeWithScope:
	case bson.TypeString, bson.TypeJavaScript, bson.TypeSymbol:
		stated += 4
	case bson.TypeBinary:
		stated += 5
	case bson.TypeDBPointer:
		stated, least = stated+16, 17
	default:
		return -1
	}
	if stated < least {
		return -1
	}
	return stated
}

// regexSize returns the size of a pattern and its options, each with a terminator.
func regexSize(b []byte) int {
	pattern := bytes.IndexByte(b, 0)
	options := bytes.IndexByte(b[pattern+1:], 0)
	if options < 0 { // without any zero there is no pattern either
		return -1
	}
	return pattern + 1 + options + 1
}

// is reports whether the current value is of the wanted type. A null element of an
// array is not, but is no failure either: it reads as the zero value.
func (r *Reader) is(want bson.Type, name string) bool {
	if r.cur.kind == want {
		return true
	}
	if !r.isNull() {
		r.mismatch(name)
	}
	return false
}

// isNull reports whether the current value is null or undefined.
func (r *Reader) isNull() bool {
	return r.cur.kind == bson.TypeNull || r.cur.kind == bson.TypeUndefined
}

func (r *Reader) mismatch(want string) {
	r.fail("must be " + want + ", is " + TypeName(r.cur.kind))
}

// text returns the current string's bytes, without the terminator.
func (r *Reader) text(want string) ([]byte, bool) {
	if !r.is(bson.TypeString, want) {
		return nil, false
	}
	if r.buf[r.cur.end-1] != 0 {
		r.fail("is a string without its terminator")
		return nil, false
	}
	return r.buf[r.cur.start+4 : r.cur.end-1], true
}

// String reads a string, copying it.
func (r *Reader) String() string {
	b, _ := r.text("a string")
	return string(b)
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	if !r.is(bson.TypeBoolean, "a boolean") {
		return false
	}
	b := r.buf[r.cur.start]
	if b > 1 {
		r.fail("is a truncated or malformed value")
	}
	return b == 1
}

// Int reads a whole number of any BSON number type that holds one exactly.
func (r *Reader) Int() int64 {
	switch r.cur.kind {
	case bson.TypeInt32:
		return int64(int32(binary.LittleEndian.Uint32(r.buf[r.cur.start:])))
	case bson.TypeDouble:
		return r.wholeDouble()
	}
	if !r.is(bson.TypeInt64, "a whole number") {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(r.buf[r.cur.start:]))
}

func (r *Reader) wholeDouble() int64 {
	f := r.double()
	// 2^63 itself is a float64 and no int64.
	if f != math.Trunc(f) || f < -(1<<63) || f >= 1<<63 {
		r.fail("must be a whole number, has a fraction or is out of range")
		return 0
	}
	return int64(f)
}

// Float reads a number of any BSON number type. A whole or decimal number must be one that a
// double stands for.
func (r *Reader) Float() float64 {
	switch r.cur.kind {
	case bson.TypeInt32:
		return float64(r.Int())
	case bson.TypeInt64:
		n := r.Int()
		if f := float64(n); f < 1<<63 && int64(f) == n {
			return f
		}
		r.fail("must be a number that a double holds, is the whole number " + strconv.FormatInt(n, 10))
		return 0
	case bson.TypeDecimal128:
		return r.decimalAsFloat()
	}
	if !r.is(bson.TypeDouble, "a number") {
		return 0
	}
	return r.double()
}

func (r *Reader) double() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.buf[r.cur.start:]))
}

// Time reads a date, in UTC.
func (r *Reader) Time() time.Time {
	if !r.is(bson.TypeDateTime, "a date") {
		return time.Time{}
	}
	return time.UnixMilli(r.millis()).UTC()
}

func (r *Reader) millis() int64 {
	return int64(binary.LittleEndian.Uint64(r.buf[r.cur.start:]))
}

// ObjectID reads an ObjectID.
func (r *Reader) ObjectID() bson.ObjectID {
	if !r.is(bson.TypeObjectID, "an ObjectID") {
		return bson.NilObjectID
	}
	return bson.ObjectID(r.buf[r.cur.start:r.cur.end])
}

// ReadList reads an array, each element by read. An empty array is an empty
// slice, not nil.
func ReadList[T any](r *Reader, read func(*Reader) T) []T {
	list := []T{}
	for end := r.EnterArray(); r.NextElement(end); {
		if len(list) == 0 {
			// The others are expected to be as long as the first.
			likely := 1 + (end-r.next)/(r.next-r.cur.elem)
			list = make([]T, 0, min(likely, maxLikely))
		}
		list = append(list, read(r))
	}
	return list
}

// maxLikely limits the memory allocated for elements that have not been read yet.
const maxLikely = 64

// ReadSet is ReadList without duplicates.
func ReadSet[T comparable](r *Reader, read func(*Reader) T) []T {
	return check.Unique(ReadList(r, read))
}
