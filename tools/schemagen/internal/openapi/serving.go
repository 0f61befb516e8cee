package openapi

import (
	"fmt"
	"slices"
	"strings"
	"time"

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

// serving says whether an index serves a query that uses p so, and which filters
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

// servingBy are the alternatives with which x serves a query that uses p so, nil if
// it does not: equality on the keys before p, and whatever the index is limited to.
// A filter's name stands with =, and with a value where it must be that one.
func servingBy(x *model.Index, p *model.Path, u use) [][]string {
	limits := map[string]string{}
	for _, limit := range x.Partial {
		if limit.Op != def.Equal {
			return nil
		}
		limits[limit.Path.Name] = limit.Path.Name + "=" + inQuery(limit.Value)
	}
	at := slices.IndexFunc(x.Keys, func(k model.Key) bool { return k.Path == p })
	if at < 0 && (u != byEquality || limits[p.Name] == "") || u != byEquality && limits[p.Name] != "" {
		return nil
	}
	equal, behind, ok := equalKeys(x, at, u)
	if !ok {
		return nil
	}
	filters := []string{}
	for _, k := range equal {
		if k.Path != p && limits[k.Path.Name] == "" {
			filters = append(filters, k.Path.Name+"=")
		}
	}
	for _, limit := range x.Partial {
		filters = append(filters, limits[limit.Path.Name])
	}
	switch {
	case u == byOrder && at == 0 && (x.Sparse || !x.Ordered()):
		return [][]string{append(filters, p.Name+"[gte]=")}
	case behind != nil:
		return [][]string{append(slices.Clone(filters), behind.Name+"="), append(filters, behind.Name+"[in]=")}
	}
	return [][]string{filters}
}

// equalKeys are the first keys that must be asked for by equality, and the path
// through a list behind them that must be asked for as well, by equality or choice.
// An array has no one place in an order, so no key that orders may lead through one,
// except one that is chosen from.
func equalKeys(x *model.Index, at int, u use) (equal []model.Key, list *model.Path, ok bool) {
	n := max(at, 0)
	if u == byEquality && at >= 0 || at < 0 && !x.Ordered() {
		n++
	}
	behind := x.Keys[n:]
	if u == byChoice && behind[0].Path.Many {
		behind = behind[1:]
	}
	last := -1
	for i, k := range behind {
		if k.Path.Many {
			last = i
		}
	}
	switch {
	case last < 0:
		return x.Keys[:n], nil, true
	case u != byEquality:
		return nil, nil, false
	}
	return x.Keys[:n+last], behind[last].Path, true
}

// inQuery is a value as it stands in a query.
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

// servedByIndex are the index's paths, and what else it takes for it to serve a
// query; empty if nothing does.
func servedByIndex(x *model.Index) string {
	paths := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		paths[i] = k.Path.Name
	}
	text := strings.Join(paths, ", ")
	if x.Sparse || !x.Ordered() {
		text += " (with a filter on " + paths[0] + ")"
	}
	for _, limit := range x.Partial {
		if limit.Op != def.Equal {
			return ""
		}
		text += " (with " + limit.Path.Name + "=" + inQuery(limit.Value) + ")"
	}
	return text
}
