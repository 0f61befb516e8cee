package path

import (
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Keys are the keys that an index over paths has for a document, and that a sort
// chooses from: one for each element of an array, undefined for an empty one, null
// for what is not there. Present says whether anything was there at all.
func Keys(doc bson.Raw, paths []string) (keys [][]bson.RawValue, present bool, err error) {
	slots := make([]slot, len(paths))
	for i, path := range paths {
		slots[i].rest = strings.Split(path, ".")
	}
	e := expansion{paths: paths}
	err = e.expand(doc, slots)
	return e.keys, e.present, err
}

// slot is one path of a key: the value once it is found, what is left of the path
// until then.
type slot struct {
	value bson.RawValue
	rest  []string
}

type expansion struct {
	paths   []string
	keys    [][]bson.RawValue
	present bool
}

func (e *expansion) expand(doc bson.Raw, slots []slot) error {
	slots = append([]slot(nil), slots...)
	var array bson.RawValue
	var across []int
	for i := range slots {
		if slots[i].rest == nil {
			continue
		}
		v, rest := followNumbers(doc, slots[i].rest)
		slots[i] = slot{value: v, rest: rest}
		if v.Type != bson.TypeArray {
			slots[i].rest = nil
			continue
		}
		if across != nil && &v.Value[0] != &array.Value[0] {
			return fault.New(171, "cannot index parallel arrays [%s] [%s]", e.paths[i], e.paths[across[0]])
		}
		array, across = v, append(across, i)
	}
	if across == nil {
		e.add(slots)
		return nil
	}
	elements := value.Elements(array)
	if len(elements) == 0 {
		elements = []bson.RawValue{value.Undefined}
	}
	for _, element := range elements {
		if err := e.expand(within(element), arrived(slots, across, element)); err != nil {
			return err
		}
	}
	return nil
}

// arrived are the slots after an array's element: those whose path ends there have
// it as their value.
func arrived(slots []slot, across []int, element bson.RawValue) []slot {
	slots = append([]slot(nil), slots...)
	for _, i := range across {
		if len(slots[i].rest) == 0 {
			slots[i] = slot{value: element}
		}
	}
	return slots
}

// within is where paths go on below an element.
func within(element bson.RawValue) bson.Raw {
	if element.Type == bson.TypeEmbeddedDocument {
		return element.Value
	}
	return nil
}

func (e *expansion) add(slots []slot) {
	key := make([]bson.RawValue, len(slots))
	for i, s := range slots {
		key[i] = s.value
		if s.value.Type == value.Missing {
			key[i] = value.Null
		} else {
			e.present = true
		}
	}
	e.keys = append(e.keys, key)
}

// followNumbers is follow for indexes: a number that an array has an element for
// means that element alone. What is left of the path is never nil at an array.
func followNumbers(doc bson.Raw, parts []string) (bson.RawValue, []string) {
	v, rest := follow(doc, parts)
	for v.Type == bson.TypeArray && len(rest) > 0 {
		i, err := strconv.Atoi(rest[0])
		elements := value.Elements(v)
		if err != nil || i < 0 || i >= len(elements) {
			return v, rest
		}
		element := elements[i]
		rest = rest[1:]
		switch {
		case len(rest) == 0 || element.Type == bson.TypeArray:
			v = element
		case element.Type == bson.TypeEmbeddedDocument:
			v, rest = follow(element.Value, rest)
		default:
			return bson.RawValue{}, nil
		}
	}
	if rest == nil {
		rest = []string{}
	}
	return v, rest
}
