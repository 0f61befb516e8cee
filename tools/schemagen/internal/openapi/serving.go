package openapi

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// use is what a query does with a path.
type use int

const (
	byEquality use = iota
	byChoice       // one of several values
	byRange
	byOrder
	byPrefix // a range, but not under a collation
)

// serving reports whether an index serves a query that uses p this way, and returns
// the alternative sets of further filters it needs; none if it needs none.
func serving(c *model.Collection, p *model.Path, u use) (alternatives [][]string, served bool) {
	if p.Name == "_id" { // by the index on _id
		return nil, true
	}
	return servedAmong(c, p.Name == meta.DeletedPath, func(t *candidate) bool { return t.uses(p, u) })
}

// servingSort is serving for a sort by several keys.
func servingSort(c *model.Collection, keys []meta.Key) (alternatives [][]string, served bool) {
	deleted := slices.ContainsFunc(keys, func(k meta.Key) bool { return k.Path == meta.DeletedPath })
	return servedAmong(c, deleted, func(t *candidate) bool {
		t.query.Sort = keys
		return len(t.query.Ranges) == 0
	})
}

// servedBy is serving for the queries that with makes of candidates.
func servedBy(c *model.Collection, with func(*candidate) bool) (alternatives [][]string, served bool) {
	for _, x := range c.Indexes {
		found := servingBy(x, with)
		alternatives, served = append(alternatives, found...), served || found != nil
	}
	return fewest(alternatives), served
}

// fewest removes alternatives that need more than another does.
func fewest(alternatives [][]string) [][]string {
	var list [][]string
	for i, a := range alternatives {
		superfluous := false
		for j, b := range alternatives {
			within := !slices.ContainsFunc(b, func(filter string) bool { return !slices.Contains(a, filter) })
			superfluous = superfluous || i != j && within && (len(b) < len(a) || j < i)
		}
		switch {
		case len(a) == 0:
			return nil
		case !superfluous:
			list = append(list, a)
		}
	}
	return list
}

// servingBy returns the alternatives with which x serves a query that with makes of one of
// its candidates, nil if it does not. A filter is written with =, and with a value if it must
// have that one.
func servingBy(x *model.Index, with func(*candidate) bool) [][]string {
	many := func(path string) bool {
		return slices.ContainsFunc(x.Keys, func(k model.Key) bool { return k.Path.Name == path && k.Path.Many })
	}
	var alternatives [][]string
	for _, t := range candidates(x) {
		if with(&t) {
			if _, ok := x.Serving().Serve(t.query, many); ok {
				alternatives = append(alternatives, t.filters)
			}
		}
	}
	return alternatives
}

// candidate is a query that an index might serve, and the filters that it has
// besides a use.
type candidate struct {
	x       *model.Index
	query   meta.Query
	filters []string
}

// candidates returns the queries that an index can be made for: with its
// conditions, and equality on any number of its first keys, followed by nothing, a
// choice or a range on the next.
func candidates(x *model.Index) []candidate {
	t := candidate{x: x, filters: []string{}}
	for _, limit := range x.Partial {
		if limit.Op == def.Equal {
			t = t.equal(limit.Path.Name)
		}
	}
	list, more := []candidate{t}, []candidate{}
	for _, k := range x.Keys {
		more = append(more, t.next(k.Path.Name, "[in]", true), t.next(k.Path.Name, "[gte]", false))
		t = t.equal(k.Path.Name)
		list = append(list, t)
	}
	return append(list, more...)
}

// equal returns t with equality on path, or t if it already has it.
func (t candidate) equal(path string) candidate {
	if t.asks(path) {
		return t
	}
	filter, limit := path+"=", t.x.Limit(path)
	if limit != nil {
		filter += inQuery(limit)
	}
	t.filters = append(slices.Clip(t.filters), filter)
	t.query.Equal = append(slices.Clip(t.query.Equal), meta.Equality{Path: path, Limit: limit != nil})
	return t
}

// next returns t with a choice or range on path.
func (t candidate) next(path, operator string, choice bool) candidate {
	t.filters = append(slices.Clip(t.filters), path+operator+"=")
	t.query.Ranges = []meta.Range{{Path: path, Finds: true, Choice: choice}}
	return t
}

func (t candidate) asks(path string) bool {
	return slices.ContainsFunc(t.query.Equal, func(e meta.Equality) bool { return e.Path == path })
}

// uses adds the use of p to t, and reports whether that is possible.
func (t *candidate) uses(p *model.Path, u use) bool {
	switch {
	case u == byEquality && !t.asks(p.Name):
		t.query = t.equal(p.Name).query
	case u == byEquality:
		// Where the index is limited to a value, the filter must have it.
		t.filters = slices.DeleteFunc(slices.Clone(t.filters), func(filter string) bool { return filter == p.Name+"=" })
	case u == byOrder:
		if len(t.query.Ranges) > 0 && (t.query.Ranges[0].Path != p.Name || t.query.Ranges[0].Choice) {
			return false
		}
		t.query.Sort = []meta.Key{{Path: p.Name}}
	case t.asks(p.Name), len(t.query.Ranges) > 0 && t.query.Ranges[0].Path == p.Name:
		return false
	default:
		t.query.Ranges = append(slices.Clip(t.query.Ranges), meta.Range{Path: p.Name, Finds: true, Choice: u == byChoice, Prefix: u == byPrefix})
	}
	return true
}

// inQuery returns a value as written in a query string.
func inQuery(value any) string {
	if t, ok := value.(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}

// servedQueries describes which filters and sorts go together.
func servedQueries(c *model.Collection) string {
	indexes := []string{"_id"}
	for _, x := range c.Indexes {
		if text := servedByIndex(x); text != "" {
			indexes = append(indexes, text)
		}
	}
	return "One index must serve the filters and the sort: filters on its first paths, equality (=) before others " +
		"([gt], [gte], [lt], [lte], [in], [prefix]), and a sort by those behind equality. The indexes are: " + strings.Join(indexes, " | ") + "."
}

// servedByIndex returns the index's paths and what else it needs to serve a query,
// empty if it serves none.
func servedByIndex(x *model.Index) string {
	needs, ok := x.Serving().Needs()
	if !ok {
		return ""
	}
	paths := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		paths[i] = k.Path.Name
	}
	text := strings.Join(paths, ", ")
	if x.Serving().SortsByID() {
		text += " (in the order of _id)"
	}
	if !x.Collation.IsPlain() {
		text += " (compared by the collation " + x.Collation.String() + ")"
	}
	if x.Living {
		text += " (not with " + deletedFilter + ")"
	}
	for _, need := range needs {
		if need.IsDeletion() {
			text += " (with " + deletedFilter + ")"
			continue
		}
		switch need.By {
		case meta.Existence:
			text += " (with a filter on " + need.Path + ")"
		case meta.OneValue:
			text += " (with " + need.Path + "=)"
		case meta.Value, meta.Order:
			text += " (with " + need.Path + "=" + inQuery(x.Limit(need.Path)) + ")"
		}
	}
	return text
}
