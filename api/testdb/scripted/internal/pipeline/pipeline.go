// Package pipeline runs the stages of aggregations that tests need.
package pipeline

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/project"
	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Run passes documents through stages.
func Run(docs []bson.Raw, stages []bson.Raw, version int) ([]bson.Raw, error) {
	for _, s := range stages {
		fields := value.Fields(s)
		if len(fields) != 1 {
			return nil, fault.New(40323, "A pipeline stage specification object must contain exactly one field.")
		}
		run, ok := known[fields[0].Name]
		if !ok {
			return nil, fault.NotModelled("the pipeline stage " + fields[0].Name)
		}
		var err error
		if docs, err = run(docs, fields[0].Value, version); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

type stage func(docs []bson.Raw, operand bson.RawValue, version int) ([]bson.Raw, error)

var known = map[string]stage{
	"$match": filter, "$sort": sort, "$limit": limit, "$skip": skip, "$count": count, "$project": projection, "$unwind": unwind, "$group": group,
}

func object(stage string, operand bson.RawValue) (bson.Raw, error) {
	doc, ok := operand.DocumentOK()
	if !ok {
		return nil, fault.New(15959, "the %s specification must be an object", stage)
	}
	return doc, nil
}

func filter(docs []bson.Raw, operand bson.RawValue, version int) ([]bson.Raw, error) {
	doc, err := object("$match", operand)
	if err != nil {
		return nil, err
	}
	f, err := match.Compile(doc, version)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(docs), func(doc bson.Raw) bool { return !f.Matches(doc) }), nil
}

func sort(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	doc, err := object("$sort", operand)
	if err != nil {
		return nil, err
	}
	order, err := stored.NewOrder(doc)
	if err != nil {
		return nil, err
	}
	return order.Sort(docs)
}

func limit(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	n, ok := value.Whole(operand)
	if !ok || n <= 0 {
		return nil, fault.New(15958, "the limit must be positive")
	}
	return docs[:min(n, int64(len(docs)))], nil
}

func skip(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	n, ok := value.Whole(operand)
	if !ok || n < 0 {
		return nil, fault.New(15956, "Argument to $skip cannot be negative")
	}
	return docs[min(n, int64(len(docs))):], nil
}

// count has no document where there is nothing to count.
func count(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	name, ok := operand.StringValueOK()
	if !ok || name == "" {
		return nil, fault.New(40156, "the count field must be a non-empty string")
	}
	if len(docs) == 0 {
		return nil, nil
	}
	return []bson.Raw{value.Make(bson.D{{Key: name, Value: int32(len(docs))}})}, nil
}

func projection(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	doc, err := object("$project", operand)
	if err != nil {
		return nil, err
	}
	p, err := project.New(doc)
	if err != nil {
		return nil, err
	}
	shown := make([]bson.Raw, len(docs))
	for i, doc := range docs {
		shown[i] = p.Apply(doc)
	}
	return shown, nil
}

// unwind makes a document of each element of an array.
func unwind(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	name, keep := operand, false
	if doc, ok := operand.DocumentOK(); ok {
		name = value.Get(doc, "path")
		keep, _ = value.Get(doc, "preserveNullAndEmptyArrays").BooleanOK()
		if value.Get(doc, "includeArrayIndex").Type != value.Missing {
			return nil, fault.NotModelled("$unwind's includeArrayIndex")
		}
	}
	text, ok := name.StringValueOK()
	if !ok || len(text) < 2 || text[0] != '$' {
		return nil, fault.New(28818, "path option to $unwind stage should be prefixed with a '$': %s", name)
	}
	var out []bson.Raw
	for _, doc := range docs {
		v := path.Lookup(doc, text[1:])
		switch v.Type {
		case bson.TypeArray:
			elements := value.Elements(v)
			for _, e := range elements {
				out = append(out, path.Replace(doc, text[1:], e))
			}
			if len(elements) == 0 && keep {
				out = append(out, path.Replace(doc, text[1:], bson.RawValue{}))
			}
		case value.Missing, bson.TypeNull:
			if keep {
				out = append(out, doc)
			}
		default:
			out = append(out, doc)
		}
	}
	return out, nil
}
