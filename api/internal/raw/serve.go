package raw

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
)

// want is what a query requires of an index.
type want struct {
	equal, ranges []meta.Condition
	// sort are the keys to sort by.
	sort []meta.Key
	// unordered reports whether documents may come in any order, meant whether Unindexed is
	// part of the query.
	unordered, meant bool
	// deleted is Selection's.
	deleted bool
}

func (c *Collection) want(s Selection) (want, error) {
	w := want{unordered: s.Unordered, meant: len(s.Others) > 0, deleted: s.deleted}
	for _, cond := range s.Where {
		if err := c.add(&w, cond); err != nil {
			return w, err
		}
	}
	if err := c.checkOthers(s.Others, false); err != nil {
		return w, err
	}
	return w, c.sortBy(&w, s.Sort)
}

// add adds a condition to what is required of an index.
func (c *Collection) add(w *want, cond meta.Condition) error {
	again := func(o meta.Condition) bool { return o.Path == cond.Path && o.Op == cond.Op }
	switch problem := cond.Problem(); {
	case c.Path(cond.Path) == nil:
		return c.invalid(c.JSONPath(cond.Path), "not_served", "is not indexed; "+c.served())
	case problem != "":
		return c.invalid(c.JSONPath(cond.Path), "format", problem)
	case cond.Op == meta.Ne:
		return c.unindexed(cond.Path, "is compared with "+string(cond.Op))
	case cond.Op == meta.Present && c.Path(cond.Path).Many:
		return c.unindexed(cond.Path, "is an array that is asked to exist")
	case slices.ContainsFunc(w.equal, again) || slices.ContainsFunc(w.ranges, again):
		return c.invalid(c.JSONPath(cond.Path), "not_served", "is given twice")
	case cond.Op == meta.Eq:
		w.equal = append(w.equal, cond)
	default:
		w.ranges = append(w.ranges, cond)
	}
	return nil
}

// sortBy adds what a query is sorted by: paths separated by commas. Those that have one value make no
// difference.
func (c *Collection) sortBy(w *want, sort string) error {
	if sort == "" {
		return nil
	}
	var named []string
	for text := range strings.SplitSeq(sort, ",") {
		path, descending := strings.CutPrefix(text, "-")
		switch p := c.Path(path); {
		case p == nil:
			return c.invalid("sort", "not_served", fmt.Sprintf("%q is not indexed; %s", c.JSONPath(path), c.served()))
		case slices.Contains(named, path):
			return c.invalid("sort", "not_served", "has "+c.JSONPath(path)+" twice")
		case p.Many || !slices.ContainsFunc(w.equal, func(cond meta.Condition) bool { return cond.Path == path }):
			w.sort = append(w.sort, meta.Key{Path: path, Descending: descending})
		}
		named = append(named, path)
	}
	return nil
}

// checkOthers refuses clauses that no index serves, unless one of them is Unindexed.
func (c *Collection) checkOthers(clauses []meta.Clause, meant bool) error {
	for _, o := range clauses {
		if o.Kind == meta.ClauseSearch {
			return c.invalid(meta.SearchParameter, "not_served", "stands alone")
		}
		if !meant && o.Kind != meta.ClauseUnindexed {
			return c.unindexed("", "joins conditions otherwise than by And")
		}
		if problem := o.Condition.Problem(); problem != "" {
			return c.invalid(c.JSONPath(o.Condition.Path), "format", problem)
		}
		if err := c.checkOthers(o.Parts, true); err != nil {
			return err
		}
	}
	return nil
}

func (c *Collection) unindexed(path, does string) error {
	return c.invalid(c.JSONPath(path), "not_served", does+", which no index serves; "+c.served()+
		"; code that knows what it costs may put it into Unindexed")
}

