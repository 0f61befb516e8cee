package model

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// maxTTL is MongoDB's maximum: expireAfterSeconds is an int32.
const maxTTL = math.MaxInt32 * time.Second

// expiry resolves an index's TTL.
func (x *indexer) expiry(index *Index, d *def.Index, at place) {
	if d.TTL == nil {
		return
	}
	ttl, ok := d.TTL.(time.Duration)
	switch {
	case d.TTL == 0:
	case !ok:
		x.add(at, fmt.Sprintf("the TTL is of Go type %T, not time.Duration", d.TTL), "a time.Duration such as 24*time.Hour, or 0")
	case !isTTL(ttl):
		x.add(at, fmt.Sprintf("the TTL is %s", ttl), fmt.Sprintf("whole seconds, from 0 to %d", maxTTL/time.Second))
	}
	index.TTL = ttl
	if len(d.Keys) > 1 {
		x.add(at, fmt.Sprintf("has a TTL and %d keys", len(d.Keys)), "the date alone as key")
	}
	if d.Unique {
		x.add(at, "has a TTL and is Unique", "an index for each")
	}
	for _, k := range index.Keys {
		if !k.Path.Type.IsDate {
			x.add(at, fmt.Sprintf("has a TTL, but %s is %s, not Time", k.Path.Name, kinds.Article(string(k.Path.Type.Name))), "a Time as key")
		}
	}
}

// isTTL reports whether MongoDB can hold d as expireAfterSeconds.
func isTTL(d time.Duration) bool { return d >= 0 && d <= maxTTL && d%time.Second == 0 }

// partial resolves an index's conditions, and returns them by path.
func (x *indexer) partial(index *Index, d *def.Index, at place) []pathConditions {
	if len(d.Partial) > 0 && d.Sparse {
		x.add(at, "is Sparse and Partial, which MongoDB does not combine", "Partial alone; a Condition with Exists says what Sparse does")
	}
	var limits []pathConditions
	for i, c := range d.Partial {
		of := at.part("condition " + c.Path)
		if c.Path == "" {
			of = at.part(fmt.Sprintf("condition %d", i+1))
		}
		if slices.ContainsFunc(d.Partial[:i], func(o def.Condition) bool { return o.Path == c.Path && o.Op == c.Op }) {
			x.add(of, "is given twice", "it once")
			continue
		}
		r := x.resolvePath(c.Path, of)
		if r == nil {
			continue
		}
		if condition, ok := x.condition(c, r.path, of); ok {
			index.Partial = append(index.Partial, condition)
			limits = withLimit(limits, r, condition, of)
		}
	}
	x.checkSatisfiable(limits)
	return limits
}

// withLimit adds a condition at r to limits.
func withLimit(limits []pathConditions, r *resolvedPath, c Condition, at place) []pathConditions {
	i := slices.IndexFunc(limits, func(l pathConditions) bool { return l.route == r })
	if i < 0 {
		return append(limits, pathConditions{r, []Condition{c}, []place{at}})
	}
	limits[i].conditions, limits[i].places = append(limits[i].conditions, c), append(limits[i].places, at)
	return limits
}

// comparisons are the operators of a Condition.
var comparisons = []def.Op{def.Equal, def.Less, def.LessOrEqual, def.Greater, def.GreaterOrEqual}

// condition resolves a condition at path; ok is false if it is a mistake.
func (l *loader) condition(c def.Condition, path *Path, at place) (resolved Condition, ok bool) {
	resolved = Condition{Path: path, Op: c.Op}
	switch {
	case c.Op == def.Exists:
		if c.Value != nil {
			l.add(at, "has a Value, but Exists takes none", "no Value")
		}
		return resolved, c.Value == nil
	case !slices.Contains(comparisons, c.Op):
		l.add(at, fmt.Sprintf("the Op %q is unknown", c.Op), "def.Equal, Less, LessOrEqual, Greater, GreaterOrEqual or Exists")
		return resolved, false
	case path.Type.Convert == nil, path.Type.Struct != nil:
		l.add(at, fmt.Sprintf("compares %s with a value", kinds.Article(string(path.Type.Name))), "def.Exists")
		return resolved, false
	case c.Op != def.Equal && !path.Type.Ordered:
		l.add(at, fmt.Sprintf("compares %s, which has no order", kinds.Article(string(path.Type.Name))), "def.Equal")
		return resolved, false
	}
	value, problem, remedy := path.Type.Convert(path.Type, c.Value)
	if problem != "" {
		l.add(at, "the Value "+problem, remedy)
		return resolved, false
	}
	resolved.Value = value
	text, isText := value.(string)
	return resolved, !isText || path.Type.Enum == nil || l.checkMember("Value", path.Type.Enum, text, at)
}
