package emit

import (
	"strings"

	"github.com/dave/jennifer/jen"

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
			sentences("Order is the order of a page's documents."),
			jen.Id("Order").Op("=").Add(store("Order")).Types(d),
			sentences("Page is what Find answers with: documents, and where the next page starts."),
			jen.Id("Page").Op("=").Add(store("Page")).Types(d),
		),
		fieldVars(c),
	)
}

// served lists the collection's indexes for people.
func served(c *model.Collection) string {
	list := []string{"_id"}
	for _, x := range c.Indexes {
		if !x.Ordered() {
			continue
		}
		keys := make([]string, len(x.Keys))
		for i, k := range x.Keys {
			keys[i] = k.Path.Name
		}
		list = append(list, strings.Join(keys, " then "))
	}
	return listing(list)
}

func fieldVars(c *model.Collection) jen.Code {
	var vars []jen.Code
	for _, p := range c.Paths {
		vars = append(vars,
			sentences("%s", pathDoc(c, p)),
			jen.Id(p.Go).Op("=").Add(store("NewField")).Types(jen.Id(c.Entity), goType(p.Type)).Call(
				jen.Lit(p.Name), pathValue(p)))
	}
	return jen.Comment("// The indexed paths, which filters and sorts are made of.").Line().Var().Defs(vars...)
}

func pathDoc(c *model.Collection, p *model.Path) string {
	var in []string
	for _, x := range c.Indexes {
		for _, k := range x.Keys {
			if k.Path == p && p.Name != "_id" {
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
		return jen.Func().Params(jen.Id("text").String()).Params(bson("RawValue"), jen.Error()).Block(
			jen.Return(store("ParseEnum").Call(jen.Id("text"), jen.Id("parse"+p.Type.Enum.Go), jen.Id("listed"+p.Type.Enum.Go))),
		)
	}
	return store("Parse" + scalar[p.Type.Kind])
}
