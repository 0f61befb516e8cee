package model

import (
	"fmt"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// maxDepth limits the nesting of Objects, Lists, Sets and Maps. Requests may nest
// deeper (api/wire's MaxDepth), so that everything that can be declared can be
// sent.
const maxDepth = 24

// fieldType resolves the type of the field with the Go name name. It returns nil if
// the type is wrong.
func (l *loader) fieldType(h holder, name string, t def.Type, at place) *kinds.Type {
	kind, ok := kinds.Of(t.Kind)
	if !ok {
		l.add(at, "has no Type", "one of package def's, such as def.String")
		return nil
	}
	resolved := &kinds.Type{Kind: kind, Collection: t.Collection, SoftDelete: l.softDeletes(t.Collection)}
	switch {
	case kind.IsContainer():
		resolved.Elem = l.element(h, name, t, kind, at)
		ok = resolved.Elem != nil
	case t.Kind == def.KindEnum:
		resolved.Enum = l.inlineEnum(h.prefix+name, t.Values, at)
	case t.Kind == def.KindNamedEnum:
		resolved.Enum = l.namedEnum(t, at)
	case t.Kind == def.KindRef:
		l.refer(resolved, h.scope)
	case t.Kind == def.KindObject:
		resolved.Struct = l.object(h, t.Struct, at)
		ok = resolved.Struct != nil
	case kind.IsHashed && !h.collection:
		l.add(at, fmt.Sprintf("a %s can only be a field of the collection itself", kind.Name), "it as a field of the collection")
		ok = false
	}
	if !ok {
		return nil
	}
	return resolved
}

// element resolves the element type of a List, Set or Map. It returns nil if that
// is wrong.
func (l *loader) element(h holder, name string, t def.Type, kind *kinds.Kind, at place) *kinds.Type {
	if h.depth == maxDepth {
		l.tooDeep(at)
		return nil
	}
	if t.Elem == nil {
		l.add(at, fmt.Sprintf("is a %s of no type", t.Kind), fmt.Sprintf("def.%s(def.String), or another type", t.Kind))
		return nil
	}
	switch elem, known := kinds.Of(t.Elem.Kind); {
	case !known:
	case elem.IsHashed:
		l.add(at, fmt.Sprintf("is a %s of a %s, which can only be a field of the collection itself", t.Kind, elem.Name), fmt.Sprintf("a %s as a field of the collection", elem.Name))
		return nil
	case kind.HoldsDistinct && !elem.Distinct:
		l.add(at, fmt.Sprintf("is a %s of %s, whose values cannot be compared", t.Kind, elem.Name), fmt.Sprintf("a List of %s", elem.Name))
		return nil
	}
	h.depth++
	h.inList = kind.IsSequence
	return l.fieldType(h, name, *t.Elem, at)
}

// checkRef finds the collection that a Ref refers to. It must live in the same
// database, hence have the given scope; the result is nil if there is none.
func (l *loader) checkRef(scope def.Scope, collection string, at place) *def.Collection {
	var names []string
	for i := range l.in.Collections {
		d := &l.in.Collections[i]
		switch {
		case d.Scope == scope && d.Name == collection:
			return d
		case d.Scope == scope:
			names = append(names, d.Name)
		case d.Name == collection:
			l.add(at, fmt.Sprintf("is a Ref to %q, which lives in another database", collection), "a Ref to a collection of the same Scope")
			return nil
		}
	}
	l.add(at, fmt.Sprintf("is a Ref to %q, which is not declared", collection), alternatives(names))
	return nil
}

// refs returns the paths of references below fields.
func refs(prefix string, fields []*kinds.Field) []Ref {
	var list []Ref
	for _, f := range fields {
		if f.Type != nil {
			below := refsOf(prefix+f.Name, f.Type)
			for i := range below {
				below[i].Unshown = below[i].Unshown || f.Unshown
			}
			list = append(list, below...)
		}
	}
	return list
}

func refsOf(path string, t *kinds.Type) []Ref {
	switch {
	case t.IsReference:
		return []Ref{{Path: path, Collection: t.Collection}}
	case t.IsEntries:
		return refsOf(path+".*", t.Elem)
	case t.Elem != nil:
		return refsOf(path, t.Elem)
	case t.Struct != nil:
		return refs(path+".", t.Struct.Fields)
	}
	return nil
}
