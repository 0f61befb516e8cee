package openapi

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// form is the form of a document that a schema describes; its value is the suffix
// of the schema's name.
type form string

const (
	// responseForm is a document in a response: whatever was stored, checked for
	// types and enums alone.
	responseForm form = ""
	// createForm is a document to create, patchForm a change of one.
	createForm form = ".New"
	patchForm  form = ".Patch"
)

// schemaWriter writes the schemas of one collection.
type schemaWriter struct {
	all *model.Schema
	c   *model.Collection
}

// schemasOf returns the schemas of a collection's documents in each form, and of
// the value objects within them. Names are prefixed by the entity's and a dot,
// which no Go name contains: so the Role of a User does not collide with an entity
// called UserRole.
func schemasOf(s *model.Schema, c *model.Collection) object {
	w := schemaWriter{s, c}
	list := object{
		{w.name(nil, responseForm), w.document()},
		{w.name(nil, createForm), w.create()},
		{w.name(nil, patchForm), w.patch()},
		{c.Entity + pageSuffix, page(c)},
	}
	list = append(list, elementLists(c)...)
	changed := changedIn(c.Fields, map[*kinds.Struct]bool{})
	for _, f := range c.ElementLists() {
		if !f.Immutable && !f.Unset {
			changed[f.Type.Elem.Struct] = true
			changedIn(f.Type.Elem.Struct.Fields, changed)
		}
	}
	for _, v := range c.Structs {
		list = append(list,
			member{w.name(v, responseForm), openObject(v.Doc, w.properties(v.Fields, responseForm), alwaysThere(v.Fields))},
			member{w.name(v, createForm), closedObject(v.Doc, w.properties(v.Fields, createForm), requiredOf(v.Fields))})
		if changed[v] {
			list = append(list, member{w.name(v, patchForm), closedObject(v.Doc, w.properties(v.Fields, patchForm), nil)})
		}
	}
	return list
}

// name returns the name of the schema of v, or of the whole document if v is nil.
func (w schemaWriter) name(v *kinds.Struct, f form) string {
	if v == nil {
		return w.c.Entity + string(f)
	}
	return w.c.Entity + "." + v.Go + string(f)
}

// pageSuffix follows the entity's name in the name of a page's schema.
const pageSuffix = ".Page"

func page(c *model.Collection) object {
	return openObject("A page of the "+strings.ToLower(c.Title)+".", object{
		{"message", object{{"type", "string"}, {"const", c.Title + " found successfully"}}},
		{c.Name, object{{"type", "array"}, {"items", ref(c.Entity)}}},
		{"next", object{{"type", "string"}, {"description", "The value of after for the next page; absent on the last."}}},
		{"count", object{{"type", "integer"}, {"description", "How many documents the filters select, if count=true asks for it."}}},
		{"countIsLowerBound", object{{"type", "boolean"}, {"description", "Whether there are more than count."}}},
		{"invalid", object{{"type", "array"}, {"items", ref(invalidName)}}},
	}, []string{"message", c.Name})
}

// changedIn adds to found the value objects that a PATCH changes member by member;
// those within lists are replaced as a whole.
func changedIn(fields []*kinds.Field, found map[*kinds.Struct]bool) map[*kinds.Struct]bool {
	for _, f := range fields {
		t := f.Type
		for t.IsEntries {
			t = t.Elem
		}
		if v := t.Struct; v != nil && !f.Immutable && !found[v] {
			found[v] = true
			changedIn(v.Fields, found)
		}
	}
	return found
}

// Schemas of the members that every document has.
var (
	dateTime = schemaOf(kinds.Timestamp)
)

// schemaOf returns the schema of a type that does not depend on context.
func schemaOf(t *kinds.Type) object { return objectOf(t.JSONSchema(t, nil)) }

func (w schemaWriter) document() object {
	properties := append(object{{"_id", schemaOf(w.c.ID.Type())}}, w.properties(w.c.Fields, responseForm)...)
	for _, f := range w.c.TimestampFields() {
		properties = append(properties, member{f.Name, dateTime})
	}
	if w.c.SoftDelete {
		properties = append(properties, member{meta.DeletedPath, dateTime})
	}
	return openObject(w.c.Doc, properties, append([]string{"_id"}, alwaysThere(w.c.Fields)...))
}

