package openapi

import (
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// routes returns the operations of a collection and of the elements within its documents.
func routes(s *model.Schema, c *model.Collection) object {
	all := operation{tag: c.Name, responses: []object{refused("400", "401", "403", "405", "429", "500", "503")}}
	one := "/api/" + c.Name + "/{id}"
	paths := object{
		{"/api/" + c.Name, object{
			{"parameters", tenantNames},
			{"get", listOperation(all, schemaWriter{s, c}).object()},
			{"post", createOperation(all, c).object()},
		}},
		{one, object{
			{"parameters", append([]object{idOf(c)}, tenantNames...)},
			{"get", getOperation(all, c).object()},
			{"patch", updateOperation(all, c).object()},
			{"delete", removeOperation(all, c).object()},
		}},
	}
	for _, f := range c.ElementLists() {
		paths = append(paths, elementRoutes(all, c, f)...)
	}
	return append(paths, deletionRoutes(all, s, c, one)...)
}

// singular returns what summaries call a document.
func singular(c *model.Collection) string { return "one of the " + strings.ToLower(c.Title) }

// isUsers reports whether the rules about users apply to c.
func isUsers(c *model.Collection) bool { return c.Name == "users" }

func listOperation(o operation, w schemaWriter) operation {
	c := w.c
	o.id, o.summary, o.permission = "list"+c.Entity, "List the "+strings.ToLower(c.Title), c.Access.Read
	o.doc = servedQueries(c)
	o.parameters = w.listParameters()
	o.responses = append(o.responses, object{{"200", response("A page. Stored documents that do not fit the schema are left out and listed in invalid.", ref(c.Entity+pageSuffix), "Link")}})
	return o
}

func createOperation(o operation, c *model.Collection) operation {
	o.id, o.summary, o.permission = "create"+c.Entity, "Create "+singular(c), c.Access.Create
	o.body = body(ref(c.Entity + string(createForm)))
	o.responses = append(o.responses,
		object{{"201", response("The document as stored.", ref(c.Entity), "ETag", "Location")}},
		refused("408", "409", "413", "415", "422"))
	return o
}

func getOperation(o operation, c *model.Collection) operation {
	o.id, o.summary, o.permission = "get"+c.Entity, "Read "+singular(c), c.Access.Read
	o.parameters = slices.Concat([]object{shared("If-Match-To-Read"), shared("If-None-Match")}, expandParameters(c), []object{fieldsParameter(c)}, deletedParameters(c))
	o.responses = append(o.responses,
		object{
			{"200", response("The document.", ref(c.Entity), "ETag")},
			{"304", emptyResponse("The client's copy is current.", "ETag")},
		},
		refusedAs("409", "DocumentInvalid"),
		refused("404", "412"))
	return o
}

func updateOperation(o operation, c *model.Collection) operation {
	o.id, o.summary, o.permission = "update"+c.Entity, "Change "+singular(c), c.Access.Update
	o.doc = "A JSON merge patch (RFC 7396) under either media type: members left out stay as they are, null removes a member. " +
		"Members that cannot be changed may be sent unchanged, so that a document can be read, edited and sent back."
	o.parameters = []object{shared("If-Match")}
	o.body = mergePatch(ref(c.Entity + string(patchForm)))
	o.responses = append(o.responses,
		object{{"200", response("The document as it is stored now.", ref(c.Entity), "ETag")}},
		refusedAs("409", "PatchConflict"),
		refusedAs("415", "UnsupportedPatch"),
		refused("404", "408", "412", "413", "422", "428"))
	return o
}

func removeOperation(o operation, c *model.Collection) operation {
	o.id, o.summary, o.permission = "delete"+c.Entity, "Delete "+singular(c), c.Access.Delete
	o.doc = "The document need not fit the schema."
	if c.SoftDelete {
		o.doc += keptDoc
	}
	o.parameters = []object{shared("If-Match")}
	o.responses = append(o.responses, object{{"204", emptyResponse("The document was deleted.")}}, refused("404", "412", "428"))
	if isUsers(c) {
		o.responses = append(o.responses, refusedAs("409", "LastSuper"))
	}
	return o
}
