package meta

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Collation says how text is compared; the members are MongoDB's. The zero Collation is none.
type Collation struct {
	Locale          string
	CaseLevel       bool
	CaseFirst       string
	Strength        int
	NumericOrdering bool
	Alternate       string
	MaxVariable     string
	Normalization   bool
	Backwards       bool
}

// simple is the locale that stands for the order of bytes, where a collection has another.
const simple = "simple"

// IsPlain reports whether text is compared byte by byte.
func (c Collation) IsPlain() bool { return c.Locale == "" || c.Locale == simple }

// String returns the locale, and what differs from the defaults.
func (c Collation) String() string { return collationText(c.value()) }

// Document returns what MongoDB is told, nil for none. What is not said is the server's to
// fill in, for queries as for indexes: some locales have defaults of their own.
func (c Collation) Document() bson.D {
	if c.Locale == "" {
		return nil
	}
	doc := bson.D{{Key: "locale", Value: c.Locale}}
	add := func(name string, value any, given bool) {
		if given {
			doc = append(doc, bson.E{Key: name, Value: value})
		}
	}
	add("strength", int32(c.Strength), c.Strength != 0)
	add("caseLevel", true, c.CaseLevel)
	add("caseFirst", c.CaseFirst, c.CaseFirst != "")
	add("numericOrdering", true, c.NumericOrdering)
	add("alternate", c.Alternate, c.Alternate != "")
	add("maxVariable", c.MaxVariable, c.MaxVariable != "")
	add("normalization", true, c.Normalization)
	add("backwards", true, c.Backwards)
	return doc
}

func (c Collation) value() bson.RawValue {
	doc, err := bson.Marshal(c.Document())
	if err != nil || c.Locale == "" {
		return bson.RawValue{}
	}
	return bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}
}

// filledIn are the texts of what servers fill in. The version, which they list as well, is
// that of their library: nobody declares it.
var filledIn = map[string]string{
	"strength": "3", "caseLevel": "false", "caseFirst": `"off"`, "numericOrdering": "false", "alternate": `"non-ignorable"`,
	"maxVariable": `"punct"`, "normalization": "false", "backwards": "false",
}

// collationText returns a collation as a server lists it, without what is as it fills it in.
// It is none for the order of bytes, which indexes have without a collation.
func collationText(v bson.RawValue) string {
	doc, _ := v.DocumentOK()
	locale, ok := doc.Lookup("locale").StringValueOK()
	switch {
	case !ok:
		return valueText(v)
	case locale == simple:
		return none
	}
	var parts []string
	elements, _ := doc.Elements()
	for _, e := range elements {
		text := valueText(e.Value())
		if e.Key() != "locale" && e.Key() != "version" && text != filledIn[e.Key()] {
			parts = append(parts, e.Key()+" "+strings.Trim(text, `"`))
		}
	}
	slices.Sort(parts)
	return strings.Join(append([]string{locale}, parts...), ", ")
}
