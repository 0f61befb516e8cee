package kinds

import (
	"slices"
	"time"

	"github.com/dave/jennifer/jen"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Declared returns f's declared default; nil also for one that is the zero value,
// which declares nothing.
func (f *Field) Declared() any {
	switch f.Default {
	case "", false, int64(0), 0.0, time.Time{}, zeroDecimal:
		return nil
	}
	return f.Default
}

// zeroDecimal is the 0 that api/wire shows for a decimal that is missing.
var zeroDecimal = bson.NewDecimal128(0x3040000000000000, 0)

// DefaultValue returns f's default in Go; nil for the zero value.
func (f *Field) DefaultValue() jen.Code {
	if v := f.Declared(); v != nil {
		return f.Type.Literal(f.Type, v)
	}
	if s := f.Type.Struct; s != nil && f.Type.Elem == nil && s.HasDefaults() {
		return jen.Id("default" + s.Go).Call()
	}
	return nil
}

// HasDefaults reports whether a missing s differs from the zero value of its type.
func (s *Struct) HasDefaults() bool {
	return slices.ContainsFunc(s.Fields, func(f *Field) bool { return f.DefaultValue() != nil })
}

// IsOmitted reports whether JSON leaves out a value of f that is missing: there is
// none that could stand for it.
func (f *Field) IsOmitted() bool { return f.MissingJSON() == "" }

// MissingJSON returns the JSON of a value of f that is missing, empty where JSON
// leaves that out.
func (f *Field) MissingJSON() string { return f.Type.MissingJSON(f.Type, f.Declared()) }

// Changeable returns the fields that a document's later writes may set.
func Changeable(fields []*Field) []*Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return f.Immutable })
}
