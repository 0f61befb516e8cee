package model

import (
	"fmt"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// usersName is the collection of those who sign in.
const usersName = "users"

// isCaller reports whether a Default stands for the user whose request writes a document.
func isCaller(value any) bool { return value == def.Caller || value == def.CallerOnWrite }

// setCaller makes f a member that requests set to their user. Like any other that is optional, it
// is missing from what no user wrote.
func (l *loader) setCaller(h holder, f *kinds.Field, d *def.Field, at place) {
	f.Caller = d.Default.(def.Made)
	f.Unset = true
	switch t := f.Type; {
	case t.Name != def.KindObjectID && t.Collection != usersName:
		l.add(at, fmt.Sprintf("the Default is %s, but the field is %s", f.Caller, t.Words()), "a field of type ObjectID, or a reference to users")
	case !h.collection:
		l.add(at, fmt.Sprintf("the Default is %s, but the field is one of an object in it", f.Caller), "the field into the collection")
	case d.Required:
		l.add(at, fmt.Sprintf("the Default is %s, but operators, who may write too, are no users, and the field is Required", f.Caller), "no Required")
	case d.WriteOnly || len(d.SetBy) > 0:
		l.add(at, fmt.Sprintf("the Default is %s, which requests cannot set themselves", f.Caller), "neither WriteOnly nor SetBy")
	case d.Check != "":
		l.add(at, fmt.Sprintf("the Default is %s, which needs no Check", f.Caller), "no Check")
	case d.Immutable && f.Caller == def.CallerOnWrite:
		l.add(at, fmt.Sprintf("the Default is %s, but the field is Immutable", f.Caller), "def.Caller, or no Immutable")
	}
}
