package scripted

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// scored is a document that a search found.
type scored struct {
	doc   bson.Raw
	score float64
}

// search is what $text finds, if a filter has one. Words are taken as they are, whatever
// their case: there are no stems, and no words that do not count.
func (s *Server) search(c *call, filter bson.Raw) (found []scored, searches bool, err error) {
	text := value.Get(filter, "$text")
	if text.Type == value.Missing {
		return nil, false, nil
	}
	others, err := match.Compile(without(filter, "$text"), s.version)
	if err != nil {
		return nil, true, err
	}
	doc, _ := text.DocumentOK()
	words, _ := value.Get(doc, "$search").StringValueOK()
	if strings.Contains(words, `"`) {
		return nil, true, fault.NotModelled("phrases of $text")
	}
	coll := s.collections[c.namespace()]
	weights := weightsOf(coll)
	if weights == nil {
		return nil, true, fault.New(27, "text index required for $text query")
	}
	for _, doc := range coll.All() {
		if score := stored.Score(doc, weights, strings.Fields(strings.ToLower(words))); score > 0 && others.Matches(doc) {
			found = append(found, scored{doc, score})
		}
	}
	return found, true, nil
}

// without is doc without a member.
func without(doc bson.Raw, name string) bson.Raw {
	return value.Encode(slices.DeleteFunc(value.Fields(doc), func(f value.Field) bool { return f.Name == name }))
}

// weightsOf are those of the collection's text index, nil without one that is not hidden.
func weightsOf(coll *stored.Collection) []value.Field {
	if coll == nil {
		return nil
	}
	for _, x := range coll.Indexes() {
		if x.IsText() && !value.Equal(x.Option("hidden"), value.Of(true)) {
			return value.Fields(x.Option("weights").Value)
		}
	}
	return nil
}

// ranked are documents in the order that a sort asks for, which begins with the score.
func ranked(found []scored, sort bson.Raw) ([]bson.Raw, error) {
	fields := value.Fields(sort)
	if len(fields) > 0 {
		by, _ := fields[0].Value.DocumentOK()
		if meta, _ := value.Get(by, "$meta").StringValueOK(); meta != "textScore" {
			return nil, fault.NotModelled("a sort of what $text finds that does not begin with its score")
		}
		order, err := stored.NewOrder(value.Encode(fields[1:]))
		if err != nil {
			return nil, err
		}
		if found, err = orderedBy(found, order); err != nil {
			return nil, err
		}
		slices.SortStableFunc(found, func(a, b scored) int { return int(b.score) - int(a.score) })
	}
	docs := make([]bson.Raw, len(found))
	for i, f := range found {
		docs[i] = f.doc
	}
	return docs, nil
}

func orderedBy(found []scored, order stored.Order) ([]scored, error) {
	docs := make([]bson.Raw, len(found))
	scores := map[string]float64{}
	for i, f := range found {
		docs[i] = f.doc
		scores[value.Key(value.Get(f.doc, "_id"))] = f.score
	}
	docs, err := order.Sort(docs)
	if err != nil {
		return nil, err
	}
	for i, doc := range docs {
		found[i] = scored{doc, scores[value.Key(value.Get(doc, "_id"))]}
	}
	return found, nil
}
