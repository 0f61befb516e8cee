package openapi

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// form is what a schema is of: each has a name behind the entity's.
type form string

const (
	// answered is a document as it is answered: whatever was stored, checked for
	// types and enums alone.
	answered form = ""
	// created is what one is made of, patched what one is changed by.
	created form = ".New"
	patched form = ".Patch"
)

// shapes writes the schemas of one collection.
type shapes struct {
	all *model.Schema
	c   *model.Collection
}

// schemasOf returns a collection's documents in each form, and the value objects
// within them. What belongs to an entity has its name and a dot in front, which no
// Go name has: so the Role of a User is not taken for an entity called UserRole.
func schemasOf(s *model.Schema, c *model.Collection) object {
	w := shapes{s, c}
	list := object{
		{w.name(nil, answered), w.document()},
		{w.name(nil, created), closed("A "+c.Entity+" to create.", w.properties(c.Fields, created), requiredOf(c.Fields))},
		{w.name(nil, patched), w.patch()},
		{c.Entity + pageSuffix, page(c)},
	}
	changed := changedIn(c.Fields, map[*kinds.Struct]bool{})
	for _, v := range c.Structs {
		list = append(list,
			member{w.name(v, answered), open(v.Doc, w.properties(v.Fields, answered), alwaysThere(v.Fields))},
			member{w.name(v, created), closed(v.Doc, w.properties(v.Fields, created), requiredOf(v.Fields))})
		if changed[v] {
			list = append(list, member{w.name(v, patched), closed(v.Doc, w.properties(v.Fields, patched), nil)})
		}
	}
	return list
}

// name returns what the schema of v is called, or of a whole document where v is
// nil.
func (w shapes) name(v *kinds.Struct, f form) string {
	if v == nil {
		return w.c.Entity + string(f)
	}
	return w.c.Entity + "." + v.Go + string(f)
}

// pageSuffix is behind the entity's name where a list of documents has its.
const pageSuffix = ".Page"

func page(c *model.Collection) object {
	return open("A page of the "+strings.ToLower(c.Title)+".", object{
		{"message", object{{"type", "string"}, {"const", c.Title + " found successfully"}}},
		{c.Name, object{{"type", "array"}, {"items", ref(c.Entity)}}},
		{"next", object{{"type", "string"}, {"description", "The value of after for the next page; absent on the last."}}},
		{"invalid", object{{"type", "array"}, {"items", ref(invalidName)}}},
	}, []string{"message", c.Name})
}

// changedIn adds to found the value objects that a PATCH changes member by member;
// those within lists it replaces as a whole.
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

// The schemas of what every document has.
var (
	objectID = schemaOf(kinds.ID)
	dateTime = schemaOf(kinds.Timestamp)
)

// schemaOf returns the schema of a type that is the same wherever it stands.
func schemaOf(t *kinds.Type) object { return objectOf(t.JSONSchema(t, nil)) }

func (w shapes) document() object {
	properties := append(object{{"_id", objectID}}, w.properties(w.c.Fields, answered)...)
	if w.c.Timestamps {
		properties = append(properties, member{"createdAt", dateTime}, member{"updatedAt", dateTime})
	}
	return open(w.c.Doc, properties, append([]string{"_id"}, alwaysThere(w.c.Fields)...))
}

// patch returns the body of a PATCH: a JSON merge patch, where null removes.
func (w shapes) patch() object {
	properties := append(object{{"_id", unchanging(objectID, "")}}, w.properties(w.c.Fields, patched)...)
	if w.c.Timestamps {
		properties = append(properties, member{"createdAt", unchanging(dateTime, "")}, member{"updatedAt", unchanging(dateTime, "")})
	}
	return closed("Members to change (JSON merge patch, RFC 7396): null removes a member, those left out stay as they are.", properties, nil)
}

// unchanging returns a member of a patch that changes nothing.
func unchanging(o object, doc string) object {
	return append(slices.Clone(o), member{"description", strings.TrimSpace(doc + " It cannot be changed: send it unchanged or leave it out.")})
}

