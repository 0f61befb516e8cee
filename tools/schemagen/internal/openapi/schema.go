package openapi

import (
	"encoding/base64"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// schemasOf are a collection's documents as they are answered, created and
// changed, and the value objects within them. What belongs to an entity has its
// name and a dot in front, which no Go name has: so the Role of a User is not
// taken for an entity called UserRole.
func schemasOf(c *model.Collection) object {
	list := object{
		{c.Entity, document(c)},
		{newOf(c), created(c)},
		{c.Entity + patchSuffix, patch(c, c.Fields, "")},
	}
	patched := patchedIn(c.Fields, map[*model.Struct]bool{})
	for _, s := range c.Structs {
		list = append(list, member{nameOf(c, s), valueObject(c, s)})
		if patched[s] {
			list = append(list, member{nameOf(c, s) + patchSuffix, patch(c, s.Fields, s.Doc)})
		}
	}
	return list
}

const patchSuffix = ".Patch"

func newOf(c *model.Collection) string { return c.Entity + ".New" }

func nameOf(c *model.Collection, s *model.Struct) string { return c.Entity + "." + s.Go }

// patchedIn adds to found the value objects that a PATCH changes member by
// member; those within lists it replaces as a whole.
func patchedIn(fields []*model.Field, found map[*model.Struct]bool) map[*model.Struct]bool {
	for _, f := range fields {
		t := f.Type
		for t.Kind == def.KindMap {
			t = t.Elem
		}
		if s := t.Struct; s != nil && !f.Immutable && !found[s] {
			found[s] = true
			patchedIn(s.Fields, found)
		}
	}
	return found
}

var objectID = object{{"type", "string"}, {"pattern", "^[0-9a-f]{24}$"}}

var dateTime = object{{"type", "string"}, {"format", "date-time"}}

func document(c *model.Collection) object {
	properties := object{{"_id", objectID}}
	required := []string{"_id"}
	for _, f := range c.Fields {
		if f.Type.Kind == def.KindSecret {
			continue
		}
		properties = append(properties, member{f.Name, described(f, answered(c, f))})
		if alwaysThere(f) {
			required = append(required, f.Name)
		}
	}
	if c.Timestamps {
		properties = append(properties, member{"createdAt", dateTime}, member{"updatedAt", dateTime})
	}
	return object{{"type", "object"}, {"description", c.Doc}, {"properties", properties}, {"required", required}}
}

// answered is a field's type in answers, where the document may stand in the place
// of a reference.
func answered(c *model.Collection, f *model.Field) object {
	o := typed(c, f.Type, "")
	for _, r := range c.Refs {
		if r.Path == f.Name && r.Expandable && f.Type.Kind == def.KindRef {
			return object{{"anyOf", []object{o, {{"type", "object"}}}}}
		}
	}
	return o
}

// alwaysThere says that an answer has the field even if the stored document does
// not.
func alwaysThere(f *model.Field) bool {
	switch f.Type.Kind {
	case def.KindTime, def.KindObjectID, def.KindRef, def.KindEnum, def.KindNamedEnum:
		return f.Default != nil && f.Default != any(time.Time{})
	}
	return true
}

func valueObject(c *model.Collection, s *model.Struct) object {
	properties := object{}
	for _, f := range s.Fields {
		properties = append(properties, member{f.Name, described(f, constrained(c, f, ""))})
	}
	return closed(s.Doc, properties, requiredOf(s.Fields))
}

// created is the body of a POST.
func created(c *model.Collection) object {
	properties := object{}
	for _, f := range c.Fields {
		properties = append(properties, member{f.Name, described(f, constrained(c, f, ""))})
	}
	return closed("What a "+c.Entity+" is created from.", properties, requiredOf(c.Fields))
}

// patch is the body of a PATCH: a JSON merge patch, where null removes.
func patch(c *model.Collection, fields []*model.Field, doc string) object {
	properties := object{}
	for _, f := range fields {
		if f.Immutable {
			continue
		}
		value := described(f, constrained(c, f, patchSuffix))
		if !f.Required {
			value = orNull(value)
		}
		properties = append(properties, member{f.Name, value})
	}
	if doc == "" {
		doc = "Members to change (JSON merge patch, RFC 7396): null removes one, what is left out stays."
	}
	return closed(doc, properties, nil)
}

func orNull(o object) object { return object{{"anyOf", []object{o, {{"type", "null"}}}}} }

func closed(doc string, properties object, required []string) object {
	o := object{{"type", "object"}}
	if doc != "" {
		o = append(o, member{"description", doc})
	}
	o = append(o, member{"properties", properties})
	if len(required) > 0 {
		o = append(o, member{"required", required})
	}
	return append(o, member{"additionalProperties", false})
}

func requiredOf(fields []*model.Field) []string {
	var names []string
	for _, f := range fields {
		if f.Required {
			names = append(names, f.Name)
		}
	}
	return names
}

// described adds what a field's declaration says besides its type.
func described(f *model.Field, o object) object {
	o = append(object{}, o...)
	o = append(o, member{"description", f.Doc})
	if len(f.SetBy) > 0 {
		o = append(o, member{"x-set-by", f.SetBy})
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

// typed is a type by itself; suffix is patchSuffix within a patch.
func typed(c *model.Collection, t *model.Type, suffix string) object {
	switch t.Kind {
	case def.KindBool:
		return object{{"type", "boolean"}}
	case def.KindInt:
		return object{{"type", "integer"}, {"format", "int64"}}
	case def.KindFloat:
		return object{{"type", "number"}, {"format", "double"}}
	case def.KindTime:
		return dateTime
	case def.KindObjectID:
		return objectID
	case def.KindRef:
		return append(slices.Clip(objectID), member{"x-ref", t.Collection})
	case def.KindBytes:
		return object{{"type", "string"}, {"contentEncoding", "base64"}}
	case def.KindDecimal:
		return object{{"type", "string"}, {"format", "decimal"}}
	case def.KindSecret:
		return object{{"type", "string"}, {"format", "password"}, {"writeOnly", true}}
	case def.KindEnum, def.KindNamedEnum:
		values := make([]string, len(t.Enum.Values))
		for i, v := range t.Enum.Values {
			values[i] = v.Value
		}
		return object{{"type", "string"}, {"enum", values}}
	case def.KindList:
		return object{{"type", "array"}, {"items", typed(c, t.Elem, "")}}
	case def.KindSet:
		return object{{"type", "array"}, {"items", typed(c, t.Elem, "")}, {"uniqueItems", true}}
	case def.KindMap:
		value := typed(c, t.Elem, suffix)
		if suffix != "" {
			value = orNull(value)
		}
		return object{{"type", "object"}, {"additionalProperties", value}, {"propertyNames", entryNames}}
	case def.KindObject:
		return ref(nameOf(c, t.Struct) + suffix)
	}
	return object{{"type", "string"}}
}

// entryNames are what the entries of a map may be called.
var entryNames = object{{"pattern", "^[^$.][^.]*$"}, {"maxLength", 255}}

// constrained is a field's type with what writes are checked against.
func constrained(c *model.Collection, f *model.Field, suffix string) object {
	o := append(object{}, typed(c, f.Type, suffix)...)
	unit, least, most := "Length", f.MinLen, f.MaxLen
	switch f.Type.Kind {
	case def.KindList, def.KindSet:
		unit = "Items"
	case def.KindMap:
		unit = "Properties"
		if suffix != "" { // a patch has the entries that change
			least, most = 0, 0
		}
	case def.KindBytes:
		least, most = base64.StdEncoding.EncodedLen(least), base64.StdEncoding.EncodedLen(most)
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

// The names of what every API has. Entities start with a capital.
const (
	problemName      = "api.Problem"
	fieldProblemName = "api.FieldProblem"
	invalidName      = "api.Invalid"
	grantName        = "api.Grant"
)

var fieldProblemSchema = object{
	{"type", "object"},
	{"description", "What is wrong with one value."},
	{"properties", object{
		{"pointer", object{{"type", "string"}, {"description", "The value's JSON pointer, or a query parameter's name."}}},
		{"code", object{{"type", "string"}}},
		{"message", object{{"type", "string"}}},
	}},
	{"required", []string{"pointer", "code", "message"}},
}

var problemSchema = object{
	{"type", "object"},
	{"description", "Why a request was refused (RFC 9457). Programs go by code."},
	{"properties", object{
		{"type", object{{"type", "string"}}},
		{"title", object{{"type", "string"}}},
		{"status", object{{"type", "integer"}}},
		{"detail", object{{"type", "string"}}},
		{"code", object{{"type", "string"}}},
		{"message", object{{"type", "string"}, {"description", "The same sentence as detail."}}},
		{"errors", object{{"type", "array"}, {"items", ref(fieldProblemName)}}},
		{"requestId", object{{"type", "string"}}},
	}},
	{"required", []string{"type", "title", "status", "detail", "code", "message"}},
}

var invalidSchema = object{
	{"type", "object"},
	{"description", "A stored document that does not fit the schema, and was left out."},
	{"properties", object{
		{"collection", object{{"type", "string"}, {"description", "Where it is, if it was to stand in the place of a reference."}}},
		{"_id", object{{"type", "string"}}},
		{"path", object{{"type", "string"}}},
		{"problem", object{{"type", "string"}}},
	}},
	{"required", []string{"_id", "path", "problem"}},
}

var grantSchema = object{
	{"type", "object"},
	{"properties", object{
		{"token", object{{"type", "string"}, {"description", "For the Authorization header."}}},
		{"expiresIn", object{{"type", "integer"}, {"description", "Seconds until token expires."}}},
		{"refreshToken", object{{"type", "string"}, {"description", "Good for one POST /api/refresh."}}},
	}},
	{"required", []string{"token", "expiresIn", "refreshToken"}},
}
