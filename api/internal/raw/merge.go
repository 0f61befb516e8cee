package raw

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

// Merge merges a document into the value of any type at Path, by RFC 7396: null removes a
// member, and what is no document is replaced. The result depends on what is stored.
type Merge struct {
	Path  string
	Patch bson.Raw
	// Least and Most bound the result's size in bytes.
	Least, Most int
}

// merge adds what merges make of current: single members to set and remove, so that other
// programs' writes of other members are kept.
func (c *Changes) merge(errs *check.FieldErrors, merges []Merge, current bson.Raw) {
	for _, m := range merges {
		target, exists := lookup(current, m.Path).DocumentOK()
		merged := mergedWith(target, m.Patch)
		errs.AnyLen(check.Pointer(m.Path), len(merged), m.Least, m.Most)
		if exists {
			c.mergeMembers(m.Path+".", target, m.Patch)
			continue
		}
		c.Set = append(wire.AppendHeader(c.Set, bson.TypeEmbeddedDocument, m.Path), merged...)
	}
}

// mergeMembers adds the changes of target's members, whose paths begin with prefix.
func (c *Changes) mergeMembers(prefix string, target, patch bson.Raw) {
	stored := membersOf(target)
	for _, e := range elements(patch) {
		path, have := prefix+e.Key(), stored[e.Key()]
		within, isDocument := e.Value().DocumentOK()
		if inner, wasDocument := have.DocumentOK(); isDocument && wasDocument {
			c.mergeMembers(path+".", inner, within)
			continue
		}
		switch v := merged(have, e.Value()); {
		case v.Equal(have):
		case v.IsZero():
			c.Unset = append(c.Unset, path)
		default:
			c.Set = appendMerged(c.Set, path, v)
		}
	}
}

// mergesInto returns what the merges at paths that within selects make of nothing.
func mergesInto(merges []Merge, within func(path string) bool) []bson.RawElement {
	var list []bson.RawElement
	for _, m := range merges {
		if within(m.Path) {
			list = append(list, append(wire.AppendHeader(nil, bson.TypeEmbeddedDocument, m.Path), mergedWith(nil, m.Patch)...))
		}
	}
	return list
}

// mergedWith returns the document that patch makes of target, nil for none.
func mergedWith(target, patch bson.Raw) bson.Raw {
	dst, start := wire.BeginDocument(nil)
	changes, stored := membersOf(patch), membersOf(target)
	for _, e := range elements(target) {
		v := e.Value()
		if change, touched := changes[e.Key()]; touched {
			v = merged(v, change)
		}
		dst = appendMerged(dst, e.Key(), v)
	}
	for _, e := range elements(patch) {
		if _, touched := stored[e.Key()]; !touched {
			dst = appendMerged(dst, e.Key(), merged(bson.RawValue{}, e.Value()))
		}
	}
	return wire.EndDocument(dst, start)
}

// merged returns what a change makes of the value have, zero if it removes it.
func merged(have, change bson.RawValue) bson.RawValue {
	patch, isDocument := change.DocumentOK()
	switch {
	case change.Type == bson.TypeNull:
		return bson.RawValue{}
	case !isDocument:
		return change
	}
	target, _ := have.DocumentOK()
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: mergedWith(target, patch)}
}

func appendMerged(dst []byte, key string, v bson.RawValue) []byte {
	if v.IsZero() {
		return dst
	}
	return append(wire.AppendHeader(dst, v.Type, key), v.Value...)
}

func elements(doc bson.Raw) []bson.RawElement {
	list, _ := doc.Elements()
	return list
}

// membersOf returns doc's members by name.
func membersOf(doc bson.Raw) map[string]bson.RawValue {
	members := map[string]bson.RawValue{}
	for _, e := range elements(doc) {
		members[e.Key()] = e.Value()
	}
	return members
}
