package pipeline

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// expression is a value made of a document.
type expression func(doc bson.Raw) bson.RawValue

// compile reads a path ("$a.b"), a document or an array of expressions, or a value.
func compile(v bson.RawValue) (expression, error) {
	switch v.Type {
	case bson.TypeString:
		return field(v)
	case bson.TypeEmbeddedDocument:
		return document(v.Value)
	case bson.TypeArray:
		return list(v)
	}
	return func(bson.Raw) bson.RawValue { return v }, nil
}

func field(v bson.RawValue) (expression, error) {
	text := v.StringValue()
	switch {
	case text == "$$ROOT" || text == "$$CURRENT":
		return value.Document, nil
	case strings.HasPrefix(text, "$$"):
		return nil, fault.NotModelled("the variable " + text)
	case !strings.HasPrefix(text, "$"):
		return func(bson.Raw) bson.RawValue { return v }, nil
	}
	parts := strings.Split(text[1:], ".")
	return func(doc bson.Raw) bson.RawValue { return follow(value.Document(doc), parts) }, nil
}

// follow goes down documents, and into each element of arrays, whose values it
// gathers in an array.
func follow(v bson.RawValue, parts []string) bson.RawValue {
	if len(parts) == 0 {
		return v
	}
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		return follow(value.Get(v.Value, parts[0]), parts[1:])
	case bson.TypeArray:
		var found []bson.RawValue
		for _, e := range value.Elements(v) {
			if e := follow(e, parts); e.Type != value.Missing {
				found = append(found, e)
			}
		}
		return value.Array(found)
	}
	return bson.RawValue{}
}

func document(doc bson.Raw) (expression, error) {
	fields := value.Fields(doc)
	if len(fields) == 1 && strings.HasPrefix(fields[0].Name, "$") {
		if fields[0].Name == "$literal" {
			return func(bson.Raw) bson.RawValue { return fields[0].Value }, nil
		}
		return nil, fault.NotModelled("the expression " + fields[0].Name)
	}
	members := make([]expression, len(fields))
	for i, f := range fields {
		e, err := compile(f.Value)
		if err != nil {
			return nil, err
		}
		members[i] = e
	}
	return func(doc bson.Raw) bson.RawValue {
		var made []value.Field
		for i, f := range fields {
			if v := members[i](doc); v.Type != value.Missing {
				made = append(made, value.Field{Name: f.Name, Value: v})
			}
		}
		return value.Document(value.Encode(made))
	}, nil
}

func list(v bson.RawValue) (expression, error) {
	elements := value.Elements(v)
	expressions := make([]expression, len(elements))
	for i, e := range elements {
		compiled, err := compile(e)
		if err != nil {
			return nil, err
		}
		expressions[i] = compiled
	}
	return func(doc bson.Raw) bson.RawValue {
		values := make([]bson.RawValue, len(expressions))
		for i, e := range expressions {
			values[i] = orNull(e(doc))
		}
		return value.Array(values)
	}, nil
}
