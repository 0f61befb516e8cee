package change

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Seed is the document that an upsert starts from: what the filter's equalities
// say, or their _id alone if a replacement follows.
func (u *Update) Seed(filter bson.Raw) (bson.Raw, error) {
	equalities, err := equal(filter, nil)
	if err != nil {
		return nil, err
	}
	root := value.Document(value.Encode(nil))
	for _, f := range equalities {
		if u.replacement != nil && f.Name != "_id" {
			continue
		}
		parts, err := split(f.Name)
		if err != nil {
			return nil, err
		}
		e := edit{operator: "$set", path: parts, apply: set(f.Value)}
		if root, err = e.on(root, parts, nil); err != nil {
			return nil, err
		}
	}
	return IDFirst(root.Value), nil
}

// equal gathers the paths that a filter holds to one value.
func equal(filter bson.Raw, found []value.Field) (_ []value.Field, err error) {
	for _, f := range value.Fields(filter) {
		switch {
		case f.Name == "$and" || f.Name == "$or" && len(value.Elements(f.Value)) == 1:
			for _, part := range value.Elements(f.Value) {
				if found, err = equal(part.Value, found); err != nil {
					return nil, err
				}
			}
		case strings.HasPrefix(f.Name, "$"):
		default:
			v, ok := equality(f.Value)
			if !ok {
				continue
			}
			if found, err = once(found, value.Field{Name: f.Name, Value: v}); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// equality is what a condition holds a path to.
func equality(condition bson.RawValue) (bson.RawValue, bool) {
	doc, ok := condition.DocumentOK()
	if !ok {
		return condition, condition.Type != bson.TypeRegex
	}
	fields := value.Fields(doc)
	if len(fields) == 0 || !strings.HasPrefix(fields[0].Name, "$") {
		return condition, true
	}
	for _, f := range fields {
		if f.Name == "$eq" {
			return f.Value, true
		}
		if all, ok := f.Value.ArrayOK(); f.Name == "$all" && ok && len(value.Fields(bson.Raw(all))) == 1 {
			return value.Elements(f.Value)[0], true
		}
	}
	return bson.RawValue{}, false
}

// once refuses a path that is held to two values, or to one whose part another is.
func once(found []value.Field, f value.Field) ([]value.Field, error) {
	for _, other := range found {
		if other.Name == f.Name || strings.HasPrefix(other.Name, f.Name+".") || strings.HasPrefix(f.Name, other.Name+".") {
			return nil, fault.New(54, "cannot infer query fields to set, path '%s' is matched twice", f.Name)
		}
	}
	return append(found, f), nil
}
