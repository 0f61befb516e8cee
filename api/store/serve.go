package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
)

// want is what a query asks of an index.
type want struct {
	equal []Condition
	// ranges are all on the path next.
	ranges []Condition
	// next is the path of the ranges or the sort, empty without either.
	next       string
	sorted     bool
	descending bool
	// unordered says that it does not matter in which order documents come.
	unordered bool
}

func (c *Collection) want(s Selection) (want, error) {
	w := want{unordered: s.unordered}
	for _, cond := range s.Where {
		if err := c.add(&w, cond); err != nil {
			return w, err
		}
	}
	if err := c.checkOthers(s.others, false); err != nil {
		return w, err
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

// add adds a condition to what an index is asked for.
func (c *Collection) add(w *want, cond Condition) error {
	again := func(o Condition) bool { return o.Path == cond.Path && o.Op == cond.Op }
	switch problem := cond.problem(); {
	case c.path(cond.Path) == nil:
		return c.invalid(cond.Path, "not_served", "is not indexed; "+c.served())
	case problem != "":
		return c.invalid(cond.Path, "format", problem)
	case cond.Op == Ne || cond.Op == Exists:
		return c.unindexed(cond.Path, "is compared with "+string(cond.Op))
	case slices.ContainsFunc(w.equal, again) || slices.ContainsFunc(w.ranges, again):
		return c.invalid(cond.Path, "not_served", "is given twice")
	case cond.Op == Eq:
		w.equal = append(w.equal, cond)
		return nil
	case w.next != "" && w.next != cond.Path:
		return c.invalid(cond.Path, "not_served", "is a second range; "+c.served())
	}
	w.next, w.ranges = cond.Path, append(w.ranges, cond)
	return nil
}

// checkOthers refuses clauses that no index serves, unless they are said to be
// meant.
func (c *Collection) checkOthers(clauses []clause, meant bool) error {
	for _, o := range clauses {
		if !meant && o.kind != isUnindexed {
			return c.unindexed("", "joins conditions otherwise than by And")
		}
		if problem := o.condition.problem(); problem != "" {
			return c.invalid(o.condition.Path, "format", problem)
		}
		if err := c.checkOthers(o.parts, true); err != nil {
			return err
		}
	}
	return nil
}

func (c *Collection) unindexed(path, does string) error {
	return c.invalid(path, "not_served", does+", which no index serves; "+c.served()+
		"; code that knows what it costs may put it into Unindexed")
}

// lookup is the plan for equality on each key of a unique index. Only what the
// index holds is unique.
func (c *Collection) lookup(where []Condition) *plan {
	for i := range c.Indexes {
		x := &c.Indexes[i]
		keyed := func(cond Condition) bool {
			return slices.ContainsFunc(x.Keys, func(k Key) bool { return k.Path == cond.Path })
		}
		if x.Unique && len(x.Keys) == len(where) && !slices.ContainsFunc(where, func(cond Condition) bool { return !keyed(cond) }) {
			return &plan{index: x, where: slices.Concat(where, x.Partial)}
		}
	}
	return &plan{where: where}
}

// serving is the first index that serves w, and in which order; nil where none does.
func (c *Collection) serving(w want) (*Index, []Key) {
	many := func(path string) bool { return c.path(path).Many }
	q := w.query()
	if order, ok := idIndex.described().Serve(q, many); ok {
		return &idIndex, order
	}
	for i := range c.Indexes {
		x := &c.Indexes[i]
		for j, cond := range w.equal {
			q.Equal[j].Limit = slices.ContainsFunc(x.Partial, cond.equals)
		}
		if order, ok := x.described().Serve(q, many); ok {
			return x, order
		}
	}
	return nil, nil
}

// described is the index as the rules of api/meta know it.
func (x *Index) described() *meta.Index {
	index := &meta.Index{Keys: x.Keys, Unique: x.Unique, Sparse: x.Sparse}
	for _, limit := range x.Partial {
		by := meta.Order
		switch limit.Op {
		case Eq:
			by = meta.Value
		case Exists:
			by = meta.Existence
		}
		index.Limits = append(index.Limits, meta.Limit{Path: limit.Path, By: by})
	}
	return index
}

// query is w as the rules of api/meta know it, before it is compared with what an
// index is limited to.
func (w want) query() meta.Query {
	q := meta.Query{
		Next: w.next, Sorted: w.sorted, Descending: w.descending, Unordered: w.unordered,
		Finds:  slices.ContainsFunc(w.ranges, func(cond Condition) bool { return !cond.matchesMissing() }),
		Choice: len(w.ranges) == 1 && w.ranges[0].Op == OneOf,
		Equal:  make([]meta.Equality, len(w.equal)),
	}
	for i, cond := range w.equal {
		q.Equal[i] = meta.Equality{Path: cond.Path, Missing: cond.matchesMissing()}
	}
	return q
}

// notServed is the refusal of w. It says what the schema can offer where an index holds
// the documents, but gives them in no order.
func (c *Collection) notServed(w want) error {
	w.unordered = true
	why := "is not served by one index; "
	if x, _ := c.serving(w); x != nil {
		why = fmt.Sprintf("is not served in pages: the index %s leaves documents with equal keys in no order; one that the schema limits by Partial: Exists, in place of Sparse or TTL, would serve it; ", x.Name)
	}
	return c.invalid("", "not_served", why+c.served())
}

func (c Condition) equals(o Condition) bool {
	return c.Path == o.Path && c.Op == o.Op && c.Value.Equal(o.Value)
}

// served says which queries the collection's indexes serve.
func (c *Collection) served() string {
	indexes := []string{"_id"}
	for i := range c.Indexes {
		if text := c.Indexes[i].served(); text != "" {
			indexes = append(indexes, text)
		}
	}
	return "served are equality on the first keys of an index, then one range or sort on the next; the indexes: " +
		strings.Join(indexes, " | ")
}

// served are the index's keys, and what else a query has to ask for; empty if no
// page is served by it.
func (x *Index) served() string {
	needs, ok := x.described().Needs()
	if !ok {
		return ""
	}
	keys := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		keys[i] = k.Path
	}
	text := strings.Join(keys, ", ")
	for _, need := range needs {
		if need.By == meta.Existence {
			text += fmt.Sprintf(" (if a value of %s is asked for)", need.Path)
			continue
		}
		limit := slices.IndexFunc(x.Partial, func(c Condition) bool { return c.Path == need.Path && c.Op == Eq })
		text += fmt.Sprintf(" (if %s equals %s)", need.Path, x.Partial[limit].Value)
	}
	return text
}
