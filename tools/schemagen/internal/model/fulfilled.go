package model

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// limited is what an index is limited by at one path, judged by what documents have
// there.
type limited struct {
	route *route
	// conditions are in declared order, places where each stands.
	conditions []Condition
	places     []place
}

// checkFulfilled reports conditions that leave out nothing or everything.
func (x *indexer) checkFulfilled(list []limited) {
	for _, l := range list {
		sound := true
		for i, c := range l.conditions {
			switch {
			case l.always(c):
				sound = false
				x.addAlways(l.route, l.places[i])
			case l.never(c):
				sound = false
				x.add(l.places[i], "is true of no document that the field's constraints allow", "a Value that the field can have")
			}
		}
		if sound && !l.route.path.Many && l.never(l.conditions...) {
			x.add(l.places[len(l.places)-1], "can never be true together with those before it", "conditions that one value can satisfy")
		}
	}
}

func (x *indexer) addAlways(r *route, at place) {
	if r.required {
		x.add(at, "is true of every document", "no such condition")
		return
	}
	x.add(at, "is true of every document: one without "+r.optional+" is stored with "+showMissing(r.missing()), "a condition that is not true of that, or none")
}

// showMissing returns what is stored in a field's place, as messages write it.
func showMissing(value any, _ bool) string {
	if value == nil {
		return "an empty value"
	}
	return kinds.Show(value)
}

// missing returns what a document holds at the path that was given nothing there:
// stored is false if it holds nothing, value nil if that is empty and compares with
// no value.
func (r *route) missing() (value any, stored bool) {
	f := r.path.Field
	switch {
	case f == nil:
		return nil, true
	case f.Default != nil:
		return f.Default, true
	}
	return f.Type.Zero, f.Type.Stored
}

// lets reports whether c is true of what is stored where nothing was given.
func (r *route) lets(c Condition) bool {
	value, stored := r.missing()
	switch {
	case c.Op == def.Exists:
		return stored
	case value == nil:
		return false
	}
	return !everything.narrowed(c).within(Condition{Op: def.Equal, Value: value}).isEmpty()
}

// letMissing reports whether what is stored where nothing was given fulfils the
// conditions, although no single one is reported for that.
func (l limited) letMissing() bool {
	return !slices.ContainsFunc(l.conditions, func(c Condition) bool { return l.always(c) || !l.route.lets(c) })
}

// always reports whether c is true of every document. Behind a list there may be
// none.
func (l limited) always(c Condition) bool {
	f := l.route.path.Field
	through := l.route.objects != "" || l.route.path.Many && c.Op != def.Exists
	if through || !l.route.required && !l.route.lets(c) {
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

// isOnly reports whether value is all that f can have.
func isOnly(f *kinds.Field, value any) bool {
	if f.Type.Enum != nil {
		return len(f.Type.Enum.Values) == 1
	}
	return f.Min != nil && f.Max != nil && kinds.Compare(f.Min, f.Max) == 0 && kinds.Compare(f.Min, value) == 0
}

// never reports whether no document fulfils all conditions.
func (l limited) never(conditions ...Condition) bool {
	r := l.route
	if r.path.Field == nil {
		return everything.within(conditions...).isEmpty()
	}
	if !r.required && !slices.ContainsFunc(conditions, func(c Condition) bool { return !r.lets(c) }) {
		return false
	}
	if rangeOf(r.path.Field).within(conditions...).isEmpty() {
		return true
	}
	return slices.ContainsFunc(conditions, func(c Condition) bool { return c.Op == def.Equal && !fits(r.path.Field, c.Value) })
}

// fits reports whether f may have the value as far as its length and Pattern go.
func fits(f *kinds.Field, value any) bool {
	text, ok := value.(string)
	if !ok || !f.Type.Text {
		return true
	}
	n := utf8.RuneCountInString(text)
	pattern, err := compile(f.Pattern)
	return n >= f.MinLen && (f.MaxLen == 0 || n <= f.MaxLen) && (f.Pattern == "" || err != nil || pattern.MatchString(text)) &&
		(f.Format != def.Email || isEmail(text))
}

// opposite returns true where c, a comparison, is not.
func opposite(c Condition) Condition {
	c.Op = map[def.Op]def.Op{
		def.Less: def.GreaterOrEqual, def.LessOrEqual: def.Greater, def.Greater: def.LessOrEqual, def.GreaterOrEqual: def.Less,
	}[c.Op]
	return c
}

// span is the values between two, nil for no bound.
type span struct {
	low, high         any
	lowOpen, highOpen bool
}

var everything = span{}

// rangeOf returns what f's bounds let pass, and its type has.
func rangeOf(f *kinds.Field) span {
	s := span{low: f.Min, high: f.Max}
	if s.low == nil && f.Type.Least != nil {
		s.low, s.lowOpen = f.Type.Least, f.MinLen > 0
	}
	if s.high == nil {
		s.high = f.Type.Greatest
	}
	return s
}

func (s span) within(conditions ...Condition) span {
	for _, c := range conditions {
		s = s.narrowed(c)
	}
	return s
}

// narrowed returns what of s fulfils c.
func (s span) narrowed(c Condition) span {
	switch c.Op {
	case def.Equal:
		return s.above(c.Value, false).below(c.Value, false)
	case def.Greater, def.GreaterOrEqual:
		return s.above(c.Value, c.Op == def.Greater)
	case def.Less, def.LessOrEqual:
		return s.below(c.Value, c.Op == def.Less)
	case def.Exists: // it says nothing of values
	}
	return s
}

func (s span) above(v any, open bool) span {
	if s.low == nil {
		s.low, s.lowOpen = v, open
		return s
	}
	if order := kinds.Compare(v, s.low); order > 0 || order == 0 && open {
		s.low, s.lowOpen = v, open
	}
	return s
}

func (s span) below(v any, open bool) span {
	if s.high == nil {
		s.high, s.highOpen = v, open
		return s
	}
	if order := kinds.Compare(v, s.high); order < 0 || order == 0 && open {
		s.high, s.highOpen = v, open
	}
	return s
}

// isEmpty reports whether there is no value in s.
func (s span) isEmpty() bool {
	if s.low == nil || s.high == nil {
		return false
	}
	order := kinds.Compare(s.low, s.high)
	if order >= 0 {
		return order > 0 || s.lowOpen || s.highOpen
	}
	return s.lowOpen && s.highOpen && follows(s.low, s.high)
}

// follows reports whether there is no value between low and high, which is greater.
func follows(low, high any) bool {
	switch low := low.(type) {
	case int64:
		return low+1 == high.(int64)
	case time.Time:
		return low.Add(time.Millisecond).Equal(high.(time.Time))
	}
	return false
}
