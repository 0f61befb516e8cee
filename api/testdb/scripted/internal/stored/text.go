package stored

import (
	"slices"
	"strings"
	"unicode"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// textKeys are the keys under which an index for words is listed.
var textKeys = bson.D{{Key: "_fts", Value: "text"}, {Key: "_ftsx", Value: int32(1)}}

// IsText says whether the index is one for words.
func (x *Index) IsText() bool { return value.Equal(value.Document(x.Keys), value.Of(textKeys)) }

// textual is the description of an index for words as it is listed: with what the server
// fills in. Others are as they were.
func textual(spec bson.Raw) (bson.Raw, error) {
	keys, _ := value.Get(spec, "key").DocumentOK()
	given, _ := value.Get(spec, "weights").DocumentOK()
	weights := map[string]bson.RawValue{}
	for _, f := range value.Fields(keys) {
		if kind, _ := f.Value.StringValueOK(); kind == "text" && f.Name != "_fts" {
			weights[f.Name] = value.Of(int32(1))
		}
	}
	if len(weights) == 0 {
		return spec, nil
	}
	if len(weights) < len(value.Fields(keys)) {
		return nil, fault.NotModelled("text indexes with other keys")
	}
	for _, f := range value.Fields(given) {
		weights[f.Name] = f.Value
	}
	full := bson.D{{Key: "key", Value: textKeys}, {Key: "name", Value: value.Get(spec, "name")}, {Key: "weights", Value: sorted(weights)}}
	for _, e := range (bson.D{{Key: "default_language", Value: "english"}, {Key: "language_override", Value: "language"}, {Key: "textIndexVersion", Value: int32(3)}}) {
		if v := value.Get(spec, e.Key); v.Type != value.Missing {
			e.Value = v
		}
		full = append(full, e)
	}
	for _, f := range value.Fields(spec) {
		if !slices.ContainsFunc(full, func(e bson.E) bool { return e.Key == f.Name }) {
			full = append(full, bson.E{Key: f.Name, Value: f.Value})
		}
	}
	return value.Make(full), nil
}

func sorted(weights map[string]bson.RawValue) bson.D {
	var doc bson.D
	for name, weight := range weights {
		doc = append(doc, bson.E{Key: name, Value: weight})
	}
	slices.SortFunc(doc, func(a, b bson.E) int { return strings.Compare(a.Key, b.Key) })
	return doc
}

// Score is how well words match what a document has at the weighted paths, 0 for not at
// all. A word behind a - must not be there.
func Score(doc bson.Raw, weights []value.Field, words []string) float64 {
	score := 0.0
	for _, word := range words {
		wanted, excluded := strings.CutPrefix(word, "-")
		if !excluded {
			wanted = word
		}
		for _, w := range weights {
			n, _ := value.Whole(w.Value)
			path.Each(doc, w.Name, path.Within, func(v bson.RawValue) bool {
				text, _ := v.StringValueOK()
				for _, found := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
					if found == wanted && excluded {
						score = -1e9
					}
					if found == wanted {
						score += float64(n)
					}
				}
				return false
			})
		}
	}
	return score
}
