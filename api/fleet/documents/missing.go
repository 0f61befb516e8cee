package documents

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// missing adds the required members that doc lacks: read as Go values, a number that is
// missing and one that is 0 are the same.
func (r *reading) missing(doc bson.Raw, errs *check.FieldErrors) {
	addMissing(errs, "", r.c.Fields, doc)
}

func addMissing(errs *check.FieldErrors, at string, fields []meta.Field, object bson.Raw) {
	for i := range fields {
		f := &fields[i]
		pointer := at + "/" + check.PointerToken(f.Name)
		v := object.Lookup(f.StoredName())
		if wire.IsMissing(v) {
			errs.Given(pointer, !f.Required)
			continue
		}
		addMissingIn(errs, pointer, f, v)
	}
}

// addMissingIn adds what the objects in a field's value lack.
func addMissingIn(errs *check.FieldErrors, at string, f *meta.Field, v bson.RawValue) {
	if f.Elem != nil {
		for name, element := range elementsOf(v) {
			addMissingIn(errs, at+"/"+check.PointerToken(name), f.Elem, element)
		}
		return
	}
	if object, ok := v.DocumentOK(); ok {
		addMissing(errs, at, f.Fields, object)
	}
}