// create returns the body of a POST.
func (w schemaWriter) create() object {
	properties, required := w.properties(w.c.Fields, createForm), requiredOf(w.c.Fields)
	id := w.c.ID
	if id.IsRequired() {
		required = append([]string{"_id"}, required...)
	}
	if id.IsChosen() {
		properties = append(object{{"_id", newID(id)}}, properties...)
	}
	return closedObject("A "+w.c.Entity+" to create.", properties, required)
}

// newID returns the schema of the _id that a client gives a new document.
func newID(id kinds.ID) object {
	o, doc := objectOf(id.NewSchema()), "The document's _id. One is made if it is left out, or null."
	if id.IsRequired() {
		doc = "The document's _id, a segment of its URL. It cannot be changed."
		if id.Kind == def.KindString {
			doc = "The document's _id, a segment of its URL, which is therefore neither . nor .. alone. It cannot be changed."
		}
		return append(slices.Clone(o), member{"description", doc})
	}
	return append(orNull(o), member{"description", doc})
}

// patch returns the body of a PATCH: a JSON merge patch, where null removes.
func (w schemaWriter) patch() object {
	properties := append(object{{"_id", immutable(schemaOf(w.c.ID.Type()), "")}}, w.properties(w.c.Fields, patchForm)...)
	for _, f := range w.c.TimestampFields() {
		properties = append(properties, member{f.Name, immutable(dateTime, "")})
	}
	if w.c.SoftDelete {
		properties = append(properties, member{meta.DeletedPath, immutable(dateTime, "")})
	}
	return closedObject("Members to change (JSON merge patch, RFC 7396): null removes a member, those left out stay as they are.", properties, nil)
}

// immutable returns the schema of a member that a PATCH may only repeat.
func immutable(o object, doc string) object {
	return append(slices.Clone(o), member{"description", strings.TrimSpace(doc + " It cannot be changed: send it unchanged or leave it out.")})
}

// properties returns the members of fields in a form.
func (w schemaWriter) properties(fields []*kinds.Field, as form) object {
	list := object{}
	for _, f := range fields {
		switch {
		case as == responseForm && (f.Type.IsHashed || f.Unshown), f.Unshown && f.Unset:
		case as == createForm && f.Unset:
		case as == responseForm:
			list = append(list, member{f.Name, described(f, as, w.typed(f.Type, as))})
		case as == patchForm && (f.Immutable || f.Unset):
			list = append(list, member{f.Name, immutable(w.typed(f.Type, responseForm), f.Doc)})
		case as == patchForm && !f.Required:
			list = append(list, member{f.Name, described(f, as, orNull(w.constrained(f, as)))})
		default:
			list = append(list, member{f.Name, described(f, as, w.constrained(f, as))})
		}
	}
	return list
}

// alwaysThere returns the members that a response has even if the stored document
// lacks them.
func alwaysThere(fields []*kinds.Field) []string {
	var names []string
	for _, f := range fields {
		if f.IsOmitted() || f.Unshown {
			continue
		}
		names = append(names, f.Name)
	}
	return names
}

func orNull(o object) object { return object{{"anyOf", []object{o, {{"type", "null"}}}}} }

// openObject returns an object that may have further members, closedObject one that
// may not.
func openObject(doc string, properties object, required []string) object {
	o := object{{"type", "object"}}
	if doc != "" {
		o = append(o, member{"description", doc})
	}
	o = append(o, member{"properties", properties})
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	return o
}

func closedObject(doc string, properties object, required []string) object {
	return append(openObject(doc, properties, required), member{"additionalProperties", false})
}

func requiredOf(fields []*kinds.Field) []string {
	var names []string
	for _, f := range fields {
		if f.Required {
			names = append(names, f.Name)
		}
	}
	return names
}

