package emit

import (
	"slices"

	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"
	driver "go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// addJSON writes json.go: how documents are answered, and how requests are read.
func addJSON(f *jen.File, c *model.Collection) {
	add(f, marshalJSON(c), appendJSON(c), transcode(c.Entity, visible(c)))
	for _, s := range c.Structs {
		add(f, appendStructJSON(s), transcode(s.Go, s.Fields))
	}
	for _, e := range c.Enums {
		add(f, transcodeEnum(e))
	}
	if !c.Served() {
		return
	}
	add(f, readNew(c), readPatch(c))
	for _, s := range c.Structs {
		add(f, requestStruct(s))
	}
	for _, s := range patched(c) {
		add(f, requestStructPatch(s))
	}
	for _, e := range c.Enums {
		add(f, requestEnum(e))
	}
}

// visible are the fields that JSON carries: secrets and the revision are not.
func visible(c *model.Collection) []*model.Field {
	fields := []*model.Field{idField}
	for _, f := range c.Fields {
		if f.Type.Kind != def.KindSecret {
			fields = append(fields, f)
		}
	}
	if c.Timestamps {
		fields = append(fields, createdField, updatedField)
	}
	return fields
}

// jsonKey is a member's name as JSON writes it, with the colon.
func jsonKey(f *model.Field) jen.Code { return rawLiteral(strconv.Quote(f.Name) + ":") }

func marshalJSON(c *model.Collection) jen.Code {
	return sentences("MarshalJSON renders d as the HTTP API answers it.").Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Id("d").Dot("AppendJSON").Call(jen.Nil()), jen.Nil()),
	)
}

func appendJSON(c *model.Collection) jen.Code {
	return sentences("AppendJSON appends d as a JSON object, its stored names kept. Secrets are left out, and so is what is missing and has no zero value that could stand for it.").Line().
		Func().Params(jen.Id("d").Op("*").Id(c.Entity)).Id("AppendJSON").
		Params(jen.Id("dst").Index().Byte()).Index().Byte().Block(jsonMembers("d", visible(c))...)
}

func appendStructJSON(s *model.Struct) jen.Code {
	return jen.Func().Id("marshal"+s.Go).Params(jen.Id("dst").Index().Byte(), jen.Id("v").Id(s.Go)).Index().Byte().
		Block(jsonMembers("v", s.Fields)...)
}

func jsonMembers(own string, fields []*model.Field) []jen.Code {
	body := []jen.Code{jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitRune('{'))}
	for _, f := range fields {
		fn := wire("AppendJSONMember")
		if omitted(f) {
			fn = wire("AppendJSONOptional")
		}
		body = append(body, jen.Id("dst").Op("=").Add(fn).Call(
			jen.Id("dst"), jsonKey(f), jen.Id(own).Dot(f.Go), marshaller(f.Type)))
	}
	return append(body, jen.Return(wire("CloseJSON").Call(jen.Id("dst"))))
}

// transcode finds the members first and renders them then: JSON keeps the
// declared order, whatever the stored one is.
func transcode(name string, fields []*model.Field) jen.Code {
	var cases, body []jen.Code
	for i, f := range fields {
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(
			jen.Id("found").Index(jen.Lit(i)).Op("=").Id("r").Dot("Value").Call()))
		body = append(body, jen.Id("dst").Op("=").Id("r").Dot("Member").Call(
			jen.Id("dst"), jsonKey(f), jen.Id("found").Index(jen.Lit(i)), transcoder(f.Type), rawLiteral(absent(f))))
	}
	body = append([]jen.Code{
		jen.Var().Id("found").Index(jen.Lit(len(fields))).Add(wire("Value")),
		eachMember(jen.Switch(jen.String().Call(jen.Id("r").Dot("Key").Call())).Block(cases...)),
		jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.LitRune('{')),
	}, body...)
	body = append(body, jen.Return(wire("CloseJSON").Call(jen.Id("dst"))))
	return jen.Func().Id("transcode"+name).
		Params(jen.Id("r").Op("*").Add(wire("Reader")), jen.Id("dst").Index().Byte()).Index().Byte().Block(body...)
}

// absent is the JSON of a value that is missing, empty for one that JSON leaves
// out.
func absent(f *model.Field) string {
	if omitted(f) || f == idField {
		return ""
	}
	switch v := declared(f).(type) {
	case nil:
		return absentZero(f.Type)
	case time.Time:
		return v.Format(`"2006-01-02T15:04:05.000Z"`)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case driver.Decimal128:
		return strconv.Quote(v.String())
	default:
		return plainJSON(v)
	}
}

// plainJSON is v as api/wire renders it: characters that mean something in HTML
// stay as they are.
func plainJSON(v any) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("emit: a default that was checked has no JSON: " + err.Error())
	}
	return wireEscapes.Replace(strings.TrimSuffix(text.String(), "\n"))
}

// wireEscapes are those that api/wire writes otherwise than encoding/json. An
// escaped backslash stands for itself, so that what follows it is no escape.
var wireEscapes = strings.NewReplacer(`\\`, `\\`, `\b`, `\u0008`, `\f`, `\u000c`)

