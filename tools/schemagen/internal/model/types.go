package model

import (
	"fmt"

	"github.com/partywall/partywall/schema/def"
)

// fieldType resolves the type of a field, whose Go name is name. It is nil if the
// type is wrong.
func (l *loader) fieldType(h holder, name string, t def.Type, at place) *Type {
	switch t.Kind {
	case def.KindList, def.KindSet:
		elem := l.elementType(h, name, t, at)
		if elem == nil {
			return nil
		}
		return &Type{Kind: t.Kind, Elem: elem}
	case def.KindSecret:
		if !h.collection {
			l.add(at, "a Secret is a collection's own field", "it as a field of the collection")
			return nil
		}
	}
	return l.singleType(h, name, t, at)
}

// elementType resolves the element of a List or Set.
func (l *loader) elementType(h holder, name string, t def.Type, at place) *Type {
	switch {
	case t.Elem == nil:
		l.add(at, fmt.Sprintf("is a %s of no type", t.Kind), fmt.Sprintf("def.%s(def.String), or another type", t.Kind))
		return nil
	case t.Elem.Kind == def.KindList || t.Elem.Kind == def.KindSet:
		l.add(at, fmt.Sprintf("is a %s of a %s", t.Kind, t.Elem.Kind), fmt.Sprintf("a List of an Object that holds the %s", t.Elem.Kind))
		return nil
	case t.Elem.Kind == def.KindSecret:
		l.add(at, fmt.Sprintf("is a %s of a Secret, which is a collection's own field", t.Kind), "a Secret as a field of the collection")
		return nil
	case t.Kind == def.KindSet && (t.Elem.Kind == def.KindObject || t.Elem.Kind == def.KindFloat):
		l.add(at, fmt.Sprintf("is a Set of %s, which has no equality worth having", t.Elem.Kind), fmt.Sprintf("a List of %s", t.Elem.Kind))
		return nil
	}
	return l.singleType(h, name, *t.Elem, at)
}

// singleType resolves a type that is no list.
func (l *loader) singleType(h holder, name string, t def.Type, at place) *Type {
	switch t.Kind {
	case def.KindString, def.KindBool, def.KindInt, def.KindFloat, def.KindTime, def.KindObjectID, def.KindSecret:
		return &Type{Kind: t.Kind}
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
	}
	l.add(at, "has no Type", "one of package def's, such as def.String")
	return nil
}
