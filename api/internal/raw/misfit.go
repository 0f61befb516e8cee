package raw

import (
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// Over returns the changes for doc, which need not fit its schema. If they reach into a
// nested document but something else is stored, that is replaced by what they set
// (RFC 7396, section 2). A date of creation that is no date becomes one, since only the
// server sets it, or is removed if nothing tells it.
func (d Documents) Over(doc bson.Raw, changes Changes) Changes {
	for _, path := range slices.Clone(changes.Objects) {
		value := lookup(doc, path)
		if !wire.IsMissing(value) && value.Type != bson.TypeEmbeddedDocument && slices.Contains(changes.Objects, path) {
			changes = changes.replacing(path)
		}
	}
	if path := d.c.CreatedPath(); path != "" && !isDate(doc.Lookup(path)) {
		if created, ok := creationOf(doc, path); ok {
			changes.Set = wire.AppendTime(slices.Clip(changes.Set), path, created)
		} else {
			changes.Unset = append(slices.Clip(changes.Unset), path)
		}
	}
	return changes
}

// replacing returns the changes, except that they set all of the document at path instead of
// changing it.
func (c Changes) replacing(path string) Changes {
	within := func(p string) bool { return p == path || strings.HasPrefix(p, path+".") }
	set := c.Set
	c.Set = nil
	var inner []bson.RawElement
	for _, e := range wire.Elements(set) {
		if within(e.Key()) {
			inner = append(inner, e)
			continue
		}
		c.Set = append(c.Set, e...)
	}
	if merged := mergesInto(c.Merges, within); len(merged) > 0 {
		inner = append(inner, merged...)
		slices.SortStableFunc(inner, func(a, b bson.RawElement) int { return strings.Compare(a.Key(), b.Key()) })
	}
	c.Merges = slices.DeleteFunc(slices.Clone(c.Merges), func(m Merge) bool { return within(m.Path) })
	c.Unset = slices.DeleteFunc(slices.Clone(c.Unset), within)
	c.Objects = slices.DeleteFunc(slices.Clone(c.Objects), within)
	c.Set = appendNested(c.Set, path, path+".", inner)
	return c
}

// appendNested appends a document with the elements, whose keys are paths that
// begin with prefix, those of one nested document side by side.
func appendNested(dst []byte, key, prefix string, list []bson.RawElement) []byte {
	dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, key))
	for len(list) > 0 {
		name, _, deeper := strings.Cut(strings.TrimPrefix(list[0].Key(), prefix), ".")
		if !deeper {
			value := list[0].Value()
			dst = append(wire.AppendHeader(dst, value.Type, name), value.Value...)
			list = list[1:]
			continue
		}
		inner := prefix + name + "."
		n := 1
		for n < len(list) && strings.HasPrefix(list[n].Key(), inner) {
			n++
		}
		dst = appendNested(dst, name, inner, list[:n])
		list = list[n:]
	}
	return wire.EndDocument(dst, start)
}

// isDate reports whether v is a date that JSON can carry, or missing.
func isDate(v bson.RawValue) bool {
	if v.Type != bson.TypeDateTime {
		return wire.IsMissing(v)
	}
	year := v.Time().UTC().Year()
	return 0 <= year && year <= 9999
}

// creationOf returns when doc was created, by the text at the path of that date, if it can be
// read in one way only, else by its _id, if that is an ObjectID.
func creationOf(doc bson.Raw, path string) (created time.Time, ok bool) {
	text, _ := doc.Lookup(path).StringValueOK()
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if created, err := time.Parse(layout, text); err == nil {
			return created.UTC().Truncate(time.Millisecond), true
		}
	}
	id, ok := doc.Lookup("_id").ObjectIDOK()
	return id.Timestamp().UTC(), ok
}
