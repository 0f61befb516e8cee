package kinds

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// An Enum and a NamedEnum differ in the names of their Go types.
var (
	_ = register(enumKind(def.KindEnum))
	_ = register(enumKind(def.KindNamedEnum))
)

func enumKind(name def.Kind) *Kind {
	return &Kind{
		Name:  name,
		Says:  func(t *Type) string { return "one of " + strings.Join(t.Enum.Texts(), ", ") },
		Rules: Rules{Convert: convertText(name), Distinct: true},
		Codec: Codec{
			Go:        func(t *Type, own Named) *jen.Statement { return own(t.Enum.Go) },
			Append:    wireFunc("AppendString"),
			Size:      wireFunc("SizeString"),
			Read:      enumFunc("Read"),
			Transcode: enumFunc("JSON"),
			Marshal:   typedFunc("AppendJSONString"),
			ReadJSON:  enumFunc("ReadJSON"),
			Field:     enumField,
			Value:     func(t *Type) *jen.Statement { return code.Wire("StringValue").Types(t.GoType()) },
			Parse:     parseEnum,
			Literal:   func(t *Type, v any) jen.Code { return jen.Id(t.Enum.constant(v.(string))) },
			MissingJSON: func(t *Type, v any) string {
				if v == nil {
					return ""
				}
				return textJSON(t, v)
			},
			Sample: func(t *Type, _ *Field, own Named) jen.Code { return own(t.Enum.Values[0].Go) },
		},
		Check: Check{
			CheckRequired: func(t *Type) jen.Code { return t.Enum.Variable().Dot("CheckRequired") },
			CheckValue:    func(t *Type) jen.Code { return t.Enum.Variable().Dot("Check") },
			// The zero value stands for the default.
			IsGiven: func(v *jen.Statement) *jen.Statement { return v.Op("!=").Lit("") },
		},
		Schema: Schema{JSONSchema: func(t *Type, _ SchemaContext) JSONObject {
			values := make([]string, len(t.Enum.Values))
			for i, v := range t.Enum.Values {
				values[i] = v.Value
			}
			return JSONObject{{"type", "string"}, {"enum", values}}
		}},
	}
}

func enumField(t *Type, entity, name jen.Code) *jen.Statement {
	return code.Runtime("NewEnumField").Types(entity, t.GoType()).Call(name)
}

func parseEnum(t *Type) *jen.Statement { return code.Runtime("ParseEnum").Call(t.Enum.Variable()) }

// Variable returns the wire.Enum of the generated package.
func (e *Enum) Variable() *jen.Statement { return jen.Id("enum" + e.Go) }

// ListName returns the name of the function that returns all values, such as
// RoleNameValues or PermissionValues.
func (e *Enum) ListName() string { return strings.TrimSuffix(e.Go, "Value") + "Values" }

// enumFunc returns a method of the wire.Enum.
func enumFunc(name string) Func {
	return Func{name: name, of: func(t *Type) *jen.Statement { return t.Enum.Variable().Dot(name) }}
}

func (e *Enum) constant(value string) string {
	for _, v := range e.Values {
		if v.Value == value {
			return v.Go
		}
	}
	return e.Go
}
