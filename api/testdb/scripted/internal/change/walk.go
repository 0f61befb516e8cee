package change

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// mostPadding is how many elements an array may be filled up with.
const mostPadding = 1_500_000

// creates says whether an operator makes what its path lacks. The others do nothing
// where there is nothing for them to do; but where the path cannot be there, only
// $unset does nothing.
func (e edit) creates() bool {
	switch e.operator {
	case "$unset", "$pull", "$pullAll", "$pop":
		return false
	}
	return true
}

// on carries the edit out on what is left of its path below v.
func (e edit) on(v bson.RawValue, parts []string, doc bson.Raw) (bson.RawValue, error) {
	if len(parts) == 0 {
		return e.apply(v)
	}
	switch v.Type {
	case value.Missing:
		if !e.creates() {
			return v, nil
		}
		return e.onDocument(value.Document(value.Encode(nil)), parts, doc)
	case bson.TypeEmbeddedDocument:
		return e.onDocument(v, parts, doc)
	case bson.TypeArray:
		return e.onArray(v, parts, doc)
	}
	return v, e.notViable(v, parts, doc)
}

func (e edit) notViable(v bson.RawValue, parts []string, doc bson.Raw) error {
	if e.operator == "$unset" {
		return nil
	}
	at := len(e.path) - len(parts) - 1
	holder := value.Make(bson.D{{Key: e.path[max(at, 0)], Value: v}})
	return fault.New(28, "Cannot create field '%s' in element %s of the document with _id: %s", parts[0], holder, value.Get(doc, "_id"))
}

func (e edit) onDocument(v bson.RawValue, parts []string, doc bson.Raw) (bson.RawValue, error) {
	fields := value.Fields(v.Value)
	i := slices.IndexFunc(fields, func(f value.Field) bool { return f.Name == parts[0] })
	var old bson.RawValue
	if i >= 0 {
		old = fields[i].Value
	}
	after, err := e.on(old, parts[1:], doc)
	switch {
	case err != nil:
		return v, err
	case after.Type == value.Missing && i < 0:
		return v, nil
	case after.Type == value.Missing:
		fields = slices.Delete(fields, i, i+1)
	case i < 0:
		fields = append(fields, value.Field{Name: parts[0], Value: after})
	default:
		fields[i].Value = after
	}
	return value.Document(value.Encode(fields)), nil
}

func (e edit) onArray(v bson.RawValue, parts []string, doc bson.Raw) (bson.RawValue, error) {
	i, err := strconv.Atoi(parts[0])
	if err != nil || i < 0 {
		if strings.HasPrefix(parts[0], "$") {
			return v, fault.NotModelled("positional operators in updates")
		}
		return v, e.notViable(v, parts, doc)
	}
	elements := value.Elements(v)
	var old bson.RawValue
	if i < len(elements) {
		old = elements[i]
	}
	after, err := e.on(old, parts[1:], doc)
	if err != nil || after.Type == value.Missing && i >= len(elements) {
		return v, err
	}
	if after.Type == value.Missing {
		after = value.Null // an array keeps its length
	}
	if i-len(elements) > mostPadding {
		return v, fault.BadValue("can't backfill more than %d elements", mostPadding)
	}
	for len(elements) <= i {
		elements = append(elements, value.Null)
	}
	elements[i] = after
	return value.Array(elements), nil
}
