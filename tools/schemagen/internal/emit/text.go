package emit

import (
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lowerFirst makes an exported name an unexported one.
func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}

// parameter makes an exported name that of a parameter: words in capitals at its
// start are lowered as a whole, and what would be a keyword, hide something
// predeclared or be one of taken gets a name of its own.
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

// sentence returns doc with a full stop, so that more can follow it.
func sentence(doc string) string {
	doc = strings.TrimSpace(doc)
	if strings.HasSuffix(doc, ".") || strings.HasSuffix(doc, "!") || strings.HasSuffix(doc, "?") {
		return doc
	}
	return doc + "."
}

// listing returns values as a sentence lists them: a, b or c.
func listing(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
