package check

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text has the constraints on a string.
type Text struct {
	// Required refuses an empty string, which counts as not given.
	Required bool
	// MinLen and MaxLen are in characters; zero for no bound.
	MinLen, MaxLen int
	// Pattern matches the whole string.
	Pattern *regexp.Regexp
	// Format is what the text is; nil for any text.
	Format *Format
	// Trim takes white space from both ends; Lower and Upper change the case.
	Trim, Lower, Upper bool
}

// Fold returns v as it is stored: in the form that Format demands, trimmed, and in one case.
func (t *Text) Fold(v string) string {
	if t.Format != nil && t.Format.fold != nil {
		v = t.Format.fold(v)
	}
	if t.Trim {
		v = strings.TrimSpace(v)
	}
	return t.inCase(v)
}

// Folds reports whether Fold changes some texts.
func (t *Text) Folds() bool {
	return t.Trim || t.Lower || t.Upper || t.Format != nil && t.Format.fold != nil
}

// FoldPrefix returns v, the beginning of a text, as what is stored begins, as far as that can
// be told.
func (t *Text) FoldPrefix(v string) string {
	if t.Format != nil && t.Format.foldPrefix != nil {
		v = t.Format.foldPrefix(v)
	}
	if t.Trim {
		v = strings.TrimLeftFunc(v, unicode.IsSpace)
	}
	return t.inCase(v)
}

func (t *Text) inCase(v string) string {
	switch {
	case t.Lower:
		return strings.ToLower(v)
	case t.Upper:
		return strings.ToUpper(v)
	}
	return v
}

// Check checks v as it is stored.
func (t *Text) Check(errs *FieldErrors, pointer, v string) {
	if !utf8.ValidString(v) { // checked first: folding would hide it
		errs.Add(pointer, "format", "must be UTF-8")
	}
	v = t.Fold(v)
	if t.Required && v == "" {
		errs.Given(pointer, false)
		return
	}
	errs.length(pointer, utf8.RuneCountInString(v), t.MinLen, t.MaxLen, "characters")
	if t.Format != nil && !t.Format.is(v) {
		errs.Add(pointer, "format", t.Format.message)
	}
	if t.Pattern != nil && !t.Pattern.MatchString(v) {
		errs.Add(pointer, "pattern", "must match "+t.Pattern.String())
	}
	if HasZeroByte(v) {
		errs.Add(pointer, "format", ErrZeroByte.Error())
	}
}

// ErrZeroByte is what is wrong with a string that HasZeroByte. It is a predicate.
var ErrZeroByte = errors.New("must not contain the character U+0000")

// HasZeroByte reports whether s contains U+0000, which no request may send back.
func HasZeroByte(s string) bool { return strings.IndexByte(s, 0) >= 0 }

// AnyText checks an element of a list of strings, which has no constraints but to
// be text.
func AnyText(errs *FieldErrors, pointer, v string) { new(Text).Check(errs, pointer, v) }

// Bytes has the constraints on binary data.
type Bytes struct {
	// Required refuses nil, which was not given.
	Required bool
	// MinLen and MaxLen are in bytes; zero for no bound.
	MinLen, MaxLen int
}

// Check checks v; without Required, nil passes.
func (b *Bytes) Check(errs *FieldErrors, pointer string, v []byte) {
	if v == nil {
		errs.Given(pointer, !b.Required)
		return
	}
	errs.length(pointer, len(v), b.MinLen, b.MaxLen, "bytes")
}

// ComposeText returns text in Unicode's form NFC, in which é is one character,
// however it was typed.
func ComposeText(s string) string { return norm.NFC.String(s) }
