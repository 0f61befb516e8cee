package emit

import (
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addJSON writes json.go: encoding responses and decoding requests.
func addJSON(f *jen.File, c *model.Collection) {
	add(f, marshalJSON(c), appendJSON(c), transcode(c.Entity, visible(c)))
	for _, s := range c.Structs {
		add(f, appendStructJSON(s), transcode(s.Go, shownOf(s.Fields)))
	}
	if !c.Served() {
		return
	}
	add(f, readNew(c), readPatch(c))
	for _, s := range c.Structs {
		add(f, readJSONStruct(s))
	}
	lists := c.ElementLists()
	for _, s := range changedWithin(c, func(f *kinds.Field) bool { return slices.Contains(lists, f) && !f.Unset }) {
		add(f, readJSONStructPatch(s))
	}
}

// visible returns the fields that JSON contains: neither secrets nor the revision.
func visible(c *model.Collection) []*kinds.Field {
	fields := []*kinds.Field{c.ID.Field()}
	fields = append(fields, shownOf(c.Fields)...)
	fields = append(fields, c.TimestampFields()...)
	if c.SoftDelete {
		fields = append(fields, deletedField)
	}
	return fields
}

// shownOf returns those of fields that responses show.
func shownOf(fields []*kinds.Field) []*kinds.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f *kinds.Field) bool { return f.Type.IsHashed || f.Unshown })
}

// jsonKey returns a member's name as JSON writes it, with the colon.
func jsonKey(f *kinds.Field) jen.Code { return code.RawLiteral(strconv.Quote(f.Name) + ":") }

func marshalJSON(c *model.Collection) jen.Code {
	return code.Sentences("MarshalJSON encodes d as the HTTP API does.").Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Id("d").Dot("AppendJSON").Call(jen.Nil()), jen.Nil()),
	)
}

func appendJSON(c *model.Collection) jen.Code {
	names := "the names it is stored under"
	if hasStored(c) {
		names = "the names of the HTTP API"
	}
	return code.Sentences("AppendJSON appends d as a JSON object with %s. It leaves out secrets, and what is missing.", names).Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("AppendJSON").
		Params(jen.Id("dst").Index().Byte()).Index().Byte().Block(appendJSONMembers("d", visible(c))...)
}

// hasStored reports whether some members of documents have other names in the database.
func hasStored(c *model.Collection) bool {
	renamed := func(f *kinds.Field) bool { return f.Stored != "" }
	return slices.ContainsFunc(c.Fields, renamed) ||
		slices.ContainsFunc(c.Structs, func(s *kinds.Struct) bool { return slices.ContainsFunc(s.Fields, renamed) })
}

func appendStructJSON(s *kinds.Struct) jen.Code {
	return jen.Func().Id("marshal"+s.Go).Params(jen.Id("dst").Index().Byte(), jen.Id("v").Id(s.Go)).Index().Byte().
		Block(appendJSONMembers("v", shownOf(s.Fields))...)
}

func appendJSONMembers(own string, fields []*kinds.Field) []jen.Code {
	body := []jen.Code{jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitRune('{'))}
	for _, f := range fields {
		body = append(body, jen.Id("dst").Op("=").Add(f.AppendJSONMember(jen.Id(own).Dot(f.Go), jen.Id("dst"), jsonKey(f))))
	}
	return append(body, jen.Return(code.Wire("CloseJSON").Call(jen.Id("dst"))))
}

// transcode finds all members before it renders them: JSON has them in declared
// order, whatever order they are stored in.
func transcode(name string, fields []*kinds.Field) jen.Code {
	var cases, body []jen.Code
	for i, f := range fields {
		cases = append(cases, jen.Case(jen.Lit(f.StoredName())).Block(
			jen.Id("found").Index(jen.Lit(i)).Op("=").Id("r").Dot("Value").Call()))
		body = append(body, jen.Id("dst").Op("=").Id("r").Dot("Member").Call(
			jen.Id("dst"), jsonKey(f), jen.Id("found").Index(jen.Lit(i)), kinds.Transcode.Of(f.Type), code.RawLiteral(f.MissingJSON())))
	}
	body = append([]jen.Code{
		jen.Var().Id("found").Index(jen.Lit(len(fields))).Add(code.Wire("Value")),
		eachMember(jen.Switch(jen.String().Call(jen.Id("r").Dot("Key").Call())).Block(cases...)),
		jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitRune('{')),
	}, body...)
	body = append(body, jen.Return(code.Wire("CloseJSON").Call(jen.Id("dst"))))
	return jen.Func().Id("transcode"+name).
		Params(jen.Id("r").Op("*").Add(code.Wire("Reader")), jen.Id("dst").Index().Byte()).Index().Byte().Block(body...)
}

