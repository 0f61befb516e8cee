package match

import (
	"regexp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// in tests whether a value equals one of the operand's, or one of its regular
// expressions finds something in it.
func (c compiler) in(operand bson.RawValue) (func(bson.RawValue) bool, error) {
	if operand.Type != bson.TypeArray {
		return nil, fault.BadValue("$in needs an array")
	}
	var tests []func(bson.RawValue) bool
	for _, e := range value.Elements(operand) {
		test, err := c.equals(e)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return func(v bson.RawValue) bool {
		return slices.ContainsFunc(tests, func(test func(bson.RawValue) bool) bool { return test(v) })
	}, nil
}

// equals tests for equality, or with a regular expression where that is given.
func (c compiler) equals(operand bson.RawValue) (func(bson.RawValue) bool, error) {
	switch operand.Type {
	case bson.TypeRegex:
		pattern, flags := operand.Regex()
		return expression(pattern, flags)
	case bson.TypeUndefined:
		return nil, fault.BadValue("cannot compare to undefined")
	}
	return relations["$eq"].test(operand, c.version), nil
}

// expression tests whether a regular expression finds something in a string, or is
// the value itself.
func expression(pattern, flags string) (func(bson.RawValue) bool, error) {
	source := pattern
	if flags != "" {
		if strings.Trim(flags, "ims") != "" {
			return nil, fault.NotModelled("options of regular expressions but i, m and s: " + flags)
		}
		source = "(?" + flags + ")" + pattern
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, fault.New(51091, "Regular expression is invalid: %v", err)
	}
	return func(v bson.RawValue) bool {
		switch v.Type {
		case bson.TypeString:
			return re.MatchString(v.StringValue())
		case bson.TypeSymbol:
			return re.MatchString(v.Symbol())
		case bson.TypeRegex:
			p, f := v.Regex()
			return p == pattern && f == flags
		}
		return false
	}, nil
}

// exists is a matcher rather than a test: false asks that nothing is there, for
// which no value is looked at.
func exists(name string, operand bson.RawValue) matcher {
	there := leaf{name, path.Within, func(v bson.RawValue) bool { return v.Type != value.Missing }}
	if truth(operand) {
		return there
	}
	return not{there}
}

// truth is false for false, zero, null and undefined.
func truth(v bson.RawValue) bool {
	switch {
	case v.Type == bson.TypeBoolean:
		return v.Boolean()
	case value.IsNumber(v):
		return !value.Equal(v, value.Of(int32(0)))
	}
	return v.Type != bson.TypeNull && v.Type != bson.TypeUndefined && v.Type != value.Missing
}

// typed tests for types by number, by name, or "number" for all that are numbers.
func typed(operand bson.RawValue) (func(bson.RawValue) bool, error) {
	operands := []bson.RawValue{operand}
	if operand.Type == bson.TypeArray {
		operands = value.Elements(operand)
	}
	var types []bson.Type
	for _, o := range operands {
		named, err := typesOf(o)
		if err != nil {
			return nil, err
		}
		types = append(types, named...)
	}
	if len(types) == 0 {
		return nil, fault.New(9, "$type must match at least one type")
	}
	return func(v bson.RawValue) bool { return slices.Contains(types, v.Type) }, nil
}

func typesOf(operand bson.RawValue) ([]bson.Type, error) {
	if name, ok := operand.StringValueOK(); ok {
		if name == "number" {
			return []bson.Type{bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128}, nil
		}
		t, ok := value.TypeNamed(name)
		if !ok {
			return nil, fault.BadValue("Unknown type name alias: %s", name)
		}
		return []bson.Type{t}, nil
	}
	n, ok := value.Whole(operand)
	if !ok {
		return nil, fault.TypeMismatch("type must be represented as a number or a string")
	}
	t, ok := value.TypeNumbered(n)
	if !ok {
		return nil, fault.BadValue("Invalid numerical type code: %d", n)
	}
	return []bson.Type{t}, nil
}

func size(operand bson.RawValue) (func(bson.RawValue) bool, error) {
	n, ok := value.Whole(operand)
	if !ok || n < 0 {
		return nil, fault.BadValue("Failed to parse $size. Expected a non-negative integer number in: $size: %s", operand)
	}
	return func(v bson.RawValue) bool {
		return v.Type == bson.TypeArray && int64(len(value.Elements(v))) == n
	}, nil
}

// modulo tests the remainder of a number without its fraction.
func modulo(operand bson.RawValue) (func(bson.RawValue) bool, error) {
	if operand.Type != bson.TypeArray || len(value.Elements(operand)) != 2 {
		return nil, fault.BadValue("malformed mod, needs to be an array of two numbers")
	}
	parts := value.Elements(operand)
	divisor, ok := value.Truncated(parts[0])
	remainder, whole := value.Truncated(parts[1])
	if !ok || !whole {
		return nil, fault.BadValue("malformed mod, divisor and remainder are numbers")
	}
	if divisor == 0 {
		return nil, fault.BadValue("divisor cannot be 0")
	}
	return func(v bson.RawValue) bool {
		n, ok := value.Truncated(v)
		return ok && n%divisor == remainder
	}, nil
}
