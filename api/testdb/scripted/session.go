package scripted

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// written is the answer to a session's last retryable write.
type written struct {
	number int64
	answer bson.D
}

// once carries a command out, but a retryable write that was carried out before: its
// answer is given again.
func (s *Server) once(c *call, h handler) (bson.D, error) {
	number := c.get("txnNumber")
	if number.Type == value.Missing {
		return h(s, c)
	}
	if s.kind == standalone {
		return nil, fault.New(20, "Transaction numbers are only allowed on a replica set member or mongos")
	}
	n, ok := value.Whole(number)
	if !ok {
		return nil, fault.TypeMismatch("BSON field 'txnNumber' is the wrong type '%s', expected type 'long'", value.TypeName(number.Type))
	}
	session := value.Key(c.get("lsid"))
	last, ok := s.written[session]
	switch {
	case ok && n == last.number:
		return last.answer, nil
	case ok && n < last.number:
		return nil, fault.New(225, "Retryable write with txnNumber %d is prohibited on session because a newer retryable write with txnNumber %d has already started on this session.", n, last.number)
	}
	answer, err := h(s, c)
	if err == nil && did(answer) {
		s.written[session] = written{n, answer}
	}
	return answer, err
}

// did says whether an answer is one of a write that did something, and so must not
// be done again.
func did(answer bson.D) bool {
	failed, n := false, int32(0)
	for _, e := range answer {
		switch e.Key {
		case "writeErrors":
			failed = true
		case "n":
			n, _ = e.Value.(int32)
		}
	}
	return !failed || n > 0
}

// endSessions forgets what sessions wrote.
func (s *Server) endSessions(c *call) (bson.D, error) {
	for _, id := range value.Elements(c.get("endSessions")) {
		delete(s.written, value.Key(id))
	}
	return nil, nil
}
