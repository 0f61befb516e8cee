package embedded

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// collation is listed as MongoDB lists it, with every member; the order of bytes, which is that of no collation, is
// left out.
func collation(v any) (any, bool) {
	given, ok := v.(bson.D)
	if !ok {
		return nil, false
	}
	listed := bson.D{
		{Key: "locale", Value: ""}, {Key: "caseLevel", Value: false}, {Key: "caseFirst", Value: "off"}, {Key: "strength", Value: int32(3)},
		{Key: "numericOrdering", Value: false}, {Key: "alternate", Value: "non-ignorable"}, {Key: "maxVariable", Value: "punct"},
		{Key: "normalization", Value: false}, {Key: "backwards", Value: false}, {Key: "version", Value: "57.1"},
	}
	for _, e := range given {
		at := slices.IndexFunc(listed, func(l bson.E) bool { return l.Key == e.Key })
		if at < 0 {
			return nil, false
		}
		if n, isWhole := whole(e.Value); isWhole {
			e.Value = int32(n)
		}
		listed[at] = e
	}
	switch locale, _ := listed[0].Value.(string); locale {
	case "":
		return nil, false
	case "simple":
		return nil, true
	}
	return listed, true
}

// foldsASCII reports whether a collation surely takes an ASCII letter and its capital for equal. It does at the two
// weakest strengths, but for the languages with another capital of i.
func foldsASCII(collation bson.D) bool {
	of := map[string]any{}
	for _, e := range collation {
		of[e.Key] = e.Value
	}
	locale, _ := of["locale"].(string)
	strength, _ := of["strength"].(int32)
	turkic := strings.HasPrefix(locale, "tr") || strings.HasPrefix(locale, "az")
	return 1 <= strength && strength <= 2 && of["caseLevel"] == false && !turkic
}
