package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// ownCollections are those that the product itself reads and writes, by the scope they have.
var ownCollections = map[def.Scope][]string{
	def.PerTenant: {usersName},
	def.Admin:     {"tenants", "sessions", "runs", "leases"},
}

// id resolves the type of a collection's _id.
func (l *loader) id(d *def.Collection, at place) kinds.ID {
	id, ok := kinds.IDOf(d.ID)
	switch {
	case !ok:
		l.add(at, fmt.Sprintf("has the ID %s, by which no document is known", d.ID.Kind), "def.ObjectID, def.String, def.Int or def.UUID")
		id = kinds.ID{}
	case id.IsChosen() && slices.Contains(ownCollections[d.Scope], d.Name):
		l.add(at, "has an ID, but the product knows these documents by ObjectIDs of its own making", "no ID")
	case id.Kind == def.KindString && d.Collation.Locale != "":
		l.add(at, "has a Collation and the ID String, so that _ids which it takes for equal would be of one document", "the Collation at the indexes, or another ID")
	}
	return id
}

// refKind returns the kind of references to a collection of the same database. What is wrong with
// them is reported elsewhere.
func (l *loader) refKind(scope def.Scope, collection string) *kinds.Kind {
	var id kinds.ID
	for i := range l.in.Collections {
		if d := &l.in.Collections[i]; d.Scope == scope && d.Name == collection {
			if declared, ok := kinds.IDOf(d.ID); ok {
				id = declared
			}
		}
	}
	return kinds.RefTo(id)
}
