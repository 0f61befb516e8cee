package model

import (
	"cmp"
	"fmt"
	"reflect"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// knownStruct is a Struct that has been resolved, or is being resolved.
type knownStruct struct {
	declared *def.Struct
	resolved *kinds.Struct
	at       place
	// open reports whether its fields are being resolved: a use of it is nested in
	// it.
	open bool
}

// object resolves the Struct of an Object, the same one for every use; field is the
// place that uses it. It returns nil if the Struct is not allowed there.
func (l *loader) object(h holder, d *def.Struct, field place) *kinds.Struct {
	if d == nil {
		l.add(field, "is an Object without a Struct", "def.Object(…) of one")
		return nil
	}
	if d.ID && !h.inList {
		l.add(field, fmt.Sprintf("is %s, whose ID is for elements of a List", kinds.Article(d.Name)), "a List of it, or a Struct without ID")
	}
	if h.depth == maxDepth {
		l.tooDeep(field)
		return nil
	}
	known := l.structs[d.Name]
	for _, k := range known {
		if k.open && d.Name != "" {
			l.add(field, fmt.Sprintf("is a %s within a %s", d.Name, d.Name), "a Struct of another Name")
			return nil
		}
		if reflect.DeepEqual(k.declared, d) { // def.Object copies what it is given
			if h.depth+l.heights[k.resolved] > maxDepth {
				l.tooDeep(field)
			}
			return k.resolved
		}
	}
	return l.newObject(h, d, field, known)
}

func (l *loader) tooDeep(field place) {
	l.add(field, fmt.Sprintf("nests more than %d Objects, Lists, Sets and Maps", maxDepth), "a flatter document")
}

// newObject resolves a Struct for the first time; known are others of its name.
func (l *loader) newObject(h holder, d *def.Struct, field place, known []*knownStruct) *kinds.Struct {
	k := &knownStruct{
		declared: d,
		resolved: &kinds.Struct{Go: d.Name, Doc: cmp.Or(d.Doc, d.Name+" is an object within a document."), HasID: d.ID},
		at:       l.sources.nth(l.sources.structs[d.Name], len(known)).place(d.Name),
		open:     true,
	}
	if d.Name == "" {
		k.at = field
	}
	l.structs[d.Name] = append(known, k)
	l.owners[k.resolved] = owner{k.at, "the Struct " + d.Name, "another Name for the Struct"}
	l.checkStruct(k, known)
	k.resolved.Fields = l.fields(holder{at: k.at, scope: h.scope, prefix: d.Name, owner: d.Name, depth: h.depth + 1, hasID: d.ID}, d.Fields)
	if d.ID {
		k.resolved.Fields = append([]*kinds.Field{kinds.ElementID(k.at.declared())}, k.resolved.Fields...)
	}
	l.heights[k.resolved] = 1 + l.height(k.resolved.Fields)
	k.open = false
	return k.resolved
}

func (l *loader) checkStruct(k *knownStruct, others []*knownStruct) {
	d := k.declared
	switch {
	case !isExported(d.Name):
		l.add(k.at, fmt.Sprintf("the Struct's Name %q is not an exported Go name", d.Name), "a capital letter, then letters and digits")
	case len(others) > 0:
		l.add(k.at, "differs from the Struct of this Name in "+others[0].at.source, "another Name, or the same Struct in both places")
	}
	if d.Name != "" {
		l.checkDoc(k.at, d.Doc, d.Name)
	}
	if len(d.Fields) == 0 {
		l.add(k.at, "has no Fields", "at least one field")
	}
}

// height returns the nesting depth of Objects and lists below fields.
func (l *loader) height(fields []*kinds.Field) int {
	most := 0
	for _, f := range fields {
		if f.Type != nil {
			most = max(most, l.heightOf(f.Type))
		}
	}
	return most
}

func (l *loader) heightOf(t *kinds.Type) int {
	if t.Elem != nil {
		return 1 + l.heightOf(t.Elem)
	}
	return l.heights[t.Struct]
}
