package embedded

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// idIndex is the name of the index that every collection has. That one is the engine's; all others are the keeper's.
const idIndex = "_id_"

// indexes are those of the command's collection, that of _id first.
func (s *session) indexes(cmd command) ([]kept, error) {
	if _, err := s.ask(cmd, bson.D{{Key: "listIndexes", Value: cmd.target}}); err != nil {
		return nil, err
	}
	have, err := s.keeper.indexes(cmd.db, cmd.target)
	if len(have) == 0 || have[0].name != idIndex {
		have = append([]kept{{definition: onID(nil)}}, have...)
	}
	return have, err
}

// onID is the index on _id of a collection with a collation, or none.
func onID(collation any) definition {
	d := definition{name: idIndex, key: bson.D{{Key: "_id", Value: int32(1)}}}
	return d.with("collation", collation)
}

// listIndexes lists them as MongoDB does.
func (s *session) listIndexes(cmd command) (message, error) {
	have, err := s.indexes(cmd)
	if err != nil {
		return nil, err
	}
	var listed []bson.D
	for _, x := range have {
		listed = append(listed, x.document())
	}
	return cmd.reply(cmd.cursor(listed))
}

// createIndexes makes those that are not there, all or none, and the collection if need be.
func (s *session) createIndexes(cmd command) (message, error) {
	have, err := s.indexes(cmd)
	isNew := hasCode(err, codeNamespaceNotFound)
	if isNew {
		have, err = []kept{{definition: onID(nil)}}, nil
	}
	if err != nil {
		return nil, err
	}
	inherited, _ := have[0].option("collation")
	wanted, err := readDefinitions(cmd.doc.Lookup("indexes"), inherited)
	if err != nil {
		return nil, err
	}
	missing, err := missingOf(wanted, have)
	if err != nil {
		return nil, err
	}
	if isNew {
		// Somebody's insert may have made it meanwhile.
		if _, err := s.ask(cmd, bson.D{{Key: "create", Value: cmd.target}}); err != nil && !hasCode(err, codeNamespaceExists) {
			return nil, err
		}
	}
	if err := s.keeper.add(cmd, missing); err != nil {
		return nil, err
	}
	reply := createReply{Before: int32(len(have)), After: int32(len(have) + len(missing)), Created: isNew, OK: 1}
	if len(missing) == 0 {
		reply.Note = "all indexes already exist"
	}
	return cmd.reply(reply)
}

// createReply is the reply to a createIndexes that was carried out.
type createReply struct {
	Before  int32   `bson:"numIndexesBefore"`
	After   int32   `bson:"numIndexesAfter"`
	Created bool    `bson:"createdCollectionAutomatically"`
	Note    string  `bson:"note,omitempty"`
	OK      float64 `bson:"ok"`
}

// create makes a collection with a collation, which is that of its index on _id, and of others that name none.
func (s *session) create(cmd command, doc bson.D, given any) (message, error) {
	listed, ok := collation(given)
	if !ok {
		return nil, refuse(codeBadValue, "the collation has members or values that it does not take: %s", text(bson.D{{Key: "collation", Value: given}}))
	}
	if _, err := s.ask(cmd, without(doc, "$db")); err != nil {
		return nil, err
	}
	if listed != nil {
		if err := s.keeper.add(cmd, []definition{onID(listed)}); err != nil {
			return nil, err
		}
	}
	return cmd.reply(bson.D{{Key: "ok", Value: 1.0}})
}
