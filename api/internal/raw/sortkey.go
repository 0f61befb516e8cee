package raw

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// keysOf returns the values that the server sorts doc by, in the memory of keys if they
// fit. Where arrays are on the way, which many says, an index has several keys of
// doc, one for each element, and doc stands where the first of them does: by its
// least element, or descending by its greatest.
func keysOf(keys []bson.RawValue, doc bson.Raw, order []meta.Key) (_ []bson.RawValue, many bool) {
	keys = keys[:0]
	for _, key := range order {
		s := step{at: bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, path: key.Path}
		s.descend()
		if !s.done {
			return firstKeys(doc, order), true
		}
		keys = append(keys, s.at)
	}
	return keys, false
}

// missing is the value at a path that leads nowhere.
var missing = bson.RawValue{Type: bson.TypeNull}

// step is how far a path was followed in a document.
type step struct {
	at bson.RawValue
	// path is the rest of the path.
	path string
	done bool
}

// descend follows the path down to its end, or to an array.
func (s *step) descend() {
	for !s.done && s.at.Type != bson.TypeArray {
		if s.path == "" {
			s.done = true
			return
		}
		name, rest, _ := strings.Cut(s.path, ".")
		s.path = rest
		doc, _ := s.at.DocumentOK()
		var err error
		if s.at, err = doc.LookupErr(name); err != nil {
			s.at, s.done = missing, true
		}
	}
}

// into returns the step into an element of the array at which the path has arrived. An array
// in an array is a value, and no path leads into it.
func (s step) into(element bson.RawValue) step {
	switch {
	case s.path == "":
		return step{at: element, done: true}
	case element.Type == bson.TypeEmbeddedDocument:
		return step{at: element, path: s.path}
	}
	return step{at: missing, done: true}
}

// firstKeys does what keysOf does, for documents with arrays.
func firstKeys(doc bson.Raw, order []meta.Key) []bson.RawValue {
	keys := make([]bson.RawValue, len(order))
	for i := range order {
		if sharesArrays(order, i) {
			continue // it is among the first one's group
		}
		var group []int
		var steps []step
		for j := i; j < len(order); j++ {
			if root(order[j].Path) == root(order[i].Path) {
				group = append(group, j)
				steps = append(steps, step{at: bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, path: order[j].Path})
			}
		}
		f := finder{order: order, group: group}
		f.look(steps)
		for n, j := range group {
			keys[j] = f.first[n]
		}
	}
	return keys
}

// sharesArrays reports whether an array may be on the way to the i-th key and to one
// before it: then their values belong together, element by element.
func sharesArrays(order []meta.Key, i int) bool {
	return slices.ContainsFunc(order[:i], func(k meta.Key) bool { return root(k.Path) == root(order[i].Path) })
}

func root(path string) string {
	name, _, _ := strings.Cut(path, ".")
	return name
}

// finder looks for the first of the keys that a document has in an index, of which
// it looks at those in group.
type finder struct {
	order []meta.Key
	group []int
	first []bson.RawValue
}

func (f *finder) look(steps []step) {
	array := -1
	for i := range steps {
		if steps[i].descend(); !steps[i].done && array < 0 {
			array = i
		}
	}
	if array < 0 {
		f.found(steps)
		return
	}
	elements, _ := bson.RawArray(steps[array].at.Value).Values()
	if len(elements) == 0 {
		elements = []bson.RawValue{{Type: bson.TypeUndefined}}
	}
	for _, element := range elements {
		next := slices.Clone(steps)
		for i, s := range steps {
			if !s.done && &s.at.Value[0] == &steps[array].at.Value[0] {
				next[i] = s.into(element)
			}
		}
		f.look(next)
	}
}

func (f *finder) found(steps []step) {
	keys := make([]bson.RawValue, len(steps))
	for i, s := range steps {
		keys[i] = s.at
	}
	for i := range keys {
		if f.first == nil {
			break
		}
		c := compareBy(f.order[f.group[i]], keys[i], f.first[i])
		if c > 0 {
			return
		}
		if c < 0 {
			break
		}
	}
	f.first = keys
}

// compareBy compares values in the key's direction.
func compareBy(key meta.Key, a, b bson.RawValue) int {
	if key.Descending {
		return compareValues(b, a)
	}
	return compareValues(a, b)
}

// compareKeys compares the keys of two documents in order, as many as both have.
func compareKeys(order []meta.Key, a, b []bson.RawValue) int {
	for i, key := range order[:min(len(order), len(a), len(b))] {
		if c := compareBy(key, a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}
