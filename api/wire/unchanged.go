package wire

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
)

// A request that changes a document may send it back as a whole, as the API returns
// it. Members that restate the document are no changes: they need no permission,
// and are not written.

// Against compares the request, a JSON merge patch, with the document that it
// changes, as JSON. Call it before anything is read.
func (r *JSONReader) Against(current []byte) { r.current = current }

// Restates reports whether patch, a JSON merge patch that has been read before,
// sets every member to its value in current, a document as JSON; members that it
// removes are ignored.
func Restates(current, patch []byte) bool {
	return (comparison{dates: true, skipNull: true}).merges(current, trimmed(patch))
}

// trimmed returns an object without surrounding white space.
func trimmed(body []byte) []byte { return body[bytes.IndexByte(body, '{'):] }

// Unchanged reports whether the value that was just read equals the document's,
// possibly in another form.
func (r *JSONReader) Unchanged() bool { return r.same }

// storedMembers returns the members of the document's object at the current
// position; nil if it has none, or is the form of another type.
func (r *JSONReader) storedMembers() map[string][]byte {
	if len(r.current) == 0 || r.current[0] != '{' || isForm(r.current) {
		return nil
	}
	members, _ := membersOf(r.current)
	return members
}

// skipUnchanged skips the current value, if it changes nothing.
func (r *JSONReader) skipUnchanged() bool {
	if r.current == nil {
		return false
	}
	s := scanner{buf: r.buf, pos: r.pos}
	if s.value(0); !(comparison{}).merges(r.current, r.buf[r.pos:s.pos]) {
		return false
	}
	r.pos, r.same = s.pos, true
	return true
}

// compareText records whether the value that was read equals the document's text,
// as parsed by parse.
func compareText[T comparable](r *JSONReader, v T, parse func(string) (T, error)) {
	if len(r.current) == 0 || r.current[0] != '"' {
		return
	}
	have, err := parse(textOf(r.current))
	r.same = err == nil && have == v
}

// comparison compares JSON values by meaning: numbers in any form, members in any
// order.
type comparison struct {
	// dates treats texts as equal that are forms of the same moment.
	dates bool
	// skipNull treats a member that a merge patch removes as unchanged.
	skipNull bool
}

// merges reports whether merging patch into the value have leaves it as it is (RFC
// 7396, section 2).
func (c comparison) merges(have, patch []byte) bool {
	if have[0] != '{' || patch[0] != '{' || isForm(have) || isForm(patch) {
		return c.equal(have, patch)
	}
	members, _ := membersOf(have)
	changes, repeated := membersOf(patch)
	if repeated {
		return false
	}
	for name, change := range changes {
		if c.skipNull && change[0] == 'n' {
			continue
		}
		if member, ok := members[name]; !ok || !c.merges(member, change) {
			return false
		}
	}
	return true
}

func (c comparison) equal(a, b []byte) bool {
	switch {
	case a[0] == '{' && b[0] == '{':
		return c.equalObjects(a, b)
	case a[0] == '[' && b[0] == '[':
		return c.equalArrays(a, b)
	case a[0] == '"' && b[0] == '"':
		return c.equalText(textOf(a), textOf(b))
	case isNumber(a[0]) && isNumber(b[0]):
		return numberOf(string(a)) == numberOf(string(b))
	}
	return bytes.Equal(a, b)
}

func (c comparison) equalObjects(a, b []byte) bool {
	in, _ := membersOf(a)
	others, repeated := membersOf(b)
	if repeated || len(in) != len(others) {
		return false
	}
	for name, v := range in {
		if other, ok := others[name]; !ok || !c.equal(v, other) {
			return false
		}
	}
	return true
}

func (c comparison) equalArrays(a, b []byte) bool {
	in, others := elementsOf(a), elementsOf(b)
	if len(in) != len(others) {
		return false
	}
	for i := range in {
		if !c.equal(in[i], others[i]) {
			return false
		}
	}
	return true
}

func (c comparison) equalText(a, b string) bool {
	if a == b || !c.dates {
		return a == b
	}
	first, _ := ParseTime(a) // not the zero time of a text that is no time
	second, err := ParseTime(b)
	return err == nil && first.Equal(second)
}

func isNumber(c byte) bool { return c == '-' || isDigit(c) }

// number is a normalized JSON number: digits that neither start nor end with a
// zero, and the power of ten to multiply them by.
type number struct {
	negative bool
	digits   string
	tens     int
	// raw is the number as written, if its exponent is out of all bounds.
	raw string
}

func numberOf(text string) number {
	unsigned, negative := strings.CutPrefix(text, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(unsigned), "e")
	integer, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(integer+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return number{}
	}
	tens, err := strconv.Atoi(cmp.Or(exponent, "0"))
	if err != nil {
		return number{raw: text}
	}
	return number{negative: negative, digits: significant, tens: tens - len(fraction) + len(digits) - len(significant)}
}

// membersOf returns the members of an object that has been scanned. Of two with one
// name the last counts, and repeated is true.
func membersOf(object []byte) (members map[string][]byte, repeated bool) {
	r := JSONReader{buf: object}
	members = map[string][]byte{}
	for r.more('}') {
		name := r.text()
		r.colon()
		r.space()
		_, again := members[name]
		repeated = repeated || again
		members[name] = r.raw()
	}
	return members, repeated
}

// elementsOf returns the elements of an array that has been scanned.
func elementsOf(array []byte) [][]byte {
	r := JSONReader{buf: array}
	var list [][]byte
	for r.more(']') {
		list = append(list, r.raw())
	}
	return list
}

// raw returns the current value as written, and skips it.
func (r *JSONReader) raw() []byte {
	start := r.pos
	r.Skip()
	return r.buf[start:r.pos]
}

// textOf returns the text of a string literal.
func textOf(literal []byte) string { return unescape(literal[1 : len(literal)-1]) }
