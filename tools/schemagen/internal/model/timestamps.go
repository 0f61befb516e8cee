package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// The Go names of the timestamps, whatever they are called where they are stored: they are the
// repository's, as ID is.
const createdGo, updatedGo = "CreatedAt", "UpdatedAt"

// Created returns the field that says when a document was created, nil if there is none.
func (c *Collection) Created() *kinds.Field {
	return timestamp(meta.TimestampPath(c.Timestamps, c.CreatedAt, meta.CreatedPath), createdGo)
}

// Updated returns the field that says when a document was last written, nil if there is none.
func (c *Collection) Updated() *kinds.Field {
	return timestamp(meta.TimestampPath(c.Timestamps, c.UpdatedAt, meta.UpdatedPath), updatedGo)
}

func timestamp(name, goName string) *kinds.Field {
	if name == "" {
		return nil
	}
	return &kinds.Field{Name: name, Go: goName, Type: kinds.Timestamp}
}

// TimestampFields returns the fields that the repository keeps besides _id and the revision.
func (c *Collection) TimestampFields() []*kinds.Field {
	return slices.DeleteFunc([]*kinds.Field{c.Created(), c.Updated()}, func(f *kinds.Field) bool { return f == nil })
}

// BeginsAtTime reports whether the revisions of a document begin at the time of its creation: if
// another document may have had its _id, or if nothing else in its entity tag tells the two
// apart.
func (c *Collection) BeginsAtTime() bool { return c.ID.IsChosen() || c.Updated() == nil }

// checkTimestamps checks the names of the timestamps.
func (l *loader) checkTimestamps(d *def.Collection, at place) {
	if d.CreatedAt == meta.NoTimestamp && d.UpdatedAt == meta.NoTimestamp {
		l.add(at, "leaves out both CreatedAt and UpdatedAt", "neither, and no Timestamps")
	}
	for _, t := range []struct{ member, name, other string }{
		{createdGo, d.CreatedAt, meta.TimestampPath(true, d.UpdatedAt, meta.UpdatedPath)}, {updatedGo, d.UpdatedAt, ""},
	} {
		switch {
		case t.name == "":
		case !d.Timestamps:
			l.add(at, fmt.Sprintf("names %s, but has no Timestamps", t.member), "Timestamps: true, or no such name")
		case t.name == meta.NoTimestamp:
		case !fieldName.MatchString(t.name) || len(t.name) > maxFieldName:
			l.add(at, fmt.Sprintf("the name %q of %s does not fit BSON", t.name, t.member), "a letter from a to z, then letters, digits and _ only, 64 at most")
		case slices.Contains(reservedFields, t.name) || d.SoftDelete && t.name == meta.DeletedPath:
			l.add(at, fmt.Sprintf("the name %q of %s is reserved", t.name, t.member), "another name")
		case t.name == t.other:
			l.add(at, fmt.Sprintf("CreatedAt and UpdatedAt are both called %q", t.name), "a name for each")
		}
	}
}
