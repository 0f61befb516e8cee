package embedded

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// command is what the front knows of a request.
type command struct {
	sections
	request message
	name    string // the key of the first element
	target  string // its value, for the commands on a collection
	db      string
}

// parseCommand reads a request that is an OP_MSG.
func parseCommand(request message) (command, error) {
	parts, err := parseSections(request)
	if err != nil {
		return command{}, err
	}
	first, err := parts.doc.IndexErr(0)
	if err != nil {
		return command{}, fmt.Errorf("%w: no command: %w", errMalformed, err)
	}
	name, err := first.KeyErr()
	if err != nil {
		return command{}, fmt.Errorf("%w: no command: %w", errMalformed, err)
	}
	c := command{sections: parts, request: request, name: name}
	c.target, _ = parts.doc.Lookup(name).StringValueOK()
	c.db, _ = parts.doc.Lookup("$db").StringValueOK()
	return c, nil
}

// unanswered reports whether the client asked for no reply (write concern w: 0), and so does not read one.
func (c command) unanswered() bool { return c.flags&flagMoreToCome != 0 }

// exclusive reports whether the command reads a document, changes it and writes it back, which the engine does
// not do in one step.
func (c command) exclusive() bool {
	switch c.name {
	case "update", "delete", "findAndModify", "findandmodify":
		return true
	}
	return false
}

// namespace is the collection's full name, db.collection.
func (c command) namespace() string { return c.db + "." + c.target }

// reply makes the answer to the command.
func (c command) reply(doc any) (message, error) {
	raw, err := bson.Marshal(doc)
	if err != nil {
		return nil, err
	}
	id := c.request.requestID()
	return newMessage(id, id, raw), nil
}
