package embedded

import (
	"go.mongodb.org/mongo-driver/v2/bson"
)

// ask sends the engine a command about the database that cmd is about.
func (s *session) ask(cmd command, doc bson.D) (bson.Raw, error) {
	raw, err := bson.Marshal(append(doc, bson.E{Key: "$db", Value: cmd.db}))
	if err != nil {
		return nil, err
	}
	return s.send(newMessage(0, 0, raw))
}

// send sends the engine a request and reads the reply. One that says the command failed is an error.
func (s *session) send(request message) (bson.Raw, error) {
	reply, err := s.roundTrip(request)
	if err != nil {
		return nil, err
	}
	parts, err := parseSections(reply)
	if err != nil {
		return nil, err
	}
	return parts.doc, failureOf(parts.doc)
}
