package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addRepo writes repo.go: the operations, and the checks before writes.
func addRepo(f *jen.File, c *model.Collection) {
	add(f, repository(c), open(c))
	add(f, create(c), createMany(c), get(c), getMany(c))
	for _, x := range lookups(c) {
		add(f, getBy(c, x))
	}
	add(f, find(), all(c), count(), exists(c), update(c))
	upserts := upsertable(c)
	for _, x := range upserts {
		add(f, upsert(c, x))
	}
	add(f, remove(c))
	if c.SoftDelete {
		add(f, getDeleted(c), restore(c), purge(c))
	}
	add(f, document(c))
	if len(upserts) > 0 {
		add(f, givenMethod(c))
	}
	add(f, changes("Patch", c.Fields))
	for _, s := range patched(c) {
		add(f, changes(s.Go+"Patch", s.Fields))
	}
	add(f, elements(c))
	addResolves(f, c)
	addChecks(f, c)
}

func repository(c *model.Collection) jen.Code {
	whose := "one tenant's database"
	if c.Admin {
		whose = "the admin database"
	}
	return code.Sentences("Repository reads and writes the collection %s in %s. It holds no state but the handle, so open one wherever you need it.", c.Name, whose).Line().
		Type().Id("Repository").Struct(jen.Id("docs").Add(code.Runtime("Documents")))
}

func open(c *model.Collection) jen.Code {
	handle, in, whose := "Tenant", "In", "t's database"
	if c.Admin {
		handle, in, whose = "Admin", "InAdmin", "the admin database"
	}
	arg := lowerFirst(handle)[:1]
	return code.Sentences("In opens the collection in %s. With a zero handle every operation returns store.ErrNoTenant before any I/O.", whose).Line().
		Func().Id("In").Params(jen.Id(arg).Add(code.Store(handle))).Id("Repository").Block(
		jen.Return(jen.Id("Repository").Values(jen.Id("docs").Op(":").Add(code.Runtime(in)).Call(jen.Id(arg), jen.Op("&").Id("collection")))),
	)
}

// method declares an operation of Repository.
func method(name string, params []jen.Code, results []jen.Code, body ...jen.Code) *jen.Statement {
	params = append([]jen.Code{jen.Id("ctx").Qual("context", "Context")}, params...)
	return jen.Func().Params(jen.Id("r").Id("Repository")).Id(name).Params(params...).Params(results...).Block(body...)
}

func pointerAnd(c *model.Collection, more jen.Code) []jen.Code {
	return []jen.Code{jen.Op("*").Id(c.Entity), more}
}

func idParam(c *model.Collection) jen.Code { return jen.Id("id").Add(c.ID.Type().GoType()) }

func optsParam() jen.Code { return jen.Id("opts").Op("...").Add(code.Store("WriteOption")) }

func create(c *model.Collection) jen.Code {
	invalid := "does not fit the schema"
	if len(c.Refs) > 0 {
		invalid += " or refers to a document that does not exist"
	}
	return code.Sentences("Create stores a new %s and returns it as stored. The error is a *store.InvalidError if it %s, and a *store.DuplicateError if a unique key is taken.", c.Entity, invalid).Line().
		Add(method("Create", []jen.Code{jen.Id("n").Id("New")}, pointerAnd(c, jen.Error()),
			jen.Return(code.Runtime("Create").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("n").Dot("document").Call(), checkMethod(c))),
		))
}

func createMany(c *model.Collection) jen.Code {
	return code.Sentences("CreateMany stores a new %s for each of ns and returns them as stored. All are checked before any is written: if one is invalid, the error is a *store.InvalidError whose pointers begin with its position (/3 is the fourth). If the database refuses some, for example because a unique key is taken, the others are stored, the error is a *store.BulkError, and the results at the positions it names are nil.", c.Entity).Line().
		Add(method("CreateMany", []jen.Code{jen.Id("ns").Index().Id("New")}, []jen.Code{jen.Index().Op("*").Id(c.Entity), jen.Error()},
			jen.Return(code.Runtime("CreateMany").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("ns"),
				jen.Parens(jen.Op("*").Id("New")).Dot("document"), checkMethod(c)))))
}

