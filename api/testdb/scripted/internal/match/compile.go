package match

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Compile reads a filter for a major version of MongoDB.
func Compile(filter bson.Raw, version int) (Filter, error) {
	root, err := compiler{version}.document(filter)
	return Filter{source: filter, root: root}, err
}

// CompileFolded reads a filter that compares text whatever its case.
func CompileFolded(filter bson.Raw, version int) (Filter, error) {
	root, err := compiler{version}.document(value.FoldFilter(filter))
	return Filter{filter, root, true}, err
}

// CompileValue reads operators that are about a value, {$gt: 1}.
func CompileValue(operators bson.Raw, version int) (Filter, error) {
	root, err := compiler{version}.operators("", operators)
	return Filter{source: operators, root: root}, err
}

type compiler struct{ version int }

// document reads a filter of paths and logical operators.
func (c compiler) document(filter bson.Raw) (matcher, error) {
	parts := all{}
	for _, f := range value.Fields(filter) {
		m, err := c.member(f)
		if err != nil {
			return nil, err
		}
		if m != nil {
			parts = append(parts, m)
		}
	}
	return parts, nil
}

func (c compiler) member(f value.Field) (matcher, error) {
	if !strings.HasPrefix(f.Name, "$") {
		return c.field(f.Name, f.Value)
	}
	switch f.Name {
	case "$and", "$or", "$nor":
		return c.logical(f.Name, f.Value)
	case "$comment":
		return nil, nil
	case "$expr", "$where", "$text", "$jsonSchema", "$alwaysTrue", "$alwaysFalse", "$sampleRate":
		return nil, fault.NotModelled("the query operator " + f.Name)
	}
	return nil, fault.BadValue("unknown top level operator: %s. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.", f.Name)
}

func (c compiler) logical(operator string, operand bson.RawValue) (matcher, error) {
	if operand.Type != bson.TypeArray {
		return nil, fault.BadValue("%s must be an array", operator)
	}
	filters := value.Elements(operand)
	if len(filters) == 0 {
		return nil, fault.BadValue("$and/$or/$nor must be a nonempty array")
	}
	var parts []matcher
	for _, f := range filters {
		if f.Type != bson.TypeEmbeddedDocument {
			return nil, fault.BadValue("$or/$and/$nor entries need to be full objects")
		}
		m, err := c.document(f.Value)
		if err != nil {
			return nil, err
		}
		parts = append(parts, m)
	}
	switch operator {
	case "$and":
		return all(parts), nil
	case "$or":
		return some(parts), nil
	}
	return not{some(parts)}, nil
}

// field reads what a filter says of a path: operators, or the value itself.
func (c compiler) field(name string, operand bson.RawValue) (matcher, error) {
	if operand.Type == bson.TypeEmbeddedDocument && isOperators(operand.Value) {
		return c.operators(name, operand.Value)
	}
	test, err := c.equals(operand)
	return leaf{name, path.Within, test}, err
}

// isOperators says whether a document is operators rather than a value.
func isOperators(doc bson.Raw) bool {
	fields := value.Fields(doc)
	return len(fields) > 0 && strings.HasPrefix(fields[0].Name, "$") && fields[0].Name != "$ref" && fields[0].Name != "$id" && fields[0].Name != "$db"
}

func (c compiler) operators(name string, doc bson.Raw) (matcher, error) {
	parts := all{}
	for _, f := range value.Fields(doc) {
		if f.Name == "$options" {
			if value.Get(doc, "$regex").Type == value.Missing {
				return nil, fault.BadValue("$options needs a $regex")
			}
			continue
		}
		m, err := c.operator(name, f, doc)
		if err != nil {
			return nil, err
		}
		parts = append(parts, m)
	}
	return parts, nil
}

// operator reads one operator; doc has those beside it.
func (c compiler) operator(name string, f value.Field, doc bson.Raw) (matcher, error) {
	switch f.Name {
	case "$ne":
		if f.Value.Type == bson.TypeRegex {
			return nil, fault.BadValue("Can't have regex as arg to $ne.")
		}
		m, err := c.operator(name, value.Field{Name: "$eq", Value: f.Value}, doc)
		return not{m}, err
	case "$nin":
		m, err := c.operator(name, value.Field{Name: "$in", Value: f.Value}, doc)
		return not{m}, err
	case "$not":
		return c.not(name, f.Value)
	case "$all":
		return c.all(name, f.Value)
	case "$exists":
		return exists(name, f.Value), nil
	}
	over := path.Within
	if f.Name == "$size" || f.Name == "$elemMatch" {
		over = path.Whole
	}
	test, err := c.test(f, doc)
	return leaf{name, over, test}, err
}

