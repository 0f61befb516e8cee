package model

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/partywall/partywall/schema/def"
)

// maxTTL is the longest that MongoDB takes: expireAfterSeconds is an int32.
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
	case ttl < 0 || ttl > maxTTL || ttl%time.Second != 0:
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
		if k.Path.Type.Kind != def.KindTime {
			x.add(at, fmt.Sprintf("has a TTL, but %s is %s, not Time", k.Path.Name, article(k.Path.Type.Kind)), "a Time as key")
		}
	}
}

// partial resolves an index's conditions.
func (x *indexer) partial(index *Index, d *def.Index, at place) {
	if len(d.Partial) > 0 && d.Sparse {
		x.add(at, "is Sparse and Partial, which MongoDB does not take together", "Partial alone; a Condition with Exists says what Sparse does")
	}
	for i, c := range d.Partial {
		of := at.part("condition " + c.Path)
		if c.Path == "" {
			of = at.part(fmt.Sprintf("condition %d", i+1))
		}
		if slices.ContainsFunc(d.Partial[:i], func(o def.Condition) bool { return o.Path == c.Path && o.Op == c.Op }) {
			x.add(of, "is given twice", "it once")
			continue
		}
		if r := x.route(c.Path, of); r != nil {
			x.condition(index, c, r.path, of)
		}
	}
}

// The comparisons that a Condition may make.
var comparisons = []def.Op{def.Equal, def.Less, def.LessOrEqual, def.Greater, def.GreaterOrEqual}

func (x *indexer) condition(index *Index, c def.Condition, path *Path, at place) {
	if c.Op == def.Exists {
		if c.Value != nil {
			x.add(at, "has a Value, but Exists takes none", "no Value")
		}
		index.Partial = append(index.Partial, Condition{Path: path, Op: c.Op})
		return
	}
	if !slices.Contains(comparisons, c.Op) {
		x.add(at, fmt.Sprintf("the Op %q is unknown", c.Op), "def.Equal, Less, LessOrEqual, Greater, GreaterOrEqual or Exists")
		return
	}
	if c.Op != def.Equal && (path.Type.Enum != nil || path.Type.Kind == def.KindBool) {
		x.add(at, fmt.Sprintf("compares %s, which has no order", article(path.Type.Kind)), "def.Equal")
		return
	}
	if !slices.Contains(defaulted, path.Type.Kind) {
		x.add(at, fmt.Sprintf("compares %s with a value", article(path.Type.Kind)), "def.Exists")
		return
	}
	value, problem, remedy := convert(path.Type.Kind, c.Value)
	if problem != "" {
		x.add(at, "the Value "+problem, remedy)
		return
	}
	if text, ok := value.(string); ok && path.Type.Enum != nil {
		x.checkMember("Value", path.Type.Enum, text, at)
	}
	index.Partial = append(index.Partial, Condition{Path: path, Op: c.Op, Value: value})
}

// leavesOut says that an index holds no document that lacks the field at path: so
// the field need not be required for the index to be unique.
func leavesOut(d *def.Index, path string) bool {
	return slices.ContainsFunc(d.Partial, func(c def.Condition) bool { return c.Path == path })
}

// article is a kind in a sentence.
func article(k def.Kind) string {
	if slices.Contains([]byte("AEIOU"), k.String()[0]) {
		return "an " + k.String()
	}
	return "a " + k.String()
}
