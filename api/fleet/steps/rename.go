package steps

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// RenameMember moves a member to another path: it gets another name, or comes into an object or
// out of one. A value that is there already and is another stays, and so does the member.
func RenameMember() Step {
	return Step{Name: "rename_member", Doc: "gives a member another name, or moves it into an object or out of one", Read: func(m *Members) Work {
		w, from, to := m.work(), m.MemberPath("path"), m.MemberPath("to")
		w.Leaves = m.leaves()
		w.Places = []Place{{Path: from, Former: true}, {Path: to}}
		r := newRename(from, to)
		if problem := r.problem(); problem != "" {
			m.Refuse("%s", problem)
			return w
		}
		at := append(slices.Clone(r.shared), from[len(from)-1])
		w.Change = func(doc bson.Raw) (Edit, error) { return at.edit(doc, r.edit), nil }
		return w
	}}
}

// rename moves members within the objects at a path.
type rename struct {
	// shared is what the two paths begin with, and from and to are the rest of them.
	shared, from, to Path
}

func newRename(from, to Path) rename {
	n := 0
	for n < min(len(from), len(to)) && from[n] == to[n] {
		n++
	}
	return rename{shared: from[:n], from: from[n:], to: to[n:]}
}

// problem returns why no member can be moved so.
func (r rename) problem() string {
	switch {
	case len(r.from) == 0 && len(r.to) == 0:
		return "path and to are the same; give the member another path"
	case len(r.from) == 0 || len(r.to) == 0:
		return "path and to lie within each other; go by way of another name, in two steps"
	case slices.Contains(append(slices.Clone(r.from), r.to...), everyEntry):
		return "path and to pass through different maps; a member stays in its entry"
	}
	return ""
}

// edit moves the member within object.
func (r rename) edit(object bson.Raw, prefix string, e *Edit) []member {
	value := object.Lookup(r.from...)
	switch {
	case r.isInList(object):
		return r.stays(e, prefix, "is not moved: it is in a list, whose elements have one each")
	case value.IsZero():
		return nil
	}
	there := object.Lookup(r.to...)
	after := []member{{r.from[0], without(object.Lookup(r.from[0]), r.from[1:])}}
	switch {
	case !wire.IsMissing(value) && wire.IsMissing(there):
		filled, ok := placed(object.Lookup(r.to[0]), r.to[1:], value)
		if !ok {
			return r.stays(e, prefix, "is not moved: "+prefix+r.to.String()+" would be within what is no object")
		}
		return append(after, member{r.to[0], filled})
	case !wire.IsMissing(value) && !there.Equal(value):
		return r.stays(e, prefix, "is not moved: "+prefix+r.to.String()+" has another value")
	}
	return after // null, or moved before
}

// isInList reports whether the way to the member passes through a list, which may have many.
func (r rename) isInList(object bson.Raw) bool {
	for n := range r.from {
		if n > 0 && object.Lookup(r.from[:n]...).Type == bson.TypeArray {
			return true
		}
	}
	return false
}

// stays records that the member stays where it is.
func (r rename) stays(e *Edit, prefix, problem string) []member {
	e.Unfit = append(e.Unfit, Unfit{Path: prefix + r.from.String(), Problem: problem})
	return nil
}

// without returns an object without the member at path, and nothing without a path.
func without(object bson.RawValue, path Path) bson.RawValue {
	if len(path) == 0 {
		return bson.RawValue{}
	}
	inner := object.Document()
	return withMembers(inner, []member{{path[0], without(inner.Lookup(path[0]), path[1:])}})
}

// placed returns an object with value at path, and value itself without one. An object that
// is missing is made.
func placed(object bson.RawValue, path Path, value bson.RawValue) (after bson.RawValue, ok bool) {
	if len(path) == 0 {
		return value, true
	}
	inner, isObject := object.DocumentOK()
	if !isObject && !wire.IsMissing(object) {
		return object, false
	}
	filled, ok := placed(inner.Lookup(path[0]), path[1:], value)
	return withMembers(inner, []member{{path[0], filled}}), ok
}