// described adds what the declaration says besides the type. A patch has no
// defaults: members left out stay as they are.
func described(f *kinds.Field, as form, o object) object {
	doc := f.Doc
	if len(f.RequiredIf) > 0 {
		doc = strings.TrimSuffix(doc, ".") + ". It is required if " + f.RequiredIfText() + "."
	}
	o = append(slices.Clone(o), member{"description", doc})
	switch {
	case f.Unset:
		o = append(o, member{"readOnly", true})
	case f.Unshown:
		o = append(o, member{"writeOnly", true})
	}
	if len(f.SetBy) > 0 {
		o = append(o, member{"x-set-by", f.SetBy})
	}
	if as == patchForm {
		return o
	}
	switch v := f.Default.(type) { // generators of clients know none for arrays and objects
	case time.Time:
		o = append(o, member{"default", v.Format(time.RFC3339)})
	case bson.Decimal128:
		o = append(o, member{"default", v.String()})
	case string, bool, int64, float64:
		o = append(o, member{"default", v})
	}
	return o
}

// element returns the schema of an element, with the rules for elements.
func (w schemaWriter) element(t *kinds.Type, as form) object {
	if as == responseForm || t.Of == nil {
		return w.typed(t, as)
	}
	return w.constrained(t.Of, as)
}

// typed returns the schema of a type by itself.
func (w schemaWriter) typed(t *kinds.Type, as form) object {
	return objectOf(t.JSONSchema(t, formContext{w, as}))
}

// formContext is the kinds.SchemaContext of a form.
type formContext struct {
	w  schemaWriter
	as form
}

func (in formContext) IsResponse() bool { return in.as == responseForm }

// Element returns the schema of a list's elements, which a patch replaces.
func (in formContext) Element(t *kinds.Type) kinds.JSONObject {
	as := in.as
	if as == patchForm {
		as = createForm
	}
	return keywords(in.w.element(t, as))
}

// Entry returns the schema of a map's values, which a patch removes by null.
func (in formContext) Entry(t *kinds.Type) kinds.JSONObject {
	value := in.w.element(t, in.as)
	if in.as == patchForm {
		value = orNull(value)
	}
	return keywords(value)
}

func (in formContext) Object(s *kinds.Struct) kinds.JSONObject {
	return keywords(ref(in.w.name(s, in.as)))
}

// Reference returns the schema of an _id that a response may replace by the
// document. Collections that are not served are not expanded.
func (in formContext) Reference(collection string, id kinds.JSONObject) kinds.JSONObject {
	all := in.w.all.Collections
	at := slices.IndexFunc(all, func(c *model.Collection) bool { return c.Name == collection && c.Served() })
	if at < 0 {
		return id
	}
	id = append(slices.Clone(id), kinds.Keyword{Name: "x-ref", Value: collection})
	if in.as != responseForm {
		return id
	}
	return kinds.JSONObject{{Name: "oneOf", Value: []any{id, ref(all[at].Entity)}}}
}

// constrained adds a field's constraints to its type.
func (w schemaWriter) constrained(f *kinds.Field, as form) object {
	o := slices.Clone(w.typed(f.Type, as))
	unit, least, most := cmp.Or(f.Type.LengthUnit, "Length"), f.MinLen, f.MaxLen
	switch {
	case f.Type.IsEntries && as == patchForm: // its lengths apply to the entries that change
		least, most = 0, 0
	case f.Type.SchemaLengths != nil:
		least, most = f.Type.SchemaLengths(least, most)
	}
	if least > 0 {
		o = append(o, member{"min" + unit, least})
	}
	if most > 0 {
		o = append(o, member{"max" + unit, most})
	}
	if f.Pattern != "" {
		o = append(o, member{"pattern", "^(?:" + f.Pattern + ")$"})
	}
	if f.Format != "" {
		o = append(o, member{"format", string(f.Format)})
	}
	for _, bound := range []struct {
		name  string
		value any
	}{{"minimum", f.Min}, {"maximum", f.Max}} {
		switch bound.value.(type) {
		case int64, float64: // JSON Schema has no bounds for values that are strings in JSON
			o = append(o, member{bound.name, bound.value})
		}
	}
	return o
}
