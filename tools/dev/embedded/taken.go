package embedded

import (
	"fmt"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// taken is a key of a unique index that another document has.
type taken struct {
	Name    string `bson:"name"`
	Pattern bson.D `bson:"pattern"`
	Value   bson.D `bson:"value"`
}

const takenMark = "partywall: taken: "

// takenError finds what takenFunction said, where SQLite and the engine put words around it.
var takenError = regexp.MustCompile(`(?s)` + takenMark + `(\{.*\}) \(1\)$`)

// readTaken reads what takenFunction said, if that is what a message is about.
func readTaken(message string) (*taken, bool) {
	match := takenError.FindStringSubmatch(message)
	if match == nil {
		return nil, false
	}
	t := &taken{}
	return t, bson.UnmarshalExtJSON([]byte(match[1]), true, t) == nil
}

// message is MongoDB's for an insert or an update that the index refuses.
func (t *taken) message(namespace string) string {
	return fmt.Sprintf("E11000 duplicate key error collection: %s index: %s dup key: %s", namespace, t.Name, text(t.Value))
}

// failure is the error of a command that is refused as a whole.
func (t *taken) failure(namespace string) *failure {
	f := refuse(codeDuplicate, "%s", t.message(namespace))
	f.KeyPattern, f.KeyValue = t.Pattern, t.Value
	return f
}

// writeError is the error of the statement at an index of a command.
func (t *taken) writeError(namespace string, index int32) writeError {
	return writeError{Index: index, Code: codeDuplicate, Errmsg: t.message(namespace), KeyPattern: t.Pattern, KeyValue: t.Value}
}
