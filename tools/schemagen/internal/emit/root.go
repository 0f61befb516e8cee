package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// Root writes gen.go, which lists the generated packages. source is the folder of
// the declarations.
func Root(s *model.Schema, genPath, source string) File {
	f := newFile(genPath, "gen", source)
	f.PackageComment(code.Wrap("Package gen lists the generated collections for the runtime."))
	var list []jen.Code
	for _, c := range s.Collections {
		path := genPath + "/" + c.Package
		f.ImportName(path, c.Package)
		list = append(list, jen.Qual(path, "Collection").Call())
	}
	add(f, code.Sentences("Collections returns the declared collections in declared order.").Line().
		Func().Id("Collections").Params().Index().Add(code.Runtime("Collection")).Block(
		jen.Return(code.Literal(jen.Index().Add(code.Runtime("Collection")), list...)),
	))
	add(f, code.Sentences("Fingerprint identifies the indexes that Collections declares for a tenant's database. A tenant's catalog entry records the fingerprint of the indexes that were last ensured.").Line().
		Func().Id("Fingerprint").Params().String().Block(jen.Return(code.Runtime("Fingerprint").Call(jen.Id("Collections").Call()))))
	f.Anon("embed")
	add(f, code.Sentences("OpenAPI describes the HTTP API of Collections (OpenAPI 3.1, JSON).").Line().
		Comment("//go:embed openapi.json").Line().
		Var().Id("OpenAPI").Index().Byte())
	return File{Path: "gen.go", Go: f}
}
