package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// examples writes the examples of a package's documentation. They are in an
// external test package, as callers would be.
type examples struct {
	c *model.Collection
	// path is the import path of the documented package.
	path string
}

// add writes example_test.go: a call of each operation.
func (e examples) add(f *jen.File) {
	f.ImportName(e.path, e.c.Package)
	add(f, e.create(), e.createMany())
	for _, x := range upsertable(e.c) {
		add(f, e.upsert(x))
	}
	add(f, e.find(), e.all(), e.count(), e.update(), e.elements())
	if e.c.SoftDelete {
		add(f, e.restore())
	}
}

// qualified returns an exported name of the package, qualified.
func (e examples) qualified(name string) *jen.Statement { return jen.Qual(e.path, name) }

// example returns the example of an operation of Repository.
func (e examples) example(operation string, body ...jen.Code) jen.Code {
	handle, from := "Tenant", "what the resolver gives"
	if e.c.Admin {
		handle, from = "Admin", "what the catalog gives"
	}
	open := []jen.Code{
		e.local("ctx").Op(":=").Qual("context", "Background").Call(),
		jen.Var().Add(e.local("handle")).Add(code.Store(handle)).Comment(from),
		e.local("repository").Op(":=").Add(e.qualified("In")).Call(e.local("handle")),
	}
	return jen.Func().Id("ExampleRepository_" + operation).Params().Block(append(open, body...)...)
}

func (e examples) call(operation string, args ...jen.Code) *jen.Statement {
	return e.local("repository").Dot(operation).Call(append([]jen.Code{e.local("ctx")}, args...)...)
}

// exitOnError prints an error and returns from the example.
func exitOnError() jen.Code {
	return jen.If(jen.Err().Op("!=").Nil()).Block(jen.Qual("log", "Fatal").Call(jen.Err()))
}

func printed(args ...jen.Code) *jen.Statement { return jen.Qual("fmt", "Println").Call(args...) }

// given declares variables for what a literal cannot express: secrets come from a
// store.Hasher.
func (e examples) given() []jen.Code {
	var declarations []jen.Code
	for _, f := range e.c.Fields {
		if f.Required && f.Type.IsHashed {
			declarations = append(declarations,
				jen.Var().Id(e.variable(f)).Add(code.Store("Secret")).Comment("made by a store.Hasher"))
		}
	}
	return declarations
}

// variable returns the name of the local variable of a field.
func (e examples) variable(f *kinds.Field) string {
	taken := []string{e.c.Package, "bson", "errors", "context", "err", "fmt", "log", "store", "time"}
	for _, name := range []string{"ctx", "handle", "repository", "created", "stored", "some"} {
		taken = append(taken, e.localName(name))
	}
	return parameter(f.Go, taken)
}

// local returns the name of a local variable that shadows nothing, such as the
// imported package.
func (e examples) local(name string) *jen.Statement { return jen.Id(e.localName(name)) }

func (e examples) localName(name string) string { return parameter(name, []string{e.c.Package}) }

func (e examples) create() jen.Code {
	body := append(e.given(),
		jen.List(e.local("created"), jen.Err()).Op(":=").Add(e.call("Create", e.newDocument(e.qualified("New")))),
		exitOnError(),
		printed(e.local("created").Dot("ID")),
	)
	return e.example("Create", body...)
}

func (e examples) createMany() jen.Code {
	body := append(e.given(),
		jen.List(e.local("created"), jen.Err()).Op(":=").Add(e.call("CreateMany", code.Literal(jen.Index().Add(e.qualified("New")), e.newDocument(jen.Null())))),
		jen.Var().Add(e.local("some")).Op("*").Add(code.Store("BulkError")),
		jen.If(jen.Err().Op("!=").Nil().Op("&&").Op("!").Qual("errors", "As").Call(jen.Err(), jen.Op("&").Add(e.local("some")))).Block(
			jen.Qual("log", "Fatal").Call(jen.Err())),
		printed(jen.Len(e.local("created")), e.local("some")).Comment("some names those that were refused; the others are stored"),
	)
	return e.example("CreateMany", body...)
}

func (e examples) upsert(x *model.Index) jen.Code {
	name := "UpsertBy" + x.GoKeys()
	body := append(e.given(),
		jen.List(e.local("stored"), e.local("created"), jen.Err()).Op(":=").Add(e.call(name, e.newDocument(e.qualified("New")))),
		exitOnError(),
		printed(e.local("stored").Dot("ID"), e.local("created")),
	)
	return e.example(name, body...)
}

func (e examples) count() jen.Code {
	var where jen.Code = e.qualified("Filter").Values()
	if x := e.widestIndex(); x != nil {
		first := x.Keys[0].Path
		where = e.qualified(first.Go).Dot("In").Call(e.sample(first.Type, first.Field))
	}
	return e.example("Count",
		jen.List(e.local("n"), jen.Err()).Op(":=").Add(e.call("Count", where)),
		exitOnError(),
		printed(e.local("n")),
	)
}

// newDocument returns a New, called typ, with its required members.
func (e examples) newDocument(typ jen.Code) jen.Code {
	var members []jen.Code
	if e.c.ID.IsRequired() {
		members = append(members, code.Member("ID", e.sample(e.c.ID.Type(), nil)))
	}
	for _, f := range e.c.Fields {
		switch {
		case !f.Required:
		case f.Type.IsHashed:
			members = append(members, code.Member(f.Go, jen.Id(e.variable(f))))
		default:
			members = append(members, code.Member(f.Go, e.sample(f.Type, f)))
		}
	}
	return code.OrEmpty(typ, members)
}