// checkMethod returns a document's check as a function value.
func checkMethod(c *model.Collection) jen.Code {
	return jen.Parens(jen.Op("*").Id(c.Entity)).Dot("check")
}

// upsertable returns the unique indexes that hold every document.
func upsertable(c *model.Collection) []*model.Index {
	var list []*model.Index
	for _, x := range c.Indexes {
		if x.IsLookup() && len(x.Partial) == 0 && !x.Sparse {
			list = append(list, x)
		}
	}
	return list
}

func upsert(c *model.Collection, x *model.Index) jen.Code {
	name := "UpsertBy" + x.GoKeys()
	args := []jen.Code{jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("n").Dot("document").Call(), checkMethod(c), jen.Id("n").Dot("given").Call()}
	for _, k := range x.Keys {
		args = append(args, jen.Lit(k.Path.StoredName()))
	}
	return code.Sentences("%s stores a new %s unless %s finds one with n's key. If it does, the members that n gives are changed, "+
		"except %s and immutable ones, and the rest stays: n's ID and defaults apply to a new document only. "+
		"A member that is missing from n is not removed; use Update for that. "+
		"It returns the errors that Create does; a *store.DuplicateError is about another unique key.", name, c.Entity, "By"+x.GoKeys(), keptByUpsert(c)).Line().
		Add(method(name, []jen.Code{jen.Id("n").Id("New")},
			[]jen.Code{jen.Id("stored").Op("*").Id(c.Entity), jen.Id("created").Bool(), jen.Err().Error()},
			jen.Return(code.Runtime("Upsert").Call(args...))))
}

// keptByUpsert lists the members that no upsert changes.
func keptByUpsert(c *model.Collection) string {
	if f := c.Created(); f != nil {
		return "_id, " + f.Name
	}
	return "_id"
}

func get(c *model.Collection) jen.Code {
	return code.Sentences("Get reads the %s with the given _id. The error is store.ErrNotFound if there is none, and a *store.DocumentError if it does not fit the schema.", c.Entity).Line().
		Add(method("Get", []jen.Code{idParam(c)}, pointerAnd(c, jen.Error()),
			jen.Return(code.Runtime("Get").Types(jen.Id(c.Entity)).Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("id")))))
}

func getMany(c *model.Collection) jen.Code {
	found := jen.Map(c.ID.Type().GoType()).Op("*").Id(c.Entity)
	return code.Sentences("GetMany reads the documents with the given _ids in one query, for example to follow references. The map lacks documents that do not exist and those that do not fit the schema; for each of the latter the error, returned along with the map, joins a *store.DocumentError.").Line().
		Add(method("GetMany", []jen.Code{jen.Id("ids").Op("...").Add(c.ID.Type().GoType())}, []jen.Code{found, jen.Error()},
			jen.Return(code.Runtime("GetMany").Types(jen.Id(c.Entity)).Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), c.ID.Type().Value(c.ID.Type()), jen.Id("ids").Op("...")))))
}

func getBy(c *model.Collection, x *model.Index) jen.Code {
	var params, conditions []jen.Code
	taken := []string{"ctx", "r", "store"}
	for _, k := range x.Keys {
		taken = append(taken, parameter(k.Path.Go, taken))
		arg := jen.Id(taken[len(taken)-1])
		params = append(params, jen.Add(arg).Add(k.Path.Type.GoType()))
		conditions = append(conditions, jen.Id(k.Path.Go).Dot("Eq").Call(arg))
	}
	where := conditions[0]
	if len(conditions) > 1 {
		where = code.Store("And").Call(conditions...)
	}
	name := "By" + x.GoKeys()
	return code.Sentences("%s reads a %s by the unique index %s. It returns the errors that Get does.", name, c.Entity, x.Name).Line().
		Add(method(name, params, pointerAnd(c, jen.Error()),
			jen.Return(code.Runtime("GetBy").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), where))))
}

