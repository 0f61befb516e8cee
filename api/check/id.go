package check

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxID is how many characters the text of an _id has at most: a URL with it stays short
// enough for every proxy, whatever the characters.
const maxID = 128

// TextID checks the text that a document is known by. It is a segment of the document's URL,
// so that no proxy must take it for anything else.
func TextID(errs *FieldErrors, pointer, id string) {
	errs.Given(pointer, id != "")
	errs.length(pointer, utf8.RuneCountInString(id), 0, maxID, "characters")
	switch {
	case !utf8.ValidString(id):
		errs.Add(pointer, "format", "must be UTF-8")
	case strings.ContainsFunc(id, unicode.IsControl):
		errs.Add(pointer, "format", "must not contain control characters")
	case strings.ContainsRune(id, '/'):
		errs.Add(pointer, "format", "must not contain /")
	case strings.HasPrefix(id, "$"):
		errs.Add(pointer, "format", "must not begin with $")
	case id == "." || id == "..":
		errs.Add(pointer, "format", "must not be "+strconv.Quote(id)+", which is no segment of a URL")
	}
}
