package model

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// maxFieldName keeps names short: every document repeats them.
const maxFieldName = 64

var fieldName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)

// reservedFields are in every document, or have a meaning in other frameworks.
var reservedFields = []string{"_id", "id", "_rev", "rev", "__v"}

// generatedFields are names of generated members and methods of entities and value
// objects; elementNames are those of value objects that have an _id.
var (
	generatedFields  = []string{"ID", "Rev"}
	generatedMethods = []string{"AppendBSON", "UnmarshalBSON", "AppendJSON", "MarshalJSON", "MarshalBSON"}
	elementNames     = []string{"ID", "ElementID", "ElementPatch"}
)

// holder is the collection or Struct that fields belong to.
type holder struct {
	at place
	// prefix starts the Go names of inline enums: the Struct's name, empty for a
	// collection. owner is the Go type.
	prefix, owner string
	// collection distinguishes a collection from a Struct.
	collection bool
	// scope is that of the collection: references lead to others of the same.
	scope      def.Scope
	timestamps []*kinds.Field
	// hasID reports whether a Struct has ID, inList whether what is resolved is an element of a
	// List.
	hasID, inList bool
	softDelete    bool
	// depth is the number of Objects and lists that enclose the fields.
	depth int
}

func (l *loader) fields(h holder, declared []def.Field) []*kinds.Field {
	list := make([]*kinds.Field, len(declared))
	for i := range declared {
		d := &declared[i]
		at := h.at.part(fmt.Sprintf("field %d", i+1))
		if d.Name != "" {
			at = h.at.member(d.Name)
		}
		l.checkFieldName(h, d, at)
		l.checkStoredField(h, declared, d, at)
		l.checkFieldUnique(declared[:i], d, at)
		list[i] = l.field(h, d, at)
	}
	l.requirements(h, list, declared)
	return list
}

func (l *loader) field(h holder, d *def.Field, at place) *kinds.Field {
	f := &kinds.Field{
		Name: d.Name, Stored: d.Stored, Go: goName(d.Name), Doc: d.Doc,
		Required: d.Required, Immutable: d.Immutable,
		MinLen: d.MinLen, MaxLen: d.MaxLen,
		Pattern: d.Pattern, Format: d.Format, Trim: d.Trim, Lower: d.Lower, Upper: d.Upper, SetBy: d.SetBy,
		At: at.declared(),
	}
	// The field comes first, so that the role of a User and the Struct UserRole do not collide.
	f.Rule = "rule" + f.Go + "Of" + h.owner
	if fieldName.MatchString(d.Name) {
		l.checkDoc(at, d.Doc, f.Go)
	}
	f.Type = l.fieldType(h, f.Go, d.Type, at)
	l.checkRights(h, d, at)
	l.setVisibility(f, d, at)
	if f.Type == nil {
		return f
	}
	f.Doc = cmp.Or(f.Doc, f.Go+" is "+f.Type.Words()+".")
	l.bounds(f, d, at)
	l.checkLengths(d, f.Type, at)
	l.checkText(d, f.Type, at)
	l.setEach(f, d, at)
	l.setCheck(f, d.Check, at)
	if f.IsFolded() {
		f.Fold()
	}
	if isCaller(d.Default) {
		l.setCaller(h, f, d, at)
		return f
	}
	l.setDefault(f, d, at)
	return f
}

// setEach sets the rules for the elements of f.
func (l *loader) setEach(f *kinds.Field, d *def.Field, at place) {
	if reflect.ValueOf(d.Each).IsZero() {
		return
	}
	if f.Type.Elem == nil {
		l.add(at, fmt.Sprintf("Each is for List, Set and Map, not %s", f.Type.Name), "its members for the field itself")
		return
	}
	at = at.part("Each")
	r := d.Each
	rules := &def.Field{
		Name: d.Name, Format: r.Format, Trim: r.Trim, Lower: r.Lower, Upper: r.Upper,
		Min: r.Min, Max: r.Max, MinLen: r.MinLen, MaxLen: r.MaxLen, Pattern: r.Pattern,
	}
	each := &kinds.Field{
		Name: f.Name, Go: f.Go, Doc: f.Doc, Type: f.Type.Elem, MinLen: r.MinLen, MaxLen: r.MaxLen,
		Pattern: r.Pattern, Format: r.Format, Trim: r.Trim, Lower: r.Lower, Upper: r.Upper, Rule: "each" + strings.TrimPrefix(f.Rule, "rule"),
	}
	l.bounds(each, rules, at)
	l.checkLengths(rules, each.Type, at)
	l.checkText(rules, each.Type, at)
	l.setCheck(each, r.Check, at)
	f.Each, each.Type.Of = each, each
	if !each.IsFolded() {
		return
	}
	if f.Type.HoldsDistinct {
		l.add(at, "changes elements of a Set, which could make them equal", "a List, or no Trim, Lower, Upper and no Format that changes text")
	}
	each.Fold()
}

