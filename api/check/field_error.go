package check

import "strings"

// FieldError is an error in one value of a request.
type FieldError struct {
	// Pointer is the value's JSON pointer (RFC 6901).
	Pointer string `json:"pointer"`
	// Code is stable, for programs: required, type, unknown_field, read_only,
	// duplicate_member, duplicate, entry_name, not_allowed, not_removable, format, pattern,
	// reference_missing, too_short, too_long, too_small, too_large, too_deep,
	// out_of_range or check.
	Code string `json:"code"`
	// Message is a predicate, for people: "must be a string".
	Message string `json:"message"`
}

// FieldErrors are the errors in a request, up to maxFieldErrors.
type FieldErrors []FieldError

// maxFieldErrors is far more than a person reads, and far fewer than a body could
// cause: each is compared with all before it.
const maxFieldErrors = 100

// Add adds an error, unless there is one for the same value or one that contains
// it: a value of the wrong type is not also too short.
func (errs *FieldErrors) Add(pointer, code, message string) {
	if len(*errs) == maxFieldErrors {
		return
	}
	for _, known := range *errs {
		if rest, within := strings.CutPrefix(pointer, known.Pointer); within && (rest == "" || rest[0] == '/') {
			return
		}
	}
	// A copy, so that a pointer costs an allocation only if its value is invalid.
	*errs = append(*errs, FieldError{Pointer: strings.Clone(pointer), Code: code, Message: message})
}
