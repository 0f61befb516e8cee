package embedded

import (
	"math"
	"regexp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// condition is what one operator asks of what is at a path. Most hold if any value there is as it should be.
func (c compiler) condition(path []string, operator bson.E, siblings bson.D) (filter, error) {
	if negated := negations[operator.Key]; negated != "" && !c.partial {
		f, err := c.condition(path, bson.E{Key: negated, Value: operator.Value}, siblings)
		return not(f), err
	}
	exists, isFlag := flag(operator.Value)
	switch {
	case operator.Key == "$not" && !c.partial:
		f, err := c.conditions(path, operator.Value)
		return not(f), err
	case operator.Key == "$all" && !c.partial:
		return c.all(path, operator)
	case operator.Key == "$exists" && isFlag && !exists && !c.partial:
		return func(doc any) bool { return !hasPath(doc, path) }, nil
	}
	holds, err := c.operator(operator, siblings)
	return func(doc any) bool { return slices.ContainsFunc(valuesAt(doc, path), holds) }, err
}

// negations are operators that hold where others do not.
var negations = map[string]string{"$ne": "$eq", "$nin": "$in"}

// all holds if each of its operands is there.
func (c compiler) all(path []string, operator bson.E) (filter, error) {
	operands, ok := operator.Value.(bson.A)
	if !ok {
		return nil, refuse(codeBadValue, "$all needs an array")
	}
	var parts []filter
	for _, operand := range operands {
		part, err := c.conditions(path, operand)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	f := every(parts)
	return func(doc any) bool { return len(parts) > 0 && f(doc) }, nil
}

// operator returns what an operator asks of a value.
func (c compiler) operator(e bson.E, siblings bson.D) (func(any) bool, error) {
	_, isRegex := e.Value.(bson.Regex)
	switch e.Key {
	case "$eq", "$in":
		return c.oneOf(e)
	case "$gt", "$gte", "$lt", "$lte":
		if !isRegex {
			return c.within(e), nil
		}
	case "$exists":
		if exists, ok := flag(e.Value); ok && exists {
			return func(v any) bool { return v != missing{} }, nil
		}
	case "$type":
		return compileType(e.Value)
	}
	if c.partial {
		return nil, c.unknown(e)
	}
	switch e.Key {
	case "$regex":
		return matching(e.Value, siblings)
	case "$options":
		return func(any) bool { return true }, nil
	case "$elemMatch":
		return c.element(e)
	case "$mod":
		return remainder(e.Value)
	case "$size":
		n, ok := whole(e.Value)
		return func(v any) bool { array, isArray := v.(bson.A); return isArray && ok && int64(len(array)) == n }, nil
	}
	return nil, c.unknown(e)
}

// oneOf holds for equals of the operand of $eq, or of one of those of $in.
func (c compiler) oneOf(e bson.E) (func(any) bool, error) {
	operands := bson.A{e.Value}
	if e.Key == "$in" {
		values, ok := e.Value.(bson.A)
		if !ok {
			return nil, refuse(codeBadValue, "$in needs an array")
		}
		operands = values
	}
	var holds []func(any) bool
	for _, operand := range operands {
		if _, isRegex := operand.(bson.Regex); !isRegex {
			operand = c.fold(operand)
			holds = append(holds, func(v any) bool { return equals(c.fold(v), operand) })
			continue
		}
		if c.partial {
			return nil, c.unknown(e)
		}
		matches, err := matching(operand, nil)
		if err != nil {
			return nil, err
		}
		holds = append(holds, matches)
	}
	return func(v any) bool {
		return slices.ContainsFunc(holds, func(holds func(any) bool) bool { return holds(v) })
	}, nil
}

// within holds for values of the operand's type on one side of it.
func (c compiler) within(e bson.E) func(any) bool {
	operand := c.fold(e.Value)
	return func(v any) bool {
		v = c.fold(v)
		switch {
		case equals(v, operand):
			return e.Key == "$gte" || e.Key == "$lte"
		case !sameBracket(v, operand):
			return false
		}
		return (compare(v, operand) > 0) == (e.Key == "$gt" || e.Key == "$gte")
	}
}

// element holds for arrays with an element that a query, or operators, hold for.
func (c compiler) element(e bson.E) (func(any) bool, error) {
	query, ok := e.Value.(bson.D)
	if !ok {
		return nil, refuse(codeBadValue, "$elemMatch needs an Object")
	}
	compile := c.compile
	if isOperators(query) && !slices.Contains([]string{"$and", "$or", "$nor"}, query[0].Key) {
		compile = func(operators bson.D) (filter, error) { return c.conditions(nil, operators) }
	}
	holds, err := compile(query)
	return func(v any) bool {
		array, _ := v.(bson.A)
		return slices.ContainsFunc(array, func(element any) bool { return holds(element) })
	}, err
}

// remainder holds for numbers that leave one when divided.
func remainder(operand any) (func(any) bool, error) {
	operands, _ := operand.(bson.A)
	if len(operands) != 2 {
		return nil, refuse(codeBadValue, "malformed mod, needs to be an array of a divisor and a remainder")
	}
	divisor, ok := whole(operands[0])
	rest, also := whole(operands[1])
	if !ok || !also || divisor == 0 {
		return nil, refuse(codeBadValue, "malformed mod, divisor and remainder are whole numbers, the divisor not 0")
	}
	return func(v any) bool {
		if double, ok := v.(float64); ok {
			v = math.Trunc(double)
		}
		n, ok := whole(v)
		return ok && n%divisor == rest
	}, nil
}

// matching holds for texts that a regular expression matches.
func matching(operand any, siblings bson.D) (func(any) bool, error) {
	pattern, _ := operand.(bson.Regex)
	if text, ok := operand.(string); ok {
		pattern.Pattern = text
	}
	for _, e := range siblings {
		if options, ok := e.Value.(string); ok && e.Key == "$options" {
			pattern.Options = options
		}
	}
	expression := pattern.Pattern
	if pattern.Options != "" {
		expression = "(?" + pattern.Options + ")" + expression
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil, refuse(codeBadValue, "Regular expression is invalid: %s", err)
	}
	return func(v any) bool { text, ok := v.(string); return ok && compiled.MatchString(text) }, nil
}

// fold is a value as it is compared.
func (c compiler) fold(v any) any {
	if c.folded {
		return foldASCII(v)
	}
	return v
}

// sameBracket reports whether values are compared: a range holds for its own type only, and NaN is in none.
func sameBracket(v, operand any) bool {
	return v != missing{} && bracket(v) == bracket(operand) && isNaN(v) == isNaN(operand)
}

// equals reports whether a value is the operand. What is missing equals null.
func equals(v, operand any) bool {
	if (v == missing{}) {
		return operand == nil
	}
	return sameBracket(v, operand) && compare(v, operand) == 0
}

func compileType(operand any) (func(any) bool, error) {
	names, isArray := operand.(bson.A)
	if !isArray {
		names = bson.A{operand}
	}
	var types []bson.Type
	for _, name := range names {
		named, ok := typesOf(name)
		if !ok {
			return nil, refuse(codeBadValue, "Unknown type name alias: %v", name)
		}
		types = append(types, named...)
	}
	return func(v any) bool { return v != missing{} && slices.Contains(types, typeOf(v)) }, nil
}
