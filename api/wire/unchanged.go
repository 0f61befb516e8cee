package wire

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
)

// A request that changes a document may send it back as a whole, as the API
// answers with it. What stays as it is then is no change: nobody is asked whether
// it may be made, and it is not made.

// Against compares the request, a JSON merge patch, with the document that it
// changes, as JSON. It comes before anything is read.
func (r *JSONReader) Against(current []byte) { r.current = current }

// Restates reports whether patch, a JSON merge patch that was read before, sets
// every member to what current, a document as JSON, has there; what it removes is
// left out of account.
func Restates(current, patch []byte) bool {
	return (comparison{dates: true, skipNull: true}).merges(current, trimmed(patch))
}

// trimmed returns an object without what stands around it.
func trimmed(body []byte) []byte { return body[bytes.IndexByte(body, '{'):] }

// Unchanged reports whether the value that was just read is what the document has,
// though it may be written in another way.
func (r *JSONReader) Unchanged() bool { return r.same }

// storedMembers returns the members of the object that the document has where the reading
// is; nil if it has none.
func (r *JSONReader) storedMembers() map[string][]byte {
	if len(r.current) == 0 || r.current[0] != '{' {
		return nil
	}
	members, _ := membersOf(r.current)
	return members
}

// skipUnchanged steps over the current value, if it changes nothing.
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

// compareText remembers whether the value that was read is the one of the text that the
// document has, as parse reads it.
func compareText[T comparable](r *JSONReader, v T, parse func(string) (T, error)) {
	if len(r.current) == 0 || r.current[0] != '"' {
		return
	}
	have, err := parse(textOf(r.current))
	r.same = err == nil && have == v
}

// comparison compares JSON values by what they stand for: numbers however they are
// written, members in any order.
type comparison struct {
	// dates takes a text for the same that is another form of the same moment.
	dates bool
	// skipNull takes a member that a merge patch removes for one that it leaves.
	skipNull bool
}

// merges reports whether merging patch into the value have leaves have as it is
// (RFC 7396, section 2).
func (c comparison) merges(have, patch []byte) bool {
	if have[0] != '{' || patch[0] != '{' {
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
	first, _ := ParseTime(a) // the zero time of a text that is none, which no text is
	second, err := ParseTime(b)
	return err == nil && first.Equal(second)
}

func isNumber(c byte) bool { return c == '-' || isDigit(c) }

// number is a JSON number without its ways to be written: digits that neither
// begin nor end with a zero, and the power of ten that they are times of.
type number struct {
	negative bool
	digits   string
	tens     int
	// raw is the number as it is written, where its exponent is out of all bounds.
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

// membersOf returns the members of an object that was scanned before. Of two of one
// name the last counts, and repeated says that there are such.
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

// elementsOf returns the elements of an array that was scanned before.
func elementsOf(array []byte) [][]byte {
	r := JSONReader{buf: array}
	var list [][]byte
	for r.more(']') {
		list = append(list, r.raw())
	}
	return list
}

// raw returns the current value as it is written; the reading goes on behind it.
func (r *JSONReader) raw() []byte {
	start := r.pos
	r.Skip()
	return r.buf[start:r.pos]
}

// textOf returns what a string literal says.
func textOf(literal []byte) string { return unescape(literal[1 : len(literal)-1]) }
