package openapi

import (
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// deletedFilter is how a query asks for what is deleted.
const deletedFilter = meta.DeletedParameter + "=true"

// keptDoc is what the removal of a document says where deleted documents are kept.
const keptDoc = " It is kept, with deletedAt: it can be restored, and unique keys that it has are free."

// deletedParameters returns the parameter that asks for what is deleted, none if nothing is kept.
func deletedParameters(c *model.Collection) []object {
	if !c.SoftDelete {
		return nil
	}
	return []object{parameter(meta.DeletedParameter, "Asks for what is deleted in place of what is not. For roles with full access.",
		object{{"type", "boolean"}, {"default", false}})}
}

// deletionRoutes returns the operations on what is deleted, none if nothing is kept.
func deletionRoutes(o operation, s *model.Schema, c *model.Collection, one string) object {
	if !c.SoftDelete {
		return nil
	}
	o.roles = append([]string{}, s.Policy.Full...)
	o.responses = append(o.responses, refused("404", "408", "413", "415"))
	return object{
		{one + "/restore", object{
			{"parameters", append([]object{idOf(c)}, tenantNames...)},
			{"post", restoreOperation(o, c).object()},
		}},
		{one + "/purge", object{
			{"parameters", append([]object{idOf(c)}, tenantNames...)},
			{"post", purgeOperation(o, c).object()},
		}},
	}
}

func restoreOperation(o operation, c *model.Collection) operation {
	o.id, o.summary = "restore"+c.Entity, "Restore one of the deleted "+strings.ToLower(c.Title)
	o.doc = "It takes back the deletion. For roles with full access."
	if isUsers(c) {
		o.doc += " A user has to log in again."
	}
	o.responses = append(slices.Clip(o.responses),
		object{{"200", response("The document as it is stored now.", ref(c.Entity), "ETag")}},
		refusedAs("409", "PatchConflict"))
	return o
}

func purgeOperation(o operation, c *model.Collection) operation {
	o.id, o.summary = "purge"+c.Entity, "Remove one of the deleted "+strings.ToLower(c.Title)+" for good"
	o.doc = "What is not deleted has to be deleted first. For roles with full access."
	o.responses = append(slices.Clip(o.responses), object{{"204", emptyResponse("The document was removed.")}})
	return o
}

// servedAmong is servedBy for queries that are about deleted documents, or about no matter which.
func servedAmong(c *model.Collection, deleted bool, with func(*candidate) bool) (alternatives [][]string, served bool) {
	alternatives, served = servedBy(c, func(t *candidate) bool {
		t.query.Deleted = deleted
		return with(t)
	})
	if deleted && served {
		alternatives = amongDeleted(alternatives)
	}
	return alternatives, served
}

// amongDeleted adds to alternatives that a query asks for what is deleted.
func amongDeleted(alternatives [][]string) [][]string {
	if alternatives == nil {
		return [][]string{{deletedFilter}}
	}
	list := make([][]string, len(alternatives))
	for i, filters := range alternatives {
		list[i] = append(slices.Clone(filters), deletedFilter)
	}
	return list
}
