package kinds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// StoredName returns f's name as stored.
func (f *Field) StoredName() string { return cmp.Or(f.Stored, f.Name) }

// Declared returns f's declared default, nil if there is none or if it is the zero
// value, which makes no difference.
func (f *Field) Declared() any {
	if f.IsMade() {
		return nil
	}
	switch f.Default {
	case "", false, int64(0), 0.0, time.Time{}, zeroDecimal:
		return nil
	}
	return f.Default
}

// IsMade reports whether f's default is made anew for each document.
func (f *Field) IsMade() bool {
	_, made := f.Default.(def.Made)
	return made
}

// StoredDefault returns the code of what is stored if f, which has a default, is not given.
func (f *Field) StoredDefault() jen.Code {
	if f.IsMade() {
		return f.Type.Make()
	}
	return f.Type.Literal(f.Type, f.Default)
}

// IsOptional reports whether f may be missing: nothing is stored if it was not given.
func (f *Field) IsOptional() bool { return !f.Required && f.Default == nil }

// GoType returns the Go type of f in documents.
func (f *Field) GoType() *jen.Statement {
	if f.IsOptional() && !f.Type.HoldsMissing {
		return code.Store("Optional").Types(f.Type.GoType())
	}
	return f.Type.GoType()
}

// NewType returns the Go type of f in the New of a collection.
func (f *Field) NewType() *jen.Statement {
	if !f.Required && !f.Type.HoldsMissing {
		return code.Store("Optional").Types(f.Type.GoType())
	}
	return f.Type.GoType()
}

// zeroDecimal is the 0 that api/wire writes for a decimal of which nothing was written.
var zeroDecimal = bson.NewDecimal128(0x3040000000000000, 0)

// DefaultValue returns what a missing f reads as in Go, nil for the zero value. A required
// object has its members' defaults.
func (f *Field) DefaultValue() jen.Code {
	if s := f.Type.Struct; s != nil {
		if f.IsOptional() || !s.HasDefaults() {
			return nil
		}
		return s.defaultValue()
	}
	if v := f.Declared(); v != nil {
		return f.Type.Literal(f.Type, v)
	}
	return nil
}

// HasDefaults reports whether members of s have defaults that differ from the zero value.
func (s *Struct) HasDefaults() bool {
	return slices.ContainsFunc(s.Fields, func(f *Field) bool { return f.DefaultValue() != nil })
}

// defaultValue returns an s that has its members' defaults.
func (s *Struct) defaultValue() *jen.Statement {
	if s.HasDefaults() {
		return jen.Id("default" + s.Go).Call()
	}
	return jen.Id(s.Go).Values()
}

// IsOmitted reports whether JSON leaves out a missing f because no value could
// stand for it.
func (f *Field) IsOmitted() bool { return f.MissingJSON() == "" }

// MissingJSON returns the JSON of a missing f, empty if JSON leaves it out.
func (f *Field) MissingJSON() string {
	switch {
	case f.IsOptional():
		return ""
	case f.IsMade():
		return f.Type.MissingJSON(f.Type, nil)
	}
	return f.Type.MissingJSON(f.Type, f.Default)
}

// Changeable returns the fields that a patch may change.
func Changeable(fields []*Field) []*Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return f.Immutable })
}

// RequiredIfText says under which conditions f is required, such as kind is company.
func (f *Field) RequiredIfText() string {
	texts := make([]string, len(f.RequiredIf))
	for i, r := range f.RequiredIf {
		texts[i] = r.Path + " " + comparisons[r.Op]
		if r.Op != def.Exists {
			texts[i] += " " + Show(r.Value)
		}
	}
	return strings.Join(texts, " and ")
}

// comparisons are operators in words.
var comparisons = map[def.Op]string{
	def.Equal: "is", def.Less: "is less than", def.LessOrEqual: "is at most", def.Greater: "is greater than", def.GreaterOrEqual: "is at least",
	def.Exists: "is given",
}
