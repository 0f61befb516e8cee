package meta_test

import (
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// TestCollationsAreCompared field by field with what a server lists, which fills in the rest.
func TestCollationsAreCompared(t *testing.T) {
	t.Parallel()
	filled := func(changes ...bson.E) bson.D {
		doc := bson.D{
			{Key: "locale", Value: "en"}, {Key: "caseLevel", Value: false}, {Key: "caseFirst", Value: "off"}, {Key: "strength", Value: int32(3)},
			{Key: "numericOrdering", Value: false}, {Key: "alternate", Value: "non-ignorable"}, {Key: "maxVariable", Value: "punct"},
			{Key: "normalization", Value: false}, {Key: "backwards", Value: false}, {Key: "version", Value: "57.1"},
		}
		for _, change := range changes {
			for i := range doc {
				if doc[i].Key == change.Key {
					doc[i].Value = change.Value
				}
			}
		}
		return doc
	}
	for want, c := range map[string]struct {
		listed   bson.D
		declared meta.Collation
	}{
		"en":                     {filled(), meta.Collation{Locale: "en"}},
		"de":                     {filled(bson.E{Key: "locale", Value: "de"}), meta.Collation{Locale: "de", Strength: 3, CaseFirst: "off", Alternate: "non-ignorable", MaxVariable: "punct"}},
		"en, strength 2":         {filled(bson.E{Key: "strength", Value: 2.0}), meta.Collation{Locale: "en", Strength: 2}},
		"en, caseLevel true":     {filled(bson.E{Key: "caseLevel", Value: true}), meta.Collation{Locale: "en", CaseLevel: true}},
		"en, caseFirst upper":    {filled(bson.E{Key: "caseFirst", Value: "upper"}), meta.Collation{Locale: "en", CaseFirst: "upper"}},
		"en, alternate shifted":  {filled(bson.E{Key: "alternate", Value: "shifted"}), meta.Collation{Locale: "en", Alternate: "shifted"}},
		"en, maxVariable space":  {filled(bson.E{Key: "maxVariable", Value: "space"}), meta.Collation{Locale: "en", MaxVariable: "space"}},
		"en, normalization true": {filled(bson.E{Key: "normalization", Value: true}), meta.Collation{Locale: "en", Normalization: true}},
		"fr_CA, backwards true":  {filled(bson.E{Key: "locale", Value: "fr_CA"}, bson.E{Key: "backwards", Value: true}), meta.Collation{Locale: "fr_CA", Backwards: true}},
		"en, numericOrdering true, strength 1": {
			filled(bson.E{Key: "strength", Value: int64(1)}, bson.E{Key: "numericOrdering", Value: true}), meta.Collation{Locale: "en", Strength: 1, NumericOrdering: true},
		},
		"none": {bson.D{{Key: "locale", Value: "simple"}}, meta.Collation{Locale: "simple"}},
	} {
		doc, err := bson.Marshal(c.listed)
		if err != nil {
			t.Fatal(err)
		}
		if got := meta.Collations.Text(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}); got != want {
			t.Errorf("listed as %s, want %s", got, want)
		}
		if got := meta.Collations.Declared(&meta.Index{Collation: c.declared}); got != want {
			t.Errorf("declared as %s, want %s", got, want)
		}
	}
}

// TestCollationsAreSaid: every member reaches the server, the text and the fingerprint.
func TestCollationsAreSaid(t *testing.T) {
	t.Parallel()
	plain := meta.Collation{Locale: "en"}
	of := func(c meta.Collation) string { return fingerprint(meta.Index{Collation: c}) }
	if (meta.Collation{}).Document() != nil || !(meta.Collation{}).IsPlain() || plain.IsPlain() {
		t.Error("no collation says something")
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[meta.Collation]()) {
		c := plain
		switch v := reflect.ValueOf(&c).Elem().FieldByIndex(f.Index); v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Int:
			v.SetInt(2)
		default:
			v.SetString("xx")
		}
		if len(c.Document()) == 1 && f.Name != "Locale" || c.String() == plain.String() || of(c) == of(plain) {
			t.Errorf("%s is not said: %v, %s", f.Name, c.Document(), c)
		}
	}
}
