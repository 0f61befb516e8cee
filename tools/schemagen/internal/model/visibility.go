package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// setVisibility sets whether responses show f and requests set it.
func (l *loader) setVisibility(f *kinds.Field, d *def.Field, at place) {
	f.Unshown = d.Hidden || d.WriteOnly
	f.Unset = d.ReadOnly || d.Hidden && len(d.SetBy) == 0
	switch {
	case d.Hidden && d.WriteOnly, d.Hidden && d.ReadOnly, d.ReadOnly && d.WriteOnly:
		l.add(at, "is "+joined(d)+", which say different things", "one of them")
	case d.ReadOnly && len(d.SetBy) > 0:
		l.add(at, "is ReadOnly, so that its SetBy is never used", "one of the two")
	case f.Unset && d.Required:
		l.add(at, "is Required, but no request can set it, and so none could create the document", "a Default, or no Required")
	case f.Type == nil:
	case f.Type.IsHashed && f.Unshown:
		l.add(at, fmt.Sprintf("is a %s, which no response shows", f.Type.Name), "neither Hidden nor WriteOnly")
	case f.Type.Elem != nil && f.Type.IsSequence && hasVisibility(f.Type.Elem):
		l.add(at, "is a list of Objects with members that are Hidden, ReadOnly or WriteOnly, which a request that replaces the list would lose", "a Map of them, or such members outside of lists")
	}
}

// joined names the members of d that are about its visibility.
func joined(d *def.Field) string {
	var names []string
	for _, m := range []struct {
		name string
		set  bool
	}{{"Hidden", d.Hidden}, {"ReadOnly", d.ReadOnly}, {"WriteOnly", d.WriteOnly}} {
		if m.set {
			names = append(names, m.name)
		}
	}
	if len(names) == 2 {
		return names[0] + " and " + names[1]
	}
	return names[0] + ", " + names[1] + " and " + names[2]
}

// hasVisibility reports whether a value of t has members that responses leave out or requests
// cannot set, at any depth.
func hasVisibility(t *kinds.Type) bool {
	switch {
	case t.Elem != nil:
		return hasVisibility(t.Elem)
	case t.Struct == nil:
		return false
	}
	return slices.ContainsFunc(t.Struct.Fields, func(f *kinds.Field) bool {
		return f.Unshown || f.Unset || f.Type != nil && hasVisibility(f.Type)
	})
}
