package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addDoc writes doc.go: the package comment and the types.
func addDoc(f *jen.File, c *model.Collection) {
	f.PackageComment(code.Wrap(packageDoc(c)))
	add(f, versionPin())
	doc := "collectionName is the name under which the collection is stored."
	if c.Stored != "" {
		doc = fmt.Sprintf("collectionName is the collection's name in URLs; it is stored as %s.", c.Stored)
	}
	add(f, code.Sentences("%s", doc).Line().
		Const().Id("collectionName").Op("=").Lit(c.Name))
	add(f, entity(c), revMethod(c))
	for _, s := range c.Structs {
		add(f, structType(s))
		if s.HasID {
			add(f, elementID(s))
		}
		if s.HasDefaults() {
			add(f, structDefault(s))
		}
	}
	for _, e := range c.Enums {
		add(f, enumType(e), enumConstants(e), enumVariable(e), enumValues(e))
	}
	add(f, newType(c), patchType(c.Entity, "Patch", c.Fields))
	for _, s := range patched(c) {
		add(f, patchType(s.Go, s.Go+"Patch", s.Fields))
		if s.HasID {
			add(f, elementPatch(s))
		}
	}
}

// versionPin declares a constant that only compiles with the runtime the code was
// generated for.
func versionPin() jen.Code {
	return code.Sentences("This line compiles only with the version of the runtime that this code was generated for. If it does not compile, "+
		"run go generate with the version of %s that go.mod names.", code.Module).Line().
		Const().Id("_").Op("=").Add(code.Runtime(runtimeVersion))
}

func packageDoc(c *model.Collection) string {
	where := "of one tenant. In opens it with the tenant's handle, which comes from the resolver"
	if c.Admin {
		where = "of the admin database. In opens it with the catalog's handle"
	}
	paragraphs := []string{
		fmt.Sprintf("Package %s reads and writes the collection %s %s.", c.Package, c.Name, where),
		sentence(c.Doc),
		"# Reading",
		fmt.Sprintf("%s read by key. Find reads a page of the documents that a Query selects, All streams them all, "+
			"and Count and Exists take a Filter. Filters and sorts are built from the variables of this package, "+
			"such as %s, and one index must serve the query: %s.", joinAnd(append(append([]string{"Get"}, named("By", lookups(c))...), "GetMany")), c.Paths[len(c.Paths)-1].Go, servedList(c)),
		"# Writing",
		fmt.Sprintf("%s take a New, Update takes a Patch, Delete an _id. "+
			"With store.IfRev, a write happens only if the document has not changed since it was read. What is written is checked "+
			"against the declaration in %s first: a *store.InvalidError names every invalid member, and nothing is written.",
			joinAnd(append([]string{"Create", "CreateMany"}, named("UpsertBy", upsertable(c))...)), c.Source),
	}
	if c.SoftDelete {
		paragraphs = append(paragraphs, "# Deleting", deletionDoc)
	}
	paragraphs = append(paragraphs,
		"# Errors",
		"All errors are those of package store, such as store.ErrNotFound, *store.DuplicateError and store.ErrUnavailable, never the driver's.",
	)
	return strings.Join(paragraphs, "\n\n")
}

// lookups returns the indexes that have a By method.
func lookups(c *model.Collection) []*model.Index {
	return slices.DeleteFunc(slices.Clone(c.Indexes), func(x *model.Index) bool { return !x.IsLookup() })
}

// named returns the names of the methods for indexes.
func named(verb string, indexes []*model.Index) []string {
	var names []string
	for _, x := range indexes {
		names = append(names, verb+x.GoKeys())
	}
	return names
}

// joinAnd joins values as a sentence does: a, b and c.
func joinAnd(values []string) string {
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " and " + values[last]
}

