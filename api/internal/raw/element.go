package raw

import (
	"fmt"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// ElementChange changes a list at Path, whose elements have an _id. The result depends on what
// is stored.
type ElementChange struct {
	Path string
	// Push are documents to append; with Absent, only those of which no stored element has the
	// _id, else one that has it is an error.
	Push   []bson.RawValue
	Absent bool
	// Pull are the _ids of elements to remove; with Absent, those that are there.
	Pull []bson.ObjectID
	// Patch changes the element with the _id Element, whose members' paths begin with prefix.
	Element bson.ObjectID
	Patch   func(c *Changes, prefix string)
	// Least and Most bound the number of elements.
	Least, Most int
}

// idOf returns the _id of an element, zero if it has none.
func idOf(element bson.RawValue) bson.ObjectID {
	doc, _ := element.DocumentOK()
	id, _ := doc.Lookup("_id").ObjectIDOK()
	return id
}

// changeElements adds what changes of elements make of current.
func (d Documents) changeElements(c *Changes, errs *check.FieldErrors, current bson.Raw) error {
	for len(c.Elements) > 0 { // a patch of an element may change elements within it
		e := c.Elements[0]
		c.Elements = c.Elements[1:]
		stored, err := d.elementsAt(current, e.Path)
		if err != nil {
			return err
		}
		if e.Patch != nil {
			i := slices.IndexFunc(stored, func(v bson.RawValue) bool { return idOf(v) == e.Element })
			if i < 0 {
				return store.ErrElementNotFound
			}
			e.Patch(c, e.Path+"."+strconv.Itoa(i)+".")
			continue
		}
		after, err := e.apply(errs, stored)
		if err != nil {
			return err
		}
		if len(after) != len(stored) {
			c.lists = appendList(c.lists, e.Path, after)
		}
		for i := len(stored); i < len(after); i++ {
			c.added = append(c.added, e.Path+"."+strconv.Itoa(i))
		}
		for i, v := range e.Push {
			c.pushed = append(wire.AppendHeader(c.pushed, v.Type, e.Path+"."+strconv.Itoa(i)), v.Value...)
		}
	}
	return nil
}

// elementsAt returns the elements of the list at path, none if it is missing.
func (d Documents) elementsAt(doc bson.Raw, path string) ([]bson.RawValue, error) {
	list := lookup(doc, path)
	if wire.IsMissing(list) {
		return nil, nil
	}
	if array, ok := list.ArrayOK(); ok {
		return array.Values()
	}
	if _, misfit := d.c.Render(doc); misfit != nil {
		return nil, misfit
	}
	return nil, fmt.Errorf("%s: %s is not a list", d.c.Name, path)
}

// apply returns the elements after elements were added or removed.
func (e *ElementChange) apply(errs *check.FieldErrors, stored []bson.RawValue) ([]bson.RawValue, error) {
	known := make(map[bson.ObjectID]bool, len(stored))
	for _, v := range stored {
		known[idOf(v)] = true
	}
	delete(known, bson.NilObjectID)
	after := slices.Clone(stored)
	for i, v := range e.Push {
		switch {
		case !known[idOf(v)]:
			after = append(after, v)
		case !e.Absent:
			errs.RepeatedID(check.Pointer(e.Path) + "/" + strconv.Itoa(i))
		}
	}
	for _, id := range e.Pull {
		if !known[id] && !e.Absent {
			return nil, store.ErrElementNotFound
		}
		after = slices.DeleteFunc(after, func(v bson.RawValue) bool { return idOf(v) == id })
	}
	if len(after) != len(stored) {
		errs.Length(check.Pointer(e.Path), len(after), e.Least, e.Most)
	}
	return after, nil
}

// appendList appends a list of values as they are.
func appendList(dst []byte, key string, values []bson.RawValue) []byte {
	dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeArray, key))
	for i, v := range values {
		dst = append(wire.AppendHeader(dst, v.Type, strconv.Itoa(i)), v.Value...)
	}
	return wire.EndDocument(dst, start)
}
