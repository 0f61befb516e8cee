package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/schema/def"
)

// maxDepth is how many Objects, Lists, Sets and Maps may hold each other. A
// request may nest deeper (api/wire's MaxDepth), so that whatever can be declared
// can be sent.
const maxDepth = 24

// alike are the kinds whose values a Set can tell apart.
var alike = []def.Kind{
	def.KindString, def.KindBool, def.KindInt, def.KindTime, def.KindObjectID, def.KindEnum, def.KindNamedEnum, def.KindRef,
}

// fieldType resolves the type of a field, whose Go name is name. It is nil if the
// type is wrong.
func (l *loader) fieldType(h holder, name string, t def.Type, at place) *Type {
	switch t.Kind {
	case def.KindList, def.KindSet, def.KindMap:
		return l.containerType(h, name, t, at)
	case def.KindEnum:
		return &Type{Kind: t.Kind, Enum: l.inlineEnum(h.prefix+name, t.Values, at)}
	case def.KindNamedEnum:
		return &Type{Kind: t.Kind, Enum: l.namedEnum(t, at)}
	case def.KindObject:
		s := l.object(h, t.Struct, at)
		if s == nil {
			return nil
		}
		return &Type{Kind: t.Kind, Struct: s}
	case def.KindRef:
		return &Type{Kind: t.Kind, Collection: t.Collection}
	case def.KindSecret:
		if !h.collection {
			l.add(at, "a Secret is a collection's own field", "it as a field of the collection")
			return nil
		}
	}
	if t.Kind <= def.KindInvalid || t.Kind > def.KindRef {
		l.add(at, "has no Type", "one of package def's, such as def.String")
		return nil
	}
	return &Type{Kind: t.Kind}
}

// containerType resolves a List, a Set or a Map.
func (l *loader) containerType(h holder, name string, t def.Type, at place) *Type {
	switch {
	case h.depth == maxDepth:
		l.tooDeep(at)
		return nil
	case t.Elem == nil:
		l.add(at, fmt.Sprintf("is a %s of no type", t.Kind), fmt.Sprintf("def.%s(def.String), or another type", t.Kind))
		return nil
	case t.Elem.Kind == def.KindSecret:
		l.add(at, fmt.Sprintf("is a %s of a Secret, which is a collection's own field", t.Kind), "a Secret as a field of the collection")
		return nil
	case t.Kind == def.KindSet && t.Elem.Kind != def.KindInvalid && !slices.Contains(alike, t.Elem.Kind):
		l.add(at, fmt.Sprintf("is a Set of %s, which has no equality worth having", t.Elem.Kind), fmt.Sprintf("a List of %s", t.Elem.Kind))
		return nil
	}
	h.depth++
	elem := l.fieldType(h, name, *t.Elem, at)
	if elem == nil {
		return nil
	}
	return &Type{Kind: t.Kind, Elem: elem}
}

// checkRef finds the collection that a Ref refers to. It lives in the same
// database, of the given scope; it is nil if there is none.
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

// refs are the paths below fields at which documents refer to others.
func refs(prefix string, fields []*Field) []Ref {
	var list []Ref
	for _, f := range fields {
		if f.Type != nil {
			list = append(list, refsOf(prefix+f.Name, f.Type)...)
		}
	}
	return list
}

func refsOf(path string, t *Type) []Ref {
	switch {
	case t.Kind == def.KindRef:
		return []Ref{{Path: path, Collection: t.Collection}}
	case t.Kind == def.KindMap:
		return refsOf(path+".*", t.Elem)
	case t.Elem != nil:
		return refsOf(path, t.Elem)
	case t.Struct != nil:
		return refs(path+".", t.Struct.Fields)
	}
	return nil
}