// readNew reads the body of a request that creates a document.
func readNew(c *model.Collection) jen.Code {
	var cases []jen.Code
	required := c.Fields
	if c.ID.IsChosen() {
		cases = append(cases, jen.Case(jen.Lit("_id")).Block(newID(c.ID)))
	}
	if c.ID.IsRequired() {
		required = append([]*kinds.Field{c.ID.Field()}, required...)
	}
	for _, f := range c.Fields {
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(newMember(f)))
	}
	if fixed := readOnly(c, !c.ID.IsChosen(), nil); fixed != nil {
		cases = append(cases, fixed)
	}
	return jen.Func().Params(jen.Id("n").Op("*").Id("New")).Id("read").Params(requestParams(c.Fields)...).Block(
		readObject(cases, required))
}

// requestParams returns the parameters of a method that reads fields.
func requestParams(fields []*kinds.Field) []jen.Code {
	secrets := jen.Id("_")
	if hasSecret(fields) {
		secrets = jen.Id("secrets")
	}
	return []jen.Code{jen.Id("r").Op("*").Add(code.Wire("JSONReader")), secrets.Op("*").Add(code.Runtime("Secrets"))}
}

func hasSecret(fields []*kinds.Field) bool {
	for _, f := range fields {
		if f.Type.IsHashed {
			return true
		}
	}
	return false
}

// newID reads the _id of a new document. Zeros stand for one that is to be made.
func newID(id kinds.ID) jen.Code {
	at := jen.Id("n").Dot("ID")
	if id.IsRequired() {
		return at.Op("=").Add(kinds.ReadJSON.Call(id.Type(), jen.Id("r")))
	}
	return at.Op("=").Add(code.Wire("ReadID")).Call(jen.Id("r"), kinds.ReadJSON.Of(id.Type()))
}

func newMember(f *kinds.Field) jen.Code {
	at := jen.Id("n").Dot(f.Go)
	switch {
	case f.Unset:
		return jen.Id("r").Dot("ReadOnly").Call()
	case f.Type.IsHashed:
		read := "ReadOptional"
		if f.Required {
			read = "Read"
		}
		return jen.Id("secrets").Dot(read).Call(jen.Id("r"), jen.Op("&").Id(f.Rule), jen.Op("&").Add(at))
	case !f.Required && !f.Type.HoldsMissing:
		return at.Op("=").Add(code.Wire("ReadOptional")).Call(jen.Id("r"), kinds.ReadJSON.Of(f.Type))
	}
	return at.Op("=").Add(kinds.ReadJSON.Call(f.Type, jen.Id("r")))
}

// readOnly returns the case for members that requests cannot set, _id among them if withID; nil
// if there are none.
func readOnly(c *model.Collection, withID bool, more []*kinds.Field) jen.Code {
	var names []jen.Code
	if withID {
		names = append(names, jen.Lit("_id"))
	}
	for _, f := range more {
		names = append(names, jen.Lit(f.Name))
	}
	for _, f := range c.TimestampFields() {
		names = append(names, jen.Lit(f.Name))
	}
	if c.SoftDelete {
		names = append(names, jen.Lit(deletedField.Name))
	}
	if names == nil {
		return nil
	}
	return jen.Case(names...).Block(jen.Id("r").Dot("ReadOnly").Call())
}

