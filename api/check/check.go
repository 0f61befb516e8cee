// Package check compares values with their constraints, and lists what is wrong
// with each by its JSON pointer.
//
// It neither reads nor writes: of BSON it knows the driver's types alone.
//
// The constraints on a field are a value, such as a Text or a List, whose method
// Check checks a value of the field. Functions check values by their type alone.
package check

// Given checks that a required value was given.
func (errs *FieldErrors) Given(pointer string, given bool) {
	if !given {
		errs.Add(pointer, "required", "must be given")
	}
}

// NotZero checks that a required value was given, such as an ObjectID or a UUID: the zero
// value counts as none.
func NotZero[T interface{ IsZero() bool }](errs *FieldErrors, pointer string, v T) {
	errs.Given(pointer, !v.IsZero())
}