func find() jen.Code {
	return code.Sentences("Find reads one page of the documents that q selects. The error is a *store.InvalidError if no index serves q. Documents that do not fit the schema are listed in the page's Invalid.").Line().
		Add(method("Find", []jen.Code{jen.Id("q").Id("Query")}, []jen.Code{jen.Op("*").Id("Page"), jen.Error()},
			jen.Return(code.Runtime("Find").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("q")))))
}

func all(c *model.Collection) jen.Code {
	return code.Sentences("All streams all documents that q selects, whatever its Limit. A *store.DocumentError stands for one document that does not fit the schema, and the iteration continues after it; any other error ends it.").Line().
		Add(method("All", []jen.Code{jen.Id("q").Id("Query")}, []jen.Code{jen.Qual("iter", "Seq2").Types(jen.Op("*").Id(c.Entity), jen.Error())},
			jen.Return(code.Runtime("All").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("q")))))
}

func count() jen.Code {
	return code.Sentences("Count returns the number of documents that match f. The error is a *store.InvalidError if no index serves f.").Line().
		Add(method("Count", []jen.Code{jen.Id("f").Id("Filter")}, []jen.Code{jen.Int64(), jen.Error()},
			jen.Return(code.Runtime("Count").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("f")))))
}

func exists(c *model.Collection) jen.Code {
	return code.Sentences("Exists reports whether any %s matches f. It returns the errors that Count does.", c.Entity).Line().
		Add(method("Exists", []jen.Code{jen.Id("f").Id("Filter")}, []jen.Code{jen.Bool(), jen.Error()},
			jen.Return(code.Runtime("HasAny").Call(jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("f")))))
}

func update(c *model.Collection) jen.Code {
	operation := "Update"
	args := []jen.Code{
		jen.Id("ctx"), jen.Id("r").Dot("docs"), jen.Id("id"), jen.Id("p"),
		jen.Parens(jen.Op("*").Id("Patch")).Dot("check"), jen.Id("Patch").Dot("changes"),
	}
	if anyChangeable(c.Fields, needsCurrent) {
		operation = "UpdateResolved"
		args = append(args, jen.Id("Patch").Dot("resolve"))
	}
	relative := ""
	if anyChangeable(c.Fields, isRelative) {
		relative = " Changes by store.Inc, store.AddToSet and store.Pull are not lost when several happen at once."
	}
	return code.Sentences("Update changes the %s with the given _id and returns it as stored afterwards. Members that p leaves out or the schema does not know stay as they are.%s It returns the errors that Create does, store.ErrNotFound and, with store.IfRev, store.ErrStale.", c.Entity, relative).Line().
		Add(method("Update", []jen.Code{idParam(c), jen.Id("p").Id("Patch"), optsParam()}, pointerAnd(c, jen.Error()),
			jen.Return(code.Runtime(operation).Types(jen.Id(c.Entity)).Call(append(args, jen.Id("opts").Op("..."))...)),
		))
}

func remove(c *model.Collection) jen.Code {
	does := "removes the %s with the given _id"
	if c.SoftDelete {
		does = "marks the %s with the given _id as deleted, so that only what asks for the deleted finds it"
	}
	return code.Sentences("Delete "+does+". The error is store.ErrNotFound if there is none and, with store.IfRev, store.ErrStale if it has changed.", c.Entity).Line().
		Add(method("Delete", []jen.Code{idParam(c), optsParam()}, []jen.Code{jen.Error()},
			jen.Return(jen.Id("r").Dot("docs").Dot("Delete").Call(jen.Id("ctx"), jen.Id("id"), jen.Id("opts").Op("...")))))
}

