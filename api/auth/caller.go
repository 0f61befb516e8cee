package auth

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// Sign returns a new document with the bearer in the members that say who created it or changed
// it last, if the bearer is a user.
func (w *Writer) Sign(doc bson.Raw) bson.Raw {
	if w.actor.User.IsZero() {
		return doc
	}
	signed, start := wire.BeginDocument(nil)
	signed = append(signed, doc[4:len(doc)-1]...)
	for i := range w.c.Fields {
		if f := &w.c.Fields[i]; f.Caller != 0 {
			signed = wire.AppendObjectID(signed, f.StoredName(), w.actor.User)
		}
	}
	return wire.EndDocument(signed, start)
}

// sign makes changes say who makes them, or if that is an operator, who is no user, forget who made
// the last ones.
func (w *Writer) sign(changes *raw.Changes) {
	for i := range w.c.Fields {
		f := &w.c.Fields[i]
		switch {
		case f.Caller != meta.CallerOnWrite:
		case w.actor.User.IsZero():
			changes.AlongUnset = append(changes.AlongUnset, f.StoredName())
		default:
			changes.Along = wire.AppendObjectID(changes.Along, f.StoredName(), w.actor.User)
		}
	}
}
