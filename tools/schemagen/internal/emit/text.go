package emit

import (
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lowerFirst turns an exported name into an unexported one.
func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}

// parameter turns an exported name into that of a parameter: it lowers an
// initialism at the start as a whole, and avoids keywords, predeclared identifiers
// and the names in taken.
func parameter(name string, taken []string) string {
	runes := []rune(name)
	for i := range runes {
		beginsWord := i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if !unicode.IsUpper(runes[i]) || beginsWord {
			break
		}
		runes[i] = unicode.ToLower(runes[i])
	}
	name = string(runes)
	for token.IsKeyword(name) || types.Universe.Lookup(name) != nil || slices.Contains(taken, name) {
		name += "Value"
	}
	return name
}

// sentence ends doc with a full stop, so that more can follow.
func sentence(doc string) string {
	doc = strings.TrimSpace(doc)
	if strings.HasSuffix(doc, ".") || strings.HasSuffix(doc, "!") || strings.HasSuffix(doc, "?") {
		return doc
	}
	return doc + "."
}

// joinOr joins values as a sentence does: a, b or c.
func joinOr(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
