package change

import (
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

type compiler struct {
	version int
	now     time.Time
}

// edit is what an operator does to the path that f names.
func (c compiler) edit(operator string, f value.Field) (edit, error) {
	parts, err := split(f.Name)
	if err != nil {
		return edit{}, err
	}
	if operator == "$rename" {
		return rename(parts, f)
	}
	apply, err := c.operator(operator, f)
	return edit{operator: operator, path: parts, apply: apply}, err
}

func split(path string) ([]string, error) {
	if path == "" {
		return nil, fault.New(56, "An empty update path is not valid.")
	}
	parts := strings.Split(path, ".")
	for _, part := range parts {
		switch {
		case part == "":
			return nil, fault.New(56, "The update path '%s' contains an empty field name, which is not allowed.", path)
		case part == "$" || strings.HasPrefix(part, "$["):
			return nil, fault.NotModelled("positional operators in updates")
		}
	}
	return parts, nil
}

// operators are those that MongoDB has.
var operators = []string{
	"$set", "$setOnInsert", "$unset", "$inc", "$mul", "$min", "$max", "$currentDate", "$rename", "$push", "$addToSet", "$pull", "$pullAll", "$pop", "$bit",
}

// check refuses what is no operator, and an operator without paths.
func check(operator string, operand bson.RawValue) error {
	if !slices.Contains(operators, operator) {
		return fault.New(9, "Unknown modifier: %s. Expected a valid update modifier or pipeline-style update specified as an array", operator)
	}
	if operand.Type != bson.TypeEmbeddedDocument {
		return fault.New(9, "Modifiers operate on fields but we found type %s instead. For example: {$mod: {<field>: ...}} not {%s: %s}", value.TypeName(operand.Type), operator, operand)
	}
	return nil
}

func (c compiler) operator(name string, f value.Field) (apply, error) {
	switch name {
	case "$set", "$setOnInsert":
		return set(f.Value), nil
	case "$unset":
		return set(bson.RawValue{}), nil
	case "$inc", "$mul":
		return arithmetic(name, f)
	case "$min", "$max":
		return extreme(name, f.Value), nil
	case "$currentDate":
		return c.currentDate(f)
	case "$push":
		return c.push(f)
	case "$addToSet":
		return addToSet(f)
	case "$pull":
		return c.pull(f.Value)
	case "$pullAll":
		return pullAll(f.Value)
	case "$pop":
		return pop(f)
	}
	return nil, fault.NotModelled("the update operator " + name)
}

// extreme keeps the lesser or the greater of the old and the new value.
func extreme(name string, operand bson.RawValue) apply {
	return func(old bson.RawValue) (bson.RawValue, error) {
		c := value.Compare(operand, old)
		if old.Type == value.Missing || name == "$min" && c < 0 || name == "$max" && c > 0 {
			return operand, nil
		}
		return old, nil
	}
}

func (c compiler) currentDate(f value.Field) (apply, error) {
	if f.Value.Type == bson.TypeBoolean {
		return set(value.Of(c.now)), nil
	}
	if f.Value.Type == bson.TypeEmbeddedDocument {
		switch kind, _ := value.Get(f.Value.Value, "$type").StringValueOK(); kind {
		case "date":
			return set(value.Of(c.now)), nil
		case "timestamp":
			return set(value.Of(bson.Timestamp{T: uint32(c.now.Unix()), I: 1})), nil
		}
	}
	return nil, fault.BadValue("The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}")
}

// rename sets at one path what it takes away from another.
func rename(from []string, f value.Field) (edit, error) {
	name, ok := f.Value.StringValueOK()
	if !ok {
		return edit{}, fault.BadValue("The 'to' field for $rename must be a string: %s: %s", f.Name, f.Value)
	}
	if name == f.Name {
		return edit{}, fault.BadValue("The source and target field for $rename must differ: %s: %s", f.Name, f.Value)
	}
	to, err := split(name)
	return edit{operator: "$rename", path: to, from: from}, err
}