// test reads an operator that looks at one value.
func (c compiler) test(f value.Field, doc bson.Raw) (func(bson.RawValue) bool, error) {
	if r, ok := relations[f.Name]; ok {
		switch f.Value.Type {
		case bson.TypeUndefined:
			return nil, fault.BadValue("cannot compare to undefined")
		case bson.TypeRegex:
			if f.Name != "$eq" {
				return nil, fault.BadValue("Can't have RegEx as arg to predicate over field '%s'.", f.Name)
			}
		}
		return r.test(f.Value, c.version), nil
	}
	switch f.Name {
	case "$in":
		return c.in(f.Value)
	case "$type":
		return typed(f.Value)
	case "$size":
		return size(f.Value)
	case "$mod":
		return modulo(f.Value)
	case "$regex":
		return regex(f.Value, value.Get(doc, "$options"))
	case "$elemMatch":
		return c.elemMatch(f.Value)
	case "$geoWithin", "$geoIntersects", "$near", "$nearSphere", "$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear":
		return nil, fault.NotModelled("the query operator " + f.Name)
	}
	return nil, fault.BadValue("unknown operator: %s", f.Name)
}

func regex(operand, options bson.RawValue) (func(bson.RawValue) bool, error) {
	pattern, ok := operand.StringValueOK()
	flags := ""
	if !ok {
		if operand.Type != bson.TypeRegex {
			return nil, fault.BadValue("$regex has to be a string")
		}
		pattern, flags = operand.Regex()
	}
	if given, ok := options.StringValueOK(); ok {
		flags = given
	}
	return expression(pattern, flags)
}

func (c compiler) not(name string, operand bson.RawValue) (matcher, error) {
	switch {
	case operand.Type == bson.TypeRegex:
		m, err := c.field(name, operand)
		return not{m}, err
	case operand.Type == bson.TypeEmbeddedDocument && isOperators(operand.Value):
		m, err := c.operators(name, operand.Value)
		return not{m}, err
	}
	return nil, fault.BadValue("$not needs a regex or a document")
}

// all asks for each of some values, or for each of some $elemMatch; none asks for
// what cannot be.
func (c compiler) all(name string, operand bson.RawValue) (matcher, error) {
	if operand.Type != bson.TypeArray {
		return nil, fault.BadValue("$all needs an array")
	}
	operands := value.Elements(operand)
	if len(operands) == 0 {
		return some{}, nil
	}
	parts := all{}
	for _, o := range operands {
		m, err := c.oneOfAll(name, o)
		if err != nil {
			return nil, err
		}
		parts = append(parts, m)
	}
	return parts, nil
}

func (c compiler) oneOfAll(name string, operand bson.RawValue) (matcher, error) {
	if operand.Type == bson.TypeEmbeddedDocument && isOperators(operand.Value) {
		if value.Get(operand.Value, "$elemMatch").Type == value.Missing {
			return nil, fault.BadValue("no $ expressions in $all")
		}
		return c.operators(name, operand.Value)
	}
	test, err := c.equals(operand)
	return leaf{name, path.Within, test}, err
}

// elemMatch asks for an element that all of it is about: of operators, a value; of
// paths, a document.
func (c compiler) elemMatch(operand bson.RawValue) (func(bson.RawValue) bool, error) {
	if operand.Type != bson.TypeEmbeddedDocument {
		return nil, fault.BadValue("$elemMatch needs an Object")
	}
	fields := value.Fields(operand.Value)
	if isOperators(operand.Value) && !strings.Contains(" $and $or $nor $where ", " "+fields[0].Name+" ") {
		m, err := c.operators("", operand.Value)
		if err != nil {
			return nil, err
		}
		return elements(m.value), nil
	}
	m, err := c.document(operand.Value)
	if err != nil {
		return nil, err
	}
	return elements(func(v bson.RawValue) bool {
		return (v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray) && m.document(v.Value)
	}), nil
}
