package indexes

import (
	"slices"
	"strings"
)

// DriftError is returned for declared indexes that are not there as declared.
type DriftError struct{ Findings []Finding }

func (e *DriftError) Error() string {
	var texts []string
	for _, f := range e.Findings {
		texts = append(texts, f.String())
	}
	return strings.Join(texts, "\n")
}

// TakesPrune reports whether an index is to be replaced.
func (e *DriftError) TakesPrune() bool {
	return slices.ContainsFunc(e.Findings, func(f Finding) bool { return f.TakesPrune() })
}

// LacksGuard reports whether documents could be stored that should not be, or whether an index is not there at all: not
// if each finding is about an index that would be replaced, and is not declared unique.
func (e *DriftError) LacksGuard() bool {
	return slices.ContainsFunc(e.Findings, func(f Finding) bool {
		return f.Problem != Different || !f.TakesPrune() || f.Declared == nil || f.Declared.Unique
	})
}