func entity(c *model.Collection) jen.Code {
	fields := []jen.Code{
		jen.Comment("ID is the document's _id."),
		jen.Id("ID").Add(c.ID.Type().GoType()),
	}
	fields = append(fields, fieldList(c.Fields)...)
	if f := c.Created(); f != nil {
		fields = append(fields, jen.Comment(f.Go+" is when the document was created, zero if unknown."), jen.Id(f.Go).Add(f.Type.GoType()))
	}
	if f := c.Updated(); f != nil {
		fields = append(fields, jen.Comment(f.Go+" is when the document was last written, zero if unknown."), jen.Id(f.Go).Add(f.Type.GoType()))
	}
	if c.SoftDelete {
		fields = append(fields,
			jen.Comment("DeletedAt is when the document was deleted, zero if it was not."),
			jen.Id("DeletedAt").Qual("time", "Time"),
		)
	}
	fields = append(fields, jen.Line(), jen.Id("rev").Int64())
	return code.Sentences("%s", sentence(c.Doc)).Line().Type().Id(c.Entity).Struct(fields...)
}

func fieldList(fields []*kinds.Field) []jen.Code {
	var list []jen.Code
	for _, f := range fields {
		list = append(list, code.Sentences("%s", fieldDoc(f)), jen.Id(f.Go).Add(f.GoType()))
	}
	return list
}

func fieldDoc(f *kinds.Field) string {
	doc := sentence(f.Doc)
	if f.Declared() != nil && f.Type.Struct == nil {
		doc += fmt.Sprintf(" If missing, it reads as %v.", shown(f))
	}
	return doc
}

// shown returns f's default for documentation.
func shown(f *kinds.Field) string {
	if f.Type.IsContainer() || f.Default == "" {
		return f.MissingJSON()
	}
	return fmt.Sprint(f.Default)
}

func revMethod(c *model.Collection) jen.Code {
	rev := code.Store("NewUntimedRev").Call(jen.Id("d").Dot("rev"))
	if f := c.Updated(); f != nil {
		rev = code.Store("NewRev").Call(jen.Id("d").Dot("rev"), jen.Id("d").Dot(f.Go))
	}
	return code.Sentences("Rev returns the revision that d was read in, for store.IfRev.").Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("Rev").Params().Add(code.Store("Rev")).Block(
		jen.Return(rev),
	)
}

func structType(s *kinds.Struct) jen.Code {
	return code.Sentences("%s", sentence(s.Doc)).Line().Type().Id(s.Go).Struct(fieldList(s.Fields)...)
}

func structDefault(s *kinds.Struct) jen.Code {
	return code.Sentences("default%s returns a %s that has its members' defaults.", s.Go, s.Go).Line().
		Func().Id("default" + s.Go).Params().Id(s.Go).Block(
		jen.Return(code.Literal(jen.Id(s.Go), defaults(s.Fields)...)),
	)
}

// defaults returns the members of a literal that have defaults.
func defaults(fields []*kinds.Field) []jen.Code {
	var members []jen.Code
	for _, f := range fields {
		if v := f.DefaultValue(); v != nil {
			members = append(members, code.Member(f.Go, v))
		}
	}
	return members
}

func enumType(e *kinds.Enum) jen.Code {
	return code.Sentences("%s is one of %s.", e.Go, enumListing(e)).Line().Type().Id(e.Go).String()
}

func enumConstants(e *kinds.Enum) jen.Code {
	var constants []jen.Code
	for _, v := range e.Values {
		constants = append(constants, jen.Id(v.Go).Id(e.Go).Op("=").Lit(v.Value))
	}
	return code.Sentences("The values of %s, in declared order.", e.Go).Line().Const().Defs(constants...)
}

// enumVariable declares the wire.Enum that reads, encodes and checks values.
func enumVariable(e *kinds.Enum) jen.Code {
	names := make([]jen.Code, len(e.Values))
	for i, v := range e.Values {
		names[i] = jen.Id(v.Go)
	}
	return jen.Var().Add(e.Variable()).Op("=").Add(code.Wire("NewEnum").Call(names...))
}

func enumValues(e *kinds.Enum) jen.Code {
	return code.Sentences("%s returns all values of %s, in declared order.", e.ListName(), e.Go).Line().
		Func().Id(e.ListName()).Params().Index().Id(e.Go).Block(
		jen.Return(e.Variable().Dot("Values").Call()),
	)
}

func enumListing(e *kinds.Enum) string {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = v.Value
	}
	return joinOr(values)
}