// checkName is what a Check of a field is called, as a Go name is spelt.
var checkName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)

// setCheck sets the name of the function that checks f.
func (l *loader) setCheck(f *kinds.Field, name string, at place) {
	switch {
	case name == "":
	case !checkName.MatchString(name):
		l.add(at, fmt.Sprintf("the Check %q is not a name", name), "a letter from a to z, then letters, digits and _ only")
	case f.Type.IsHashed:
		l.add(at, fmt.Sprintf("has a Check, but a %s is hashed before anything could be checked", f.Type.Name), "MinLen and MaxLen, or no Check")
	}
	f.Check = name
}

func (l *loader) checkFieldName(h holder, d *def.Field, at place) {
	name := goName(d.Name)
	switch {
	case d.Name == "":
		l.add(at, "has no Name", "the Name it is stored under")
	case h.collection && slices.Contains(reservedFields, d.Name):
		l.add(at, fmt.Sprintf("the name %q is reserved", d.Name), "another name")
	case fieldNamed(h.timestamps, d.Name) != nil:
		l.add(at, fmt.Sprintf("the name %q is reserved where Timestamps is set", d.Name), "no such field: the repository maintains it")
	case h.softDelete && d.Name == meta.DeletedPath:
		l.add(at, fmt.Sprintf("the name %q is reserved where SoftDelete is set", d.Name), "no such field: the repository maintains it")
	case !fieldName.MatchString(d.Name):
		l.add(at, fmt.Sprintf("the name %q does not fit BSON and Go", d.Name), "a letter from a to z, then letters, digits and _ only")
	case len(d.Name) > maxFieldName:
		l.add(at, fmt.Sprintf("the name has %d bytes", len(d.Name)), fmt.Sprintf("at most %d", maxFieldName))
	case h.isGenerated(name):
		l.add(at, fmt.Sprintf("the Go name %s is that of a generated member", name), "another name")
	}
}

func (h holder) isGenerated(name string) bool {
	if slices.Contains(generatedMethods, name) {
		return true
	}
	if slices.ContainsFunc(h.timestamps, func(f *kinds.Field) bool { return f.Go == name }) {
		return true
	}
	if h.hasID && slices.Contains(elementNames, name) || h.softDelete && goName(meta.DeletedPath) == name {
		return true
	}
	return h.collection && slices.Contains(generatedFields, name)
}

// checkFieldUnique compares a field with those declared before it.
func (l *loader) checkFieldUnique(earlier []def.Field, d *def.Field, at place) {
	name := goName(d.Name)
	for i := range earlier {
		switch other := earlier[i].Name; {
		case d.Name == "":
		case other == d.Name:
			l.add(at, "is declared twice", "it once")
			return
		case goName(other) == name && name != "":
			l.add(at, fmt.Sprintf("the Go name %s is also that of %q", name, other), "a name that differs in letters or digits")
			return
		}
	}
}

func (l *loader) checkRights(h holder, d *def.Field, at place) {
	if len(d.SetBy) == 0 {
		return
	}
	if !h.collection {
		l.add(at, "SetBy is only for fields of the collection itself", "it on the field that holds the Object")
		return
	}
	l.checkRoles(at, "SetBy", d.SetBy)
	if d.Required {
		l.add(at, "is Required but has SetBy: nobody else could create the document", "a Default, or no Required")
	}
}
