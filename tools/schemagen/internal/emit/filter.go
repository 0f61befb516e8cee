package emit

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addFilter writes filter.go: what queries are made of.
func addFilter(f *jen.File, c *model.Collection) {
	d := jen.Id(c.Entity)
	add(f,
		jen.Type().Defs(
			sentences("Query selects documents. One index must serve it: %s.", served(c)),
			jen.Id("Query").Op("=").Add(store("Query")).Types(d),
			sentences("Filter is a condition on a %s; store.And joins several.", c.Entity),
			jen.Id("Filter").Op("=").Add(store("Filter")).Types(d),
			sentences("Page is what Find answers with: documents, and where the next page starts."),
			jen.Id("Page").Op("=").Add(store("Page")).Types(d),
		),
		fieldVars(c),
		unindexed(),
	)
}

func unindexed() jen.Code {
	return sentences("Unindexed is f, whatever it consists of: paths in any combination, Ne and Exists, store.Or and store.Not. " +
		"The database looks for it in all that the rest of the query selects, in the whole collection where there is no rest.").Line().
		Func().Id("Unindexed").Params(jen.Id("f").Id("Filter")).Id("Filter").Block(
		jen.Return(store("Unindexed").Call(jen.Id("f"))))
}

// served lists the collection's indexes for people.
func served(c *model.Collection) string {
	list := []string{"_id"}
	for _, x := range c.Indexes {
		if needs, ok := x.Serving().Needs(); ok {
			list = append(list, servedBy(x, needs))
		}
	}
	return listing(list)
}

// servedBy are the keys of an index, and what a query has to ask for besides.
func servedBy(x *model.Index, needs []meta.Need) string {
	keys := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		keys[i] = k.Path.Name
	}
	text := strings.Join(keys, " then ")
	var limits []string
	for _, need := range needs {
		if need.By == meta.Existence {
			limits = append(limits, "a value of "+need.Path+" is asked for")
			continue
		}
		limits = append(limits, fmt.Sprintf("%s equals %v", need.Path, x.Limit(need.Path)))
	}
	if len(limits) > 0 {
		text += " (if " + strings.Join(limits, " and ") + ")"
	}
	return text
}

func fieldVars(c *model.Collection) jen.Code {
	var vars []jen.Code
	for _, p := range c.Paths {
		vars = append(vars, sentences("%s", pathDoc(c, p)), jen.Id(p.Go).Op("=").Add(fieldOf(c, p)))
	}
	return jen.Comment("// The indexed paths, which filters and sorts are made of.").Line().Var().Defs(vars...)
}

// fieldOf is the store.Field of a path.
func fieldOf(c *model.Collection, p *model.Path) jen.Code {
	d, name := jen.Id(c.Entity), jen.Lit(p.Name)
	switch {
	case isEmail(p):
		return store("NewEmailField").Types(d).Call(name)
	case isText(p):
		return store("NewTextField").Types(d).Call(name, pathValue(p))
	case isEnum(p.Type):
		return store("NewEnumField").Types(d, goType(p.Type)).Call(name)
	case p.Type.Kind == def.KindTime:
		return store("NewTimeField").Types(d).Call(name)
	case isID(p.Type):
		return store("NewObjectIDField").Types(d).Call(name)
	}
	return store("NewField").Types(d, goType(p.Type)).Call(name, pathValue(p))
}

// isText says that a path's values are text, whose beginning can be asked for.
func isText(p *model.Path) bool { return p.Type.Kind == def.KindString }

func pathDoc(c *model.Collection, p *model.Path) string {
	var in []string
	for _, x := range c.Indexes {
		_, serves := x.Serving().Needs()
		for _, k := range x.Keys {
			if k.Path == p && p.Name != "_id" && serves {
				in = append(in, x.Name)
			}
		}
	}
	doc := p.Go + " is the path " + p.Name
	if len(in) > 0 {
		doc += ", served by " + strings.Join(in, " and ")
	}
	return doc + "."
}

// pathValue is the function that makes a BSON value of one of the path's.
func pathValue(p *model.Path) jen.Code {
	if isEmail(p) {
		return wire("EmailValue")
	}
	if isEnum(p.Type) {
		return wire("StringValue").Types(jen.Id(p.Type.Enum.Go))
	}
	if p.Type.Kind == def.KindString {
		return wire("StringValue").Types(jen.String())
	}
	return wire(scalar[p.Type.Kind] + "Value")
}

func isEmail(p *model.Path) bool { return p.Field != nil && p.Field.Format == def.Email }

// pathParser is the function that reads one of the path's values from a URL.
func pathParser(p *model.Path) jen.Code {
	switch {
	case isEmail(p):
		return store("ParseEmail")
	case isEnum(p.Type):
		return jen.Func().Params(jen.Id("text").String()).Params(store("Operand"), jen.Error()).Block(
			jen.Return(store("ParseEnum").Call(jen.Id("text"), jen.Id("parse"+p.Type.Enum.Go), jen.Id("listed"+p.Type.Enum.Go))),
		)
	}
	return store("Parse" + scalar[p.Type.Kind])
}
