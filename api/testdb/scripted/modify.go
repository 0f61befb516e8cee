package scripted

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/project"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// findAndModify changes or removes one document, and answers with it.
func (s *Server) findAndModify(c *call) (bson.D, error) {
	shown, err := c.projection("fields")
	if err != nil {
		return nil, err
	}
	remove := c.flag("remove", false)
	switch {
	case remove == (c.get("update").Type != value.Missing):
		return nil, fault.New(9, "Either an update or remove=true must be specified")
	case remove && (c.flag("new", false) || c.flag("upsert", false)):
		return nil, fault.New(9, "Cannot specify both new=true or upsert=true and remove=true; 'remove' always returns the deleted document")
	case remove:
		return s.findAndRemove(c, shown)
	}
	m, err := s.readModification(c, c.asStatement())
	if err != nil {
		return nil, err
	}
	done, err := m.do(s, c)
	if err != nil {
		return nil, err
	}
	return done.answer(c.flag("new", false), shown), nil
}

// asStatement is what findAndModify says as a statement of update says it.
func (c *call) asStatement() bson.Raw {
	var fields []value.Field
	for option, name := range map[string]string{"query": "q", "update": "u", "sort": "sort", "upsert": "upsert", "arrayFilters": "arrayFilters"} {
		if v := c.get(option); v.Type != value.Missing {
			fields = append(fields, value.Field{Name: name, Value: v})
		}
	}
	return value.Encode(fields)
}

// answer shows the document as it was or, after, as it is.
func (m modified) answer(after bool, shown project.Projection) bson.D {
	last := bson.D{{Key: "n", Value: int32(len(m.before))}, {Key: "updatedExisting", Value: len(m.before) > 0}}
	found := value.Null
	switch {
	case m.upserted != nil:
		last = bson.D{{Key: "n", Value: int32(1)}, {Key: "updatedExisting", Value: false}, {Key: "upserted", Value: value.Get(m.upserted, "_id")}}
		if after {
			found = value.Document(shown.Apply(m.upserted))
		}
	case len(m.after) > 0 && after:
		found = value.Document(shown.Apply(m.after[0]))
	case len(m.before) > 0:
		found = value.Document(shown.Apply(m.before[0]))
	}
	return bson.D{{Key: "lastErrorObject", Value: last}, {Key: "value", Value: found}}
}

func (s *Server) findAndRemove(c *call, shown project.Projection) (bson.D, error) {
	filter, err := s.filter(c, "query")
	if err != nil {
		return nil, err
	}
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	var removed []bson.Raw
	if coll := s.collections[c.namespace()]; coll != nil {
		if removed, err = coll.Remove(filter, order, 1); err != nil {
			return nil, err
		}
	}
	found := value.Null
	if len(removed) > 0 {
		found = value.Document(shown.Apply(removed[0]))
	}
	return bson.D{{Key: "lastErrorObject", Value: bson.D{{Key: "n", Value: int32(len(removed))}}}, {Key: "value", Value: found}}, nil
}
