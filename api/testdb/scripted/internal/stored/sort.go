package stored

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Order is what a sort, or an index, goes by.
type Order struct {
	paths      []string
	descending []bool
	// Folds says that text is compared whatever its case.
	Folds bool
}

// NewOrder reads {path: 1, other: -1}.
func NewOrder(keys bson.Raw) (Order, error) {
	var o Order
	for _, f := range value.Fields(keys) {
		n, ok := value.Truncated(f.Value)
		if !ok || strings.HasPrefix(f.Name, "$") {
			return o, fault.NotModelled("a sort by " + f.Name + ": " + value.Show(f.Value))
		}
		if n != 1 && n != -1 {
			return o, fault.New(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)")
		}
		o.paths, o.descending = append(o.paths, f.Name), append(o.descending, n < 0)
	}
	return o, nil
}

// Compare orders two keys.
func (o Order) Compare(a, b []bson.RawValue) int {
	for i := range o.paths {
		if c := value.Compare(a[i], b[i]); c != 0 {
			if o.descending[i] {
				return -c
			}
			return c
		}
	}
	return 0
}

// Key is what a document is sorted by: the first of its keys in this order, which
// is the least element of an array ascending, and the greatest descending.
func (o Order) Key(doc bson.Raw) ([]bson.RawValue, error) {
	if o.Folds {
		doc = value.Fold(doc)
	}
	keys, _, err := path.Keys(doc, o.paths)
	if err != nil {
		return nil, fault.BadValue("cannot sort with keys that are parallel arrays")
	}
	return slices.MinFunc(keys, o.Compare), nil
}

// Sort orders documents; those with equal keys stay as they were.
func (o Order) Sort(docs []bson.Raw) ([]bson.Raw, error) {
	if len(o.paths) == 0 {
		return docs, nil
	}
	type keyed struct {
		doc bson.Raw
		key []bson.RawValue
	}
	list := make([]keyed, len(docs))
	for i, doc := range docs {
		key, err := o.Key(doc)
		if err != nil {
			return nil, err
		}
		list[i] = keyed{doc, key}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return o.Compare(a.key, b.key) })
	sorted := make([]bson.Raw, len(list))
	for i, k := range list {
		sorted[i] = k.doc
	}
	return sorted, nil
}