// lookup returns the plan for equality on each key of a unique index. Only what the
// index holds is unique.
func (c *Collection) lookup(where []meta.Condition) *plan {
	for i := range c.Indexes {
		x := &c.Indexes[i]
		keyed := func(cond meta.Condition) bool {
			return slices.ContainsFunc(x.Keys, func(k meta.Key) bool { return k.Path == cond.Path })
		}
		if x.Unique && !x.Hidden && len(x.Keys) == len(where) && !slices.ContainsFunc(where, func(cond meta.Condition) bool { return !keyed(cond) }) {
			return &plan{index: x, where: slices.Concat(where, x.Partial)}
		}
	}
	return &plan{where: where}
}

// serving returns the first index that serves w, and its order; nil if none does. One that
// has the order by itself goes before those with which the database sorts.
func (c *Collection) serving(w want) (*meta.Index, []meta.Key) {
	many := func(path string) bool { return c.Path(path).Many }
	q := w.query()
	if order, ok := idIndex.Serve(q, many); ok {
		return &idIndex, order
	}
	var sorting *meta.Index
	var sorted []meta.Key
	for i := range c.Indexes {
		x := &c.Indexes[i]
		for j, cond := range w.equal {
			q.Equal[j].Limit = slices.ContainsFunc(x.Partial, cond.Equals)
		}
		switch order, ok := x.Serve(q, many); {
		case ok && !x.Exact:
			return x, order
		case ok && sorting == nil:
			sorting, sorted = x, order
		}
	}
	return sorting, sorted
}

// query returns w in the terms of api/meta, before it is compared with an index's
// conditions.
func (w want) query() meta.Query {
	q := meta.Query{
		Sort: w.sort, Unordered: w.unordered, Meant: w.meant, Deleted: w.deleted, Equal: make([]meta.Equality, len(w.equal)),
	}
	for i, cond := range w.equal {
		q.Equal[i] = meta.Equality{Path: cond.Path, Missing: cond.MatchesMissing()}
	}
	for _, cond := range w.ranges {
		r := meta.Range{Path: cond.Path, Finds: !cond.MatchesMissing(), Choice: cond.Op == meta.OneOf, Prefix: cond.Op == meta.Prefix}
		at := slices.IndexFunc(q.Ranges, func(o meta.Range) bool { return o.Path == r.Path })
		if at < 0 {
			q.Ranges = append(q.Ranges, r)
			continue
		}
		o := &q.Ranges[at]
		o.Finds, o.Choice, o.Prefix = o.Finds || r.Finds, false, o.Prefix || r.Prefix
	}
	return q
}

// notServed returns the refusal of w. It says what the schema can offer if an index holds the
// documents, but in another order.
func (c *Collection) notServed(w want) error {
	w.unordered = true
	why := "is not served by one index; "
	switch x, _ := c.serving(w); {
	case x == nil:
	case x.Exact:
		why = fmt.Sprintf("is not served in pages: the index %s is Exact, and gives them no order; it serves equality on its first key, in the order of _id, and any sort under Unindexed; ", x.Name)
	case x.Unique && !x.Collation.IsPlain():
		why = fmt.Sprintf("is not served in pages: the index %s has a collation, by which the server alone tells equal keys apart; one on the same keys that is neither Unique nor Sparse would serve it; ", x.Name)
	default:
		why = fmt.Sprintf("is not served in pages: the index %s leaves documents with equal keys in no order; one that the schema limits by Partial: Exists, in place of Sparse or TTL, would serve it; ", x.Name)
	}
	return c.invalid("", "not_served", why+c.served())
}

// served returns which queries the collection's indexes serve.
func (c *Collection) served() string {
	indexes := []string{"_id"}
	for i := range c.Indexes {
		if text := c.Indexes[i].Served(c.JSONPath); text != "" {
			indexes = append(indexes, text)
		}
	}
	return "served are conditions on the first keys of an index, equality before others, and sorts by its keys behind equality; the indexes: " +
		strings.Join(indexes, " | ")
}
