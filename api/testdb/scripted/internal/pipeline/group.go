package pipeline

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/change"
	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// group gathers documents whose _id expressions are equal, in the order in which
// the first of each came.
func group(docs []bson.Raw, operand bson.RawValue, _ int) ([]bson.Raw, error) {
	doc, err := object("$group", operand)
	if err != nil {
		return nil, err
	}
	g, err := newGrouping(doc)
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if err := g.take(doc); err != nil {
			return nil, err
		}
	}
	var out []bson.Raw
	for _, sums := range g.order {
		out = append(out, value.Encode(sums.fields))
	}
	return out, nil
}

type grouping struct {
	id     expression
	fields []accumulation
	groups map[string]*gathered
	order  []*gathered
}

// accumulation is one field of the groups.
type accumulation struct {
	name       string
	accumulate accumulator
	operand    expression
}

// gathered is one group so far: its _id, then its fields.
type gathered struct{ fields []value.Field }

func newGrouping(doc bson.Raw) (*grouping, error) {
	g := &grouping{groups: map[string]*gathered{}}
	for _, f := range value.Fields(doc) {
		if f.Name == "_id" {
			id, err := compile(f.Value)
			if err != nil {
				return nil, err
			}
			g.id = id
			continue
		}
		spec, _ := f.Value.DocumentOK()
		operators := value.Fields(spec)
		if len(operators) != 1 {
			return nil, fault.New(40234, "The field '%s' must be an accumulator object", f.Name)
		}
		accumulate, ok := accumulators[operators[0].Name]
		if !ok {
			return nil, fault.NotModelled("the accumulator " + operators[0].Name)
		}
		operand, err := compile(operators[0].Value)
		if err != nil {
			return nil, err
		}
		g.fields = append(g.fields, accumulation{f.Name, accumulate, operand})
	}
	if g.id == nil {
		return nil, fault.New(15955, "a group specification must include an _id")
	}
	return g, nil
}

func (g *grouping) take(doc bson.Raw) error {
	id := orNull(g.id(doc))
	key := value.Key(id)
	group := g.groups[key]
	if group == nil {
		group = &gathered{fields: []value.Field{{Name: "_id", Value: id}}}
		for _, f := range g.fields {
			group.fields = append(group.fields, value.Field{Name: f.name})
		}
		g.groups[key] = group
		g.order = append(g.order, group)
	}
	for i, f := range g.fields {
		after, err := f.accumulate(group.fields[i+1].Value, f.operand(doc))
		if err != nil {
			return err
		}
		group.fields[i+1].Value = after
	}
	return nil
}

func orNull(v bson.RawValue) bson.RawValue {
	if v.Type == value.Missing {
		return value.Null
	}
	return v
}

// accumulator is what a field of a group becomes when another document joins. At
// first it is of type value.Missing.
type accumulator func(sofar, v bson.RawValue) (bson.RawValue, error)

var accumulators = map[string]accumulator{
	"$sum": func(sofar, v bson.RawValue) (bson.RawValue, error) {
		if sofar.Type == value.Missing {
			sofar = value.Of(int32(0))
		}
		if !value.IsNumber(v) {
			return sofar, nil
		}
		return change.Sum(sofar, v)
	},
	"$min": extreme(-1),
	"$max": extreme(1),
	"$first": func(sofar, v bson.RawValue) (bson.RawValue, error) {
		if sofar.Type != value.Missing {
			return sofar, nil
		}
		return orNull(v), nil
	},
	"$last":     func(_, v bson.RawValue) (bson.RawValue, error) { return orNull(v), nil },
	"$push":     func(sofar, v bson.RawValue) (bson.RawValue, error) { return add(sofar, v, false), nil },
	"$addToSet": func(sofar, v bson.RawValue) (bson.RawValue, error) { return add(sofar, v, true), nil },
}

// extreme keeps the least or the greatest value, null where there is none.
func extreme(sign int) accumulator {
	return func(sofar, v bson.RawValue) (bson.RawValue, error) {
		if v.Type == value.Missing || v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
			return orNull(sofar), nil
		}
		if sofar.Type == value.Missing || sofar.Type == bson.TypeNull || sign*value.Compare(v, sofar) > 0 {
			return v, nil
		}
		return sofar, nil
	}
}

func add(sofar, v bson.RawValue, once bool) bson.RawValue {
	var elements []bson.RawValue
	if sofar.Type == bson.TypeArray {
		elements = value.Elements(sofar)
	}
	for _, e := range elements {
		if once && value.Equal(e, v) {
			return sofar
		}
	}
	if v.Type != value.Missing {
		elements = append(elements, v)
	}
	return value.Array(elements)
}
