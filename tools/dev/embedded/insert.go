package embedded

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// writeReply is the reply to a command that was executed and inserts, or removes.
type writeReply struct {
	N           int32        `bson:"n"`
	WriteErrors []writeError `bson:"writeErrors,omitempty"`
	OK          float64      `bson:"ok"`
}

// insert passes the command on, and says which key a document repeats that is refused.
func (s *session) insert(cmd command) (message, error) {
	documents, err := cmd.list("documents")
	if err != nil {
		return nil, err
	}
	for _, doc := range documents {
		if id := doc.Lookup("_id"); id.Type == bson.TypeDecimal128 {
			return nil, refuseID(id.Decimal128())
		}
	}
	reply, err := s.roundTrip(cmd.request)
	if err != nil {
		return nil, err
	}
	parts, err := parseSections(reply)
	if err != nil {
		return nil, err
	}
	var result writeReply
	if err := bson.Unmarshal(parts.doc, &result); err != nil || len(result.WriteErrors) == 0 {
		return reply, err
	}
	if !cmd.gated {
		defer s.gate.enter(cmd.db)()
	}
	for i, e := range result.WriteErrors {
		var doc bson.D
		if err := bson.Unmarshal(documents[e.Index], &doc); err != nil {
			return nil, err
		}
		if result.WriteErrors[i], err = s.explain(cmd, e, doc); err != nil {
			return nil, err
		}
	}
	return cmd.reply(result)
}
