package raw

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// spot is where a page ended in the order of one key.
type spot struct {
	key   meta.Key
	value bson.RawValue
	// in is the bracket of the value.
	in int
	// alone reports whether no key before it shares an array on its path.
	alone bool
}

func newSpot(order []meta.Key, i int, value bson.RawValue) spot {
	if value.Type == bson.TypeSymbol { // an equal of the string, which operators take
		value.Type = bson.TypeString
	}
	return spot{key: order[i], value: value, in: bracketOf(value), alone: !sharesArrays(order, i)}
}

// vague reports whether no comparison operator takes the value.
func (s spot) vague() bool { return s.in == inRegex || s.in == inArray }

// isID reports whether documents always have the value, and never an array of them.
func (s spot) isID() bool { return s.key.Path == "_id" }

func (s spot) isNaN() bool { return s.in == inNumber && numberOf(s.value).kind == notANumber }

// hasNaNBeyond reports whether NaN, which no range has in it, is among the numbers behind.
func (s spot) hasNaNBeyond() bool { return s.in == inNumber && s.key.Descending && !s.isNaN() }

func (s spot) isBeyond(in int) bool { return in != s.in && (in < s.in) == s.key.Descending }

// beyond returns conditions on the key, one of which is fulfilled by each document that sorts
// after the spot.
func (s spot) beyond() []bson.D {
	conditions := s.beyondInBracket()
	if names := s.bracketsBeyond(); len(names) > 0 {
		conditions = append(conditions, bson.D{{Key: "$type", Value: names}})
	}
	if s.isID() {
		return conditions
	}
	if s.isBeyond(inUndefined) { // an array without elements sorts as undefined
		conditions = append(conditions, bson.D{{Key: string(meta.Eq), Value: bson.A{}}})
	}
	if s.isBeyond(inNull) { // what is missing sorts as null
		conditions = append(conditions, bson.D{{Key: string(meta.Exists), Value: false}})
	}
	if s.isBeyond(inArray) {
		conditions = append(conditions, s.arraysBeyond())
	}
	return conditions
}

// beyondInBracket returns the conditions for what compares with the spot's value.
func (s spot) beyondInBracket() []bson.D {
	after, upTo := meta.Gt, meta.Lte
	if s.key.Descending {
		after, upTo = meta.Lt, meta.Gte
	}
	infinity := brackets[inNumber].least
	switch {
	case s.vague(): // all that may be behind
		return []bson.D{{{Key: "$type", Value: brackets[s.in].names[0]}}}
	case s.in <= inNull || s.in == inMaxKey: // one value, which is not behind itself
		return nil
	case s.isNaN() && s.key.Descending:
		return nil
	case s.isNaN():
		return []bson.D{{{Key: string(meta.Gte), Value: infinity}}}
	}
	conditions := []bson.D{s.without(bson.D{{Key: string(after), Value: s.value}}, upTo)}
	if s.hasNaNBeyond() {
		nan := bson.D{{Key: "$type", Value: brackets[inNumber].names[0]}}
		if s.alone {
			nan = append(nan, not(meta.Gte, infinity))
		}
		conditions = append(conditions, nan)
	}
	return conditions
}

// bracketsBeyond returns the type names of the brackets behind the spot's, but for
// arrays.
func (s spot) bracketsBeyond() bson.A {
	names := bson.A{}
	for in, b := range brackets {
		never := in == inArray || s.isID() && (in == inUndefined || in == inRegex)
		if !never && s.isBeyond(in) {
			for _, name := range b.names {
				names = append(names, name)
			}
		}
	}
	return names
}

// arraysBeyond returns the condition for documents that sort by an array within an array.
// They have no values of the spot's own bracket, nor null, unless one of the other
// conditions finds them: said so, the index has bounds for it that leave out nearly
// all documents.
func (s spot) arraysBeyond() bson.D {
	condition := bson.D{{Key: "$type", Value: brackets[inArray].names[0]}}
	if !s.alone {
		return condition
	}
	if least := brackets[s.in].least; !least.IsZero() {
		condition = append(condition, not(meta.Gte, least))
	}
	// On a dotted path a value may be missing from one element of many.
	dotted := strings.Contains(s.key.Path, ".")
	if !dotted || s.in > inNull && !s.key.Descending {
		condition = append(condition, bson.E{Key: string(meta.Ne), Value: nil})
	}
	return condition
}

// equal returns the conditions before, each joined with one of those on the key that a
// document fulfils which sorts at the spot.
func (s spot) equal(before []bson.D) []bson.D {
	var joined []bson.D
	for _, condition := range s.at() {
		for _, d := range before {
			joined = append(joined, append(slices.Clone(d), bson.E{Key: s.key.Path, Value: condition}))
		}
	}
	return joined
}

func (s spot) at() []bson.D {
	before := meta.Lt
	if s.key.Descending {
		before = meta.Gt
	}
	isOfType := bson.D{{Key: "$type", Value: brackets[s.in].names[0]}}
	switch s.in {
	case inUndefined:
		return []bson.D{isOfType, {{Key: string(meta.Eq), Value: bson.A{}}}}
	case inNull:
		return []bson.D{isOfType, {{Key: string(meta.Exists), Value: false}}}
	case inMinKey, inMaxKey:
		return []bson.D{isOfType}
	}
	return []bson.D{s.without(bson.D{{Key: string(meta.Eq), Value: s.value}}, before)}
}

// without returns the condition, and that no element compares so with the spot's value: a
// document with such an element sorts elsewhere. It is added only if the server can make
// bounds of it.
func (s spot) without(condition bson.D, op meta.Op) bson.D {
	if s.isID() || !s.alone || s.isNaN() || brackets[s.in].least.IsZero() {
		return condition
	}
	return append(condition, not(op, s.value))
}

func not(op meta.Op, value bson.RawValue) bson.E {
	return bson.E{Key: "$not", Value: bson.D{{Key: string(op), Value: value}}}
}
