package embedded

import (
	"database/sql"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// writeError says why a statement of a command was not carried out.
type writeError struct {
	Index      int32  `bson:"index"`
	Code       int32  `bson:"code"`
	Errmsg     string `bson:"errmsg"`
	KeyPattern bson.D `bson:"keyPattern,omitempty"`
	KeyValue   bson.D `bson:"keyValue,omitempty"`
}

// explain adds to an error which key of a document is taken, which the engine does not say. It is as it was if the
// key is free by now.
func (s *session) explain(cmd command, e writeError, doc bson.D) (writeError, error) {
	if e.Code != codeDuplicate {
		return e, nil
	}
	t, err := s.takenBy(cmd, doc)
	if t == nil || err != nil {
		return e, err
	}
	return t.writeError(cmd.namespace(), e.Index), nil
}

// takenBy is a key of a document that another one in the collection has, nil if there is none. That of _id is the
// first, as on MongoDB.
func (s *session) takenBy(cmd command, doc bson.D) (*taken, error) {
	if id := member(doc, "_id"); id != nil {
		reply, err := s.ask(cmd, bson.D{{Key: "count", Value: cmd.target}, {Key: "query", Value: bson.D{{Key: "_id", Value: id}}}})
		if err != nil {
			return nil, err
		}
		if n, _ := reply.Lookup("n").AsInt64OK(); n > 0 {
			return &taken{idIndex, bson.D{{Key: "_id", Value: int32(1)}}, bson.D{{Key: "_id", Value: id}}}, nil
		}
	}
	indexes, err := s.keeper.indexes(cmd.db, cmd.target)
	if err != nil {
		return nil, err
	}
	for _, x := range indexes {
		if t, err := s.keeper.takenBy(cmd.db, x, doc); t != nil || err != nil {
			return t, err
		}
	}
	return nil, nil
}

// takenBy is a key of an index and a document that another one has.
func (k *keeper) takenBy(db string, x kept, doc bson.D) (*taken, error) {
	if !x.isGuarded() {
		return nil, nil
	}
	u, err := parseUniqueness(x.uniqueness())
	if err != nil {
		return nil, err
	}
	keys := u.keys(doc)
	var found []string
	err = k.read(db, func(file *sql.DB) error {
		found, err = queryTexts(file, x.sql(selectTaken), keys.list())
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &taken{u.Name, u.Key, keys[found[0]]}, nil
}
