package embedded

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// order is what a sort goes by.
type order struct {
	keys   []sortKey
	folded bool // whatever the case of ASCII letters
}

type sortKey struct {
	path       []string
	descending bool
}

// sort orders documents as MongoDB does.
func (o order) sort(docs []bson.D) {
	type keyed struct {
		doc bson.D
		key []any
	}
	list := make([]keyed, len(docs))
	for i, doc := range docs {
		list[i] = keyed{doc, o.key(compiler{folded: o.folded}.fold(doc).(bson.D))}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return o.compare(a.key, b.key) })
	for i, k := range list {
		docs[i] = k.doc
	}
}

func (o order) compare(a, b []any) int {
	for i, key := range o.keys {
		c := compare(a[i], b[i])
		if key.descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// key is what doc is sorted by: the first of the keys that an index has of it.
func (o order) key(doc bson.D) []any {
	paths := make([][]string, len(o.keys))
	for i, key := range o.keys {
		paths[i] = key.path
	}
	return slices.MinFunc(keysOf(doc, paths, false), o.compare)
}

// empty is what an array without elements sorts as: before null.
type empty struct{}

// keysOf are the keys of v below paths, one for each element of an array; within is set for elements, whose own
// arrays are values.
func keysOf(v any, paths [][]string, within bool) [][]any {
	if array, ok := v.(bson.A); ok && !within {
		if len(array) == 0 {
			return keysOf(empty{}, paths, true)
		}
		var keys [][]any
		for _, element := range array {
			keys = append(keys, keysOf(element, paths, true)...)
		}
		return keys
	}
	doc, _ := v.(bson.D)
	keys := [][]any{make([]any, len(paths))}
	below := map[string][]int{}
	for i, path := range paths {
		if len(path) == 0 {
			keys[0][i] = v
		} else {
			below[path[0]] = append(below[path[0]], i)
		}
	}
	for _, member := range doc {
		if at := below[member.Key]; at != nil {
			keys = cross(keys, at, keysOf(member.Value, rest(paths, at), false))
		}
	}
	return keys
}

func rest(paths [][]string, at []int) [][]string {
	var shorter [][]string
	for _, i := range at {
		shorter = append(shorter, paths[i][1:])
	}
	return shorter
}

// cross joins each of keys with each of values, which are those at some places.
func cross(keys [][]any, at []int, values [][]any) [][]any {
	var joined [][]any
	for _, key := range keys {
		for _, value := range values {
			k := slices.Clone(key)
			for n, i := range at {
				k[i] = value[n]
			}
			joined = append(joined, k)
		}
	}
	return joined
}

// bracket is where the types of the engine stand among each other.
func bracket(v any) int {
	switch v.(type) {
	case empty:
		return 0
	case nil:
		return 1
	case int32, int64, float64, bson.Decimal128:
		return 2
	case string:
		return 3
	case bson.D:
		return 4
	case bson.A:
		return 5
	case bson.Binary:
		return 6
	case bson.ObjectID:
		return 7
	case bool:
		return 8
	case bson.DateTime:
		return 9
	case bson.Timestamp:
		return 10
	case bson.Regex:
		return 11
	}
	return 12 // what no document has, and a filter may
}

func compare(a, b any) int {
	if c := cmp.Compare(bracket(a), bracket(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case int32, int64, float64, bson.Decimal128:
		return compareNumbers(a, b)
	case string:
		return strings.Compare(a, b.(string))
	case bson.D:
		return slices.CompareFunc(a, b.(bson.D), func(x, y bson.E) int {
			return cmp.Or(cmp.Compare(bracket(x.Value), bracket(y.Value)), strings.Compare(x.Key, y.Key), compare(x.Value, y.Value))
		})
	case bson.A:
		return slices.CompareFunc(a, b.(bson.A), compare)
	case bson.Binary:
		b := b.(bson.Binary)
		return cmp.Or(cmp.Compare(len(a.Data), len(b.Data)), cmp.Compare(a.Subtype, b.Subtype), bytes.Compare(a.Data, b.Data))
	case bson.ObjectID:
		b := b.(bson.ObjectID)
		return bytes.Compare(a[:], b[:])
	case bool:
		return cmp.Compare(bit(a), bit(b.(bool)))
	case bson.DateTime:
		return cmp.Compare(a, b.(bson.DateTime))
	case bson.Timestamp:
		return a.Compare(b.(bson.Timestamp))
	case bson.Regex:
		b := b.(bson.Regex)
		return cmp.Or(strings.Compare(a.Pattern, b.Pattern), strings.Compare(a.Options, b.Options))
	}
	return 0
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
