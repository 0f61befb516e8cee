package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// FoldEmail returns the form in which an email address is stored and looked up:
// trimmed, in lower case and Unicode's form NFC, without format characters, and its
// domain as in DNS, in ASCII and without a trailing dot. A domain that cannot be
// converted stays as it is, and is not valid.
func FoldEmail(s string) string {
	if isFolded(s) && !strings.HasSuffix(s, ".") { // as nearly all are
		return s
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return foldText(strings.TrimSpace(withoutFormat(s, "")))
	}
	return foldText(strings.TrimLeftFunc(withoutFormat(local, ""), unicode.IsSpace)) + "@" + foldDomain(domain)
}

// FoldEmailPrefix returns s, the prefix of an address, folded, except for what
// needs the whole address: inner spaces, and the domain's form. It is s if nothing
// would be left of it.
func FoldEmailPrefix(s string) string {
	if folded := foldText(strings.TrimLeftFunc(withoutFormat(s, ""), unicode.IsSpace)); folded != "" {
		return folded
	}
	return s
}

// foldText returns text in lower case and NFC.
func foldText(s string) string { return norm.NFC.String(strings.ToLower(norm.NFC.String(s))) }

// The joiners are format characters that are part of words in some scripts: in a
// domain, IDNA decides where.
const joiners = "\u200c\u200d"

// withoutFormat returns text without format characters, except for those in except:
// they are invisible, so that they would make many addresses of one.
func withoutFormat(s, except string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && !strings.ContainsRune(except, r) {
			return -1
		}
		return r
	}, s)
}

// maxDomain is the maximum length of a domain that is converted to ASCII, in bytes:
// IDNA takes the square of a label's length, and a longer domain is too long in
// ASCII as well.
const maxDomain = 4 * maxEmail

func foldDomain(s string) string {
	s = foldText(strings.TrimRightFunc(withoutFormat(s, joiners), unicode.IsSpace))
	if len(s) > maxDomain {
		return s
	}
	if !isASCII(s) {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return s
		}
		s = ascii
	}
	if domain, rooted := strings.CutSuffix(s, "."); rooted && domain != "" && !strings.HasSuffix(domain, ".") {
		return domain
	}
	return s
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// isFolded reports whether s is ASCII without capitals, spaces and control
// characters. An address is folded both for its size and its bytes, so it is
// checked eight characters at a time: in each byte of a sum below, the high bit
// means that the character is not less than the one subtracted.
func isFolded(s string) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	for ; len(s) >= 8; s = s[8:] {
		chars := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		if chars&highs != 0 {
			return false
		}
		visible := chars + (0x80-'!')*ones
		capital := (chars + (0x80-'A')*ones) &^ (chars + (0x80-'[')*ones)
		if (^visible|capital)&highs != 0 {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxEmail is RFC 5321's maximum length of a forward path, 256 octets, less its
// brackets.
const maxEmail = 254

// IsEmail reports whether a folded address has what mail transfer needs, and no
// more: what the local part may contain is up to its domain.
func IsEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	return len(s) <= maxEmail && local != "" && isDomain(domain) &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// isDomain reports whether s is a domain name, or an address literal, as in DNS and
// mail: no label is empty, and those in IDNA's ASCII form are valid.
func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" {
			return false
		}
	}
	if strings.Contains(s, "@") || !isASCII(s) {
		return false
	}
	if !strings.Contains(s, "xn--") {
		return true
	}
	ascii, err := idna.Lookup.ToASCII(s)
	return err == nil && ascii == s
}
