package wire

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// MaxDepth is the maximum nesting of arrays and objects in a request body. No
// schema comes near it.
const MaxDepth = check.MaxDepth

// SyntaxError is the reason why a request body is not a JSON object.
type SyntaxError struct {
	// Offset is the position in the body, in bytes from its start.
	Offset int
	Reason string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the body is not a JSON object: %s at byte %d", e.Reason, e.Offset)
}

// JSONReader reads a JSON object member by member. A value that does not fit is a
// check.FieldError at its JSON pointer, and reading continues, so that all are reported
// at once.
type JSONReader struct {
	buf     []byte
	pos     int
	member  int // where the current member's value starts
	pointer []byte
	members []string
	Errors  check.FieldErrors

	// current is the JSON of the document's value at the current position, nil if
	// it is unknown or missing; same reports whether the value that was just read
	// equals it.
	current []byte
	same    bool
}

// NewJSONReader checks that body is one JSON object, well-formed (RFC 8259), in
// UTF-8, and no deeper than MaxDepth. The error is a *SyntaxError.
func NewJSONReader(body []byte) (*JSONReader, error) {
	if !utf8.Valid(body) {
		return nil, &SyntaxError{Offset: invalidUTF8(body), Reason: "invalid UTF-8"}
	}
	s := scanner{buf: body}
	if s.space(); s.peek() != '{' {
		return nil, &SyntaxError{Offset: s.pos, Reason: "expected {" + found(body[s.pos:])}
	}
	s.value(0)
	if s.space(); s.pos < len(body) {
		s.fail("unexpected text after the object")
	}
	if s.err != nil {
		return nil, s.err
	}
	return &JSONReader{buf: body}, nil
}

// found describes what is there instead of an object, if it is invisible.
func found(rest []byte) string {
	switch {
	case len(rest) == 0:
		return ", found nothing"
	case bytes.HasPrefix(rest, []byte("\ufeff")):
		return ", found a byte order mark"
	}
	return ""
}

// invalidUTF8 returns the position of the first invalid byte in b, which is not
// UTF-8.
func invalidUTF8(b []byte) int {
	i := 0
	for {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
}

// Members returns the names of the body's own known members, in order, whether or
// not their values fit, except for those that restate the document.
func (r *JSONReader) Members() []string { return r.members }

// Object reads the current value, which must be an object, member by member. A
// member that is null counts as not given. known reads the member's value, or
// returns false for an unknown name. Each name in required must be given. Members
// that restate the document are not read.
func (r *JSONReader) Object(known func(name string) bool, required ...string) {
	if !r.expect('{', "an object") {
		return
	}
	current, shown := r.current, r.storedMembers()
	same := shown != nil
	// Only known names are kept: a body may contain any number of others.
	var names, given, changed []string
	for r.more('}') {
		name := r.text()
		r.colon()
		r.space()
		r.member = r.pos
		leave := r.enter(name)
		r.current, r.same = shown[name], false
		null := r.buf[r.pos] == 'n'
		switch {
		case slices.Contains(names, name):
			r.Fail("duplicate_member", "is given twice")
			r.Skip()
		case !r.skipUnchanged() && !known(name):
			r.Fail("unknown_field", "is not a field of this object")
			r.Skip()
		default:
			names = append(names, name)
			if !null {
				given = append(given, name)
			}
			if !r.same {
				changed = append(changed, name)
			}
		}
		same = same && r.same
		r.pointer = r.pointer[:leave]
	}
	r.current, r.same = current, same
	r.members = changed // in the end those of the body itself, which is left last
	for _, name := range required {
		if !slices.Contains(given, name) {
			r.Errors.Add(r.Pointer()+"/"+check.PointerToken(name), "required", "must be given")
		}
	}
}

// ReadJSONList reads the current value, which must be an array, each element by
// each.
func ReadJSONList[T any](r *JSONReader, each func(*JSONReader) T) []T {
	if !r.expect('[', "an array") {
		return nil
	}
	current := r.current
	r.current = nil // a list is replaced as a whole
	list := []T{}
	for i := 0; r.more(']'); i++ {
		leave := r.enter(strconv.Itoa(i))
		list = append(list, each(r))
		r.pointer = r.pointer[:leave]
	}
	r.current, r.same = current, false
	return list
}

// ReadJSONSet is ReadJSONList without duplicates.
func ReadJSONSet[T comparable](r *JSONReader, each func(*JSONReader) T) []T {
	return check.Unique(ReadJSONList(r, each))
}

// String reads a string.
func (r *JSONReader) String() string {
	if !r.expect('"', "a string") {
		return ""
	}
	s := r.text()
	if check.HasZeroByte(s) {
		r.Fail("format", check.ErrZeroByte.Error())
	}
	return s
}

// Bool reads true or false.
func (r *JSONReader) Bool() bool {
	switch r.buf[r.pos] {
	case 't', 'f':
		start := r.pos
		r.Skip()
		return r.buf[start] == 't'
	}
	r.mismatch("true or false")
	return false
}

// Int reads a whole number that fits an int64; 2.0 and 2e3 are whole too.
func (r *JSONReader) Int() int64 {
	text, ok := r.number("a whole number")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return n
	}
	if n, err = strconv.ParseInt(wholeNumber(text), 10, 64); err != nil {
		r.Fail("type", "must be a whole number of 64 bits")
		return 0
	}
	return n
}