// document declares the method that builds a document from a New.
func document(c *model.Collection) jen.Code {
	members := []jen.Code{code.Member("ID", c.ID.New(jen.Id("n").Dot("ID")))}
	for _, f := range c.Fields {
		members = append(members, code.Member(f.Go, newValue(f, jen.Id("n").Dot(f.Go))))
	}
	var body []jen.Code
	stamps := c.TimestampFields()
	if len(stamps) > 0 {
		body = append(body, jen.Id("now").Op(":=").Add(code.Wire("Now")).Call())
	}
	for _, f := range stamps {
		members = append(members, code.Member(f.Go, jen.Id("now")))
	}
	members = append(members, code.Member("rev", firstRev(c)))
	body = append(body, jen.Return(code.Literal(jen.Id(c.Entity), members...)))
	return jen.Func().Params(jen.Id("n").Op("*").Id("New")).Id("document").Params().Id(c.Entity).Block(body...)
}

// firstRev returns the revision of a new document.
func firstRev(c *model.Collection) jen.Code {
	if c.BeginsAtTime() {
		return code.Runtime("FirstRev").Call()
	}
	return jen.Lit(1)
}

// newValue returns the value of f in a document that is made of v, its value in a New.
func newValue(f *kinds.Field, v *jen.Statement) jen.Code {
	switch {
	case f.Default == nil:
		return v
	case f.Type.HoldsMissing:
		return orDefault(f, v)
	}
	return v.Dot("Or").Call(f.StoredDefault())
}

// changes declares the method that turns a patch into a store.Changes.
func changes(name string, fields []*kinds.Field) jen.Code {
	prefix := func(f *kinds.Field) jen.Code { return jen.Lit(f.StoredName()) }
	fn := jen.Func().Params(jen.Id("p").Id(name)).Id("changes").Params().Add(code.Runtime("Changes"))
	body := []jen.Code{jen.Var().Id("c").Add(code.Runtime("Changes"))}
	to := jen.Op("&").Id("c")
	if name != "Patch" {
		prefix = func(f *kinds.Field) jen.Code { return jen.Id("prefix").Op("+").Lit(f.StoredName()) }
		fn = jen.Func().Params(jen.Id("p").Id(name)).Id("apply").Params(jen.Id("c").Op("*").Add(code.Runtime("Changes")), jen.Id("prefix").String())
		body, to = requireMembers(fields), jen.Id("c")
	}
	for _, f := range kinds.Changeable(fields) {
		at := jen.Id("p").Dot(f.Go)
		if needsCurrent(f) {
			body = append(body, code.Runtime("Apply").Call(to, prefix(f), at, kinds.AppendGiven.Of(f.Type)))
			continue
		}
		if f.Type.HasIdentities() {
			body = append(body, applyElements(to, prefix(f), at, f))
			continue
		}
		if f.Type.IsMerged {
			body = append(body, applyAny(to, prefix(f), at, f))
			continue
		}
		body = append(body, applyChange(f.Type, to, prefix(f), at))
		if f.Type.IsEntries && f.MinLen+f.MaxLen > 0 {
			body = append(body, code.Runtime("BoundEntries").Call(to, prefix(f), at, jen.Lit(f.MinLen), jen.Lit(f.MaxLen), jen.Lit(f.Required)))
		}
	}
	if name == "Patch" {
		body = append(body, jen.Return(jen.Id("c")))
	}
	return fn.Block(body...)
}

// requireMembers returns the statements that keep a patch from creating an object without its
// required members.
func requireMembers(fields []*kinds.Field) []jen.Code {
	var list []jen.Code
	for _, f := range fields {
		if !f.Required {
			continue
		}
		given := jen.False()
		if !f.Immutable {
			given = jen.Id("p").Dot(f.Go).Dot("Kind").Call().Op("!=").Add(code.Store("ChangeNone"))
		}
		list = append(list, code.Runtime("Require").Call(jen.Id("c"), jen.Id("prefix"), jen.Lit(f.StoredName()), given))
	}
	return list
}

// pointer returns the expression of a member's JSON pointer; at is the variable
// that holds its owner's, empty for the document itself.
func pointer(at string, f *kinds.Field) jen.Code {
	if at == "" {
		return jen.Lit("/" + f.Name)
	}
	return jen.Id(at).Op("+").Lit("/" + f.Name)
}
