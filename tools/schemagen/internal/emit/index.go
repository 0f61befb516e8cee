package emit

import (
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addIndex writes index.go: the declared indexes and paths, as data.
func addIndex(f *jen.File, c *model.Collection) {
	add(f, indexes(c), paths(c))
}

func indexes(c *model.Collection) jen.Code {
	var list []jen.Code
	for _, x := range c.Indexes {
		list = append(list, index(x))
	}
	return jen.Comment("indexes are the collection's indexes besides the one on _id.").Line().
		Var().Id("indexes").Op("=").Add(code.OrEmpty(jen.Index().Add(code.Meta("Index")), list))
}

func index(x *model.Index) jen.Code {
	var keys []jen.Code
	for _, k := range x.Keys {
		key := []jen.Code{code.Member("Path", jen.Lit(k.Path.Name))}
		if k.Descending {
			key = append(key, code.Member("Descending", jen.True()))
		}
		keys = append(keys, jen.Values(key...))
	}
	members := []jen.Code{
		code.Member("Name", jen.Lit(x.Name)),
		code.Member("Keys", jen.Index().Add(code.Meta("Key")).Values(keys...)),
	}
	if x.Unique {
		members = append(members, code.Member("Unique", jen.True()))
	}
	if x.Expires {
		members = append(members, code.Member("Expires", jen.True()))
	}
	if x.TTL > 0 {
		members = append(members, code.Member("TTL", jen.Lit(int(x.TTL/time.Second)).Op("*").Qual("time", "Second")))
	}
	if x.Sparse {
		members = append(members, code.Member("Sparse", jen.True()))
	}
	if len(x.Partial) > 0 {
		members = append(members, code.Member("Partial", code.Literal(jen.Index().Add(code.Meta("Condition")), conditions(x)...)))
	}
	declared := jen.Values(members...)
	if len(x.Partial) > 0 {
		declared = code.Literal(jen.Null(), members...)
	}
	if x.Doc == "" {
		return declared
	}
	return jen.Comment(code.Wrap(sentence(x.Doc))).Line().Add(declared)
}

// operators are the names in api/meta of a Condition's operators.
var operators = map[def.Op]string{
	def.Equal: "Eq", def.Less: "Lt", def.LessOrEqual: "Lte", def.Greater: "Gt", def.GreaterOrEqual: "Gte", def.Exists: "Exists",
}

func conditions(x *model.Index) []jen.Code {
	var list []jen.Code
	for _, c := range x.Partial {
		value := code.Wire("BoolValue").Call(jen.True())
		if c.Op != def.Exists {
			value = jen.Add(c.Path.Type.Value(c.Path.Type)).Call(c.Path.Type.Literal(c.Path.Type, c.Value))
		}
		list = append(list, jen.Values(
			code.Member("Path", jen.Lit(c.Path.Name)), code.Member("Op", code.Meta(operators[c.Op])), code.Member("Value", value)))
	}
	return list
}

func paths(c *model.Collection) jen.Code {
	var list []jen.Code
	for _, p := range c.Paths {
		members := []jen.Code{code.Member("Name", jen.Lit(p.Name))}
		if p.Many {
			members = append(members, code.Member("Many", jen.True()))
		}
		if p.Type.Text {
			members = append(members, code.Member("Text", jen.True()))
		}
		members = append(members, code.Member("Parse", p.Type.Parse(p.Type)))
		if p.Type.ParsePrefix != nil {
			members = append(members, code.Member("Beginning", p.Type.ParsePrefix()))
		}
		list = append(list, jen.Values(members...))
	}
	return jen.Comment("paths are the paths that filters and sorts of requests may name.").Line().
		Var().Id("paths").Op("=").Add(code.Literal(jen.Index().Add(code.Meta("Path")), list...))
}
