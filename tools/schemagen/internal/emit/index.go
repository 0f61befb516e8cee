package emit

import (
	"reflect"
	"slices"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

func indexes(c *model.Collection) jen.Code {
	var list []jen.Code
	for _, x := range c.Indexes {
		list = append(list, index(x))
	}
	return jen.Comment("indexes are the collection's indexes besides the one on _id.").Line().
		Var().Id("indexes").Op("=").Add(code.OrEmpty(jen.Index().Add(code.Meta("Index")), list))
}

// indexMembers are the members of a meta.Index, in its order. One that is nil is left out.
var indexMembers = []struct {
	name string
	code func(x *model.Index) jen.Code
}{
	{"Name", func(x *model.Index) jen.Code { return jen.Lit(x.Name) }},
	{"Keys", keys},
	{"Unique", func(x *model.Index) jen.Code { return ifTrue(x.Unique) }},
	{"Expires", func(x *model.Index) jen.Code { return ifTrue(x.Expires) }},
	{"TTL", expiry},
	{"Sparse", func(x *model.Index) jen.Code { return ifTrue(x.Sparse) }},
	{"Partial", conditions},
	{"Living", func(x *model.Index) jen.Code { return ifTrue(x.Living) }},
	{"Text", text},
	{"Exact", func(x *model.Index) jen.Code { return ifTrue(x.Exact) }},
	{"Collation", func(x *model.Index) jen.Code { return collation(x.Collation) }},
	{"Hidden", func(x *model.Index) jen.Code { return ifTrue(x.Hidden) }},
}

func index(x *model.Index) jen.Code {
	var members []jen.Code
	for _, member := range indexMembers {
		if value := member.code(x); value != nil {
			members = append(members, code.Member(member.name, value))
		}
	}
	declared := jen.Values(members...)
	if len(x.Partial) > 0 || x.Text != nil {
		declared = code.Literal(jen.Null(), members...)
	}
	if x.Doc == "" {
		return declared
	}
	return jen.Comment(code.Wrap(sentence(x.Doc))).Line().Add(declared)
}

func ifTrue(set bool) jen.Code {
	if set {
		return jen.True()
	}
	return nil
}

func keys(x *model.Index) jen.Code {
	var list []jen.Code
	for _, k := range x.Keys {
		key := []jen.Code{code.Member("Path", jen.Lit(k.Path.StoredName()))}
		if k.Descending {
			key = append(key, code.Member("Descending", jen.True()))
		}
		list = append(list, jen.Values(key...))
	}
	return jen.Index().Add(code.Meta("Key")).Values(list...)
}

func text(x *model.Index) jen.Code {
	if x.Text == nil {
		return nil
	}
	var weights []jen.Code
	for _, w := range x.Text.Weights {
		weights = append(weights, jen.Values(code.Member("Path", jen.Lit(w.Path)), code.Member("Weight", jen.Lit(w.Weight))))
	}
	return jen.Op("&").Add(code.Literal(code.Meta("TextSearch"),
		code.Member("Weights", jen.Index().Add(code.Meta("Weight")).Values(weights...)),
		code.Member("Language", jen.Lit(x.Text.Language)),
		code.Member("Override", jen.Lit(x.Text.Override))))
}

// collation returns the literal of a collation, nil for none.
func collation(c meta.Collation) jen.Code {
	if c.Locale == "" {
		return nil
	}
	var members []jen.Code
	v := reflect.ValueOf(c)
	for i, f := range reflect.VisibleFields(v.Type()) {
		if !v.Field(i).IsZero() {
			members = append(members, code.Member(f.Name, jen.Lit(v.Field(i).Interface())))
		}
	}
	return code.Meta("Collation").Values(members...)
}

func expiry(x *model.Index) jen.Code {
	if x.TTL == 0 {
		return nil
	}
	return jen.Lit(int(x.TTL/time.Second)).Op("*").Qual("time", "Second")
}

// operators are the names in api/meta of a Condition's operators.
var operators = map[def.Op]string{
	def.Equal: "Eq", def.Less: "Lt", def.LessOrEqual: "Lte", def.Greater: "Gt", def.GreaterOrEqual: "Gte", def.Exists: "Exists",
}

func conditions(x *model.Index) jen.Code {
	if len(x.Partial) == 0 {
		return nil
	}
	var list []jen.Code
	for _, c := range x.Partial {
		list = append(list, condition(c.Path.StoredName(), c.Path.Type, c.Op, c.Value))
	}
	return code.Literal(jen.Index().Add(code.Meta("Condition")), list...)
}

// condition returns the members of a meta.Condition.
func condition(path string, t *kinds.Type, op def.Op, value any) jen.Code {
	compared := code.Wire("BoolValue").Call(jen.True())
	if op != def.Exists {
		compared = jen.Add(t.Value(t)).Call(t.Literal(t, value))
	}
	return jen.Values(code.Member("Path", jen.Lit(path)), code.Member("Op", code.Meta(operators[op])), code.Member("Value", compared))
}

func fields(c *model.Collection) jen.Code {
	list := []jen.Code{fieldData(c, c.ID.Field())}
	for _, f := range c.Fields {
		list = append(list, fieldData(c, f))
	}
	for _, f := range c.TimestampFields() {
		list = append(list, fieldData(c, f))
	}
	if c.SoftDelete {
		list = append(list, fieldData(c, deletedField))
	}
	return jen.Comment("fields are the members of the collection's documents.").Line().
		Var().Id("fields").Op("=").Add(code.Literal(jen.Index().Add(code.Meta("Field")), list...))
}

// fieldData describes a member of owner on one line, but for an object's members, which
// have one each.
func fieldData(c *model.Collection, f *kinds.Field, more ...jen.Code) jen.Code {
	members := []jen.Code{code.Member("Name", jen.Lit(f.Name))}
	if f.Stored != "" {
		members = append(members, code.Member("Stored", jen.Lit(f.Stored)))
	}
	members = append(members, typeData(f.Type)...)
	if f.IsOptional() {
		members = append(members, code.Member("Optional", jen.True()))
	}
	if f.Required {
		members = append(members, code.Member("Required", jen.True()))
	}
	if v, ok := f.Declared().(string); ok {
		members = append(members, code.Member("Default", jen.Lit(v)))
	}
	if f.Unshown {
		members = append(members, code.Member("Unshown", jen.True()))
	}
	if when, ok := callers[f.Caller]; ok {
		members = append(members, code.Member("Caller", code.Meta(when)))
	}
	if len(f.SetBy) > 0 {
		members = append(members, code.Member("SetBy", texts(f.SetBy)))
	}
	if rule := fieldRule(c, f); rule != nil {
		members = append(members, code.Member("Rule", textRule(f, jen.Op("&").Id(f.Rule))))
	}
	if len(f.RequiredIf) > 0 {
		members = append(members, code.Member("RequiredIf", requirements(f.RequiredIf)))
	}
	members = append(members, checkData(f)...)
	members = append(members, more...)
	return jen.Values(append(members, heldData(c, f.Type)...)...)
}

func requirements(list []kinds.Requirement) jen.Code {
	var values []jen.Code
	for _, r := range list {
		members := []jen.Code{code.Member("Condition", jen.Add(code.Meta("Condition"), condition(r.Path, r.Type, r.Op, r.Value)))}
		if r.IfMissing {
			members = append(members, code.Member("IfMissing", jen.True()))
		}
		values = append(values, jen.Values(members...))
	}
	return jen.Index().Add(code.Meta("Requirement")).Values(values...)
}

// checkData returns the member with the app's function that checks f, if one does.
func checkData(f *kinds.Field) []jen.Code {
	if f == nil || f.Check == "" {
		return nil
	}
	return []jen.Code{code.Member("Check", code.Runtime("CheckBy").Call(jen.Lit(f.Check), kinds.Read.Of(f.Type)))}
}

// callers has the names in api/meta of what sets a field to the user.
var callers = map[def.Made]string{def.Caller: "CallerOnCreate", def.CallerOnWrite: "CallerOnWrite"}

// textRule returns rule, the address of f's constraints, or that of those on text within.
func textRule(f *kinds.Field, rule *jen.Statement) *jen.Statement {
	if f.IsFolded() {
		return rule.Dot("Text")
	}
	return rule
}

// typeData returns the members that tell a type, heldData those that tell what it holds.
func typeData(t *kinds.Type) []jen.Code {
	members := []jen.Code{code.Member("Kind", jen.Lit(string(t.Name)))}
	if t.Enum != nil && t.Elem == nil {
		members = append(members, code.Member("Values", t.Enum.Variable().Dot("Texts").Call()))
	}
	if t.Collection != "" {
		members = append(members, code.Member("Collection", jen.Lit(t.Collection)))
		if t.CollectionStored != "" {
			members = append(members, code.Member("CollectionStored", jen.Lit(t.CollectionStored)))
		}
		if t.Referred != def.KindObjectID {
			members = append(members, code.Member("IDKind", jen.Lit(string(t.Referred))))
		}
	}
	if t.SoftDelete {
		members = append(members, code.Member("SoftDelete", jen.True()))
	}
	if t.Text {
		members = append(members, code.Member("Text", jen.True()))
	}
	if t.Parse != nil {
		members = append(members, code.Member("Parse", t.Parse(t)))
	}
	if t.ParsePrefix != nil {
		members = append(members, code.Member("ParsePrefix", t.ParsePrefix(t)))
	}
	return members
}

func heldData(c *model.Collection, t *kinds.Type) []jen.Code {
	switch {
	case t.Elem != nil:
		members := slices.Concat(typeData(t.Elem), checkData(t.Elem.Of), heldData(c, t.Elem))
		elem := jen.Op("&").Add(code.Meta("Field")).Values(members...)
		if t.IsEntries {
			return []jen.Code{code.Member("IsMap", jen.True()), code.Member("Elem", elem)}
		}
		return []jen.Code{code.Member("Elem", elem)}
	case t.Struct != nil:
		var list []jen.Code
		for _, f := range t.Struct.Fields {
			var more []jen.Code
			if t.Struct.HasID && f.Immutable && f.Name != "_id" {
				more = []jen.Code{code.Member("Immutable", jen.True())}
			}
			list = append(list, fieldData(c, f, more...))
		}
		members := []jen.Code{code.Member("Fields", code.Literal(jen.Index().Add(code.Meta("Field")), list...))}
		if t.Struct.HasID {
			members = append([]jen.Code{code.Member("HasID", jen.True())}, members...)
		}
		return members
	}
	return nil
}

func texts(list []string) jen.Code {
	var values []jen.Code
	for _, text := range list {
		values = append(values, jen.Lit(text))
	}
	return jen.Index().String().Values(values...)
}
