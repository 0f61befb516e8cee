package embedded

import (
	"cmp"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// takenIn is the key that an index refused, if that is what the engine's error is about.
func takenIn(err error) (*taken, bool) {
	f, ok := errors.AsType[*failure](err)
	if !ok || f.Code != codeInternal {
		return nil, false
	}
	return readTaken(f.Errmsg)
}

// findAndModify passes the command on, and says of a key that is taken which one it is.
func (s *session) findAndModify(cmd command) (message, error) {
	reply, err := s.send(cmd.request)
	if t, ok := takenIn(err); ok {
		return nil, t.failure(cmd.namespace())
	}
	if hasCode(err, codeDuplicate) {
		var asked struct{ Query, Update bson.D }
		if bson.Unmarshal(cmd.doc, &asked) != nil {
			return nil, err
		}
		t, failed := s.takenBy(cmd, upserted(asked.Query, asked.Update))
		if t != nil {
			return nil, t.failure(cmd.namespace())
		}
		err = cmp.Or(failed, err)
	}
	if err != nil {
		return nil, err
	}
	return cmd.reply(reply)
}
