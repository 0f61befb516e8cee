package openapi

import (
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// elementWriter writes the operations of a list whose elements are resources within a document.
type elementWriter struct {
	operation
	c *model.Collection
	f *kinds.Field
}

// elementRoutes returns the operations of the elements of f. Without those that set the list, it
// has those that read it.
func elementRoutes(o operation, c *model.Collection, f *kinds.Field) object {
	w := elementWriter{o, c, f}
	path := "/api/" + c.Name + "/{id}/" + f.Name
	all := object{{"parameters", append([]object{idOf(c)}, tenantNames...)}, {"get", w.list().object()}}
	one := object{{"parameters", append([]object{idOf(c), shared("item")}, tenantNames...)}, {"get", w.get().object()}}
	if !f.Immutable && !f.Unset {
		all = append(all, member{"post", w.create().object()})
		one = append(one, member{"patch", w.update().object()}, member{"delete", w.remove().object()})
	}
	return object{{path, all}, {path + "/{item}", one}}
}

// named returns an operation called after a verb and the list.
func (w elementWriter) named(verb, summary, permission string) operation {
	o := w.operation
	o.id, o.summary, o.permission = verb+w.f.Go+"Of"+w.c.Entity, summary, permission
	return o
}

// element returns the schema of an element in a form, list that of a response with all of them.
func (w elementWriter) element(as form) object {
	return ref(schemaWriter{c: w.c}.name(w.f.Type.Elem.Struct, as))
}

func (w elementWriter) listName() string { return w.c.Entity + "." + w.f.Go + pageSuffix }

func (w elementWriter) one() string {
	return "one of the " + strings.ToLower(model.Title(w.f.Name)) + " of " + singular(w.c)
}

func (w elementWriter) list() operation {
	title := strings.ToLower(model.Title(w.f.Name))
	return w.read(w.named("list", "List the "+title+" of "+singular(w.c), w.c.Access.Read), response("All of them.", ref(w.listName()), "ETag"))
}

func (w elementWriter) get() operation {
	return w.read(w.named("get", "Read "+w.one(), w.c.Access.Read), response("The element.", w.element(responseForm), "ETag"))
}

func (w elementWriter) read(o operation, found object) operation {
	o.doc = "The ETag is the document's."
	o.parameters = []object{shared("If-Match-To-Read"), shared("If-None-Match")}
	o.responses = append(o.responses,
		object{{"200", found}, {"304", emptyResponse("The client's copy of the document is current.", "ETag")}},
		refusedAs("409", "DocumentInvalid"),
		refused("404", "412"))
	return o
}

func (w elementWriter) create() operation {
	o := w.named("create", "Add "+w.one(), w.c.Access.Update)
	o.doc = "It is added to the end of the list, whatever else changes in the document; If-Match is optional."
	o.parameters = []object{shared("If-Match-To-Read")}
	o.body = body(w.element(createForm))
	o.responses = append(o.responses,
		object{{"201", response("The element as stored.", w.element(responseForm), "ETag", "Location")}},
		refusedAs("409", "PatchConflict"),
		refused("404", "408", "412", "413", "415", "422"))
	return o
}

func (w elementWriter) update() operation {
	o := w.named("update", "Change "+w.one(), w.c.Access.Update)
	o.doc = "A JSON merge patch (RFC 7396) under either media type, as for documents. The ETag is the document's."
	o.parameters = []object{shared("If-Match")}
	o.body = mergePatch(w.element(patchForm))
	o.responses = append(o.responses,
		object{{"200", response("The element as it is stored now.", w.element(responseForm), "ETag")}},
		refusedAs("409", "PatchConflict"),
		refusedAs("415", "UnsupportedPatch"),
		refused("404", "408", "412", "413", "422", "428"))
	return o
}

func (w elementWriter) remove() operation {
	o := w.named("delete", "Remove "+w.one(), w.c.Access.Update)
	o.parameters = []object{shared("If-Match")}
	o.responses = append(o.responses,
		object{{"204", emptyResponse("The element was removed. The ETag is the document's.", "ETag")}},
		refusedAs("409", "PatchConflict"),
		refused("404", "412", "422", "428"))
	return o
}

// elementLists returns the schemas of responses with all elements of a list.
func elementLists(c *model.Collection) object {
	var list object
	for _, f := range c.ElementLists() {
		w, title := elementWriter{c: c, f: f}, model.Title(f.Name)
		list = append(list, member{w.listName(), openObject("The "+strings.ToLower(title)+" of "+singular(c)+".", object{
			{"message", object{{"type", "string"}, {"const", title + " found successfully"}}},
			{f.Name, object{{"type", "array"}, {"items", w.element(responseForm)}}},
		}, []string{"message", f.Name})})
	}
	return list
}
