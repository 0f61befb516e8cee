package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addCollection writes collection.go: the declared fields and indexes, as data, and
// the description of the collection for the runtime.
func addCollection(f *jen.File, c *model.Collection) {
	add(f, fields(c), indexes(c), descriptor(c), accessor())
}

func descriptor(c *model.Collection) jen.Code {
	members := []jen.Code{
		code.Member("Name", jen.Id("collectionName")),
		code.Member("Title", jen.Lit(c.Title)),
	}
	if c.Stored != "" {
		members = append(members, code.Member("Stored", jen.Lit(c.Stored)))
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
	if c.CreatedAt != "" {
		members = append(members, code.Member("CreatedAt", jen.Lit(c.CreatedAt)))
	}
	if c.UpdatedAt != "" {
		members = append(members, code.Member("UpdatedAt", jen.Lit(c.UpdatedAt)))
	}
	if c.SoftDelete {
		members = append(members, code.Member("SoftDelete", jen.True()))
	}
	if c.Served() {
		members = append(members, code.Member("Access", access(c)))
	}
	members = append(members, code.Member("Fields", jen.Id("fields")), code.Member("Indexes", jen.Id("indexes")))
	if len(c.IgnoredIndexes) > 0 {
		members = append(members, code.Member("IgnoredIndexes", texts(c.IgnoredIndexes)))
	}
	if declared := collation(c.Collation); declared != nil {
		members = append(members, code.Member("Collation", declared))
	}
	return jen.Comment("collection describes the collection to the runtime.").Line().
		Var().Id("collection").Op("=").Add(code.Literal(code.Runtime("Collection"),
		code.Member("Collection", code.Meta("Derive").Call(code.Literal(code.Meta("Collection"), members...))), code.Member("Codec", codec(c))))
}

func access(c *model.Collection) jen.Code {
	return code.Meta("Access").Values(
		code.Member("Read", jen.Lit(c.Access.Read)),
		code.Member("Create", jen.Lit(c.Access.Create)),
		code.Member("Update", jen.Lit(c.Access.Update)),
		code.Member("Delete", jen.Lit(c.Access.Delete)),
	)
}

func codec(c *model.Collection) jen.Code {
	members := []jen.Code{
		code.Member("JSON", jen.Id("transcode"+c.Entity)),
		code.Member("Check", code.Runtime("CheckStored").Call(pointerTo(c.Entity, "check"))),
	}
	if c.Served() {
		members = append(members, code.Member("New", newDecoder(c)), code.Member("Patch", patchDecoder()))
	}
	if lists := elementCodecs(c); lists != nil {
		members = append(members, code.Member("Elements", code.Literal(jen.Index().Add(code.Runtime("ElementCodec")), lists...)))
	}
	return code.Literal(code.Runtime("Codec"), members...)
}

// pointerTo returns a method of a pointer type as a function value.
func pointerTo(typ, method string) jen.Code { return jen.Parens(jen.Op("*").Id(typ)).Dot(method) }

func newDecoder(c *model.Collection) jen.Code {
	return code.Runtime("DecodeNew").Call(jen.Id("collectionName"),
		pointerTo("New", "read"), pointerTo("New", "document"), pointerTo(c.Entity, "check"))
}

func patchDecoder() jen.Code {
	return code.Runtime("DecodePatch").Call(jen.Id("collectionName"),
		pointerTo("Patch", "read"), pointerTo("Patch", "check"), jen.Id("Patch").Dot("changes"))
}

func accessor() jen.Code {
	return code.Sentences("Collection returns the description of the collection for the runtime: its name, access, indexes and codecs.").Line().
		Func().Id("Collection").Params().Add(code.Runtime("Collection")).Block(jen.Return(jen.Id("collection")))
}
