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
	{"item", object{{"name", "item"}, {"in", "path"}, {"required", true}, {"description", "The element's _id."}, {"schema", objectID}}},
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
	list = append(list, fieldsParameter(c), parameter(meta.CountParameter,
		fmt.Sprintf("Whether the response has count, how many documents the filters select, up to %d.", meta.MaxCount), object{{"type", "boolean"}}))
	if c.HasText() {
		list = append(list, parameter(meta.SearchParameter, "Words to search for: one page, the best matches first, without next. "+
			"Words in quotes have to be there together, those behind a - must not be. It goes with limit and expand alone. "+
			"A tenant whose database has no text index answers 400 with the code search_unsupported.", text))
	}
	list = append(list, deletedParameters(c)...)
	for _, p := range c.Paths {
		if p.Unshown {
			continue
		}
		for _, o := range operatorsOf(p) {
			name := p.Name + o.suffix
			alternatives, served := serving(c, p, o.use)
			if !served || slices.Contains(c.ListParameters(), name) {
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
	doc := "What to sort by: a path, with a leading - for descending, or several separated by commas."
	add := func(name string, alternatives [][]string, spellings ...string) {
		names = append(names, spellings...)
		if alternatives != nil {
			needs = append(needs, member{name, alternatives})
			doc += fmt.Sprintf(" %s needs %s.", name, inWords(alternatives))
		}
	}
	for _, p := range c.Paths {
		if alternatives, served := serving(c, p, byOrder); served && !p.Unshown {
			add(p.Name, alternatives, p.Name, "-"+p.Name)
		}
	}
	for _, keys := range sequences(c) {
		if alternatives, served := servingSort(c, keys); served && !slices.Contains(names, sortText(keys)) {
			add(strings.ReplaceAll(sortText(keys), "-", ""), alternatives, sortText(keys), sortText(reversed(keys)))
		}
	}
	o := parameter("sort", doc, object{{"type", "string"}, {"enum", names}})
	if len(needs) > 0 {
		o = append(o, member{needsName, needs})
	}
	return o
}

// sequences returns the keys that follow each other in indexes, two and more of them, where
// responses show all.
func sequences(c *model.Collection) [][]meta.Key {
	var list [][]meta.Key
	for _, x := range c.Indexes {
		if slices.ContainsFunc(x.Keys, func(k model.Key) bool { return k.Path.Unshown }) {
			continue
		}
		keys := x.Serving().Keys
		for from := range keys {
			for to := from + 2; to <= len(keys); to++ {
				list = append(list, keys[from:to])
			}
		}
	}
	return list
}

func reversed(keys []meta.Key) []meta.Key {
	list := slices.Clone(keys)
	for i := range list {
		list[i].Descending = !list[i].Descending
	}
	return list
}

// sortText writes keys as a request does.
func sortText(keys []meta.Key) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		if texts[i] = k.Path; k.Descending {
			texts[i] = "-" + k.Path
		}
	}
	return strings.Join(texts, ",")
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

// fieldsParameter returns the parameter that names what is shown of documents.
func fieldsParameter(c *model.Collection) object {
	paths := append([]string{"_id"}, shownPaths("", c.Fields)...)
	for _, f := range c.TimestampFields() {
		paths = append(paths, f.Name)
	}
	if c.SoftDelete {
		paths = append(paths, meta.DeletedPath)
	}
	return append(
		parameter(meta.FieldsParameter, "The members that documents have in the response, whatever their schema requires; _id is always among them. A member of an object is named by its path.",
			object{{"type", "array"}, {"items", object{{"type", "string"}, {"enum", paths}}}}),
		member{"style", "form"}, member{"explode", false})
}

// shownPaths returns the paths of what responses show of fields, through lists as if they were their
// elements.
func shownPaths(prefix string, fields []*kinds.Field) []string {
	var paths []string
	for _, f := range fields {
		if f.Unshown || f.Type.IsHashed {
			continue
		}
		paths = append(paths, prefix+f.Name)
		t := f.Type
		if t.Elem != nil && !t.IsEntries {
			t = t.Elem
		}
		if t.Struct != nil {
			paths = append(paths, shownPaths(prefix+f.Name+".", t.Struct.Fields)...)
		}
	}
	return paths
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
