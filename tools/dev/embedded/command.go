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

	gated    bool // the database's gate is held
	decimals bool // it is about decimals, so that the engine does not find the documents
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

// exclusive reports whether the command reads a document, changes it and writes it back, which the engine does not do
// in one step, or has the front read or change the database's file.
func (c command) exclusive() bool {
	switch c.name {
	case "update", "delete", "findAndModify", "findandmodify":
		return true
	case "createIndexes", "listIndexes", "dropIndexes", "collMod", "dropDatabase":
		return true
	}
	return c.isCollated()
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

// list are the command's documents in a field, wherever the client put them: in a sequence of their own, or in an array.
func (c command) list(field string) ([]bson.Raw, error) {
	if sequence, found := c.sequences[field]; found {
		return sequence, nil
	}
	array, isArray := c.doc.Lookup(field).ArrayOK()
	if !isArray {
		return nil, nil // the engine says what is wrong with it
	}
	values, err := array.Values()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errMalformed, field, err)
	}
	var documents []bson.Raw
	for _, value := range values {
		document, isDocument := value.DocumentOK()
		if !isDocument {
			return nil, nil
		}
		documents = append(documents, document)
	}
	return documents, nil
}

// ordered reports whether the first refused statement ends the command, which is the default.
func (c command) ordered() bool {
	ordered, given := c.doc.Lookup("ordered").BooleanOK()
	return ordered || !given
}

// only makes the same command with one statement.
func (c command) only(field string, statement bson.Raw) (message, error) {
	var doc bson.D
	if err := bson.Unmarshal(c.doc, &doc); err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	one, err := c.with(append(without(doc, field), bson.E{Key: field, Value: bson.A{statement}}))
	return one.request, err
}

// with is the same command with another document, and no sequences.
func (c command) with(doc bson.D) (command, error) {
	raw, err := bson.Marshal(doc)
	if err != nil {
		return command{}, fmt.Errorf("%w: %w", errMalformed, err)
	}
	c.sections = sections{doc: raw}
	c.request = newMessage(c.request.requestID(), 0, raw)
	return c, nil
}
