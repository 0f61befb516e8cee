package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go names write in capitals; the list is that of
// golang.org/x/lint.
var initialisms = map[string]bool{
	"acl": true, "api": true, "ascii": true, "cpu": true, "css": true, "dns": true, "eof": true,
	"guid": true, "html": true, "http": true, "https": true, "id": true, "ip": true, "json": true,
	"lhs": true, "qps": true, "ram": true, "rhs": true, "rpc": true, "sla": true, "smtp": true,
	"sql": true, "ssh": true, "tcp": true, "tls": true, "ttl": true, "udp": true, "ui": true,
	"uid": true, "uri": true, "url": true, "utf8": true, "uuid": true, "vm": true, "xml": true,
	"xmpp": true, "xsrf": true, "xss": true,
}

// goName returns the exported Go name for a stored name or an enum's value, empty
// if it has no letter or digit.
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		if initialisms[strings.ToLower(word)] {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		b.WriteString(upperFirst(word))
	}
	return b.String()
}

// goPath returns the exported Go name for a dotted path.
func goPath(path string) string {
	var b strings.Builder
	for name := range strings.SplitSeq(path, ".") {
		b.WriteString(goName(name))
	}
	return b.String()
}

// packageName returns the name of a collection's Go package.
func packageName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// Title returns a stored name for people.
func Title(name string) string {
	return upperFirst(strings.ToLower(strings.Join(words(name), " ")))
}

func upperFirst(s string) string { return changeFirst(s, unicode.ToUpper) }

func lowerFirst(s string) string { return changeFirst(s, unicode.ToLower) }

// changeFirst changes the first character of s, if there is one.
func changeFirst(s string, change func(rune) rune) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(change(r)) + s[size:]
}

// words splits a name at characters that are neither letter nor digit, and where a
// capital begins a word, such as the S and the T of HTTPServerTime.
func words(name string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(name, isSeparator) {
		list = append(list, camelWords([]rune(part))...)
	}
	return list
}

func isSeparator(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func camelWords(part []rune) []string {
	var list []string
	start := 0
	for i := 1; i < len(part); i++ {
		if !unicode.IsUpper(part[i]) {
			continue
		}
		endsWord := !unicode.IsUpper(part[i-1])
		endsInitialism := i+1 < len(part) && unicode.IsLower(part[i+1])
		if endsWord || endsInitialism {
			list = append(list, string(part[start:i]))
			start = i
		}
	}
	return append(list, string(part[start:]))
}

// startsWithName reports whether doc is a sentence that starts with name.
func startsWithName(doc, name string) bool {
	rest, ok := strings.CutPrefix(doc, name)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && rest != "" && next != '_' && isSeparator(next)
}

// nearest returns the name with the fewest edits from name, empty if there are no
// names.
func nearest(name string, names []string) string {
	best, least := "", -1
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); least < 0 || d < least {
			best, least = n, d
		}
	}
	return best
}

// distance returns the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
