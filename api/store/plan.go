package store

import (
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// plan is a Selection and the one index that serves it.
type plan struct {
	index *Index
	where []Condition
	// order are the index's keys behind the equality prefix, reversed where the
	// sort asks for it. It is total: it ends in _id or in a unique key.
	order []Key
	limit int
	after []bson.RawValue
}

// idIndex is the index that every collection has.
var idIndex = Index{Name: "_id_", Keys: []Key{{Path: "_id"}}, Unique: true}

// plan finds the index that serves s. The error is an *InvalidError.
func (c *Collection) plan(s Selection) (*plan, error) {
	want, err := c.want(s)
	if err != nil {
		return nil, err
	}
	index := c.serving(want)
	if index == nil {
		return nil, c.invalid("", "not_served", "is not served by one index; "+c.served())
	}
	p := &plan{index: index, where: s.Where, limit: s.Limit}
	p.order = order(index.Keys[len(want.equal):], want)
	if p.limit == 0 {
		p.limit = DefaultLimit
	}
	if s.After != "" {
		if p.after, err = p.resume(s.After); err != nil {
			return nil, c.invalid("after", "cursor", err.Error())
		}
	}
	return p, nil
}

// want is what a query asks of an index.
type want struct {
	equal []string
	// next is the path of the range or the sort, empty without either.
	next       string
	sorted     bool
	descending bool
}

func (c *Collection) want(s Selection) (want, error) {
	var w want
	for _, cond := range s.Where {
		if c.path(cond.Path) == nil {
			return w, c.invalid(cond.Path, "not_served", "is not indexed; "+c.served())
		}
		switch {
		case cond.Op == Eq && slices.Contains(w.equal, cond.Path):
			return w, c.invalid(cond.Path, "not_served", "is given twice")
		case cond.Op == Eq:
			w.equal = append(w.equal, cond.Path)
		case w.next != "" && w.next != cond.Path:
			return w, c.invalid(cond.Path, "not_served", "is a second range; "+c.served())
		default:
			w.next = cond.Path
		}
	}
	if s.Sort == "" {
		return w, nil
	}
	path := strings.TrimPrefix(s.Sort, "-")
	if c.path(path) == nil {
		return w, c.invalid("sort", "not_served", fmt.Sprintf("%q is not indexed; %s", path, c.served()))
	}
	if w.next != "" && w.next != path {
		return w, c.invalid("sort", "not_served", "must be by the path of the range; "+c.served())
	}
	w.next, w.sorted, w.descending = path, true, path != s.Sort
	return w, nil
}

// serving is the first index that serves w, nil where none does.
func (c *Collection) serving(w want) *Index {
	if idIndex.serves(c, w) {
		return &idIndex
	}
	for i := range c.Indexes {
		if c.Indexes[i].serves(c, w) {
			return &c.Indexes[i]
		}
	}
	return nil
}

func (x *Index) serves(c *Collection, w want) bool {
	n := len(w.equal)
	if x.Sparse || len(x.Keys) < n {
		return false
	}
	for _, key := range x.Keys[:n] {
		if !slices.Contains(w.equal, key.Path) {
			return false
		}
	}
	rest := x.Keys[n:]
	if w.next != "" && (len(rest) == 0 || rest[0].Path != w.next) {
		return false
	}
	// Behind an array a document stands in several places of the order.
	return !slices.ContainsFunc(rest, func(k Key) bool { return k.Path != "_id" && c.path(k.Path).Many })
}

// order is keys, reversed as a whole where the sort runs against the first.
func order(keys []Key, w want) []Key {
	if !w.sorted || keys[0].Descending == w.descending {
		return keys
	}
	reversed := slices.Clone(keys)
	for i := range reversed {
		reversed[i].Descending = !reversed[i].Descending
	}
	return reversed
}

// served says which queries the collection's indexes serve.
func (c *Collection) served() string {
	indexes := []string{"_id"}
	for _, x := range c.Indexes {
		if x.Sparse {
			continue
		}
		keys := make([]string, len(x.Keys))
		for i, k := range x.Keys {
			keys[i] = k.Path
		}
		indexes = append(indexes, strings.Join(keys, ", "))
	}
	return "served are equality on the first keys of an index, then one range or sort on the next; the indexes: " +
		strings.Join(indexes, " | ")
}

func (c *Collection) invalid(pointer, code, message string) error {
	return &InvalidError{Collection: c.Name, Fields: wire.Problems{{Pointer: pointer, Code: code, Message: message}}}
}

// filter is the plan's conditions and its place in the order, for find.
func (p *plan) filter() bson.D {
	filter := bson.D{}
	for _, cond := range p.where {
		filter = append(filter, bson.E{Key: cond.Path, Value: bson.D{{Key: string(cond.Op), Value: cond.Value}}})
	}
	filter = mergeRanges(filter)
	if len(p.after) > 0 {
		filter = append(filter, bson.E{Key: "$or", Value: behind(p.order, p.after)})
	}
	return filter
}

// mergeRanges joins the two ends of a range into one condition: one path twice
// in a filter is ambiguous.
func mergeRanges(filter bson.D) bson.D {
	merged := filter[:0]
	for _, e := range filter {
		at := slices.IndexFunc(merged, func(m bson.E) bool { return m.Key == e.Key })
		if at < 0 {
			merged = append(merged, e)
			continue
		}
		merged[at].Value = append(merged[at].Value.(bson.D), e.Value.(bson.D)...)
	}
	return merged
}

// sort is the plan's order, for find; nil where one document at most matches.
func (p *plan) sort() bson.D {
	var sort bson.D
	for _, key := range p.order {
		direction := int32(1)
		if key.Descending {
			direction = -1
		}
		sort = append(sort, bson.E{Key: key.Path, Value: direction})
	}
	return sort
}
