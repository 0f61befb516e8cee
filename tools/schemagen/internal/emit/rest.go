package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addRest writes rest.go: the collection as the runtime serves it.
func addRest(f *jen.File, c *model.Collection) {
	add(f, descriptor(c), accessor())
	if c.Served() {
		add(f, decodeNew(c), decodePatch())
	}
}

func descriptor(c *model.Collection) jen.Code {
	members := []jen.Code{
		code.Member("Name", jen.Id("collectionName")),
		code.Member("Title", jen.Lit(c.Title)),
	}
	if c.Admin {
		members = append(members, code.Member("Admin", jen.True()))
	}
	if c.Private {
		members = append(members, code.Member("Private", jen.True()))
	}
	if c.Timestamps {
		members = append(members, code.Member("Timestamps", jen.True()))
	}
	if c.Served() {
		members = append(members, code.Member("Access", access(c)))
	}
	members = append(members, code.Member("Indexes", jen.Id("indexes")), code.Member("Paths", jen.Id("paths")))
	if len(c.Refs) > 0 {
		members = append(members, code.Member("Refs", code.Literal(jen.Index().Add(code.Store("Ref")), references(c)...)))
	}
	if restricted := restrictions(c); len(restricted) > 0 {
		members = append(members, code.Member("SetBy", code.Literal(jen.Index().Add(code.Store("Restriction")), restricted...)))
	}
	members = append(members, code.Member("Codec", codec(c)))
	return jen.Comment("collection is what the runtime knows of the collection.").Line().
		Var().Id("collection").Op("=").Add(code.Literal(code.Store("Collection"), members...))
}

func access(c *model.Collection) jen.Code {
	return code.Literal(code.Store("Access"),
		code.Member("Read", jen.Lit(c.Access.Read)),
		code.Member("Create", jen.Lit(c.Access.Create)),
		code.Member("Update", jen.Lit(c.Access.Update)),
		code.Member("Delete", jen.Lit(c.Access.Delete)),
	)
}

func references(c *model.Collection) []jen.Code {
	var list []jen.Code
	for _, r := range c.Refs {
		list = append(list, jen.Values(code.Member("Path", jen.Lit(r.Path)), code.Member("Collection", jen.Lit(r.Collection))))
	}
	return list
}

func restrictions(c *model.Collection) []jen.Code {
	var list []jen.Code
	for _, f := range c.Fields {
		if len(f.SetBy) == 0 {
			continue
		}
		var roles []jen.Code
		for _, role := range f.SetBy {
			roles = append(roles, jen.Lit(role))
		}
		list = append(list, jen.Values(code.Member("Field", jen.Lit(f.Name)), code.Member("Roles", jen.Index().String().Values(roles...))))
	}
	return list
}

func codec(c *model.Collection) jen.Code {
	members := []jen.Code{code.Member("JSON", jen.Id("transcode"+c.Entity))}
	if c.Served() {
		members = append(members, code.Member("New", jen.Id("decodeNew")), code.Member("Patch", jen.Id("decodePatch")))
	}
	return code.Literal(code.Store("Codec"), members...)
}

func accessor() jen.Code {
	return code.Sentences("Collection describes the collection to the runtime: its name, access, indexes and codecs.").Line().
		Func().Id("Collection").Params().Add(code.Store("Collection")).Block(jen.Return(jen.Id("collection")))
}

// decodeNew writes decodeNew. The document is built for its check, before secrets are
// hashed: they are filled in behind it.
func decodeNew(c *model.Collection) jen.Code {
	body := []jen.Code{
		jen.Var().Id("n").Id("New"),
		jen.Var().Id("d").Op("*").Id(c.Entity),
		jen.Id("check").Op(":=").Func().Params(kinds.Problems()).Block(
			jen.Id("d").Op("=").Id("n").Dot("document").Call(),
			jen.Id("d").Dot("check").Call(jen.Id("problems")),
		),
		readRequest(jen.Id("n").Dot("read"), jen.Id("check"), jen.Nil()),
	}
	for _, f := range c.Fields {
		if f.Type.IsHashed {
			body = append(body, jen.Id("d").Dot(f.Go).Op("=").Id("n").Dot(f.Go))
		}
	}
	return jen.Func().Id("decodeNew").
		Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("req").Add(code.Store("Request"))).
		Params(code.BSON("Raw"), jen.Error()).Block(
		append(body, jen.Return(jen.Id("d").Dot("AppendBSON").Call(jen.Nil()), jen.Nil()))...)
}

func decodePatch() jen.Code {
	return jen.Func().Id("decodePatch").
		Params(jen.Id("ctx").Qual("context", "Context"), jen.Id("req").Add(code.Store("Request"))).
		Params(code.Store("Changes"), jen.Error()).Block(
		jen.Var().Id("p").Id("Patch"),
		readRequest(jen.Id("p").Dot("read"), jen.Id("p").Dot("check"), code.Store("Changes").Values()),
		jen.Return(jen.Id("p").Dot("changes").Call(), jen.Nil()),
	)
}

// readRequest reads req, or returns zero and the error.
func readRequest(read, check, zero jen.Code) jen.Code {
	return jen.If(
		jen.Err().Op(":=").Id("req").Dot("Read").Call(jen.Id("ctx"), jen.Id("collectionName"), read, check),
		jen.Err().Op("!=").Nil(),
	).Block(jen.Return(zero, jen.Err()))
}
