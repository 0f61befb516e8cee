package model

import (
	"fmt"
	"slices"
	"strings"

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
