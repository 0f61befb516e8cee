package wire

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Text has the constraints on a string.
type Text struct {
	Required bool
	// MinLen and MaxLen are in characters; zero for no bound.
	MinLen, MaxLen int
	// Pattern matches the whole string.
	Pattern *regexp.Regexp
	// Email requires an address. It is checked in folded form, as it will be
	// stored.
	Email bool
}

// Text checks v against rule. An optional string that is empty was not given, and
// is not checked further.
func (p *FieldErrors) Text(pointer, v string, rule Text) {
	if !utf8.ValidString(v) { // checked first: folding would hide it
		p.Add(pointer, "format", "must be UTF-8")
	}
	if rule.Email {
		v = FoldEmail(v)
	}
	if v == "" {
		if rule.Required {
			p.Add(pointer, "required", "must be given")
		}
		return
	}
	p.length(pointer, utf8.RuneCountInString(v), rule.MinLen, rule.MaxLen, "characters")
	if rule.Email && !IsEmail(v) {
		p.Add(pointer, "format", "must be an email address")
	}
	if rule.Pattern != nil && !rule.Pattern.MatchString(v) {
		p.Add(pointer, "pattern", "must match "+rule.Pattern.String())
	}
	if strings.IndexByte(v, 0) >= 0 { // which no request may send back
		p.Add(pointer, "format", noZeroByte)
	}
}

const noZeroByte = "must not contain the character U+0000"

// CheckText checks an element of a list of strings, which has no constraints but to
// be text.
func CheckText(p *FieldErrors, pointer, v string) { p.Text(pointer, v, Text{}) }

// Length checks the number of elements of a list.
func (p *FieldErrors) Length(pointer string, n, least, most int) {
	p.length(pointer, n, least, most, "elements")
}

func (p *FieldErrors) length(pointer string, n, least, most int, unit string) {
	if n < least {
		p.Add(pointer, "too_short", fmt.Sprintf("must have at least %d %s, has %d", least, unit, n))
	}
	if most > 0 && n > most {
		p.Add(pointer, "too_long", fmt.Sprintf("must have at most %d %s, has %d", most, unit, n))
	}
}

// Given checks that a required value was given.
func (p *FieldErrors) Given(pointer string, given bool) {
	if !given {
		p.Add(pointer, "required", "must be given")
	}
}

// Each checks every element of a list.
func Each[T any](p *FieldErrors, pointer string, list []T, check func(*FieldErrors, string, T)) {
	for i, v := range list {
		check(p, pointer+"/"+strconv.Itoa(i), v)
	}
}

// Bounds checks that a number is between least and most; nil is no bound.
func Bounds[N int64 | float64](p *FieldErrors, pointer string, v N, least, most *N) {
	if least != nil && v < *least {
		p.Add(pointer, "too_small", fmt.Sprintf("must be at least %v", *least))
	}
	if most != nil && v > *most {
		p.Add(pointer, "too_large", fmt.Sprintf("must be at most %v", *most))
	}
}

// Finite checks that a number is finite: JSON has no infinity.
func (p *FieldErrors) Finite(pointer string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		p.Add(pointer, "type", "must be a finite number")
	}
}

// CheckTime checks that a time can be stored and represented in JSON: the zero time
// stands for none.
func CheckTime(p *FieldErrors, pointer string, v time.Time) {
	switch {
	case v.IsZero():
		p.Given(pointer, false)
	case !inJSON(v):
		p.Add(pointer, "out_of_range", outsideJSON)
	case v.Truncate(time.Millisecond).IsZero():
		p.Add(pointer, "not_allowed", notZeroTime)
	}
}

// Messages about times that would not be stored as they are.
const (
	outsideJSON = "must be in the years 0 to 9999 in UTC"
	notZeroTime = "must not be 0001-01-01T00:00:00Z, which stands for no date"
)

// CheckObjectID checks that an ObjectID can be stored: the zero ObjectID stands for
// none.
func CheckObjectID(p *FieldErrors, pointer string, v bson.ObjectID) { p.Given(pointer, !v.IsZero()) }

// Between checks that a time that was given is between first and last; the zero
// time is no bound.
func (p *FieldErrors) Between(pointer string, v, first, last time.Time) {
	if v.IsZero() {
		return
	}
	if !first.IsZero() && v.Before(first) {
		p.Add(pointer, "too_small", "must not be before "+first.Format(time.RFC3339))
	}
	if !last.IsZero() && v.After(last) {
		p.Add(pointer, "too_large", "must not be after "+last.Format(time.RFC3339))
	}
}
