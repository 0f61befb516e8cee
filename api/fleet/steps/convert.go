package steps

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// conversion makes values of one type of the values at a path.
type conversion struct {
	name, doc string
	// done are the types that values have afterwards.
	done []bson.Type
	// kinds are the kinds of fields that have such values.
	kinds []string
	// read reads further members, and returns what makes such a value of another.
	read func(m *Members) become
}

// become returns what a value becomes or, if it cannot, a problem: a predicate.
type become func(v bson.RawValue) (to bson.RawValue, problem string)

// step returns the step that converts.
func (c conversion) step() Step {
	return Step{Name: c.name, Doc: c.doc, Read: func(m *Members) Work {
		w, path := m.work(), m.Path("path")
		convert := c.read(m)
		w.Leaves = m.leaves()
		w.Places = []Place{{Path: path, Kinds: c.kinds}}
		w.Change = changeValues(path, func(v bson.RawValue) (bson.RawValue, string) {
			if slices.Contains(c.done, v.Type) {
				return v, ""
			}
			return convert(v)
		})
		return w
	}}
}

// only is the read of a conversion that has no further members.
func only(b become) func(*Members) become { return func(*Members) become { return b } }

// work reads which collection's documents change.
func (m *Members) work() Work {
	return Work{Collection: m.Text("collection", "the name of a collection")}
}

// leaves reads whether the step succeeds although it left values as they are.
func (m *Members) leaves() bool { return m.OneOf("onUnfit", "fail", "fail", "leave") == "leave" }

// changeValues returns the Change that has the values at path become others. What is missing
// stays so.
func changeValues(path Path, b become) func(bson.Raw) (Edit, error) {
	last := path[len(path)-1]
	edit := func(object bson.Raw, prefix string, e *Edit) (members []member) {
		elements, _ := object.Elements()
		for _, element := range elements {
			name := element.Key()
			if name != last && last != everyEntry {
				continue
			}
			if after, changed := e.become(element.Value(), prefix+name, b); changed {
				members = append(members, member{name, after})
			}
		}
		return members
	}
	return func(doc bson.Raw) (Edit, error) { return path.edit(doc, edit), nil }
}

// become returns what a value becomes, each element of a list by itself.
func (e *Edit) become(v bson.RawValue, path string, b become) (after bson.RawValue, changed bool) {
	switch {
	case wire.IsMissing(v):
		return v, false
	case v.Type == bson.TypeArray:
		return withValues(v, func(position string, element bson.RawValue) (bson.RawValue, bool) {
			return e.become(element, path+"."+position, b)
		})
	}
	after, problem := b(v)
	if problem != "" {
		e.Unfit = append(e.Unfit, Unfit{Path: path, Problem: problem})
		return v, false
	}
	return after, !after.Equal(v)
}
