package model

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// pathConditions are an index's conditions at one path, checked against the values
// that documents can have there.
type pathConditions struct {
	route *resolvedPath
	// conditions are in declared order, places has the place of each.
	conditions []Condition
	places     []place
}

// checkSatisfiable reports conditions that exclude no document or all.
func (l *loader) checkSatisfiable(list []pathConditions) {
	for _, p := range list {
		sound := true
		for i, c := range p.conditions {
			switch {
			case p.always(c):
				sound = false
				l.addAlways(p.route, p.places[i])
			case p.never(c):
				sound = false
				l.add(p.places[i], "is true of no document that the field's constraints allow", "a Value that the field can have")
			}
		}
		if sound && !p.route.path.Many && p.never(p.conditions...) {
			l.add(p.places[len(p.places)-1], "can never be true together with those before it", "conditions that one value can satisfy")
		}
	}
}

func (l *loader) addAlways(r *resolvedPath, at place) {
	if r.required {
		l.add(at, "is true of every document", "no such condition")
		return
	}
	l.add(at, "is true of every document: one without "+r.optional+" is stored with "+showMissing(r.missing()), "a condition that is not true of that, or none")
}

// showMissing formats what is stored if nothing is given.
func showMissing(value any, _ bool) string {
	if value == nil {
		return "an empty value"
	}
	return kinds.Show(value)
}

// missing returns what is stored at the path, one that is not required, if nothing is
// given: stored is false if nothing is, value is nil if the value is empty and compares
// with no other.
func (r *resolvedPath) missing() (value any, stored bool) {
	f := r.path.Field
	switch {
	case r.missable || f.Default == nil:
		return nil, false
	case f.Type.IsContainer(), f.IsMade():
		return nil, true
	}
	return f.Default, true
}

// matchesMissing reports whether c is true of what is stored if nothing is given.
func (r *resolvedPath) matchesMissing(c Condition) bool {
	value, stored := r.missing()
	switch {
	case c.Op == def.Exists:
		return stored
	case value == nil:
		return false
	}
	return !everything.narrowed(c).within(Condition{Op: def.Equal, Value: value}).isEmpty()
}

// allMatchMissing reports whether all conditions are true of what is stored if
// nothing is given, although none has been reported for that alone.
func (l pathConditions) allMatchMissing() bool {
	return !slices.ContainsFunc(l.conditions, func(c Condition) bool { return l.always(c) || !l.route.matchesMissing(c) })
}

// always reports whether c is true of every document. A list of Objects may be empty;
// one of values has no bounds.
func (l pathConditions) always(c Condition) bool {
	f := l.route.path.Field
	if l.route.objects != "" || !l.route.required && !l.route.matchesMissing(c) {
		return false
	}
	switch {
	case c.Op == def.Exists:
		return true
	case f == nil || c.Op == def.Equal:
		return f != nil && isOnly(f, c.Value)
	}
	return rangeOf(f).narrowed(opposite(c)).isEmpty()
}

// isOnly reports whether value is the only one that f can have.
func isOnly(f *kinds.Field, value any) bool {
	if f.Type.Enum != nil {
		return len(f.Type.Enum.Values) == 1
	}
	return f.Min != nil && f.Max != nil && kinds.Compare(f.Min, f.Max) == 0 && kinds.Compare(f.Min, value) == 0
}

// never reports whether no document satisfies all conditions.
func (l pathConditions) never(conditions ...Condition) bool {
	r := l.route
	if r.path.Field == nil {
		return everything.within(conditions...).isEmpty()
	}
	if !r.required && !slices.ContainsFunc(conditions, func(c Condition) bool { return !r.matchesMissing(c) }) {
		return false
	}
	if rangeOf(r.path.Field).within(conditions...).isEmpty() {
		return true
	}
	return slices.ContainsFunc(conditions, func(c Condition) bool { return c.Op == def.Equal && !matchesText(r.path.Field, c.Value) })
}

// matchesText reports whether value satisfies f's lengths and Pattern.
func matchesText(f *kinds.Field, value any) bool {
	if !f.Type.Text {
		return true
	}
	text := value.(string)
	n := utf8.RuneCountInString(text)
	pattern, err := compile(f.Pattern)
	return n >= f.MinLen && (f.MaxLen == 0 || n <= f.MaxLen) && (f.Pattern == "" || err != nil || pattern.MatchString(text)) &&
		isStored(f, text)
}

// opposite returns the comparison that is true where c is not.
func opposite(c Condition) Condition {
	c.Op = map[def.Op]def.Op{
		def.Less: def.GreaterOrEqual, def.LessOrEqual: def.Greater, def.Greater: def.LessOrEqual, def.GreaterOrEqual: def.Less,
	}[c.Op]
	return c
}

// valueRange is the values between two bounds, nil for none.
type valueRange struct {
	low, high         any
	lowOpen, highOpen bool
}

var everything = valueRange{}

// rangeOf returns the values that f's type and bounds allow.
func rangeOf(f *kinds.Field) valueRange {
	s := valueRange{low: f.Min, high: f.Max}
	if s.low == nil {
		s.low, s.lowOpen = f.Type.Least, f.MinLen > 0
	}
	if s.high == nil {
		s.high = f.Type.Greatest
	}
	return s
}

func (s valueRange) within(conditions ...Condition) valueRange {
	for _, c := range conditions {
		s = s.narrowed(c)
	}
	return s
}

// narrowed returns the part of s that satisfies c.
func (s valueRange) narrowed(c Condition) valueRange {
	switch c.Op {
	case def.Equal:
		return s.above(c.Value, false).below(c.Value, false)
	case def.Greater, def.GreaterOrEqual:
		return s.above(c.Value, c.Op == def.Greater)
	case def.Less, def.LessOrEqual:
		return s.below(c.Value, c.Op == def.Less)
	case def.Exists: // no statement about values
	}
	return s
}

func (s valueRange) above(v any, open bool) valueRange {
	if s.low == nil {
		s.low, s.lowOpen = v, open
		return s
	}
	if order := kinds.Compare(v, s.low); order > 0 || order == 0 && open {
		s.low, s.lowOpen = v, open
	}
	return s
}

func (s valueRange) below(v any, open bool) valueRange {
	if s.high == nil {
		s.high, s.highOpen = v, open
		return s
	}
	if order := kinds.Compare(v, s.high); order < 0 || order == 0 && open {
		s.high, s.highOpen = v, open
	}
	return s
}

// isEmpty reports whether s contains no value.
func (s valueRange) isEmpty() bool {
	if s.low == nil || s.high == nil {
		return false
	}
	order := kinds.Compare(s.low, s.high)
	if order >= 0 {
		return order > 0 || s.lowOpen || s.highOpen
	}
	return s.lowOpen && s.highOpen && follows(s.low, s.high)
}

// follows reports whether no value lies between low and high, which is greater.
func follows(low, high any) bool {
	switch low := low.(type) {
	case int64:
		return low+1 == high.(int64)
	case time.Time:
		return low.Add(time.Millisecond).Equal(high.(time.Time))
	}
	return false
}
