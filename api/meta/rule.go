package meta

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Requirement is a Condition on what is beside a member, at a path that begins there.
type Requirement struct {
	Condition
	// IfMissing reports whether a missing value fulfils it, by what it reads as.
	IfMissing bool
}

// Check is a function of the app's that values of a member are checked by.
type Check struct {
	// Name is that under which the app has the function, Takes its Go type.
	Name, Takes string
	// Fits reports whether f is of that type.
	Fits func(f any) bool
	// Call calls f, which fits, with a value as stored, and returns f's error. Values of another
	// type than the member's are passed by.
	Call func(f any, v bson.RawValue) error
}

// IsRequiredBy reports whether what is at path, which begins beside f, may decide whether f is required.
func (f *Field) IsRequiredBy(path string) bool {
	return slices.ContainsFunc(f.RequiredIf, func(r Requirement) bool { return Overlap(r.Path, path) })
}

// Overlap reports whether one of two dotted paths leads through the other, or both are the same.
func Overlap(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

// HasRules reports whether a value of f, or what is in it, is required by what is beside it, or
// checked by the app.
func (f *Field) HasRules() bool {
	return len(f.RequiredIf) > 0 || f.Check != nil || f.Elem != nil && f.Elem.HasRules() || hasRules(f.Fields)
}

func hasRules(fields []Field) bool {
	for i := range fields {
		if fields[i].HasRules() {
			return true
		}
	}
	return false
}

// In returns the function among the app's for values of a collection, which may have one of its own under
// collection.name; ok is false if there is none.
func (c *Check) In(functions map[string]any, collection string) (name string, f any, ok bool) {
	name = collection + "." + c.Name
	if f, ok = functions[name]; !ok {
		name = c.Name
		f, ok = functions[name]
	}
	return name, f, ok
}

// Checks calls visit for each Check at fields, at any depth.
func Checks(fields []Field, visit func(*Check)) {
	for i := range fields {
		f := &fields[i]
		if f.Check != nil {
			visit(f.Check)
		}
		Checks(f.Fields, visit)
		if f.Elem != nil {
			Checks([]Field{*f.Elem}, visit)
		}
	}
}
