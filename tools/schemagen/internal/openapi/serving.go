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
)

// serving reports whether an index serves a query that uses p so, and which filters
// that needs beside it: those of one of the alternatives. There are none where it
// is served by itself.
func serving(c *model.Collection, p *model.Path, u use) (alternatives [][]string, served bool) {
	if p.Name == "_id" { // by the index that every collection has
		return nil, true
	}
	for _, x := range c.Indexes {
		found := servingBy(x, p, u)
		alternatives, served = append(alternatives, found...), served || found != nil
	}
	return fewest(alternatives), served
}

// fewest leaves out the alternatives that need more than another one does.
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

// servingBy returns the alternatives with which x serves a query that uses p so,
// nil if it does not. A filter's name stands with =, and with a value where it must
// be that one.
func servingBy(x *model.Index, p *model.Path, u use) [][]string {
	many := func(path string) bool {
		return slices.ContainsFunc(x.Keys, func(k model.Key) bool { return k.Path.Name == path && k.Path.Many })
	}
	var alternatives [][]string
	for _, t := range trials(x) {
		if t.uses(p, u) {
			if _, ok := x.Serving().Serve(t.query, many); ok {
				alternatives = append(alternatives, t.filters)
			}
		}
	}
	return alternatives
}

// trial is a query that an index might serve, and the filters that it consists of
// besides a use.
type trial struct {
	x       *model.Index
	query   meta.Query
	filters []string
}

// trials returns, of all queries, those that an index could be made for: what it is
// limited to, and equality on any number of its first keys, with nothing behind or
// with a choice or range on the next.
func trials(x *model.Index) []trial {
	t := trial{x: x, filters: []string{}}
	for _, limit := range x.Partial {
		if limit.Op == def.Equal {
			t = t.equal(limit.Path.Name)
		}
	}
	list, more := []trial{t}, []trial{}
	for _, k := range x.Keys {
		more = append(more, t.next(k.Path.Name, "[in]", true), t.next(k.Path.Name, "[gte]", false))
		t = t.equal(k.Path.Name)
		list = append(list, t)
	}
	return append(list, more...)
}

// equal returns t with equality on path; where it is there already, t itself.
func (t trial) equal(path string) trial {
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
func (t trial) next(path, operator string, choice bool) trial {
	t.filters = append(slices.Clip(t.filters), path+operator+"=")
	t.query.Next, t.query.Finds, t.query.Choice = path, true, choice
	return t
}

func (t trial) asks(path string) bool {
	return slices.ContainsFunc(t.query.Equal, func(e meta.Equality) bool { return e.Path == path })
}

// uses adds to t that p is used so, and says whether that can be.
func (t *trial) uses(p *model.Path, u use) bool {
	switch {
	case u == byEquality && !t.asks(p.Name):
		t.query = t.equal(p.Name).query
	case u == byEquality:
		// Of what the index is limited to the value stays: it must be that one.
		t.filters = slices.DeleteFunc(slices.Clone(t.filters), func(filter string) bool { return filter == p.Name+"=" })
	case u == byOrder:
		if t.query.Next != "" && (t.query.Next != p.Name || t.query.Choice) {
			return false
		}
		t.query.Next, t.query.Sorted = p.Name, true
	case t.query.Next != "":
		return false
	default:
		t.query.Next, t.query.Finds, t.query.Choice = p.Name, true, u == byChoice
	}
	return true
}

// inQuery returns a value as it stands in a query.
func inQuery(value any) string {
	if t, ok := value.(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}

// servedQueries says which filters and sorts go together.
func servedQueries(c *model.Collection) string {
	indexes := []string{"_id"}
	for _, x := range c.Indexes {
		if text := servedByIndex(x); text != "" {
			indexes = append(indexes, text)
		}
	}
	return "One index must serve the filters and the sort: equality (=) on its first paths, then at most one range " +
		"([gt], [gte], [lt], [lte], [in], [prefix]) or sort on the next. The indexes are: " + strings.Join(indexes, " | ") + "."
}

// servedByIndex returns the index's paths, and what else it takes for it to serve a
// query; empty if nothing does.
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
	for _, need := range needs {
		if need.By == meta.Existence {
			text += " (with a filter on " + need.Path + ")"
			continue
		}
		text += " (with " + need.Path + "=" + inQuery(x.Limit(need.Path)) + ")"
	}
	return text
}
