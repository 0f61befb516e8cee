package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addBSON writes bson.go: encoding to and decoding from BSON.
func addBSON(f *jen.File, c *model.Collection) {
	add(f, appendDocument(c), sizeDocument(c), unmarshal(c))
	for _, s := range c.Structs {
		add(f, appendStruct(s), sizeStruct(s), readStruct(s))
	}
}

// stored is a member of a stored document, whether or not the schema declares it.
type stored struct {
	field *kinds.Field
	value jen.Code
	// within reports whether it is a member of a value object, as code has made it.
	within bool
}

// members returns the members of a document in stored order: _id, the declared
// fields, the timestamps, deletedAt and the revision. own is the variable that holds the
// document.
func members(c *model.Collection, own string) []stored {
	list := []stored{{field: c.ID.Field(), value: jen.Id(own).Dot("ID")}}
	for _, f := range c.Fields {
		list = append(list, stored{field: f, value: jen.Id(own).Dot(f.Go)})
	}
	for _, f := range c.TimestampFields() {
		list = append(list, stored{field: f, value: jen.Id(own).Dot(f.Go)})
	}
	if c.SoftDelete {
		list = append(list, stored{field: deletedField, value: jen.Id(own).Dot("DeletedAt")})
	}
	return append(list, stored{field: revField, value: jen.Id(own).Dot("rev")})
}

func appendDocument(c *model.Collection) jen.Code {
	body := []jen.Code{
		jen.Id("dst").Op("=").Qual("slices", "Grow").Call(jen.Id("dst"), jen.Id("d").Dot("sizeBSON").Call()),
		jen.List(jen.Id("dst"), jen.Id("start")).Op(":=").Add(code.Wire("BeginDocument")).Call(jen.Id("dst")),
	}
	for _, m := range members(c, "d") {
		body = append(body, jen.Id("dst").Op("=").Add(appended.of(m, jen.Id("dst"))))
	}
	body = append(body, jen.Return(code.Wire("EndDocument").Call(jen.Id("dst"), jen.Id("start"))))
	return code.Sentences("AppendBSON appends d as it is stored: normalized, sets without duplicates, defaults written out. It grows dst at most once.").Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("AppendBSON").
		Params(jen.Id("dst").Index().Byte()).Index().Byte().Block(body...)
}

func sizeDocument(c *model.Collection) jen.Code {
	sum := code.Wire("DocumentOverhead")
	for _, m := range members(c, "d") {
		sum.Op("+").Line().Add(sized.of(m))
	}
	return jen.Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("sizeBSON").Params().Int().Block(jen.Return(sum))
}

func unmarshal(c *model.Collection) jen.Code {
	return code.Sentences("UnmarshalBSON decodes a stored document and retains no part of raw. It checks types and the values of enums, nothing else; the error is a *wire.ValueError.").Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("UnmarshalBSON").
		Params(jen.Id("raw").Index().Byte()).Error().Block(
		jen.Id("r").Op(":=").Add(code.Wire("NewReader")).Call(jen.Id("raw")),
		jen.Defer().Id("r").Dot("Release").Call(),
		jen.Op("*").Id("d").Op("=").Add(code.OrEmpty(jen.Id(c.Entity), defaults(c.Fields))),
		readMembers(members(c, "d")),
		jen.Return(jen.Id("r").Dot("Err").Call()),
	)
}

// readMembers loops over the members of the document at r.
func readMembers(list []stored) jen.Code {
	var cases []jen.Code
	for _, m := range list {
		read := kinds.Read.Call(m.field.Type, jen.Id("r"))
		if m.field.IsOptional() && !m.field.Type.HoldsMissing {
			read = code.Store("Some").Call(read)
		}
		cases = append(cases, jen.Case(jen.Lit(m.field.StoredName())).Block(jen.Add(m.value).Op("=").Add(read)))
	}
	return eachMember(jen.Switch(jen.String().Call(jen.Id("r").Dot("Key").Call())).Block(cases...))
}

func eachMember(body jen.Code) jen.Code {
	return jen.For(
		jen.Id("end").Op(":=").Id("r").Dot("EnterDocument").Call(),
		jen.Id("r").Dot("Next").Call(jen.Id("end")),
		jen.Empty(),
	).Block(body)
}

func structMembers(s *kinds.Struct) []stored {
	var list []stored
	for _, f := range s.Fields {
		list = append(list, stored{field: f, value: jen.Id("v").Dot(f.Go), within: true})
	}
	return list
}

func appendStruct(s *kinds.Struct) jen.Code {
	body := []jen.Code{
		jen.List(jen.Id("dst"), jen.Id("start")).Op(":=").Add(code.Wire("BeginDocument")).Call(
			code.Wire("AppendHeader").Call(jen.Id("dst"), code.BSON("TypeEmbeddedDocument"), jen.Id("key"))),
	}
	for _, m := range structMembers(s) {
		body = append(body, jen.Id("dst").Op("=").Add(appended.of(m, jen.Id("dst"))))
	}
	body = append(body, jen.Return(code.Wire("EndDocument").Call(jen.Id("dst"), jen.Id("start"))))
	return jen.Func().Id("append"+s.Go).
		Params(jen.Id("dst").Index().Byte(), jen.Id("key").String(), jen.Id("v").Id(s.Go)).Index().Byte().Block(body...)
}

func sizeStruct(s *kinds.Struct) jen.Code {
	sum := code.Wire("SizeHeader").Call(jen.Id("key")).Op("+").Add(code.Wire("DocumentOverhead"))
	for _, m := range structMembers(s) {
		sum.Op("+").Line().Add(sized.of(m))
	}
	return jen.Func().Id("size"+s.Go).Params(jen.Id("key").String(), jen.Id("v").Id(s.Go)).Int().Block(jen.Return(sum))
}

func readStruct(s *kinds.Struct) jen.Code {
	return jen.Func().Id("read"+s.Go).Params(jen.Id("r").Op("*").Add(code.Wire("Reader"))).Id(s.Go).Block(
		declareDefault(s),
		readMembers(structMembers(s)),
		jen.Return(jen.Id("v")),
	)
}

// declareDefault declares v with the defaults of its members.
func declareDefault(s *kinds.Struct) jen.Code {
	if s.HasDefaults() {
		return jen.Id("v").Op(":=").Id("default" + s.Go).Call()
	}
	return jen.Var().Id("v").Id(s.Go)
}
