// Package match says which documents a filter is about, by the rules of MongoDB's
// query language.
package match

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Filter is what a query asks for.
type Filter struct {
	source bson.Raw
	root   matcher
	// Folds says that text is compared whatever its case.
	Folds bool
}

// Matches says whether a document is what the filter asks for.
func (f Filter) Matches(doc bson.Raw) bool {
	if f.Folds {
		doc = value.Fold(doc)
	}
	return f.root.document(doc)
}

// MatchesValue says whether a filter of operators alone, as $pull may have, asks for
// a value.
func (f Filter) MatchesValue(v bson.RawValue) bool { return f.root.value(v) }

// Source is the filter as it was given.
func (f Filter) Source() bson.Raw { return f.source }

// matcher is a part of a filter. It looks at a document from its path on or, below
// $elemMatch, at a value itself.
type matcher interface {
	document(doc bson.Raw) bool
	value(v bson.RawValue) bool
}

// leaf asks whether any value that its path leads to passes a test.
type leaf struct {
	path string
	over path.Leaf
	test func(bson.RawValue) bool
}

func (l leaf) document(doc bson.Raw) bool { return path.Each(doc, l.path, l.over, l.test) }
func (l leaf) value(v bson.RawValue) bool { return l.test(v) }

// all asks for each of its parts; empty, it asks for nothing.
type all []matcher

func (a all) document(doc bson.Raw) bool {
	for _, m := range a {
		if !m.document(doc) {
			return false
		}
	}
	return true
}

func (a all) value(v bson.RawValue) bool {
	for _, m := range a {
		if !m.value(v) {
			return false
		}
	}
	return true
}

// some asks for at least one of its parts.
type some []matcher

func (s some) document(doc bson.Raw) bool {
	for _, m := range s {
		if m.document(doc) {
			return true
		}
	}
	return false
}

func (s some) value(v bson.RawValue) bool {
	for _, m := range s {
		if m.value(v) {
			return true
		}
	}
	return false
}

type not struct{ matcher }

func (n not) document(doc bson.Raw) bool { return !n.matcher.document(doc) }
func (n not) value(v bson.RawValue) bool { return !n.matcher.value(v) }

// elements tests an array: whether one of its elements does.
func elements(test func(bson.RawValue) bool) func(bson.RawValue) bool {
	return func(v bson.RawValue) bool {
		if v.Type != bson.TypeArray {
			return false
		}
		for _, e := range value.Elements(v) {
			if test(e) {
				return true
			}
		}
		return false
	}
}
