package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// deletionDoc is what the documentation of a package says about deleted documents.
const deletionDoc = "Deleted documents are kept. Nothing finds them but GetDeleted, and Find and All with Query.Deleted; " +
	"Restore takes a deletion back, Purge removes a deleted document for good. Unique keys are those of documents that are not deleted."

func getDeleted(c *model.Collection) jen.Code {
	return code.Sentences("GetDeleted reads the deleted %s with the given _id. The error is store.ErrNotFound if there is none, and a *store.DocumentError if it does not fit the schema.", c.Entity).Line().
		Add(method("GetDeleted", []jen.Code{idParam(c)}, pointerAnd(c, jen.Error()),
			jen.Return(code.Runtime("GetDeleted").Types(jen.Id(c.Entity)).Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("id")))))
}

func restore(c *model.Collection) jen.Code {
	return code.Sentences("Restore takes back the deletion of the %s with the given _id, and returns it as stored afterwards. "+
		"The error is store.ErrNotFound if no such document is deleted, a *store.DuplicateError if another one has taken a unique key meanwhile, "+
		"and, with store.IfRev, store.ErrStale if it has changed.", c.Entity).Line().
		Add(method("Restore", []jen.Code{idParam(c), optsParam()}, pointerAnd(c, jen.Error()),
			jen.Return(code.Runtime("Restore").Types(jen.Id(c.Entity)).Call(
				jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("id"), jen.Id("opts").Op("...")))))
}

func purge(c *model.Collection) jen.Code {
	return code.Sentences("Purge removes the deleted %s with the given _id for good. The error is store.ErrNotFound if no such document is deleted "+
		"and, with store.IfRev, store.ErrStale if it has changed.", c.Entity).Line().
		Add(method("Purge", []jen.Code{idParam(c), optsParam()}, []jen.Code{jen.Error()},
			jen.Return(jen.Id("r").Dot("docs").Dot("Purge").Call(jen.Id("ctx"), jen.Id("id"), jen.Id("opts").Op("...")))))
}

// restore shows how a deletion is taken back.
func (e examples) restore() jen.Code {
	return e.example("Restore",
		jen.List(e.local("page"), jen.Err()).Op(":=").Add(e.call("Find", e.qualified("Query").Values(code.Member("Deleted", jen.True())))),
		exitOnError(),
		jen.For(jen.List(jen.Id("_"), e.local("found")).Op(":=").Range().Add(e.local("page")).Dot("Documents")).Block(
			jen.List(e.local("restored"), jen.Err()).Op(":=").Add(e.call("Restore", e.local("found").Dot("ID"))),
			exitOnError(),
			printed(e.local("restored").Dot("ID"), e.local("found").Dot("DeletedAt"))),
	)
}
