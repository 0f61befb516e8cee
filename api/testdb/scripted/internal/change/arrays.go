package change

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// onElements makes an apply of a change to an array's elements. What is not there
// is an empty array.
func onElements(refusal func(old bson.RawValue) error, change func([]bson.RawValue) []bson.RawValue) apply {
	return func(old bson.RawValue) (bson.RawValue, error) {
		switch old.Type {
		case bson.TypeArray:
			return value.Array(change(value.Elements(old))), nil
		case value.Missing:
			return value.Array(change(nil)), nil
		}
		return old, refusal(old)
	}
}

// each are the values of an operand: those below $each, or the operand itself.
func each(operand bson.RawValue) (values []bson.RawValue, modifiers bson.Raw, err error) {
	doc, ok := operand.DocumentOK()
	if !ok || value.Get(doc, "$each").Type == value.Missing {
		return []bson.RawValue{operand}, nil, nil
	}
	list := value.Get(doc, "$each")
	if list.Type != bson.TypeArray {
		return nil, nil, fault.BadValue("The argument to $each must be an array but it was of type: %s", value.TypeName(list.Type))
	}
	return value.Elements(list), doc, nil
}

func addToSet(f value.Field) (apply, error) {
	values, _, err := each(f.Value)
	if err != nil {
		return nil, err
	}
	refusal := func(old bson.RawValue) error {
		return fault.BadValue("Cannot apply $addToSet to non-array field. Field named '%s' has non-array type %s", f.Name, value.TypeName(old.Type))
	}
	return onElements(refusal, func(elements []bson.RawValue) []bson.RawValue {
		for _, v := range values {
			if !slices.ContainsFunc(elements, func(e bson.RawValue) bool { return value.Equal(e, v) }) {
				elements = append(elements, v)
			}
		}
		return elements
	}), nil
}

func (c compiler) push(f value.Field) (apply, error) {
	values, modifiers, err := each(f.Value)
	if err != nil {
		return nil, err
	}
	p := pushing{values: values}
	for _, m := range value.Fields(modifiers) {
		if err := p.modify(m); err != nil {
			return nil, err
		}
	}
	refusal := func(old bson.RawValue) error {
		return fault.BadValue("The field '%s' must be an array but is of type %s in document", f.Name, value.TypeName(old.Type))
	}
	return onElements(refusal, p.onto), nil
}

// pushing is $push with its modifiers.
type pushing struct {
	values          []bson.RawValue
	position, slice *int64
	less            func(a, b bson.RawValue) int
}

func (p *pushing) modify(m value.Field) error {
	switch m.Name {
	case "$each":
		return nil
	case "$position", "$slice":
		n, ok := value.Whole(m.Value)
		if !ok {
			return fault.BadValue("The value for %s must be an integer value but was given type: %s", m.Name, value.TypeName(m.Value.Type))
		}
		if m.Name == "$slice" {
			p.slice = &n
		} else {
			p.position = &n
		}
		return nil
	case "$sort":
		return p.sort(m.Value)
	}
	return fault.BadValue("Unrecognized clause in $push: %s", m.Name)
}

func (p *pushing) sort(by bson.RawValue) error {
	if n, ok := value.Whole(by); ok && (n == 1 || n == -1) {
		p.less = func(a, b bson.RawValue) int { return int(n) * value.Compare(a, b) }
		return nil
	}
	doc, ok := by.DocumentOK()
	if !ok {
		return fault.BadValue("The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields")
	}
	keys := value.Fields(doc)
	p.less = func(a, b bson.RawValue) int {
		for _, k := range keys {
			n, _ := value.Whole(k.Value)
			if c := value.Compare(below(a, k.Name), below(b, k.Name)); c != 0 {
				return int(n) * c
			}
		}
		return 0
	}
	return nil
}

// below is the value at a path in an element, null where there is none.
func below(element bson.RawValue, name string) bson.RawValue {
	if doc, ok := element.DocumentOK(); ok {
		if v := path.Lookup(doc, name); v.Type != value.Missing {
			return v
		}
	}
	return value.Null
}

func (p *pushing) onto(elements []bson.RawValue) []bson.RawValue {
	at := len(elements)
	if p.position != nil {
		at = int(min(*p.position, int64(len(elements))))
		if at < 0 {
			at = max(0, len(elements)+at)
		}
	}
	elements = slices.Insert(slices.Clone(elements), at, p.values...)
	if p.less != nil {
		slices.SortStableFunc(elements, p.less)
	}
	if p.slice == nil {
		return elements
	}
	n := int64(len(elements))
	if *p.slice < 0 {
		return elements[max(0, n+*p.slice):]
	}
	return elements[:min(n, *p.slice)]
}

// pull takes away what equals the operand or, if that is a condition, what meets it.
func (c compiler) pull(operand bson.RawValue) (apply, error) {
	gone := func(e bson.RawValue) bool { return value.Equal(e, operand) }
	if operand.Type == bson.TypeRegex {
		operand = value.Document(value.Make(bson.D{{Key: "$regex", Value: operand}}))
	}
	if doc, ok := operand.DocumentOK(); ok {
		condition, err := c.condition(doc)
		if err != nil {
			return nil, err
		}
		gone = condition
	}
	return without("$pull", gone), nil
}

// condition is about values where it begins with an operator, else about documents.
func (c compiler) condition(doc bson.Raw) (func(bson.RawValue) bool, error) {
	fields := value.Fields(doc)
	if len(fields) > 0 && strings.HasPrefix(fields[0].Name, "$") {
		f, err := match.CompileValue(doc, c.version)
		return f.MatchesValue, err
	}
	f, err := match.Compile(doc, c.version)
	return func(e bson.RawValue) bool {
		return e.Type == bson.TypeEmbeddedDocument && f.Matches(e.Value)
	}, err
}

func pullAll(operand bson.RawValue) (apply, error) {
	if operand.Type != bson.TypeArray {
		return nil, fault.BadValue("$pullAll requires an array argument but was given a %s", value.TypeName(operand.Type))
	}
	values := value.Elements(operand)
	return without("$pullAll", func(e bson.RawValue) bool {
		return slices.ContainsFunc(values, func(v bson.RawValue) bool { return value.Equal(e, v) })
	}), nil
}

// without leaves what is not there alone.
func without(operator string, gone func(bson.RawValue) bool) apply {
	refusal := func(bson.RawValue) error { return fault.BadValue("Cannot apply %s to a non-array value", operator) }
	apply := onElements(refusal, func(elements []bson.RawValue) []bson.RawValue { return slices.DeleteFunc(elements, gone) })
	return func(old bson.RawValue) (bson.RawValue, error) {
		if old.Type == value.Missing {
			return old, nil
		}
		return apply(old)
	}
}

func pop(f value.Field) (apply, error) {
	n, ok := value.Whole(f.Value)
	if !ok || n != 1 && n != -1 {
		return nil, fault.New(9, "$pop expects 1 or -1, found: %s", f.Value)
	}
	return func(old bson.RawValue) (bson.RawValue, error) {
		if old.Type == value.Missing {
			return old, nil
		}
		if old.Type != bson.TypeArray {
			return old, fault.TypeMismatch("Path '%s' contains an element of non-array type '%s'", f.Name, value.TypeName(old.Type))
		}
		elements := value.Elements(old)
		switch {
		case len(elements) == 0:
		case n == 1:
			elements = elements[:len(elements)-1]
		default:
			elements = elements[1:]
		}
		return value.Array(elements), nil
	}, nil
}
