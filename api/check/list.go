package check

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// List has the constraints on a list.
type List[T any] struct {
	// Required refuses nil, which was not given.
	Required bool
	// MinLen and MaxLen are in elements; zero for no bound.
	MinLen, MaxLen int
	// Each checks an element; with nil every element is valid.
	Each func(errs *FieldErrors, pointer string, v T)
	// ID returns the _id of an element, which differs from those of the others. It is nil for
	// elements that have none.
	ID func(v T) bson.ObjectID
}

// Check checks the elements of v and their number; without Required, nil passes.
func (l *List[T]) Check(errs *FieldErrors, pointer string, v []T) {
	l.check(errs, pointer, v, len(v))
}

// check checks v, which counts as n elements. Those come first: a list with one that
// is invalid is not also too short.
func (l *List[T]) check(errs *FieldErrors, pointer string, v []T, n int) {
	if v == nil {
		errs.Given(pointer, !l.Required)
		return
	}
	if l.Each != nil {
		Each(errs, pointer, v, l.Each)
	}
	if l.ID != nil {
		DistinctIDs(errs, pointer, v, l.ID)
	}
	errs.Length(pointer, n, l.MinLen, l.MaxLen)
}

// Set has the constraints on a list without duplicates.
type Set[T comparable] List[T]

// Check checks the elements of v and their number, duplicates counted once.
func (s *Set[T]) Check(errs *FieldErrors, pointer string, v []T) {
	(*List[T])(s).check(errs, pointer, v, len(Unique(v)))
}

// Map has the constraints on a map.
type Map[T any] struct {
	// Required refuses nil, which was not given.
	Required bool
	// MinLen and MaxLen are in entries; zero for no bound.
	MinLen, MaxLen int
	// Each checks an entry's value; with nil every value is valid.
	Each func(errs *FieldErrors, pointer string, v T)
}

// Check checks the entries of v and their number; without Required, nil passes.
func (m *Map[T]) Check(errs *FieldErrors, pointer string, v map[string]T) {
	if v == nil {
		errs.Given(pointer, !m.Required)
		return
	}
	Entries(errs, pointer, v, m.Each)
	errs.Size(pointer, len(v), m.MinLen, m.MaxLen)
}

// Size checks the number of entries of a map.
func (errs *FieldErrors) Size(pointer string, n, least, most int) {
	errs.length(pointer, n, least, most, "entries")
}

// Length checks the number of elements of a list.
func (errs *FieldErrors) Length(pointer string, n, least, most int) {
	errs.length(pointer, n, least, most, "elements")
}

func (errs *FieldErrors) length(pointer string, n, least, most int, unit string) {
	if n < least {
		errs.Add(pointer, "too_short", fmt.Sprintf("must have at least %d %s, has %d", least, unit, n))
	}
	if most > 0 && n > most {
		errs.Add(pointer, "too_long", fmt.Sprintf("must have at most %d %s, has %d", most, unit, n))
	}
}

// Each checks every element of a list.
func Each[T any](errs *FieldErrors, pointer string, list []T, check func(*FieldErrors, string, T)) {
	for i, v := range list {
		check(errs, pointer+"/"+strconv.Itoa(i), v)
	}
}

// DistinctIDs checks that no element of a list has the _id of an earlier one. The zero _id
// stands for none.
func DistinctIDs[T any](errs *FieldErrors, pointer string, list []T, id func(T) bson.ObjectID) {
	seen := make(map[bson.ObjectID]struct{}, len(list))
	for i, v := range list {
		id := id(v)
		if _, again := seen[id]; again && !id.IsZero() {
			errs.RepeatedID(pointer + "/" + strconv.Itoa(i))
		}
		seen[id] = struct{}{}
	}
}

// RepeatedID adds the error of an element at pointer that has the _id of another one.
func (errs *FieldErrors) RepeatedID(pointer string) {
	errs.Add(pointer+"/_id", "duplicate", "is the _id of another element of the list")
}

// Entries checks the names of a map's entries, and each value by check; with a nil
// check every value is valid.
func Entries[T any](errs *FieldErrors, pointer string, m map[string]T, check func(*FieldErrors, string, T)) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		at := pointer + "/" + PointerToken(name)
		errs.entryName(at, name)
		if check != nil {
			check(errs, at, m[name])
		}
	}
}

// maxEntryName keeps names short enough to be part of paths.
const maxEntryName = 255

// ErrEntryName is what is wrong with a name that cannot be part of a path. It is a predicate.
var ErrEntryName = errors.New("is an entry whose name starts with $, or contains a dot or a zero byte")

func (errs *FieldErrors) entryName(pointer, name string) {
	if problem := entryNameProblem(name); problem != "" {
		errs.Add(pointer, "entry_name", problem)
	}
}

// entryNameProblem refuses names that cannot be part of a path: MongoDB takes a dot for a
// separator, and a leading dollar sign for an operator.
func entryNameProblem(name string) string {
	switch {
	case name == "":
		return "is an entry without a name"
	case !utf8.ValidString(name):
		return "is an entry whose name is not UTF-8"
	case len(name) > maxEntryName:
		return "is an entry whose name is longer than " + strconv.Itoa(maxEntryName) + " bytes"
	case name[0] == '$' || strings.ContainsAny(name, ".\x00"):
		return ErrEntryName.Error()
	}
	return ""
}