func newType(c *model.Collection) jen.Code {
	fields := []jen.Code{jen.Comment(newIDDoc(c.ID)), jen.Id("ID").Add(c.ID.Type().GoType())}
	for _, f := range c.Fields {
		doc := sentence(f.Doc)
		switch {
		case f.Required:
			doc += " It is required."
		case len(f.RequiredIf) > 0:
			doc += " It is required if " + f.RequiredIfText() + "."
		case f.Type.Struct != nil && f.Default != nil:
			doc += " If missing, it has its defaults."
		case f.IsMade():
			doc += fmt.Sprintf(" If missing, it is %s.", f.Default)
		case f.Default != nil:
			doc += fmt.Sprintf(" If missing, it is stored as %s.", shown(f))
		}
		fields = append(fields, code.Sentences("%s", doc), jen.Id(f.Go).Add(f.NewType()))
	}
	return code.Sentences("New holds the members of a %s to create.", c.Entity).Line().Type().Id("New").Struct(fields...)
}

func newIDDoc(id kinds.ID) string {
	if id.IsRequired() {
		return "ID is the document's _id. It is required."
	}
	return "ID is the document's _id; if zero, Create makes one."
}

func patchType(owner, name string, fields []*kinds.Field) jen.Code {
	var members []jen.Code
	for _, f := range kinds.Changeable(fields) {
		members = append(members, code.Sentences("%s", sentence(f.Doc)), jen.Id(f.Go).Add(changeType(f.Type)))
	}
	doc := fmt.Sprintf("%s changes members of a %s in the way Patch does.", name, owner)
	if name == "Patch" {
		doc = fmt.Sprintf("Patch changes members of a %s; those that it leaves out stay as they are. "+
			"store.Set replaces a member, store.Unset removes it%s.", owner, otherChanges(fields))
	}
	return code.Sentences("%s", doc).Line().Type().Id(name).Struct(members...)
}

// otherChanges describes the changes besides Set and Unset that some of fields
// take, at any depth.
func otherChanges(fields []*kinds.Field) string {
	text := ""
	if anyChangeable(fields, func(f *kinds.Field) bool { return f.Type.IsNumber }) {
		text += "; store.Inc adds to a number"
	}
	if anyChangeable(fields, func(f *kinds.Field) bool { return f.Type.IsSequence }) {
		text += "; store.AddToSet adds to a list and store.Pull removes from it"
	}
	if anyChangeable(fields, func(f *kinds.Field) bool { return f.Type.HasIdentities() }) {
		text += "; store.Push, store.PullID and store.Element change a list by the _ids of its elements"
	}
	if anyChangeable(fields, func(f *kinds.Field) bool { return f.Type.IsEntries }) {
		text += "; store.Entries changes entries of a map"
	}
	if anyChangeable(fields, func(f *kinds.Field) bool { return f.Type.IsMerged }) {
		text += "; store.Merge changes members of a value of any type"
	}
	return text
}

// patched returns the value objects that a patch changes member by member. Those
// within lists are replaced as a whole, unless they have an _id.
func patched(c *model.Collection) []*kinds.Struct {
	return changedWithin(c, func(*kinds.Field) bool { return true })
}

// changedWithin returns the value objects that changes reach into; isOpen reports whether they
// reach into the elements of a list that have an _id.
func changedWithin(c *model.Collection, isOpen func(list *kinds.Field) bool) []*kinds.Struct {
	reached := map[*kinds.Struct]bool{}
	var reach func([]*kinds.Field)
	reach = func(fields []*kinds.Field) {
		for _, f := range kinds.Changeable(fields) {
			t := f.Type
			for t.IsEntries {
				t = t.Elem
			}
			if t.HasIdentities() && isOpen(f) {
				t = t.Elem
			}
			if s := t.Struct; s != nil && !reached[s] {
				reached[s] = true
				reach(s.Fields)
			}
		}
	}
	reach(c.Fields)
	var list []*kinds.Struct
	for _, s := range c.Structs {
		if reached[s] {
			list = append(list, s)
		}
	}
	return list
}
