package check

import (
	"slices"
	"strings"
)

// Enum is a list of values that a string is one of.
type Enum[E ~string] struct {
	// Check checks that a value is one of them. It is created once, so that passing
	// it on costs nothing.
	Check func(errs *FieldErrors, pointer string, v E)

	values []E
	listed string
	// first is the position of a value with that first byte, counted from 1, and
	// next that of another one with the same: most texts are compared with one
	// value.
	first [256]uint16
	next  []uint16
}

// NewEnum returns the Enum of values, in declared order. None may be empty.
func NewEnum[E ~string](values ...E) *Enum[E] {
	e := &Enum[E]{values: values, listed: "must be one of " + Alternatives(values), next: make([]uint16, len(values))}
	for i, v := range values {
		at := &e.first[v[0]]
		e.next[i], *at = *at, uint16(i+1)
	}
	e.Check = func(errs *FieldErrors, pointer string, v E) {
		if _, ok := e.Parse([]byte(v)); !ok {
			errs.Add(pointer, "not_allowed", e.listed)
		}
	}
	return e
}

// CheckRequired checks a value that must be given: the zero value is missing.
func (e *Enum[E]) CheckRequired(errs *FieldErrors, pointer string, v E) {
	errs.Given(pointer, v != "")
	e.Check(errs, pointer, v)
}

// Values returns the values in declared order.
func (e *Enum[E]) Values() []E { return slices.Clone(e.values) }

// Texts returns the values as text, in declared order.
func (e *Enum[E]) Texts() []string {
	texts := make([]string, len(e.values))
	for i, v := range e.values {
		texts[i] = string(v)
	}
	return texts
}

// Parse returns the value with that text; ok is false if there is none.
func (e *Enum[E]) Parse(text []byte) (v E, ok bool) {
	if len(text) == 0 {
		return "", false
	}
	for at := e.first[text[0]]; at > 0; at = e.next[at-1] {
		if v := e.values[at-1]; string(v) == string(text) {
			return v, true
		}
	}
	return "", false
}

// Refusal returns the message for a text that is none of the values.
func (e *Enum[E]) Refusal() string { return e.listed }

// Alternatives returns values as a sentence lists them: a, b or c.
func Alternatives[E ~string](values []E) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	if len(texts) < 2 {
		return strings.Join(texts, "")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}
