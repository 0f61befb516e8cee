package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// deletionRoutes are what the routes of a document end in that restore and purge it.
var deletionRoutes = []string{"restore", "purge"}

// checkElementRoutes reports lists whose elements would be at the path of another route.
func (l *loader) checkElementRoutes(c *Collection, at place) {
	for _, f := range c.ElementLists() {
		if c.SoftDelete && slices.Contains(deletionRoutes, f.Name) {
			l.add(at.member(f.Name), fmt.Sprintf("is a list whose elements are at the path of the route %s", f.Name), "another name, or a Struct without ID")
		}
	}
}

// ElementLists returns the lists whose elements are resources within a document: the fields of
// the collection itself that are lists of elements with an _id, which responses show.
func (c *Collection) ElementLists() []*kinds.Field {
	if !c.Served() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Fields), func(f *kinds.Field) bool {
		return f.Type == nil || !f.Type.HasIdentities() || f.Unshown
	})
}
