package emit

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addFilter writes filter.go: the types and variables to build queries from.
func addFilter(f *jen.File, c *model.Collection) {
	d := jen.Id(c.Entity)
	add(f,
		jen.Type().Defs(
			code.Sentences("Query selects documents. One index must serve it: %s.", servedList(c)),
			jen.Id("Query").Op("=").Add(code.Store("Query")).Types(d),
			code.Sentences("Filter is a condition on a %s; store.And combines several.", c.Entity),
			jen.Id("Filter").Op("=").Add(code.Store("Filter")).Types(d),
			code.Sentences("Page is a page of documents that Find returns, with the cursor of the next."),
			jen.Id("Page").Op("=").Add(code.Store("Page")).Types(d),
		),
		indexedVars(c),
		unindexedVars(c),
		unindexed(),
		search(c),
	)
}

func unindexed() jen.Code {
	return code.Sentences("Unindexed lets a query use f although no index serves it: any paths, Ne, store.Or and store.Not. " +
		"The database scans what the rest of the query selects, or the whole collection if there is no rest.").Line().
		Func().Id("Unindexed").Params(jen.Id("f").Id("Filter")).Id("Filter").Block(
		jen.Return(code.Store("Unindexed").Call(jen.Id("f"))))
}

// search declares the filter by words, if the collection has an index for them.
func search(c *model.Collection) jen.Code {
	if !c.HasText() {
		return jen.Null()
	}
	return code.Sentences("Search finds documents with a word of text in the text index: one page, the best matches first. " +
		`Words in quotes have to be there together, those behind a - must not be. It stands alone in a Query; the error is a ` +
		"*store.InvalidError with the code search_unsupported if the database has no such index.").Line().
		Func().Id("Search").Params(jen.Id("text").String()).Id("Filter").Block(
		jen.Return(code.Store("Search").Types(jen.Id(c.Entity)).Call(jen.Id("text"))))
}

// servedList lists the collection's indexes for the documentation.
func servedList(c *model.Collection) string {
	list := []string{"_id"}
	for _, x := range c.Indexes {
		if needs, ok := x.Serving().Needs(); ok {
			list = append(list, servedBy(x, needs))
		}
	}
	return joinOr(list)
}

// servedBy describes an index: its keys, and what else a query must filter on.
func servedBy(x *model.Index, needs []meta.Need) string {
	keys := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		keys[i] = k.Path.Name
	}
	text := strings.Join(keys, " then ")
	if index := x.Serving(); index.SortsByID() {
		text += " in the order of _id"
	}
	if !x.Collation.IsPlain() {
		text += fmt.Sprintf(" by the collation %s", x.Collation)
	}
	var limits []string
	if x.Living {
		limits = append(limits, "the query does not have Deleted")
	}
	for _, need := range needs {
		if need.IsDeletion() {
			limits = append(limits, "the query has Deleted")
			continue
		}
		switch need.By {
		case meta.Existence:
			limits = append(limits, "the query filters on "+need.Path)
		case meta.OneValue:
			limits = append(limits, need.Path+" equals a value")
		case meta.Value, meta.Order:
			limits = append(limits, fmt.Sprintf("%s equals %v", need.Path, x.Limit(need.Path)))
		}
	}
	if len(limits) > 0 {
		text += " (if " + strings.Join(limits, " and ") + ")"
	}
	return text
}

func indexedVars(c *model.Collection) jen.Code {
	var vars []jen.Code
	for _, p := range c.Paths {
		vars = append(vars, code.Sentences("%s", pathDoc(c, p)), fieldVar(c, p))
	}
	return jen.Comment("The indexed paths, to build filters and sorts from.").Line().Var().Defs(vars...)
}

func unindexedVars(c *model.Collection) jen.Code {
	if len(c.Unindexed) == 0 {
		return jen.Null()
	}
	var vars []jen.Code
	for _, p := range c.Unindexed {
		vars = append(vars, fieldVar(c, p))
	}
	return code.Sentences("The paths without an index. Filters on them must be wrapped in Unindexed.").Line().Var().Defs(vars...)
}

func fieldVar(c *model.Collection, p *model.Path) jen.Code {
	return jen.Id(p.Go).Op("=").Add(p.Type.Field(p.Type, jen.Id(c.Entity), jen.Lit(p.StoredName())))
}

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
