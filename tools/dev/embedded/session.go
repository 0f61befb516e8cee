package embedded

import (
	"bufio"
	"errors"
	"net"
)

// session is one client's connection and the engine's connection that belongs to it alone. Requests go through
// one after the other, each with its reply, as the protocol has them on one connection.
type session struct {
	client net.Conn
	engine net.Conn
	gate   *gate
	keeper *keeper

	replies *bufio.Reader
}

// run serves requests until a connection ends or sends what is not a message; its error says which.
func (s *session) run() error {
	requests := bufio.NewReader(s.client)
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
	if refused, ok := errors.AsType[*failure](err); ok {
		reply, err = cmd.reply(refused)
	}
	if err != nil || cmd.unanswered() {
		return nil, err // the engine replies even where MongoDB does not
	}
	return reply, nil
}

func (s *session) execute(cmd command) (message, error) {
	if err := cmd.refusal(); err != nil {
		return nil, err
	}
	if cmd.gated = cmd.exclusive() || cmd.hasDecimals() || s.keeper.hasDecimals(cmd.db); cmd.gated {
		defer s.gate.enter(cmd.db)()
	}
	if err := s.admitDecimals(cmd); err != nil {
		return nil, err
	}
	var err error
	if cmd.decimals, err = s.isAboutDecimals(cmd); err != nil {
		return nil, err
	}
	if cmd.decimals || cmd.isCollated() {
		return s.evaluate(cmd)
	}
	return s.dispatch(cmd)
}

// dispatch executes what the engine does not do as MongoDB does.
func (s *session) dispatch(cmd command) (message, error) {
	switch cmd.name {
	case "insert":
		return s.insert(cmd)
	case "update":
		return s.update(cmd)
	case "findAndModify", "findandmodify":
		return s.findAndModify(cmd)
	case "createIndexes":
		return s.createIndexes(cmd)
	case "listIndexes":
		return s.listIndexes(cmd)
	case "dropIndexes":
		return s.dropIndexes(cmd)
	case "collMod":
		return s.collMod(cmd)
	case "dropDatabase":
		return s.dropDatabase(cmd)
	case "find":
		return s.find(cmd)
	case "aggregate", "count", "distinct":
		return s.read(cmd)
	default:
		return s.roundTrip(cmd.request)
	}
}

// dropDatabase passes the command on.
func (s *session) dropDatabase(cmd command) (message, error) {
	reply, err := s.send(cmd.request)
	if err != nil {
		return nil, err
	}
	s.keeper.forget(cmd.db)
	return cmd.reply(reply)
}

// roundTrip sends a request to the engine and reads the reply.
func (s *session) roundTrip(request message) (message, error) {
	request, err := encodeDecimals(request)
	if err != nil {
		return nil, err
	}
	if _, err := s.engine.Write(request); err != nil {
		return nil, err
	}
	reply, err := readMessage(s.replies)
	if err != nil {
		return nil, err
	}
	return decodeDecimals(reply)
}
