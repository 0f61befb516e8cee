package embedded

import (
	"cmp"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// updateReply is the reply to an update command that was executed.
type updateReply struct {
	N           int32        `bson:"n"`
	Upserted    []upsertedID `bson:"upserted,omitempty"`
	Modified    int32        `bson:"nModified"`
	WriteErrors []writeError `bson:"writeErrors,omitempty"`
	OK          float64      `bson:"ok"`
}

type upsertedID struct {
	Index int32         `bson:"index"`
	ID    bson.RawValue `bson:"_id"`
}

// update hands the engine one statement at a time: when one is refused, the engine's own answer names neither that one
// nor what those before it did.
func (s *session) update(cmd command) (message, error) {
	statements, err := cmd.list("updates")
	if err != nil {
		return nil, err
	}
	if len(statements) == 0 {
		return s.roundTrip(cmd.request) // the engine says what is wrong with it
	}
	ordered := cmd.ordered()
	total := updateReply{OK: 1}
	for i, statement := range statements {
		one, err := s.updateOne(cmd, statement)
		if err != nil {
			return nil, err
		}
		total.add(int32(i), one)
		if ordered && len(total.WriteErrors) > 0 {
			break
		}
	}
	return cmd.reply(total)
}

// updateOne executes one statement. What the engine does not execute at all is an error.
func (s *session) updateOne(cmd command, statement bson.Raw) (updateReply, error) {
	multi, _ := statement.Lookup("multi").BooleanOK()
	statement, err := s.plainStatement(cmd, statement, !multi)
	if err != nil {
		return updateReply{}, err
	}
	request, err := cmd.only("updates", statement)
	if err != nil {
		return updateReply{}, err
	}
	reply, err := s.send(request)
	if t, ok := takenIn(err); ok {
		return updateReply{WriteErrors: []writeError{t.writeError(cmd.namespace(), 0)}}, nil
	}
	var result updateReply
	if err := cmp.Or(err, bson.Unmarshal(reply, &result)); err != nil {
		return updateReply{}, err
	}
	var asked struct {
		Query  bson.D `bson:"q"`
		Update bson.D `bson:"u"`
	}
	if len(result.WriteErrors) > 0 && bson.Unmarshal(statement, &asked) == nil {
		result.WriteErrors[0], err = s.explain(cmd, result.WriteErrors[0], upserted(asked.Query, asked.Update))
	}
	return result, err
}

// add counts the reply to the statement at index i.
func (r *updateReply) add(i int32, one updateReply) {
	r.N += one.N
	r.Modified += one.Modified
	for _, u := range one.Upserted {
		r.Upserted = append(r.Upserted, upsertedID{Index: i, ID: u.ID})
	}
	for _, e := range one.WriteErrors {
		e.Index = i
		r.WriteErrors = append(r.WriteErrors, e)
	}
}
