package embedded

import (
	"regexp"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	codeInternal  = 1
	codeDuplicate = 11000
)

// violation is SQLite's text for a unique index that refuses a document, which the engine passes on when it
// happens in an update. The index is called TABLE_NAME there, and TABLE is the collection's name and a hash.
var (
	violation   = regexp.MustCompile(`constraint failed: UNIQUE constraint failed: index '(.+)' \(\d+\)`)
	tablePrefix = regexp.MustCompile(`^.*?_[0-9a-f]{8}_`)
	hashPrefix  = regexp.MustCompile(`^_[0-9a-f]{8}_`)
)

// failure is a reply that says the whole command failed.
type failure struct {
	OK       float64 `bson:"ok"`
	Errmsg   string  `bson:"errmsg"`
	Code     int32   `bson:"code"`
	CodeName string  `bson:"codeName"`
}

// duplicate returns MongoDB's message for a reply that tells of a unique violation in the engine's words.
func (c command) duplicate(reply bson.Raw) (errmsg string, found bool) {
	var f failure
	if err := bson.Unmarshal(reply, &f); err != nil || f.OK != 0 || f.Code != codeInternal {
		return "", false
	}
	match := violation.FindStringSubmatch(f.Errmsg)
	if match == nil {
		return "", false
	}
	// The engine does not say which value was taken; MongoDB's message has it between these braces.
	return "E11000 duplicate key error collection: " + c.namespace() + " index: " + c.indexName(match[1]) + " dup key: { ... }", true
}

// indexName takes the table's name off the name SQLite has for an index. A collection that was renamed keeps its
// table, so the name that it has now may not be there.
func (c command) indexName(name string) string {
	name = strings.TrimPrefix(name, "_")
	rest := strings.TrimPrefix(name, strings.ToLower(strings.TrimPrefix(c.target, "_")))
	if hash := hashPrefix.FindString(rest); hash != "" {
		return rest[len(hash):]
	}
	return strings.TrimPrefix(name, tablePrefix.FindString(name))
}

// findAndModify passes the command on and words a unique violation as MongoDB does.
func (s *session) findAndModify(cmd command) (message, error) {
	reply, err := s.roundTrip(cmd.request)
	if err != nil {
		return nil, err
	}
	parts, err := parseSections(reply)
	if err != nil {
		return nil, err
	}
	errmsg, found := cmd.duplicate(parts.doc)
	if !found {
		return reply, nil
	}
	return cmd.reply(failure{OK: 0, Errmsg: errmsg, Code: codeDuplicate, CodeName: "DuplicateKey"})
}
