package raw

import (
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// Over are changes as they are to be made of doc, which need not fit its schema.
// Where they reach into a document but something else is stored, what they set
// there takes its place (RFC 7396, section 2); and a date of creation that is none
// becomes one, since nobody but the server sets it.
func (d Documents) Over(doc bson.Raw, changes Changes) Changes {
	for _, path := range slices.Clone(changes.Objects) {
		value := lookup(doc, path)
		if !wire.IsMissing(value) && value.Type != bson.TypeEmbeddedDocument && slices.Contains(changes.Objects, path) {
			changes = changes.replacing(path)
		}
	}
	if d.c.Timestamps && !isDate(doc.Lookup(meta.CreatedPath)) {
		changes.Set = wire.AppendTime(slices.Clip(changes.Set), meta.CreatedPath, creationOf(doc))
	}
	return changes
}

// replacing are the changes with what they do within the document at path done by
// setting all of it.
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
	c.Unset = slices.DeleteFunc(slices.Clone(c.Unset), within)
	c.Objects = slices.DeleteFunc(slices.Clone(c.Objects), within)
	c.Set = appendNested(c.Set, path, path+".", inner)
	return c
}

// appendNested appends a document with the elements, whose keys are paths that
// begin with prefix.
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

// isDate says that v is a date that JSON can carry, or none at all.
func isDate(v bson.RawValue) bool {
	if v.Type != bson.TypeDateTime {
		return wire.IsMissing(v)
	}
	year := v.Time().UTC().Year()
	return 0 <= year && year <= 9999
}

// creationOf is when doc was made: as its date of creation says in text, if that
// can be read in one way only, else as its ObjectID does.
func creationOf(doc bson.Raw) time.Time {
	text, _ := doc.Lookup(meta.CreatedPath).StringValueOK()
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if created, err := time.Parse(layout, text); err == nil {
			return created.UTC().Truncate(time.Millisecond)
		}
	}
	id, _ := doc.Lookup("_id").ObjectIDOK()
	return id.Timestamp().UTC()
}
