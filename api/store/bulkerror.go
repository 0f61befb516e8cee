package store

import (
	"fmt"
	"strings"
)

// BulkError is returned if some of several documents were refused. The others are stored.
type BulkError struct {
	Collection string
	// Refused are in the order of their positions.
	Refused []Refusal
}

// Refusal is why the document at Position, from 0, was not stored.
type Refusal struct {
	Position int
	Err      error
}

// namedRefusals bounds how many refusals a BulkError's text names.
const namedRefusals = 3

func (e *BulkError) Error() string {
	var reasons []string
	for _, r := range e.Refused[:min(len(e.Refused), namedRefusals)] {
		reasons = append(reasons, fmt.Sprintf("number %d: %s", r.Position, r.Err))
	}
	if more := len(e.Refused) - len(reasons); more > 0 {
		reasons = append(reasons, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s: %d of the documents were refused, the others are stored: %s",
		e.Collection, len(e.Refused), strings.Join(reasons, "; "))
}

// Unwrap returns the refusals' errors.
func (e *BulkError) Unwrap() []error {
	errs := make([]error, len(e.Refused))
	for i, r := range e.Refused {
		errs[i] = r.Err
	}
	return errs
}