// properties returns the members of fields in a form.
func (w shapes) properties(fields []*kinds.Field, as form) object {
	list := object{}
	for _, f := range fields {
		switch {
		case as == answered && f.Type.IsHashed:
		case as == answered:
			list = append(list, member{f.Name, described(f, as, w.typed(f.Type, as))})
		case as == patched && f.Immutable:
			list = append(list, member{f.Name, unchanging(w.typed(f.Type, answered), f.Doc)})
		case as == patched && !f.Required:
			list = append(list, member{f.Name, described(f, as, orNull(w.constrained(f, as)))})
		default:
			list = append(list, member{f.Name, described(f, as, w.constrained(f, as))})
		}
	}
	return list
}

// alwaysThere returns the members that an answer has even if the stored document
// does not have them.
func alwaysThere(fields []*kinds.Field) []string {
	var names []string
	for _, f := range fields {
		if f.IsOmitted() {
			continue
		}
		names = append(names, f.Name)
	}
	return names
}

func orNull(o object) object { return object{{"anyOf", []object{o, {{"type", "null"}}}}} }

// open returns an object that may get further members, closed one that may not have
// others.
func open(doc string, properties object, required []string) object {
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

func closed(doc string, properties object, required []string) object {
	return append(open(doc, properties, required), member{"additionalProperties", false})
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

// described adds what a field's declaration says besides its type. A patch has no
// defaults: what it leaves out stays.
func described(f *kinds.Field, as form, o object) object {
	o = append(slices.Clone(o), member{"description", f.Doc})
	if len(f.SetBy) > 0 {
		o = append(o, member{"x-set-by", f.SetBy})
	}
	if as == patched {
		return o
	}
	switch v := f.Default.(type) {
	case nil:
	case time.Time:
		o = append(o, member{"default", v.Format(time.RFC3339)})
	case bson.Decimal128:
		o = append(o, member{"default", v.String()})
	default:
		o = append(o, member{"default", v})
	}
	return o
}

// typed returns a type by itself.
func (w shapes) typed(t *kinds.Type, as form) object {
	return objectOf(t.JSONSchema(t, standing{w, as}))
}

// standing is the kinds.Document that schemas of a form stand in.
type standing struct {
	w  shapes
	as form
}

func (in standing) IsAnswer() bool { return in.as == answered }

// Element returns that of lists, which a patch replaces.
func (in standing) Element(t *kinds.Type) kinds.Object {
	as := in.as
	if as == patched {
		as = created
	}
	return keywords(in.w.typed(t, as))
}

// Entry returns that of maps, whose entries a patch removes by null.
func (in standing) Entry(t *kinds.Type) kinds.Object {
	value := in.w.typed(t, in.as)
	if in.as == patched {
		value = orNull(value)
	}
	return keywords(value)
}

func (in standing) Object(s *kinds.Struct) kinds.Object { return keywords(ref(in.w.name(s, in.as))) }

// Reference returns an _id, in whose place an answer may have the document.
// Collections that are not served are nobody's business.
func (in standing) Reference(collection string, id kinds.Object) kinds.Object {
	all := in.w.all.Collections
	at := slices.IndexFunc(all, func(c *model.Collection) bool { return c.Name == collection && c.Served() })
	if at < 0 {
		return id
	}
	id = append(slices.Clone(id), kinds.Keyword{Name: "x-ref", Value: collection})
	if in.as != answered {
		return id
	}
	return kinds.Object{{Name: "oneOf", Value: []any{id, ref(all[at].Entity)}}}
}

// constrained returns a field's type with what writes are checked against.
func (w shapes) constrained(f *kinds.Field, as form) object {
	o := slices.Clone(w.typed(f.Type, as))
	unit, least, most := cmp.Or(f.Type.LengthUnit, "Length"), f.MinLen, f.MaxLen
	switch {
	case f.Type.IsEntries && as == patched: // it has the entries that change
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
		case int64, float64: // JSON Schema has no bounds for the strings that others are
			o = append(o, member{bound.name, bound.value})
		}
	}
	return o
}
