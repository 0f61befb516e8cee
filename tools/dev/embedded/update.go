package embedded

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// updateReply is the reply to an update command that was executed.
type updateReply struct {
	N           int32        `bson:"n"`
	Upserted    []upserted   `bson:"upserted,omitempty"`
	Modified    int32        `bson:"nModified"`
	WriteErrors []writeError `bson:"writeErrors,omitempty"`
	OK          float64      `bson:"ok"`
}

type upserted struct {
	Index int32         `bson:"index"`
	ID    bson.RawValue `bson:"_id"`
}

type writeError struct {
	Index  int32  `bson:"index"`
	Code   int32  `bson:"code"`
	Errmsg string `bson:"errmsg"`
}

// update passes the command on. One with several statements goes to the engine statement by statement: when one
// is refused, the engine's own answer names neither that one nor what those before it did.
func (s *session) update(cmd command) (message, error) {
	statements, err := cmd.statements()
	if err != nil {
		return nil, err
	}
	if len(statements) > 1 {
		return s.updateEach(cmd, statements)
	}
	reply, err := s.roundTrip(cmd.request)
	if err != nil {
		return nil, err
	}
	result, executed, err := cmd.readUpdateReply(reply)
	if err != nil || !executed || !result.mended {
		return reply, err
	}
	return cmd.reply(result.updateReply)
}

func (s *session) updateEach(cmd command, statements []bson.Raw) (message, error) {
	ordered := cmd.ordered()
	total := updateReply{OK: 1}
	for i, statement := range statements {
		request, err := cmd.only(statement)
		if err != nil {
			return nil, err
		}
		reply, err := s.roundTrip(request)
		if err != nil {
			return nil, err
		}
		result, executed, err := cmd.readUpdateReply(reply)
		if err != nil || !executed {
			return reply, err
		}
		total.add(int32(i), result.updateReply)
		if ordered && len(total.WriteErrors) > 0 {
			break
		}
	}
	return cmd.reply(total)
}

// add counts the reply to the statement at index i.
func (r *updateReply) add(i int32, one updateReply) {
	r.N += one.N
	r.Modified += one.Modified
	for _, u := range one.Upserted {
		r.Upserted = append(r.Upserted, upserted{Index: i, ID: u.ID})
	}
	for _, e := range one.WriteErrors {
		e.Index = i
		r.WriteErrors = append(r.WriteErrors, e)
	}
}

// updateResult is a reply and whether it differs from what the engine said.
type updateResult struct {
	updateReply
	mended bool
}

// readUpdateReply reads the reply to one statement, a unique violation as the write error that it is in MongoDB.
// It reports false for any other reply that says the command was not executed.
func (c command) readUpdateReply(reply message) (updateResult, bool, error) {
	parts, err := parseSections(reply)
	if err != nil {
		return updateResult{}, false, err
	}
	if errmsg, found := c.duplicate(parts.doc); found {
		refused := writeError{Code: codeDuplicate, Errmsg: errmsg}
		return updateResult{updateReply{WriteErrors: []writeError{refused}, OK: 1}, true}, true, nil
	}
	var result updateResult
	if err := bson.Unmarshal(parts.doc, &result.updateReply); err != nil {
		return updateResult{}, false, fmt.Errorf("the database engine's reply to update: %w", err)
	}
	return result, result.OK == 1, nil
}

// statements are the command's updates, wherever the client put them: in a sequence of their own, or in an array.
func (c command) statements() ([]bson.Raw, error) {
	if sequence, found := c.sequences["updates"]; found {
		return sequence, nil
	}
	array, isArray := c.doc.Lookup("updates").ArrayOK()
	if !isArray {
		return nil, nil // the engine says what is wrong with it
	}
	values, err := array.Values()
	if err != nil {
		return nil, fmt.Errorf("%w: updates: %w", errMalformed, err)
	}
	var statements []bson.Raw
	for _, value := range values {
		statement, isDocument := value.DocumentOK()
		if !isDocument {
			return nil, nil
		}
		statements = append(statements, statement)
	}
	return statements, nil
}

// ordered reports whether the first refused statement ends the command, which is the default.
func (c command) ordered() bool {
	ordered, given := c.doc.Lookup("ordered").BooleanOK()
	return ordered || !given
}

// only makes the same command with one statement.
func (c command) only(statement bson.Raw) (message, error) {
	elements, err := c.doc.Elements()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	var doc bson.D
	for _, element := range elements {
		if element.Key() != "updates" {
			doc = append(doc, bson.E{Key: element.Key(), Value: element.Value()})
		}
	}
	raw, err := bson.Marshal(append(doc, bson.E{Key: "updates", Value: bson.A{statement}}))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return newMessage(c.request.requestID(), 0, raw), nil
}