// wholeNumber writes a JSON number without point and exponent; it is empty for a
// number with a fraction, or with more digits than 64 bits hold.
func wholeNumber(number string) string {
	number, negative := strings.CutPrefix(number, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	integer, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(integer+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return "0"
	}
	tens, err := strconv.Atoi(cmp.Or(exponent, "0"))
	zeros := tens - len(fraction) + len(digits) - len(significant)
	if err != nil || zeros < 0 || zeros > len("9223372036854775807") {
		return ""
	}
	if negative {
		significant = "-" + significant
	}
	return significant + strings.Repeat("0", zeros)
}

// Float reads a number.
func (r *JSONReader) Float() float64 {
	text, ok := r.number("a number")
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.Fail("type", "must be a number that 64 bits can hold")
		return 0
	}
	return f
}

func (r *JSONReader) number(want string) (string, bool) {
	if c := r.buf[r.pos]; c != '-' && (c < '0' || c > '9') {
		r.mismatch(want)
		return "", false
	}
	start := r.pos
	r.Skip()
	return string(r.buf[start:r.pos]), true
}

// Time reads an RFC 3339 date and time, truncated to milliseconds, since BSON dates
// have no more.
func (r *JSONReader) Time() time.Time {
	if !r.expect('"', "a string with an RFC 3339 date and time") {
		return time.Time{}
	}
	t, err := ParseTime(r.text())
	if err != nil {
		r.Fail("format", err.Error())
	}
	compareText(r, t, ParseTime)
	return t
}

// rfc3339 matches a date and time, with what follows the milliseconds: time.Parse
// ignores what is finer than nanoseconds. It also accepts too much: an hour of one
// digit, a comma as decimal point, an offset of a whole day.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3}(\d*))?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`)

// ParseTime parses an RFC 3339 date and time, truncated to milliseconds, in UTC.
// The error is a predicate.
func ParseTime(s string) (time.Time, error) {
	t, _, err := ParseInstant(s)
	return t, err
}

// ParseInstant is ParseTime for exact comparisons: finer reports whether there was
// more than the milliseconds of t.
func ParseInstant(s string) (t time.Time, finer bool, err error) {
	t, err = time.Parse(time.RFC3339Nano, s)
	parts := rfc3339.FindStringSubmatch(s)
	switch {
	case err != nil || parts == nil:
		return time.Time{}, false, errors.New("must be an RFC 3339 date and time such as 2026-01-31T08:30:00Z")
	case !check.HasYear(t):
		return time.Time{}, false, check.ErrYear
	}
	return t.UTC().Truncate(time.Millisecond), strings.Trim(parts[1], "0") != "", nil
}

// ObjectID reads an ObjectID of 24 hexadecimal digits.
func (r *JSONReader) ObjectID() bson.ObjectID {
	if !r.expect('"', "a string with an ObjectID") {
		return bson.NilObjectID
	}
	id, err := ParseObjectID(r.text())
	if err != nil {
		r.Fail("format", err.Error())
	}
	compareText(r, id, ParseObjectID)
	return id
}

// ParseObjectID parses an ObjectID of 24 hexadecimal digits. The error is a
// predicate.
func ParseObjectID(s string) (bson.ObjectID, error) {
	id, err := bson.ObjectIDFromHex(s)
	if err != nil {
		return bson.NilObjectID, errors.New("must be an ObjectID of 24 hexadecimal digits")
	}
	return id, nil
}

