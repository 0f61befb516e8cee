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
