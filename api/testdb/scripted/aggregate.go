package scripted

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/pipeline"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// aggregate passes a collection's documents through a pipeline, or what its first
// stage has instead.
func (s *Server) aggregate(c *call) (bson.D, error) {
	stages, err := c.documents("pipeline")
	if err != nil {
		return nil, err
	}
	if c.get("cursor").Type != bson.TypeEmbeddedDocument {
		return nil, fault.New(9, "The 'cursor' option is required, except for aggregate with the explain argument")
	}
	var first value.Field
	if len(stages) > 0 && len(value.Fields(stages[0])) > 0 {
		first = value.Fields(stages[0])[0]
	}
	coll := s.collections[c.namespace()]
	var docs []bson.Raw
	switch {
	case first.Name == "$changeStream":
		return s.watch(c, first.Value.Value, stages[1:])
	case first.Name == "$indexStats":
		stages = stages[1:]
		docs = s.indexStats(coll)
	case coll != nil:
		if err := hinted(coll, c.get("hint")); err != nil {
			return nil, err
		}
		docs = coll.All()
	}
	if matched, ok := first.Value.DocumentOK(); ok && first.Name == "$match" {
		found, searches, err := s.search(c, matched)
		if err != nil {
			return nil, err
		}
		if searches {
			docs, _ = ranked(found, nil)
			stages = stages[1:]
		}
	}
	if s.folds(c) {
		docs, stages = folded(docs, stages)
	}
	docs, err = pipeline.Run(docs, stages, s.version)
	if err != nil {
		return nil, err
	}
	return s.openCursor(c, docs, c.batchSize(), false), nil
}

// folded are documents and stages that compare text whatever its case. What is shown of
// it is in lower case, too, but for _id.
func folded(docs, stages []bson.Raw) (foldedDocs, foldedStages []bson.Raw) {
	for _, doc := range docs {
		fields := value.Fields(value.Fold(doc))
		for i := range fields {
			if fields[i].Name == "_id" {
				fields[i].Value = value.Get(doc, "_id")
			}
		}
		foldedDocs = append(foldedDocs, value.Encode(fields))
	}
	for _, stage := range stages {
		if value.Get(stage, "$match").Type != value.Missing {
			stage = value.FoldFilter(stage)
		}
		foldedStages = append(foldedStages, stage)
	}
	return foldedDocs, foldedStages
}
