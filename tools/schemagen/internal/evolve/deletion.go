package evolve

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/api/meta"
)

// deletion compares whether deleted documents are kept.
func (c *comparison) deletion(was, now *Collection) {
	switch {
	case now.SoftDelete && was.field(meta.DeletedPath) != nil:
		c.add("", now.At, was.Settled, Look, "keeps deleted documents now, and their deletedAt by itself: stored ones with a value there other than null count as deleted, and nothing finds them any more")
		c.was = was.without(meta.DeletedPath)
	case now.SoftDelete && !was.SoftDelete:
		c.add("", now.At, was.Settled, Look, "keeps deleted documents now: stored ones with a value at deletedAt other than null count as deleted, and nothing finds them any more")
	case was.SoftDelete && !now.SoftDelete:
		change := c.add("", now.At, was.Settled, Needed, "keeps no deleted documents any more: those that are stored appear again, and can repeat unique keys of others")
		change.Up = []string{removeDeleted(now.Name)}
	}
}

// removeDeleted returns the element that removes the documents that are deleted.
func removeDeleted(collection string) string {
	deleted := []member{{"q", []member{{"deletedAt", []member{{"$exists", true}, {"$ne", nil}}}}}, {"limit", 0}}
	return fmt.Sprintf(`{"delete": %s, "deletes": [%s]}`, spaced(collection), spaced(deleted))
}

// without returns the collection without a field.
func (c *Collection) without(path string) *Collection {
	rest := *c
	rest.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(f *Field) bool { return f.Path == path })
	return &rest
}

// everywhere returns the index without its limit to documents that are not deleted.
func (x *Index) everywhere() *Index {
	whole := *x
	whole.Living = false
	return &whole
}

// changeLiving tells of a unique index that begins or ceases to leave out what is deleted.
func (c *comparison) changeLiving(was, now *Index, differs string) {
	if now.Living {
		c.index(was, now, Look, "differs ("+differs+"): it leaves out what is deleted; tenantctl indexes ensure --prune replaces it, and until then deleted documents keep their keys")
		return
	}
	c.index(was, now, Look, "differs ("+differs+"): it holds what was deleted, too; tenantctl indexes ensure --prune replaces it, unless documents repeat its keys")
}