// Keep reads a value with read, or returns current for null.
func Keep[T any](r *JSONReader, current T, read func(*JSONReader) T) T {
	if r.Null() {
		return current
	}
	return read(r)
}

// Null reads null, and reports whether it was there.
func (r *JSONReader) Null() bool {
	if r.buf[r.pos] != 'n' {
		return false
	}
	r.Skip()
	return true
}

// IsList reports whether the current value is an array.
func (r *JSONReader) IsList() bool { return r.buf[r.pos] == '[' }

// ReadOnly refuses the current member, which only the server may set, or which is
// immutable, unless it restates the document, possibly with a date in another form.
func (r *JSONReader) ReadOnly() { r.readOnly("cannot be set") }

// RefuseNull refuses a null that would remove the current member with its immutable
// members, unless it is missing already. It reports whether the value was null.
func (r *JSONReader) RefuseNull() bool {
	if r.buf[r.pos] != 'n' {
		return false
	}
	r.readOnly("cannot be removed: it has members that are set once")
	return true
}

func (r *JSONReader) readOnly(problem string) {
	value := r.raw()
	if r.same = r.current != nil && (comparison{dates: true}).merges(r.current, value); !r.same {
		r.Fail("read_only", problem)
	}
}

// Fail adds an error for the current value.
func (r *JSONReader) Fail(code, message string) {
	r.Errors.Add(string(r.pointer), code, message)
}

// enter makes name the current member, and returns the length to truncate the
// pointer to afterwards.
func (r *JSONReader) enter(name string) int {
	length := len(r.pointer)
	r.pointer = append(r.pointer, '/')
	r.pointer = append(r.pointer, check.PointerToken(name)...)
	return length
}

// expect reports whether the current value starts with c. If not, it skips the
// value, with an error that says what it must be.
func (r *JSONReader) expect(c byte, want string) bool {
	r.space()
	if r.buf[r.pos] == c {
		return true
	}
	r.mismatch(want)
	return false
}

func (r *JSONReader) mismatch(want string) {
	if r.pos == r.member && r.Null() {
		return
	}
	r.Fail("type", "must be "+want)
	r.Skip()
}

// more skips the opening bracket or the comma before the next element, and returns
// false once it has skipped the closing bracket.
func (r *JSONReader) more(closing byte) bool {
	r.space()
	switch r.buf[r.pos] {
	case '{', '[', ',':
		r.pos++
		r.space()
	}
	if r.buf[r.pos] == closing {
		r.pos++
		return false
	}
	return true
}

func (r *JSONReader) space() {
	s := scanner{buf: r.buf, pos: r.pos}
	s.space()
	r.pos = s.pos
}

// colon skips the colon after a member's name.
func (r *JSONReader) colon() {
	r.space()
	r.pos++
}

// Skip skips the current value, whatever it is.
func (r *JSONReader) Skip() {
	r.space()
	r.pos = valueEnd(r.buf, r.pos)
}

// text reads the string literal at the current position.
func (r *JSONReader) text() string {
	s := scanner{buf: r.buf, pos: r.pos}
	s.string()
	literal := r.buf[r.pos+1 : s.pos-1]
	r.pos = s.pos
	return unescape(literal)
}

func unescape(literal []byte) string {
	if i := strings.IndexByte(string(literal), '\\'); i < 0 {
		return string(literal)
	}
	var text []byte
	for i := 0; i < len(literal); i++ {
		if literal[i] != '\\' {
			text = append(text, literal[i])
			continue
		}
		i++
		if literal[i] != 'u' {
			text = append(text, escaped[literal[i]])
			continue
		}
		r := rune(hex4(literal[i+1:]))
		i += 4
		if utf16.IsSurrogate(r) { // the scanner has checked both halves
			r = utf16.DecodeRune(r, rune(hex4(literal[i+3:])))
			i += 6
		}
		text = utf8.AppendRune(text, r)
	}
	return string(text)
}

var escaped = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// hex4 reads four hexadecimal digits, which the scanner has checked.
func hex4(b []byte) uint64 {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 32)
	return n
}

// Pointer returns the current value's JSON pointer.
func (r *JSONReader) Pointer() string { return string(r.pointer) }
