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
	case id.IsChosen() && slices.Contains(ownCollections[d.Scope], d.Name):
		l.add(at, "has an ID, but the product knows these documents by ObjectIDs of its own making", "no ID")
	case id.Kind == def.KindString && d.Collation.Locale != "":
		l.add(at, "has a Collation and the ID String, so that _ids which it takes for equal would be of one document", "the Collation at the indexes, or another ID")
	}
	return id
}

// refer makes t, a reference, one to the collection of that name in the same database. What is
// wrong with it is reported elsewhere.
func (l *loader) refer(t *kinds.Type, scope def.Scope) {
	var id kinds.ID
	for i := range l.in.Collections {
		if d := &l.in.Collections[i]; d.Scope == scope && d.Name == t.Collection {
			id, _ = kinds.IDOf(d.ID)
			t.CollectionStored = d.Stored
		}
	}
	t.Kind = kinds.RefTo(id)
}
