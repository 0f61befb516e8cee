package evolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Severity says what a change asks of people.
type Severity int

// The severities, the least first.
const (
	// Nothing is to be done.
	Nothing Severity = iota
	// Look says that somebody should know.
	Look
	// Needed says that stored documents are not what the schema says until a migration ran.
	Needed
)

func (s Severity) String() string { return [...]string{"ok", "look", "migrate"}[s] }

// Change is one difference between two schemas.
type Change struct {
	// Collection is the stored name.
	Collection string
	// Path names what changed as declarations are named, such as User.email.
	Path string
	// At is where it is declared; the zero Place if it is no longer.
	At kinds.Place
	// Unreached reports whether it is in the admin database, where migrations do nothing.
	Unreached bool
	Severity  Severity
	// What says what changed, and what that does to stored documents.
	What string
	// Up are the elements of the migration that carries it, Down of the one that takes it back.
	Up, Down []string
	// settled is the reason that was accepted for an earlier change.
	settled string
}

// Reason returns why the change needs no migration, empty if nobody said. One that was given
// for an earlier change does not count.
func (c Change) Reason() string {
	if c.At.Reason == c.settled {
		return ""
	}
	return c.At.Reason
}

// Compare returns the changes from one schema to another, grouped by collection, in declared
// order.
func Compare(from, to *Schema) []Change {
	c := &comparison{renamed: map[*Collection]*Collection{}}
	c.guessCollections(from, to)
	for _, now := range to.Collections {
		switch was := from.collection(now.Name); {
		case c.renamed[now] != nil:
			c.renameCollection(c.renamed[now], now)
		case was == nil:
			c.within(now, now)
			c.add("", now.At, now.Settled, Nothing, "is a new collection: nothing is stored in it")
		default:
			c.within(was, now)
			c.collection(was, now)
		}
	}
	for _, was := range from.Collections {
		if to.collection(was.Name) == nil && !c.isRenamed(was) {
			c.within(was, was)
			c.add("", kinds.Place{}, "", Look, "is no longer declared: its documents stay stored, and nothing reads them; a migration may drop it")
		}
	}
	return c.changes
}

// comparison is the state of Compare.
type comparison struct {
	was, now *Collection
	renamed  map[*Collection]*Collection
	changes  []Change
}

// within begins the comparison of a collection.
func (c *comparison) within(was, now *Collection) { c.was, c.now = was, now }

// add adds a change of what is called part in the collection, and returns it.
func (c *comparison) add(part string, at kinds.Place, settled string, s Severity, what string) *Change {
	path := c.now.Entity
	if path == "" {
		path = c.now.Name
	}
	c.changes = append(c.changes, Change{
		Collection: c.now.Name, Path: path + part, At: at, settled: settled,
		Unreached: c.now.Scope == adminScope, Severity: s, What: what,
	})
	return &c.changes[len(c.changes)-1]
}

func (c *comparison) collection(was, now *Collection) {
	if was.Scope != now.Scope {
		change := c.add("", now.At, was.Settled, Needed, fmt.Sprintf("moved to %s: its documents are stored in %s", database(now), database(was)))
		change.Unreached = true
	}
	if was.ID != now.ID {
		c.add("", now.At, was.Settled, Needed, fmt.Sprintf("has _ids of the type %s, had %s: documents that have the old ones are not read, and an _id cannot be changed: a step of your own has to store each document anew", idWord(now), idWord(was)))
	}
	if was.Collation != now.Collation {
		c.add("", now.At, was.Settled, Look, "has another collation: where the collection is there, it keeps the one that it was created with")
	}
	switch {
	case now.Timestamps && !was.Timestamps:
		c.add("", now.At, was.Settled, Look, "has timestamps now: stored documents have none until they are written")
	case was.Timestamps && !now.Timestamps:
		c.add("", now.At, was.Settled, Look, "has no timestamps any more: those that are stored stay, and are not read")
	case now.Timestamps:
		c.timestamp(was, now, meta.TimestampPath(true, was.CreatedAt, meta.CreatedPath), meta.TimestampPath(true, now.CreatedAt, meta.CreatedPath))
		c.timestamp(was, now, meta.TimestampPath(true, was.UpdatedAt, meta.UpdatedPath), meta.TimestampPath(true, now.UpdatedAt, meta.UpdatedPath))
	}
	c.deletion(was, now)
	c.fields()
	c.indexes()
}

func idWord(c *Collection) string { return cmp.Or(c.ID, string(def.KindObjectID)) }

// timestamp compares the paths of a timestamp, empty for none.
func (c *comparison) timestamp(was, now *Collection, before, after string) {
	switch {
	case before == after:
	case before == "":
		c.add("", now.At, was.Settled, Look, fmt.Sprintf("keeps %s now: stored documents have none until they are written", after))
	case after == "":
		c.add("", now.At, was.Settled, Look, fmt.Sprintf("keeps %s no longer: what is stored stays, and is not read", before))
	default:
		change := c.add("", now.At, was.Settled, Needed, fmt.Sprintf("keeps %s, kept %s: stored documents still have the old one", after, before))
		change.Up = []string{step("rename_member", now.Name, before, member{"to", after})}
		change.Down = []string{step("rename_member", now.Name, after, member{"to", before})}
	}
}

func database(c *Collection) string {
	if c.Scope == adminScope {
		return "the admin database"
	}
	return "the tenants' databases"
}

// guessCollections finds the collections that seem to have another name: one went, and one
// with the same fields came.
func (c *comparison) guessCollections(from, to *Schema) {
	for _, now := range to.Collections {
		if from.collection(now.Name) != nil {
			continue
		}
		same := func(s *Schema, other *Schema) (found []*Collection) {
			for _, o := range s.Collections {
				if other.collection(o.Name) == nil && o.Scope == now.Scope && shape(o.Fields) == shape(now.Fields) {
					found = append(found, o)
				}
			}
			return found
		}
		if went, came := same(from, to), same(to, from); len(went) == 1 && len(came) == 1 {
			c.renamed[now] = went[0]
		}
	}
}

// shape returns paths and types of fields.
func shape(fields []*Field) string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintln(&b, f.Path, f.Type, f.Values)
	}
	return b.String()
}

func (c *comparison) isRenamed(was *Collection) bool {
	for _, old := range c.renamed {
		if old == was {
			return true
		}
	}
	return false
}

func (c *comparison) renameCollection(was, now *Collection) {
	c.within(was, now)
	change := c.add("", now.At, was.Settled, Needed, fmt.Sprintf("was %s renamed to %s? If it was, its documents are still stored as %s", was.Name, now.Name, was.Name))
	change.Up = moveCollection(was.Name, now.Name)
	change.Down = moveCollection(now.Name, was.Name)
}

func (s *Schema) collection(name string) *Collection {
	i := slices.IndexFunc(s.Collections, func(c *Collection) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return s.Collections[i]
}

func (c *Collection) field(path string) *Field {
	i := slices.IndexFunc(c.Fields, func(f *Field) bool { return f.Path == path })
	if i < 0 {
		return nil
	}
	return c.Fields[i]
}

func (c *Collection) index(name string) *Index {
	i := slices.IndexFunc(c.Indexes, func(x *Index) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return c.Indexes[i]
}
