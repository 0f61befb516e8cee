package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner skips over JSON, and records where it stops being JSON. After a failure
// it is at the end.
type scanner struct {
	buf []byte
	pos int
	err *SyntaxError
}

func (s *scanner) fail(problem string) {
	if s.err == nil {
		s.err = &SyntaxError{Offset: s.pos, Reason: problem}
		s.pos = len(s.buf)
	}
}

// peek returns the byte at the current position, or 0 at the end, where no JSON
// token is.
func (s *scanner) peek() byte {
	if s.pos < len(s.buf) {
		return s.buf[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.buf) {
		switch s.buf[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// take skips c, if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) value(depth int) {
	s.space()
	switch c := s.peek(); {
	case c == '{' || c == '[':
		if depth == MaxDepth {
			s.fail("nested too deeply")
			return
		}
		s.container(c, depth+1)
	case c == '"':
		s.string()
	case c == 't':
		s.literal("true")
	case c == 'f':
		s.literal("false")
	case c == 'n':
		s.literal("null")
	case c == '-' || isDigit(c):
		s.number()
	default:
		s.fail("expected a value")
	}
}

func (s *scanner) container(opening byte, depth int) {
	closing := opening + 2 // in ASCII, } is { + 2 and ] is [ + 2
	s.pos++
	if s.space(); s.take(closing) {
		return
	}
	for s.err == nil {
		if opening == '{' {
			s.name()
		}
		s.value(depth)
		s.space()
		if s.take(closing) {
			return
		}
		if !s.take(',') {
			s.fail("expected , or " + string(closing))
		}
	}
}

// name skips a member's name and its colon.
func (s *scanner) name() {
	if s.space(); s.peek() != '"' {
		s.fail("expected a member's name in quotes")
		return
	}
	s.string()
	if s.space(); !s.take(':') {
		s.fail("expected :")
	}
}

func (s *scanner) string() {
	s.pos++
	for s.pos < len(s.buf) {
		switch c := s.buf[s.pos]; {
		case c == '"':
			s.pos++
			return
		case c < ' ':
			s.fail("control character in a string")
		case c == '\\':
			s.escape()
		default:
			s.pos++
		}
	}
	s.fail("string without an end")
}

func (s *scanner) escape() {
	s.pos++
	switch c := s.peek(); {
	case c == 'u':
		s.unicode()
	case bytes.IndexByte([]byte(`"\/bfnrt`), c) >= 0:
		s.pos++
	default:
		s.fail("unknown escape in a string")
	}
}

// unicode skips u and four digits, or two such escapes of one character. Half of
// one is not a character that could be stored (RFC 8259, section 8.2).
func (s *scanner) unicode() {
	start := s.pos - 1
	first := s.codeUnit()
	if s.err != nil || !utf16.IsSurrogate(first) {
		return
	}
	if s.take('\\') && s.peek() == 'u' {
		if second := s.codeUnit(); s.err != nil || utf16.DecodeRune(first, second) != utf8.RuneError {
			return
		}
	}
	s.pos = start
	s.fail("half of a surrogate pair in a string")
}

// codeUnit skips u and the four hexadecimal digits after it.
func (s *scanner) codeUnit() (r rune) {
	s.pos++
	start := s.pos
	for range 4 {
		if !isHex(s.peek()) {
			s.fail("expected four hexadecimal digits")
			return 0
		}
		s.pos++
	}
	return rune(hex4(s.buf[start:]))
}

func (s *scanner) literal(word string) {
	if !bytes.HasPrefix(s.buf[s.pos:], []byte(word)) {
		s.fail("expected a value")
		return
	}
	s.pos += len(word)
}

func (s *scanner) number() {
	s.take('-')
	if !s.take('0') {
		s.digits()
	}
	if s.take('.') {
		s.digits()
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		s.digits()
	}
}

func (s *scanner) digits() {
	if !isDigit(s.peek()) {
		s.fail("expected a digit")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// valueEnd returns where the value ends that begins at pos. Text has been scanned, or a codec has rendered it, in
// which case it may be nested deeper than a request.
func valueEnd(text []byte, pos int) int {
	for depth := 0; pos < len(text); pos++ {
		switch text[pos] {
		case '"':
			s := scanner{buf: text, pos: pos}
			s.string()
			pos = s.pos - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return pos
			}
			depth--
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return pos
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return pos + 1
		}
	}
	return pos
}
