package script

import (
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/steps"
)

// command is a database command of a script.
type command struct {
	name, collection string
	doc              bson.D
}

// checks are the commands that scripts may use, with the check of each beyond those that
// all have. A script resumes at the command at which it was interrupted, which may have
// been carried out: each can be repeated, as it is or as again.go repeats it.
var checks = map[string]func(*command) string{
	"aggregate":     checkAggregate,
	"collMod":       nil,
	"create":        nil,
	"createIndexes": nil,
	"delete":        checkDelete,
	"drop":          nil,
	"dropIndexes":   nil,
	"insert":        checkInsert,
	"update":        checkUpdate,
}

// advice is what to write in place of commands that one might expect.
var advice = map[string]string{
	"dropDatabase":     "a migration never drops a database",
	"findAndModify":    "write update or delete",
	"findandmodify":    "write update or delete",
	"renameCollection": "it names databases; write aggregate with $out, and drop",
}

// session are the members that the driver sets.
var session = []string{"lsid", "txnNumber", "autocommit", "startTransaction", "apiVersion", "apiStrict", "apiDeprecationErrors"}

// newCommand reads a command, or returns the problem for which it is refused.
func newCommand(doc bson.D) (c *command, problem string) {
	c = &command{name: doc[0].Key, doc: doc}
	check, known := checks[c.name]
	if !known {
		if hint := advice[c.name]; hint != "" {
			return c, fmt.Sprintf("%s is refused: %s", c.name, hint)
		}
		return c, fmt.Sprintf("%.50q is no command that migrations may use; there are %s, and step", c.name, strings.Join(commandNames(), ", "))
	}
	for _, member := range doc {
		if strings.HasPrefix(member.Key, "$") {
			return c, fmt.Sprintf("%s is refused: a migration works on the tenant's own database; leave it out", member.Key)
		}
		if slices.Contains(session, member.Key) {
			return c, fmt.Sprintf("%s is the driver's to set; leave it out", member.Key)
		}
	}
	if concern, _ := lookup(doc, majority.Key).(bson.D); isZero(lookup(concern, "w")) {
		return c, "writeConcern with w: 0 lets no server say whether anything is stored; leave it out: commands wait for a majority"
	}
	if c.collection, problem = collectionName(doc[0].Value); problem != "" {
		return c, problem
	}
	if place := otherDatabase(doc); place != "" {
		return c, fmt.Sprintf("%s names a database: a migration works on the tenant's own; name the collection alone", place)
	}
	if check != nil {
		return c, check(c)
	}
	return c, ""
}

func commandNames() []string {
	var names []string
	for name := range checks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func collectionName(v any) (name, problem string) {
	name, ok := v.(string)
	switch {
	case !ok || name == "":
		return "", "does not name a collection; write its name behind the command's"
	case strings.ContainsAny(name, "$\x00") || strings.HasPrefix(name, "system."):
		return "", fmt.Sprintf("%.70q is not a collection of the application's", name)
	}
	return name, ""
}

// otherDatabase returns the path of a member db by which a stage names another database,
// empty if there is none.
func otherDatabase(v any) string {
	switch v := v.(type) {
	case bson.A:
		for _, member := range v {
			if place := otherDatabase(member); place != "" {
				return place
			}
		}
	case bson.D:
		for _, member := range v {
			if inner, ok := member.Value.(bson.D); ok && slices.Contains(places, member.Key) && has(inner, "db") {
				return member.Key
			}
			if place := otherDatabase(member.Value); place != "" {
				return place
			}
		}
	}
	return ""
}

// places are the members of stages by which collections are named.
var places = []string{"$out", "$merge", "into", "from", "coll"}

func has(doc bson.D, key string) bool {
	return slices.ContainsFunc(doc, func(e bson.E) bool { return e.Key == key })
}

func isZero(v any) bool {
	n, number := steps.WholeNumber(v)
	return number && n == 0
}

func lookup(doc bson.D, key string) any {
	for _, e := range doc {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

// statements returns the documents in the array called key.
func (c *command) statements(key string) (list []bson.D, problem string) {
	array, _ := lookup(c.doc, key).(bson.A)
	for _, member := range array {
		doc, ok := member.(bson.D)
		if !ok {
			return nil, key + " is to be an array of documents"
		}
		list = append(list, doc)
	}
	if len(list) == 0 {
		return nil, fmt.Sprintf("%s needs %s: an array of documents", c.name, key)
	}
	return list, ""
}

func checkInsert(c *command) string {
	_, problem := c.statements("documents")
	return problem
}

func checkDelete(c *command) string {
	list, problem := c.statements("deletes")
	for i, s := range list {
		query, ok := lookup(s, "q").(bson.D)
		limit, whole := steps.WholeNumber(lookup(s, "limit"))
		switch {
		case !ok:
			return fmt.Sprintf("deletes[%d] needs q: what to delete", i)
		case !whole || limit < 0 || limit > 1:
			return fmt.Sprintf("deletes[%d] needs limit: 0 for all, 1 for the one whose _id q gives", i)
		case limit == 1 && !pinned(query):
			return fmt.Sprintf("deletes[%d] would delete another document if it is run again after an interruption; give the _id in q, or write limit 0", i)
		}
	}
	return problem
}

func checkUpdate(c *command) string {
	list, problem := c.statements("updates")
	for i, s := range list {
		if _, ok := lookup(s, "q").(bson.D); !ok {
			return fmt.Sprintf("updates[%d] needs q: what to update", i)
		}
		switch u := lookup(s, "u").(type) {
		case bson.D:
		case bson.A:
			if len(u) == 0 {
				return fmt.Sprintf("updates[%d] has a u without stages", i)
			}
		default:
			return fmt.Sprintf("updates[%d] needs u: how to update", i)
		}
	}
	return problem
}

// pinned reports whether query is about one document, by its _id.
func pinned(query bson.D) bool {
	switch id := lookup(query, "_id").(type) {
	case nil, bson.Regex:
		return false
	case bson.D:
		return len(id) == 0 || !strings.HasPrefix(id[0].Key, "$") || id[0].Key == "$eq"
	}
	return true
}
