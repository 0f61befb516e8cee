package meta

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Expression returns a filter for the documents to which Partial and Living limit the index, empty for all.
func (x *Index) Expression() bson.D {
	paths := bson.D{}
	for _, c := range x.Partial {
		compared := bson.E{Key: string(c.Op), Value: c.Value}
		at := slices.IndexFunc(paths, func(e bson.E) bool { return e.Key == c.Path })
		if at < 0 {
			paths = append(paths, bson.E{Key: c.Path, Value: bson.D{compared}})
			continue
		}
		paths[at].Value = append(paths[at].Value.(bson.D), compared)
	}
	if x.Living {
		paths = append(paths, Living)
	}
	return paths
}

// The same expression can be written in several ways: as a value or as $eq, with
// numbers of any type, its parts in any order and within $and. Expressions are
// compared as sorted text.

// expressionText returns the text of an expression as a server lists it.
func expressionText(v bson.RawValue) string {
	doc, ok := v.DocumentOK()
	if !ok {
		return valueText(v)
	}
	return joined(conditionsOf(doc))
}

func joined(parts []string) string {
	if len(parts) == 0 {
		return none
	}
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), ", ")
}

func conditionsOf(doc bson.Raw) []string {
	elements, _ := doc.Elements()
	var parts []string
	for _, e := range elements {
		v := e.Value()
		compared, _ := v.DocumentOK()
		switch {
		case e.Key() == "$and":
			all, _ := v.Array().Values()
			for _, one := range all {
				parts = append(parts, conditionsOf(one.Value)...)
			}
		case isComparison(compared):
			operators, _ := compared.Elements()
			for _, op := range operators {
				parts = append(parts, conditionText(e.Key(), op.Key(), op.Value()))
			}
		default:
			parts = append(parts, conditionText(e.Key(), string(Eq), v))
		}
	}
	return parts
}

// isComparison distinguishes {$gt: 1} from a document to be equal to, and from none.
func isComparison(doc bson.Raw) bool {
	first, _ := doc.IndexErr(0)
	return strings.HasPrefix(first.Key(), "$")
}

func conditionText(path, op string, v bson.RawValue) string {
	return path + " " + op + " " + valueText(v)
}

// valueText returns a value for comparisons and for people; equal numbers of any type have one text.
func valueText(v bson.RawValue) string {
	switch v.Type {
	case 0:
		return none
	case bson.TypeInt32:
		return strconv.FormatInt(int64(v.Int32()), 10)
	case bson.TypeInt64:
		return strconv.FormatInt(v.Int64(), 10)
	case bson.TypeDouble:
		if f := v.Double(); f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
			return strconv.FormatInt(int64(f), 10)
		}
	}
	return v.String()
}
