package evolve

import (
	"fmt"
	"slices"
	"strings"
)

// conversions are the ready steps that make values of one type of those of another.
var conversions = []struct {
	step     string
	from, to []string
}{
	{"to_date", []string{"String"}, []string{"Time"}},
	{"to_object_id", []string{"String"}, []string{"ObjectID"}},
	{"to_number", []string{"String", "Decimal"}, []string{"Int", "Float"}},
	{"to_decimal", []string{"String", "Int", "Float"}, []string{"Decimal"}},
	{"to_text", []string{"Int", "Float", "Decimal", "Time", "ObjectID"}, []string{"String"}},
}

// conversion returns the ready step from one type to another, empty if there is none.
func conversion(from, to string) string {
	for _, c := range conversions {
		if slices.Contains(c.from, from) && slices.Contains(c.to, to) {
			return c.step
		}
	}
	return ""
}

// changeType compares the types of a field. It reports whether what is below the field is
// still to be compared.
func (c *comparison) changeType(was, now *Field) (descend bool) {
	before, after := splitType(was.Type), splitType(now.Type)
	changed := fmt.Sprintf("has the type %s, had %s", now.Type, was.Type)
	switch {
	case now.Type == "Any":
		c.field(was, now, Nothing, changed+", as which everything is read")
		return false
	case before.lists != after.lists:
		c.field(was, now, Needed, changed+": documents that have the old one are not read, which a step of your own has to convert")
		return false
	case before.end == after.end && before.of == after.of: // a List became a Set, or the opposite
		c.field(was, now, Nothing, changed+", which is stored alike")
		c.changeValues(was, now)
		return true
	case before.end == after.end && before.kind() == after.kind():
		c.field(was, now, Look, fmt.Sprintf("refers to %s, not to %s: what is stored is the _id of another collection's document", after.collection(), before.collection()))
	case isStoredAs(before.kind(), after.kind()):
		c.field(was, now, Nothing, changed+", as which stored values are read")
	case before.kind() == "String" && after.end == "Enum":
		change := c.field(was, now, Needed, changed+": documents with another text are not read")
		change.Up = []string{mapValues(c.now.Name, now, now.Values, nil, nil)}
	default:
		c.convert(was, now, before.kind(), after.kind(), changed)
	}
	return false
}

// convert adds a change of type that a ready step may carry.
func (c *comparison) convert(was, now *Field, from, to, changed string) {
	up, down := conversion(from, to), conversion(to, from)
	switch {
	case from == "Float" && to == "Int":
		c.field(was, now, Look, changed+": whole numbers are read, and documents with a fraction are not; tenantctl documents check counts them")
		return
	case up == "":
		c.field(was, now, Needed, changed+": documents that have the old one are not read, which a step of your own has to convert")
		return
	}
	what := ": documents that have the old one are not read, and lists leave them out"
	if from == "Float" && to == "Decimal" {
		what = ": stored numbers are read as it, but filters compare them as they are stored"
	}
	change := c.field(was, now, Needed, changed+what)
	change.Up = []string{step(up, c.now.Name, valuePath(now))}
	if down != "" {
		change.Down = []string{step(down, c.now.Name, valuePath(now))}
	}
}

// isStoredAs reports whether all values of one type are read as another.
func isStoredAs(from, to string) bool {
	switch from + " " + to {
	case "Enum String", "Int Float", "Int Decimal":
		return true
	}
	return from == to
}

// valueType is a type taken apart.
type valueType struct {
	// lists are the lists and maps around the values, a Set being a List.
	lists string
	// end is the type of the values, and of what they refer to: a collection, and the type of
	// its _ids unless they are ObjectIDs.
	end, of string
}

// kind returns the type of the values, of references that of the _ids.
func (t valueType) kind() string {
	_, kind, known := strings.Cut(t.of, " ")
	switch {
	case t.end != "Ref":
		return t.end
	case known:
		return kind
	}
	return "ObjectID"
}

// collection returns the collection that the values refer to.
func (t valueType) collection() string {
	name, _, _ := strings.Cut(t.of, " ")
	return name
}

func splitType(t string) valueType {
	var s valueType
	for {
		outer, inner, _ := strings.Cut(strings.TrimSuffix(t, ")"), "(")
		switch outer {
		case "List", "Set":
			s.lists += "List "
		case "Map":
			s.lists += "Map "
		default:
			s.end, s.of = outer, inner
			return s
		}
		t = inner
	}
}
