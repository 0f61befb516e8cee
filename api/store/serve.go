package store

import (
	"fmt"
	"slices"
	"strings"
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
}

func (c *Collection) want(s Selection) (want, error) {
	var w want
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
		if x.Unique && len(x.Keys) == len(where) && x.prefix(want{equal: where}) == len(where) {
			return &plan{index: x, where: slices.Concat(where, x.Partial)}
		}
	}
	return &plan{where: where}
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
	n := x.prefix(w)
	if n < 0 || !x.holdsAll(w) {
		return false
	}
	rest := x.Keys[n:]
	if w.next != "" && (len(rest) == 0 || rest[0].Path != w.next) {
		return false
	}
	// Behind an array a document stands in several places of the order.
	return !slices.ContainsFunc(c.ordering(rest, w), func(k Key) bool { return k.Path != "_id" && c.path(k.Path).Many })
}

// prefix is how many of the first keys w has equality on, -1 if it has it also on
// what is not among them.
func (x *Index) prefix(w want) int {
	n := 0
	at := func(path string) bool {
		return slices.ContainsFunc(w.equal, func(e Condition) bool { return e.Path == path })
	}
	for n < len(x.Keys) && at(x.Keys[n].Path) {
		n++
	}
	for _, e := range w.equal {
		prefixed := slices.ContainsFunc(x.Keys[:n], func(k Key) bool { return k.Path == e.Path })
		if !prefixed && !slices.ContainsFunc(x.Partial, e.equals) {
			return -1
		}
	}
	return n
}

// holdsAll says that the index holds every document that w can select.
func (x *Index) holdsAll(w want) bool {
	for _, limit := range x.Partial {
		if limit.Op != Eq || !slices.ContainsFunc(w.equal, limit.equals) {
			return false
		}
	}
	return (x.ordered() && !x.Sparse) || w.finds(x.Keys[0].Path)
}

// ordered says that the index puts its documents in a total order. What it selects
// is sorted by _id where it does not, which is too much for all that there is.
func (x *Index) ordered() bool {
	return x.Unique || slices.ContainsFunc(x.Keys, func(k Key) bool { return k.Path == "_id" })
}

// finds says that w asks for documents that have something at path.
func (w want) finds(path string) bool {
	for _, conditions := range [][]Condition{w.equal, w.ranges} {
		for _, cond := range conditions {
			if cond.Path == path && !cond.matchesMissing() {
				return true
			}
		}
	}
	return false
}

func (c Condition) equals(o Condition) bool {
	return c.Path == o.Path && c.Op == o.Op && c.Value.Equal(o.Value)
}

// ordering are the keys that order what w selects, rest being those behind the
// prefix. An array has no one place in the order, but what has one of a few values
// in it can be merged in the order of what comes behind.
func (c *Collection) ordering(rest []Key, w want) []Key {
	if len(w.ranges) == 1 && w.ranges[0].Op == OneOf && !w.sorted && c.path(w.next).Many {
		return rest[1:]
	}
	return rest
}

// order is the total order in which the index gives what w selects, reversed as a
// whole where the sort runs against the first key.
func (c *Collection) order(x *Index, w want) []Key {
	rest := x.Keys[x.prefix(w):]
	keys := slices.Clone(c.ordering(rest, w))
	for i := range keys {
		keys[i].Descending = keys[i].Descending != (w.sorted && rest[0].Descending != w.descending)
	}
	if i := slices.IndexFunc(keys, func(k Key) bool { return k.Path == "_id" }); i >= 0 {
		return keys[:i+1] // no two documents share it
	}
	if !x.Unique || len(keys) < len(rest) {
		keys = append(keys, Key{Path: "_id"})
	}
	return keys
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

// served are the index's keys, and what else a query has to ask for; empty if
// there is none that the index serves.
func (x *Index) served() string {
	keys := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		keys[i] = k.Path
	}
	text := strings.Join(keys, ", ")
	if x.Sparse || !x.ordered() {
		text += " (if a value of " + keys[0] + " is asked for)"
	}
	for _, limit := range x.Partial {
		if limit.Op != Eq {
			return ""
		}
		text += fmt.Sprintf(" (if %s equals %s)", limit.Path, limit.Value)
	}
	return text
}