func absentZero(t *model.Type) string {
	switch t.Kind {
	case def.KindBool:
		return "false"
	case def.KindInt, def.KindFloat:
		return "0"
	case def.KindDecimal:
		return `"0"`
	case def.KindList, def.KindSet:
		return "[]"
	case def.KindMap:
		return "{}"
	case def.KindObject:
		var members []string
		for _, f := range t.Struct.Fields {
			if v := absent(f); v != "" {
				members = append(members, strconv.Quote(f.Name)+":"+v)
			}
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	return `""`
}

func transcodeEnum(e *model.Enum) jen.Code {
	return jen.Func().Id("transcode"+e.Go).
		Params(jen.Id("r").Op("*").Add(wire("Reader")), jen.Id("dst").Index().Byte()).Index().Byte().Block(
		jen.Return(wire("JSONEnum").Call(jen.Id("r"), jen.Id("dst"), jen.Id("parse"+e.Go))),
	)
}

// readNew reads the body of a request that creates a document.
func readNew(c *model.Collection) jen.Code {
	var cases []jen.Code
	for _, f := range c.Fields {
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(newMember(f)))
	}
	return jen.Func().Params(jen.Id("n").Op("*").Id("New")).Id("read").Params(requestParams(c.Fields)...).Block(
		readObject(append(cases, readOnly(c, nil)), c.Fields))
}

// requestParams are the parameters of a method that reads fields.
func requestParams(fields []*model.Field) []jen.Code {
	secrets := jen.Id("_")
	if hasSecret(fields) {
		secrets = jen.Id("secrets")
	}
	return []jen.Code{jen.Id("r").Op("*").Add(wire("Request")), secrets.Op("*").Add(store("Secrets"))}
}

func hasSecret(fields []*model.Field) bool {
	for _, f := range fields {
		if f.Type.Kind == def.KindSecret {
			return true
		}
	}
	return false
}

func newMember(f *model.Field) jen.Code {
	at := jen.Id("n").Dot(f.Go)
	switch {
	case f.Type.Kind == def.KindSecret:
		return jen.Id("secrets").Dot("Read").Call(jen.Id("r"), rule(f),
			jen.Func().Params(jen.Id("s").Add(store("Secret"))).Block(jen.Add(at).Op("=").Id("s")))
	case byPointer(f):
		return at.Op("=").Add(wire("Optional")).Call(jen.Id("r"), requester(f.Type))
	}
	return at.Op("=").Add(requested(f.Type))
}

// readOnly is the case of the members that requests cannot set.
func readOnly(c *model.Collection, more []*model.Field) jen.Code {
	names := []jen.Code{jen.Lit("_id")}
	for _, f := range more {
		names = append(names, jen.Lit(f.Name))
	}
	if c.Timestamps {
		names = append(names, jen.Lit("createdAt"), jen.Lit("updatedAt"))
	}
	return jen.Case(names...).Block(jen.Id("r").Dot("ReadOnly").Call())
}

// readObject reads the members of the request's current object. required are
// the fields among which the required ones must be given.
func readObject(cases []jen.Code, required []*model.Field) jen.Code {
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
	var fixed []*model.Field
	for _, f := range c.Fields {
		if f.Immutable {
			fixed = append(fixed, f)
			continue
		}
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(patchMember(f)))
	}
	return jen.Func().Params(jen.Id("p").Op("*").Id("Patch")).Id("read").Params(requestParams(changeable(c.Fields))...).Block(
		readObject(append(cases, readOnly(c, fixed)), nil))
}

func patchMember(f *model.Field) jen.Code {
	at := jen.Id("p").Dot(f.Go)
	if f.Type.Kind == def.KindSecret {
		return jen.Id("secrets").Dot("ReadChange").Call(jen.Id("r"), rule(f),
			jen.Func().Params(jen.Id("c").Add(store("Change").Types(store("Secret")))).Block(jen.Add(at).Op("=").Id("c")))
	}
	read := "ReadChange"
	if f.Type.Kind == def.KindObject && keeps(f.Type.Struct) {
		read = "ReadKeptChange"
	}
	return at.Op("=").Add(store(read)).Call(jen.Id("r"), changeRequester(f.Type))
}

// keeps says that s has a member that is set once, in itself or in an object within.
func keeps(s *model.Struct) bool {
	return slices.ContainsFunc(s.Fields, func(f *model.Field) bool {
		return f.Immutable || f.Type.Kind == def.KindObject && keeps(f.Type.Struct)
	})
}

func requestStruct(s *model.Struct) jen.Code {
	var cases []jen.Code
	for _, f := range s.Fields {
		read := requested(f.Type)
		if defaultValue(f) != nil {
			read = wire("Keep").Call(jen.Id("r"), jen.Id("v").Dot(f.Go), requester(f.Type))
		}
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(jen.Id("v").Dot(f.Go).Op("=").Add(read)))
	}
	return jen.Func().Id("request"+s.Go).Params(jen.Id("r").Op("*").Add(wire("Request"))).Id(s.Go).Block(
		declareDefault(s),
		readObject(cases, s.Fields),
		jen.Return(jen.Id("v")),
	)
}

func requestStructPatch(s *model.Struct) jen.Code {
	var cases []jen.Code
	for _, f := range s.Fields {
		if f.Immutable {
			cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(jen.Id("r").Dot("ReadOnly").Call()))
			continue
		}
		cases = append(cases, jen.Case(jen.Lit(f.Name)).Block(patchMember(f)))
	}
	return jen.Func().Id("request"+s.Go+"Patch").Params(jen.Id("r").Op("*").Add(wire("Request"))).Id(s.Go+"Patch").Block(
		jen.Var().Id("p").Id(s.Go+"Patch"),
		readObject(cases, nil),
		jen.Return(jen.Id("p")),
	)
}

func requestEnum(e *model.Enum) jen.Code {
	return jen.Func().Id("request" + e.Go).Params(jen.Id("r").Op("*").Add(wire("Request"))).Id(e.Go).Block(
		jen.Return(wire("ReadRequestEnum").Call(jen.Id("r"), jen.Id("parse"+e.Go), jen.Id("listed"+e.Go))),
	)
}
