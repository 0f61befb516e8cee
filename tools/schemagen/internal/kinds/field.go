package kinds

import (
	"slices"
	"time"

	"github.com/dave/jennifer/jen"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Declared returns f's declared default, nil if there is none or if it is the zero
// value, which makes no difference.
func (f *Field) Declared() any {
	switch f.Default {
	case "", false, int64(0), 0.0, time.Time{}, zeroDecimal:
		return nil
	}
	return f.Default
}

// zeroDecimal is the 0 that api/wire writes for a missing decimal.
var zeroDecimal = bson.NewDecimal128(0x3040000000000000, 0)

// DefaultValue returns f's default in Go, nil for the zero value.
func (f *Field) DefaultValue() jen.Code {
	if v := f.Declared(); v != nil {
		return f.Type.Literal(f.Type, v)
	}
	if s := f.Type.Struct; s != nil && f.Type.Elem == nil && s.HasDefaults() {
		return jen.Id("default" + s.Go).Call()
	}
	return nil
}

// HasDefaults reports whether a missing s differs from its type's zero value.
func (s *Struct) HasDefaults() bool {
	return slices.ContainsFunc(s.Fields, func(f *Field) bool { return f.DefaultValue() != nil })
}

// IsOmitted reports whether JSON leaves out a missing f because no value could
// stand for it.
func (f *Field) IsOmitted() bool { return f.MissingJSON() == "" }

// MissingJSON returns the JSON of a missing f, empty if JSON leaves it out.
func (f *Field) MissingJSON() string { return f.Type.MissingJSON(f.Type, f.Declared()) }

// Changeable returns the fields that a patch may change.
func Changeable(fields []*Field) []*Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return f.Immutable })
}