// readObject reads the members of the request's current object. required are
// the fields among which the required ones must be given.
func readObject(cases []jen.Code, required []*kinds.Field) jen.Code {
	cases = append(cases, jen.Default().Block(jen.Return(jen.False())))
	args := []jen.Code{jen.Func().Params(jen.Id("name").String()).Bool().Block(
		jen.Switch(jen.Id("name")).Block(cases...),
		jen.Return(jen.True()),
	)}
	for _, f := range required {
		if f.Required {
			args = append(args, jen.Lit(f.Name))
		}
	}
	return jen.Id("r").Dot("Object").Call(args...)
}

// readPatch reads the body of a request that changes a document.
func readPatch(c *model.Collection) jen.Code {
	var cases []jen.Code
	var fixed []*kinds.Field
	for _, f := range c.Fields {
		if f.Immutable || f.Unset {
			fixed = append(fixed, f)
			continue
		}
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(patchMember(f)))
	}
	return jen.Func().Params(jen.Id("p").Op("*").Id("Patch")).Id("read").Params(requestParams(kinds.Changeable(c.Fields))...).Block(
		readObject(append(cases, readOnly(c, true, fixed)), nil))
}

func patchMember(f *kinds.Field) jen.Code {
	at := jen.Id("p").Dot(f.Go)
	if f.Type.IsHashed {
		return jen.Id("secrets").Dot("ReadChange").Call(jen.Id("r"), jen.Op("&").Id(f.Rule), jen.Op("&").Add(at))
	}
	read, reader := "ReadChange", changeReader
	switch {
	case f.Type.Struct != nil && hasImmutable(f.Type.Struct):
		read = "ReadKeptChange"
	case f.Type.IsMerged:
		return at.Op("=").Add(code.Runtime("ReadMerge")).Call(jen.Id("r"))
	case f.Type.HoldsDistinct:
		read, reader = "ReadSetChange", elementReader
	case f.Type.IsSequence:
		read, reader = "ReadListChange", elementReader
	}
	return at.Op("=").Add(code.Runtime(read)).Call(jen.Id("r"), reader(f.Type))
}

func elementReader(t *kinds.Type) *jen.Statement { return kinds.ReadJSON.Of(t.Elem) }

// hasImmutable reports whether s has an immutable member, itself or in a nested
// object.
func hasImmutable(s *kinds.Struct) bool {
	return slices.ContainsFunc(s.Fields, func(f *kinds.Field) bool {
		return f.Immutable || f.Type.Struct != nil && hasImmutable(f.Type.Struct)
	})
}

func readJSONStruct(s *kinds.Struct) jen.Code {
	var cases []jen.Code
	for _, f := range s.Fields {
		if f.Unset {
			cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(jen.Id("r").Dot("ReadOnly").Call()))
			continue
		}
		read := kinds.ReadJSON.Call(f.Type, jen.Id("r"))
		switch {
		case f.IsOptional() && !f.Type.HoldsMissing:
			read = code.Wire("ReadOptional").Call(jen.Id("r"), kinds.ReadJSON.Of(f.Type))
		case f.DefaultValue() != nil && !f.Type.HoldsMissing:
			read = code.Wire("Keep").Call(jen.Id("r"), jen.Id("v").Dot(f.Go), kinds.ReadJSON.Of(f.Type))
		}
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(jen.Id("v").Dot(f.Go).Op("=").Add(read)))
	}
	return jen.Func().Id("readJSON"+s.Go).Params(jen.Id("r").Op("*").Add(code.Wire("JSONReader"))).Id(s.Go).Block(
		declareDefault(s),
		readObject(cases, s.Fields),
		jen.Return(jen.Id("v")),
	)
}

func readJSONStructPatch(s *kinds.Struct) jen.Code {
	var cases []jen.Code
	for _, f := range s.Fields {
		if f.Immutable || f.Unset {
			cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(jen.Id("r").Dot("ReadOnly").Call()))
			continue
		}
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(patchMember(f)))
	}
	return jen.Func().Id("readJSON"+s.Go+"Patch").Params(jen.Id("r").Op("*").Add(code.Wire("JSONReader"))).Id(s.Go+"Patch").Block(
		jen.Var().Id("p").Id(s.Go+"Patch"),
		readObject(cases, nil),
		jen.Return(jen.Id("p")),
	)
}