func (e examples) find() jen.Code {
	return e.example("Find",
		jen.List(e.local("page"), jen.Err()).Op(":=").Add(e.call("Find", e.query(true))),
		exitOnError(),
		jen.For(jen.List(jen.Id("_"), e.local("found")).Op(":=").Range().Add(e.local("page")).Dot("Documents")).Block(
			printed(e.local("found").Dot("ID"))),
		printed(jen.Lit("the next page is After"), e.local("page").Dot("Next")),
	)
}

func (e examples) all() jen.Code {
	return e.example("All",
		jen.For(jen.List(e.local("found"), jen.Err()).Op(":=").Range().Add(e.call("All", e.query(false)))).Block(
			exitOnError(),
			printed(e.local("found").Dot("ID")),
		),
	)
}

// query returns a query served by the widest index: equality on its first key, in
// the order of the next.
func (e examples) query(paged bool) jen.Code {
	var members []jen.Code
	if x := e.widestIndex(); x != nil {
		first := x.Keys[0].Path
		members = append(members, code.Member("Where", e.qualified(first.Go).Dot("Eq").Call(e.sample(first.Type, first.Field))))
		if len(x.Keys) > 1 && paged {
			order := "Asc"
			if x.Keys[1].Descending {
				order = "Desc"
			}
			members = append(members, code.Member("Sort", e.qualified(x.Keys[1].Path.Go).Dot(order).Call()))
		}
	}
	if paged {
		members = append(members, code.Member("Limit", jen.Lit(20)))
	}
	return code.OrEmpty(e.qualified("Query"), members)
}

// widestIndex returns the index with the most keys among those that need no further
// filter, nil if there is none.
func (e examples) widestIndex() *model.Index {
	var most *model.Index
	for _, x := range e.c.Indexes {
		if needs, ok := x.Serving().Needs(); ok && len(needs) == 0 && (most == nil || len(x.Keys) > len(most.Keys)) {
			most = x
		}
	}
	return most
}

func (e examples) update() jen.Code {
	var members []jen.Code
	for _, f := range kinds.Changeable(e.c.Fields) {
		if !f.Type.IsHashed && f.Type.Struct == nil && !f.Type.IsEntries {
			members = append(members, code.Member(f.Go, code.Store("Set").Call(e.typedSample(f))))
			break
		}
	}
	return e.example("Update",
		jen.Var().Add(e.local("read")).Op("*").Add(e.qualified(e.c.Entity)).Comment("returned by Get, Find or another operation"),
		e.local("patch").Op(":=").Add(code.OrEmpty(e.qualified("Patch"), members)),
		jen.List(e.local("updated"), jen.Err()).Op(":=").Add(
			e.call("Update", e.local("read").Dot("ID"), e.local("patch"), code.Store("IfRev").Call(e.local("read").Dot("Rev").Call()))),
		exitOnError(),
		printed(e.local("updated").Dot("Rev").Call()),
	)
}

// elements returns the example of changing a list by the _ids of its elements, if c has one.
func (e examples) elements() jen.Code {
	at := slices.IndexFunc(e.c.Fields, func(f *kinds.Field) bool { return f.Type.HasIdentities() && !f.Immutable })
	if at < 0 {
		return jen.Null()
	}
	list := e.c.Fields[at]
	elem := list.Type.Elem
	patch := func(change *jen.Statement) jen.Code { return jen.Values(code.Member(list.Go, change)) }
	return e.example("Update_elements",
		jen.Var().Add(idParam(e.c)).Comment("of a document"),
		jen.Var().Id("element").Add(code.BSON("ObjectID")).Comment("of an element in it"),
		e.local("patches").Op(":=").Add(code.Literal(jen.Index().Add(e.qualified("Patch")),
			patch(code.Store("Push").Call(e.sample(elem, nil))),
			patch(code.Store("Element").Call(jen.Id("element"), e.elementPatch(elem.Struct))),
			patch(code.Store("PullID").Types(e.qualified(elem.Struct.Go)).Call(jen.Id("element"))),
		)),
		jen.For(jen.List(jen.Id("_"), e.local("patch")).Op(":=").Range().Add(e.local("patches"))).Block(
			jen.If(jen.List(jen.Id("_"), jen.Err()).Op(":=").Add(e.call("Update", jen.Id("id"), e.local("patch"))), jen.Err().Op("!=").Nil()).Block(
				jen.Qual("log", "Fatal").Call(jen.Err()))),
	)
}

// elementPatch returns a patch of the first member that can be changed.
func (e examples) elementPatch(s *kinds.Struct) jen.Code {
	var members []jen.Code
	for _, f := range kinds.Changeable(s.Fields) {
		if f.Type.Struct == nil && !f.Type.IsEntries {
			members = append(members, jen.Id(f.Go).Op(":").Add(code.Store("Set").Call(e.typedSample(f))))
			break
		}
	}
	return e.qualified(s.Go + "Patch").Values(members...)
}

// typedSample returns a sample whose type is evident without context.
func (e examples) typedSample(f *kinds.Field) jen.Code {
	if f.Type.TypedSample == nil {
		return e.sample(f.Type, f)
	}
	return f.Type.TypedSample(e.sample(f.Type, f))
}

// sample returns a value of t; field is the field it is for, nil for members that
// no schema declares.
func (e examples) sample(t *kinds.Type, field *kinds.Field) jen.Code {
	return t.Sample(t, field, e.qualified)
}
