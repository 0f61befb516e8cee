package model

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
)

// storedName returns the name that a collection has in its database.
func storedName(d *def.Collection) string {
	if d.Stored != "" {
		return d.Stored
	}
	return d.Name
}

// checkStored checks the name that a collection has in its database.
func (l *loader) checkStored(d *def.Collection, at place) {
	switch name := d.Stored; {
	case name == "":
		return
	case name == d.Name:
		l.add(at, "is Stored under its Name", "no Stored")
	case d.Scope == def.Admin && slices.Contains(ownCollections[def.Admin], d.Name):
		l.add(at, "is Stored under another name, but the product itself looks for "+d.Name, "no Stored")
	case strings.HasPrefix(name, "system."):
		l.add(at, fmt.Sprintf("is Stored as %q, which is one of MongoDB's own", name), "a name that does not start with system.")
	case strings.ContainsAny(name, "$\x00") || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, ".."):
		l.add(at, fmt.Sprintf("is Stored as %q, which MongoDB refuses", name), "a name without $, zero bytes, and dots but between other characters")
	case len(name) > maxCollectionName:
		l.add(at, fmt.Sprintf("is Stored under a name of %d bytes", len(name)), fmt.Sprintf("at most %d", maxCollectionName))
	}
}

// reservedStored are names that documents have for what is not declared.
var reservedStored = []string{"_id", "_rev", "__v", "_migration"}

// checkStoredField checks the name that d, one of the declared fields of h, has as stored.
func (l *loader) checkStoredField(h holder, declared []def.Field, d *def.Field, at place) {
	name := d.Stored
	named := slices.ContainsFunc(declared, func(o def.Field) bool { return o.Name == name })
	same := slices.ContainsFunc(declared, func(o def.Field) bool { return o.Stored == name && o.Name != d.Name })
	switch {
	case name == "":
	case name == d.Name:
		l.add(at, "is Stored under its Name", "no Stored")
	case slices.Contains(reservedStored, name):
		l.add(at, fmt.Sprintf("is Stored as %q, which is reserved", name), "another name")
	case !isStorable(name):
		l.add(at, fmt.Sprintf("is Stored as %q, which no path can name", name), "a name without dots, commas and zero bytes, that is neither * nor a number, and begins with neither $ nor -")
	case len(name) > maxFieldName:
		l.add(at, fmt.Sprintf("is Stored under a name of %d bytes", len(name)), fmt.Sprintf("at most %d", maxFieldName))
	case named || fieldNamed(h.timestamps, name) != nil, h.softDelete && name == meta.DeletedPath:
		l.add(at, fmt.Sprintf("is Stored as %q, which is the Name of another", name), "a name that none has")
	case same:
		l.add(at, fmt.Sprintf("is Stored as %q, as another is", name), "a name for each")
	}
}

// isStorable reports whether paths can be made of a name: they tell it from the position in an
// array, and from what stands for every name, and several paths and their order from one.
func isStorable(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsAny(name, ".,\x00") && !strings.HasPrefix(name, "$") && !strings.HasPrefix(name, "-") &&
		name != "*" && strings.Trim(name, "0123456789") != ""
}

// accountPaths are where accounts have what the product looks for, by the names that it knows.
var accountPaths = []string{"email", "password", "role", "role.name", "role.permission"}

// checkAccounts checks that the product finds what it looks for in users.
func (l *loader) checkAccounts(c *Collection, at place) {
	if c.Name != usersName || c.Admin {
		return
	}
	for _, path := range accountPaths {
		fields := c.Fields
		for name := range strings.SplitSeq(path, ".") {
			f := fieldNamed(fields, name)
			if f == nil {
				break
			}
			if fields = nil; f.Type != nil && f.Type.Struct != nil {
				fields = f.Type.Struct.Fields
			}
			if f.Stored != "" && strings.HasSuffix("."+path, "."+f.Name) {
				l.add(at.member(path), fmt.Sprintf("is Stored as %q, but the product itself looks for %s", f.Stored, path), "no Stored")
			}
		}
	}
}
