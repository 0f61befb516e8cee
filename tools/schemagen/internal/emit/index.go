package emit

import (
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
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
	return jen.Comment("indexes are what the collection has besides the index on _id.").Line().
		Var().Id("indexes").Op("=").Add(orEmpty(jen.Index().Add(store("Index")), list))
}

func index(x *model.Index) jen.Code {
	var keys []jen.Code
	for _, k := range x.Keys {
		key := []jen.Code{member("Path", jen.Lit(k.Path.Name))}
		if k.Descending {
			key = append(key, member("Descending", jen.True()))
		}
		keys = append(keys, jen.Values(key...))
	}
	members := []jen.Code{
		member("Name", jen.Lit(x.Name)),
		member("Keys", jen.Index().Add(store("Key")).Values(keys...)),
	}
	if x.Unique {
		members = append(members, member("Unique", jen.True()))
	}
	if x.Expires {
		members = append(members, member("Expires", jen.True()))
	}
	if x.TTL > 0 {
		members = append(members, member("TTL", jen.Lit(int(x.TTL/time.Second)).Op("*").Qual("time", "Second")))
	}
	if x.Sparse {
		members = append(members, member("Sparse", jen.True()))
	}
	if len(x.Partial) > 0 {
		members = append(members, member("Partial", literal(jen.Index().Add(store("Condition")), conditions(x)...)))
	}
	code := literal(jen.Null(), members...)
	if x.Doc == "" {
		return code
	}
	return jen.Comment(wrap(sentence(x.Doc))).Line().Add(code)
}

// operators are the names in api/store of what a Condition compares by.
var operators = map[def.Op]string{
	def.Equal: "Eq", def.Less: "Lt", def.LessOrEqual: "Lte", def.Greater: "Gt", def.GreaterOrEqual: "Gte", def.Exists: "Exists",
}

func conditions(x *model.Index) []jen.Code {
	var list []jen.Code
	for _, c := range x.Partial {
		value := wire("BoolValue").Call(jen.True())
		if c.Op != def.Exists {
			value = jen.Add(pathValue(c.Path)).Call(literalOf(c.Path.Type, c.Value))
		}
		list = append(list, jen.Values(
			member("Path", jen.Lit(c.Path.Name)), member("Op", store(operators[c.Op])), member("Value", value)))
	}
	return list
}

func paths(c *model.Collection) jen.Code {
	var list []jen.Code
	for _, p := range c.Paths {
		members := []jen.Code{member("Name", jen.Lit(p.Name))}
		if p.Many {
			members = append(members, member("Many", jen.True()))
		}
		if isText(p) {
			members = append(members, member("Text", jen.True()))
		}
		members = append(members, member("Parse", pathParser(p)))
		if isEmail(p) {
			members = append(members, member("Beginning", store("ParseEmailBeginning")))
		}
		list = append(list, literal(jen.Null(), members...))
	}
	return jen.Comment("paths are what the filters and sorts of requests may name.").Line().
		Var().Id("paths").Op("=").Add(literal(jen.Index().Add(store("Path")), list...))
}
