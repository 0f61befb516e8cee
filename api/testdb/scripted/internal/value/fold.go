package value

import (
	"bytes"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Folds says whether a collation compares text whatever its case, which is what is
// modelled of collations: in English, as far as ASCII goes.
func Folds(collation bson.RawValue) (folds, modelled bool) {
	doc, _ := collation.DocumentOK()
	if locale, ok := Get(doc, "locale").StringValueOK(); !ok || locale == "simple" {
		return false, true
	}
	strength, _ := Whole(Get(doc, "strength"))
	caseLevel, _ := Get(doc, "caseLevel").BooleanOK()
	numbers, _ := Get(doc, "numericOrdering").BooleanOK()
	return true, (strength == 1 || strength == 2) && !caseLevel && !numbers
}

// Collation is a collation as it is listed: with what the server fills in. The simple
// one is Missing.
func Collation(given bson.RawValue) bson.RawValue {
	doc, ok := given.DocumentOK()
	if locale, _ := Get(doc, "locale").StringValueOK(); !ok || locale == "simple" {
		return bson.RawValue{}
	}
	full := bson.D{{Key: "locale", Value: Get(doc, "locale")}}
	for _, e := range (bson.D{
		{Key: "caseLevel", Value: false}, {Key: "caseFirst", Value: "off"}, {Key: "strength", Value: int32(3)}, {Key: "numericOrdering", Value: false},
		{Key: "alternate", Value: "non-ignorable"}, {Key: "maxVariable", Value: "punct"}, {Key: "normalization", Value: false}, {Key: "backwards", Value: false},
	}) {
		if v := Get(doc, e.Key); v.Type != Missing {
			e.Value = v
		}
		full = append(full, e)
	}
	return Of(append(full, bson.E{Key: "version", Value: "57.1"}))
}

// Fold is a document with its text in lower case.
func Fold(doc bson.Raw) bson.Raw { return fold(doc, func(string) bool { return false }) }

// FoldFilter is a filter with the text that it compares with in lower case.
func FoldFilter(filter bson.Raw) bson.Raw {
	return fold(filter, func(name string) bool { return name == "$type" || name == "$regex" || name == "$options" })
}

func fold(doc bson.Raw, skip func(name string) bool) bson.Raw {
	fields := Fields(doc)
	for i, f := range fields {
		if skip(f.Name) {
			continue
		}
		switch f.Value.Type {
		case bson.TypeString, bson.TypeSymbol:
			folded := bytes.Clone(f.Value.Value)
			copy(folded[4:], lower(text(f.Value)))
			fields[i].Value.Value = folded
		case bson.TypeEmbeddedDocument, bson.TypeArray:
			fields[i].Value.Value = fold(f.Value.Value, skip)
		}
	}
	return Encode(fields)
}

// lower changes ASCII alone, so that the length stays.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
