package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// Format describes a def.Format.
type Format struct {
	*check.Format
	// name is that in api/check, sample a text that has the format.
	name, sample string
}

// formats has all formats.
var formats = map[def.Format]Format{
	def.Email:    {check.Email, "Email", "ada@example.com"},
	def.URL:      {check.URL, "URL", "https://example.com/"},
	def.UUIDText: {check.UUIDText, "UUIDText", "123e4567-e89b-42d3-a456-426614174000"},
	def.Hostname: {check.Hostname, "Hostname", "www.example.com"},
	def.E164:     {check.E164, "E164", "+4930123456"},
	def.Date:     {check.Date, "Date", "2026-01-31"},
	def.TimeZone: {check.TimeZone, "TimeZone", "Europe/Berlin"},
	def.Currency: {check.Currency, "Currency", "EUR"},
}

// FormatOf returns the format of that name; ok is false if there is none.
func FormatOf(name def.Format) (f Format, ok bool) {
	f, ok = formats[name]
	return f, ok
}

// Text returns how f's text is stored.
func (f *Field) Text() *check.Text {
	return &check.Text{Format: formats[f.Format].Format, Trim: f.Trim, Lower: f.Lower, Upper: f.Upper}
}

// IsFolded reports whether f's text is brought to one form before it is stored.
func (f *Field) IsFolded() bool { return f.Type.Text && f.Text().Folds() }

// Fold makes f's type that of text which is brought to one form.
func (f *Field) Fold() { f.Type.Kind, f.Type.Of = foldedKind, f }

// foldedKind is the kind of a String that is brought to one form before it is stored. Its
// codec is that of the variable with its constraints.
var foldedKind = func() *Kind {
	k := *stringKind
	k.Append, k.Size = ruleFunc("Append"), ruleFunc("Size")
	k.Field = func(t *Type, entity, name jen.Code) *jen.Statement {
		return code.Runtime("NewFoldedField").Types(entity).Call(name, jen.Op("&").Id(t.Of.Rule))
	}
	k.Value = func(t *Type) *jen.Statement { return jen.Id(t.Of.Rule).Dot("Value") }
	k.Parse = func(t *Type) *jen.Statement {
		return code.Runtime("ParseFolded").Call(jen.Op("&").Id(t.Of.Rule))
	}
	k.ParsePrefix = func(t *Type) *jen.Statement {
		return code.Runtime("ParseFoldedPrefix").Call(jen.Op("&").Id(t.Of.Rule))
	}
	k.Constraints = func(f *Field) *jen.Statement {
		return code.Wire("Text").Values(code.Member("Text", constrainText(f)))
	}
	return &k
}()

// ruleFunc returns a method of the variable with the constraints on a value.
func ruleFunc(name string) Func {
	return Func{name: name, of: func(t *Type) *jen.Statement { return jen.Id(t.Of.Rule).Dot(name) }}
}
