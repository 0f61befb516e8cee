package model

import (
	"slices"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

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
