package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// parameters are shared by many operations, by name.
var parameters = object{
	{"X-Tenant", object{
		{"name", "X-Tenant"}, {"in", "header"},
		{"description", "The tenant's name. Optional with a token, which names its tenant itself; must agree with it."}, {"schema", text},
	}},
	{"tenant", parameter("tenant", "The tenant's name, as an alternative to X-Tenant.", text)},
	{"id", idParameter(objectID)},
	{"If-Match", object{
		{"name", "If-Match"}, {"in", "header"}, {"required", true},
		{"description", "The ETag of the document as it was read; or several, separated by commas, of which one must match; or * for any."}, {"schema", text},
	}},
	{"If-Match-To-Read", object{
		{"name", "If-Match"}, {"in", "header"},
		{"description", "The ETag that the document must have, or several, separated by commas, of which one must match."}, {"schema", text},
	}},
	{"If-None-Match", object{
		{"name", "If-None-Match"}, {"in", "header"},
		{"description", "The ETag of what the client has, or several, separated by commas: if one matches, the answer is 304."}, {"schema", text},
	}},
}

// objectID is the schema of an _id unless a collection declares another type.
var objectID = schemaOf(kinds.ID{}.Type())

func idParameter(schema object) object {
	return object{{"name", "id"}, {"in", "path"}, {"required", true}, {"description", "The document's _id."}, {"schema", schema}}
}

// idOf returns the parameter with the _id of one of a collection's documents.
func idOf(c *model.Collection) object {
	if c.ID.Type().Name == def.KindObjectID {
		return shared("id")
	}
	return idParameter(schemaOf(c.ID.Type()))
}

func shared(name string) object { return component("parameters", name) }

// tenantNames are the ways, besides the token, to name a request's tenant.
var tenantNames = []object{shared("X-Tenant"), shared("tenant")}

func parameter(name, doc string, schema object) object {
	return object{{"name", name}, {"in", "query"}, {"description", doc}, {"schema", schema}}
}

// listParameters returns the parameters of every list and the filters that its
// indexes serve. A parameter is repeated for several values, which is OpenAPI's
// default.
func (w schemaWriter) listParameters() []object {
	c := w.c
	list := []object{
		parameter("limit", "The maximum number of documents on the page.",
			object{{"type", "integer"}, {"minimum", 1}, {"maximum", meta.MaxLimit}, {"default", meta.DefaultLimit}}),
		parameter("after", "The value of next from the previous page, requested with the same filters and sort.", text),
		sortParameter(c),
	}
	list = append(list, expandParameters(c)...)
	if c.HasText() {
		list = append(list, parameter(meta.SearchParameter, "Words to search for: one page, the best matches first, without next. "+
			"Words in quotes have to be there together, those behind a - must not be. It goes with limit and expand alone. "+
			"A tenant whose database has no text index answers 400 with the code search_unsupported.", text))
	}
	for _, p := range c.Paths {
		if p.Unshown {
			continue
		}
		for _, o := range operatorsOf(p) {
			name := p.Name + o.suffix
			alternatives, served := serving(c, p, o.use)
			if !served || slices.Contains(meta.ListParameters, name) {
				continue
			}
			list = append(list, needing(parameter(name, "Documents where "+p.Name+" "+o.doc+".", o.schema(w, p)), alternatives))
		}
	}
	return list
}

// operator is a way to filter by a path.
type operator struct {
	suffix, doc string
	use         use
	schema      func(schemaWriter, *model.Path) object
}

var operators = []operator{
	{"", "is this", byEquality, oneValue},
	{"[in]", "is one of these", byChoice, func(w schemaWriter, p *model.Path) object {
		return object{{"type", "array"}, {"items", oneValue(w, p)}, {"maxItems", meta.MaxLimit}}
	}},
	{"[gt]", "is greater than this", byRange, oneValue},
	{"[gte]", "is greater than or equal to this", byRange, oneValue},
	{"[lt]", "is less than this", byRange, oneValue},
	{"[lte]", "is less than or equal to this", byRange, oneValue},
	{"[exists]", "exists, or does not", byRange, func(schemaWriter, *model.Path) object { return object{{"type", "boolean"}} }},
	{"[prefix]", "starts with this", byPrefix, func(schemaWriter, *model.Path) object { return text }},
}

func oneValue(w schemaWriter, p *model.Path) object { return w.typed(p.Type, createForm) }

// operatorsOf returns the ways to filter by a path.
func operatorsOf(p *model.Path) []operator {
	return slices.DeleteFunc(slices.Clone(operators), func(o operator) bool {
		return (o.use == byRange || o.use == byPrefix) && p.Many || o.suffix == "[prefix]" && !p.Type.Text || o.suffix == "[exists]" && !p.Optional
	})
}

func sortParameter(c *model.Collection) object {
	var names []string
	needs := object{}
	doc := "A path to sort by, with a leading - for descending."
	for _, p := range c.Paths {
		alternatives, served := serving(c, p, byOrder)
		if !served || p.Unshown {
			continue
		}
		names = append(names, p.Name, "-"+p.Name)
		if alternatives != nil {
			needs = append(needs, member{p.Name, alternatives})
			doc += fmt.Sprintf(" %s needs %s.", p.Name, inWords(alternatives))
		}
	}
	o := parameter("sort", doc, object{{"type", "string"}, {"enum", names}})
	if len(needs) > 0 {
		o = append(o, member{needsName, needs})
	}
	return o
}

// needsName is the extension that states inWords's text for programs.
const needsName = "x-needs"

// needing adds to a parameter the other filters it needs.
func needing(parameter object, alternatives [][]string) object {
	if alternatives == nil {
		return parameter
	}
	for i := range parameter {
		if parameter[i].Name == "description" {
			parameter[i].Value = fmt.Sprintf("%s Needs %s.", parameter[i].Value, inWords(alternatives))
		}
	}
	return append(parameter, member{needsName, alternatives})
}

func inWords(alternatives [][]string) string {
	sentences := make([]string, len(alternatives))
	for i, filters := range alternatives {
		sentences[i] = strings.Join(filters, " and ")
	}
	return strings.Join(sentences, ", or ")
}

// expandParameters returns the parameter that expands references, none if there are
// no references.
func expandParameters(c *model.Collection) []object {
	var paths []string
	for _, r := range c.Refs {
		if r.Expandable {
			paths = append(paths, r.Path)
		}
	}
	if paths == nil {
		return nil
	}
	return []object{append(
		parameter("expand", "References to replace by the documents they refer to, where those exist. Requires permission to read those too.",
			object{{"type", "array"}, {"items", object{{"type", "string"}, {"enum", paths}}}}),
		member{"style", "form"}, member{"explode", false})}
}
