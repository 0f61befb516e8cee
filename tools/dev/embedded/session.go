package embedded

import (
	"bufio"
	"net"
)

// session is one client's connection and the engine's connection that belongs to it alone. Requests go through
// one after the other, each with its reply, as the protocol has them on one connection.
type session struct {
	client net.Conn
	engine net.Conn
	gate   *gate

	replies *bufio.Reader
}

// run serves requests until a connection ends or sends what is not a message; its error says which.
func (s *session) run() error {
	requests := bufio.NewReader(s.client)
	s.replies = bufio.NewReader(s.engine)
	for {
		request, err := readMessage(requests)
		if err != nil {
			return err
		}
		reply, err := s.answer(request)
		if err != nil {
			return err
		}
		if _, err := s.client.Write(reply); err != nil {
			return err
		}
	}
}

// answer returns the reply to a request, which is empty if the client expects none.
func (s *session) answer(request message) (message, error) {
	if request.opcode() != opMsg {
		return s.roundTrip(request)
	}
	cmd, err := parseCommand(request)
	if err != nil {
		return nil, err
	}
	reply, err := s.execute(cmd)
	if err != nil || cmd.unanswered() {
		return nil, err // the engine replies even where MongoDB does not
	}
	return reply, nil
}

func (s *session) execute(cmd command) (message, error) {
	if cmd.exclusive() {
		defer s.gate.enter(cmd.db)()
	}
	switch cmd.name {
	case "update":
		return s.update(cmd)
	case "findAndModify", "findandmodify":
		return s.findAndModify(cmd)
	case "createIndexes":
		return s.createIndexes(cmd)
	case "find":
		return s.find(cmd)
	case "aggregate", "count", "distinct":
		return s.read(cmd)
	default:
		return s.roundTrip(cmd.request)
	}
}

// roundTrip sends a request to the engine and reads the reply.
func (s *session) roundTrip(request message) (message, error) {
	if _, err := s.engine.Write(request); err != nil {
		return nil, err
	}
	return readMessage(s.replies)
}
