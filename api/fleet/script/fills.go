package script

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Fills returns the collections that the script may leave something in that were not there before: documents, indexes
// or options. Those that it creates by itself are not among them.
func (s *Script) Fills() []string {
	var names, created []string
	for _, e := range s.elements {
		switch c := e.command; {
		case c == nil:
		case c.name == "create":
			created = append(created, c.collection)
		case c.fills():
			names = append(names, c.target())
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(created, name) })
}

// FillEmpty reports whether the migrations leave something in a database that is empty. Two stages give documents
// where there are none: $documents, and $facet, which gives one of whatever it counts.
func (f *Files) FillEmpty() bool {
	return slices.ContainsFunc(f.list, func(m *Migration) bool {
		return slices.ContainsFunc(m.Up.elements, func(e element) bool {
			c := e.command
			return c != nil && (c.name == "create" || c.fills() && (c.name != "aggregate" || mentions(c.doc, "$documents") || mentions(c.doc, "$facet")))
		})
	})
}

// fills reports whether the command can leave something in a collection that was not there, or only there.
func (c *command) fills() bool {
	switch c.name {
	case "insert", "createIndexes", "collMod", "aggregate":
		return true
	case "update":
		return isTrue(lookup(c.statement(), "upsert"))
	}
	return false
}

// target is the collection that the command writes to.
func (c *command) target() string {
	if c.name != "aggregate" {
		return c.collection
	}
	pipeline, _ := lookup(c.doc, "pipeline").(bson.A)
	last, _ := pipeline[len(pipeline)-1].(bson.D)
	return written(last)
}

// mentions reports whether a document has a member of that name, at any depth.
func mentions(v any, name string) bool {
	switch v := v.(type) {
	case bson.A:
		return slices.ContainsFunc(v, func(member any) bool { return mentions(member, name) })
	case bson.D:
		return slices.ContainsFunc(v, func(member bson.E) bool { return member.Key == name || mentions(member.Value, name) })
	}
	return false
}
