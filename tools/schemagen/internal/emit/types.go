package emit

import (
	"fmt"
	"time"

	"github.com/dave/jennifer/jen"
	driver "go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// The functions below answer, for a type, with the code that handles its values.
// A list's code is made of its element's.

// goType is the type of a field in Go.
func goType(t *model.Type) *jen.Statement {
	switch t.Kind {
	case def.KindBool:
		return jen.Bool()
	case def.KindInt:
		return jen.Int64()
	case def.KindFloat:
		return jen.Float64()
	case def.KindTime:
		return jen.Qual("time", "Time")
	case def.KindObjectID, def.KindRef:
		return bson("ObjectID")
	case def.KindBytes:
		return jen.Index().Byte()
	case def.KindDecimal:
		return bson("Decimal128")
	case def.KindSecret:
		return store("Secret")
	case def.KindEnum, def.KindNamedEnum:
		return jen.Id(t.Enum.Go)
	case def.KindList, def.KindSet:
		return jen.Index().Add(goType(t.Elem))
	case def.KindMap:
		return jen.Map(jen.String()).Add(goType(t.Elem))
	case def.KindObject:
		return jen.Id(t.Struct.Go)
	}
	return jen.String()
}

// scalar is the name that a type's functions bear in api/wire.
var scalar = map[def.Kind]string{
	def.KindString:   "String",
	def.KindBool:     "Bool",
	def.KindInt:      "Int",
	def.KindFloat:    "Float",
	def.KindTime:     "Time",
	def.KindObjectID: "ObjectID",
	def.KindRef:      "ObjectID",
	def.KindBytes:    "Bytes",
	def.KindDecimal:  "Decimal",
}

// container is the name that the functions of a list or map bear in api/wire.
func container(t *model.Type) string { return t.Kind.String() }

func isContainer(t *model.Type) bool { return t.Elem != nil }

func isEnum(t *model.Type) bool { return t.Kind == def.KindEnum || t.Kind == def.KindNamedEnum }

// isID says that a type's values are ObjectIDs.
func isID(t *model.Type) bool { return t.Kind == def.KindObjectID || t.Kind == def.KindRef }

// encoder is the function that appends a member to a BSON document; verb is
// Append, or Size for its twin.
func encoder(verb string, t *model.Type, format def.Format) *jen.Statement {
	switch {
	case isContainer(t):
		return containerEncoder(verb, t)
	case format == def.Email:
		return wire(verb + "Email")
	case isEnum(t):
		return wire(verb + "Enum")
	case t.Kind == def.KindSecret:
		return store(verb + "Secret")
	case t.Kind == def.KindObject:
		return jen.Id(lowerFirst(verb) + t.Struct.Go)
	}
	return wire(verb + scalar[t.Kind])
}

func containerEncoder(verb string, t *model.Type) *jen.Statement {
	key, v := jen.Id("key").String(), jen.Id("v").Add(goType(t))
	call := wire(verb + container(t))
	if verb == "Size" {
		return jen.Func().Params(key, v).Int().Block(
			jen.Return(call.Call(jen.Id("key"), jen.Id("v"), encoder(verb, t.Elem, ""))))
	}
	return jen.Func().Params(jen.Id("dst").Index().Byte(), key, v).Index().Byte().Block(
		jen.Return(call.Call(jen.Id("dst"), jen.Id("key"), jen.Id("v"), encoder(verb, t.Elem, ""))))
}

// encode is the call that appends, or sizes, the member called key with value v;
// leading are the arguments before key.
func encode(verb string, f *model.Field, v jen.Code, leading ...jen.Code) *jen.Statement {
	args := append(leading, jen.Lit(f.Name))
	if isContainer(f.Type) {
		return wire(verb + container(f.Type)).Call(append(args, v, encoder(verb, f.Type.Elem, ""))...)
	}
	if isEnum(f.Type) && declared(f) != nil {
		v = jen.Qual("cmp", "Or").Call(v, defaultValue(f))
	}
	return encoder(verb, f.Type, f.Format).Call(append(args, v)...)
}

// decoder is the function that reads a value from a wire.Reader.
func decoder(t *model.Type) *jen.Statement {
	switch {
	case isContainer(t):
		return jen.Func().Params(jen.Id("r").Op("*").Add(wire("Reader"))).Add(goType(t)).Block(jen.Return(decode(t)))
	case isEnum(t):
		return jen.Id("read" + t.Enum.Go)
	case t.Kind == def.KindSecret:
		return store("ReadSecret")
	case t.Kind == def.KindObject:
		return jen.Id("read" + t.Struct.Go)
	}
	return reader(scalar[t.Kind])
}

// decode is the expression that reads a value from the wire.Reader r.
func decode(t *model.Type) *jen.Statement {
	if isContainer(t) {
		return wire("Read"+container(t)).Call(jen.Id("r"), decoder(t.Elem))
	}
	if name, ok := scalar[t.Kind]; ok {
		return jen.Id("r").Dot(name).Call()
	}
	return decoder(t).Call(jen.Id("r"))
}

// transcoder is the function that renders a value of a wire.Reader as JSON.
func transcoder(t *model.Type) *jen.Statement {
	switch {
	case isContainer(t):
		return jen.Func().Params(jen.Id("r").Op("*").Add(wire("Reader")), jen.Id("dst").Index().Byte()).Index().Byte().Block(
			jen.Return(wire("JSON"+container(t)).Call(jen.Id("r"), jen.Id("dst"), transcoder(t.Elem))),
		)
	case isEnum(t):
		return jen.Id("transcode" + t.Enum.Go)
	case t.Kind == def.KindObject:
		return jen.Id("transcode" + t.Struct.Go)
	case t.Kind == def.KindRef:
		return reader("JSONRef")
	}
	return reader("JSON" + scalar[t.Kind])
}

// marshaller is the function that appends a Go value as JSON.
func marshaller(t *model.Type) *jen.Statement {
	switch {
	case isContainer(t):
		form := "List"
		if t.Kind == def.KindMap {
			form = "Map"
		}
		return jen.Func().Params(jen.Id("dst").Index().Byte(), jen.Id("v").Add(goType(t))).Index().Byte().Block(
			jen.Return(wire("AppendJSON"+form).Call(jen.Id("dst"), jen.Id("v"), marshaller(t.Elem))),
		)
	case isEnum(t):
		return wire("AppendJSONString").Types(jen.Id(t.Enum.Go))
	case t.Kind == def.KindString:
		return wire("AppendJSONString").Types(jen.String())
	case t.Kind == def.KindObject:
		return jen.Id("marshal" + t.Struct.Go)
	}
	return wire("AppendJSON" + scalar[t.Kind])
}

// requester is the function that reads a value of a request.
func requester(t *model.Type) *jen.Statement {
	switch {
	case isContainer(t):
		return jen.Func().Params(jen.Id("r").Op("*").Add(wire("Request"))).Add(goType(t)).Block(
			jen.Return(requested(t)),
		)
	case isEnum(t):
		return jen.Id("request" + t.Enum.Go)
	case t.Kind == def.KindObject:
		return jen.Id("request" + t.Struct.Go)
	}
	return request(scalar[t.Kind])
}

// requested is the expression that reads a value from the wire.Request r.
func requested(t *model.Type) *jen.Statement {
	if isContainer(t) {
		return wire("ReadRequest"+container(t)).Call(jen.Id("r"), requester(t.Elem))
	}
	if name, ok := scalar[t.Kind]; ok {
		return jen.Id("r").Dot(name).Call()
	}
	return requester(t).Call(jen.Id("r"))
}

// omitted says that a value that is missing is left out of JSON: there is none
// that could stand for it.
func omitted(f *model.Field) bool {
	switch f.Type.Kind {
	case def.KindTime, def.KindObjectID, def.KindRef, def.KindEnum, def.KindNamedEnum:
		return declared(f) == nil
	}
	return false
}

// declared is f's declared default; nil also for one that is the zero value,
// which declares nothing.
func declared(f *model.Field) any {
	switch f.Default {
	case "", false, int64(0), 0.0, time.Time{}, zeroDecimal:
		return nil
	}
	return f.Default
}

// zeroDecimal is the 0 that api/wire shows for a decimal that is missing.
var zeroDecimal = driver.NewDecimal128(0x3040000000000000, 0)

// defaultValue is f's default in Go; nil for the zero value.
func defaultValue(f *model.Field) jen.Code {
	if v := declared(f); v != nil {
		return literalOf(f.Type, v)
	}
	if f.Type.Kind == def.KindObject && hasDefaults(f.Type.Struct) {
		return jen.Id("default" + f.Type.Struct.Go).Call()
	}
	return nil
}

// literalOf is v, a value of t, in Go.
func literalOf(t *model.Type, v any) jen.Code {
	switch v := v.(type) {
	case string:
		if isEnum(t) {
			return jen.Id(constant(t.Enum, v))
		}
		return jen.Lit(v)
	case int64:
		return jen.Lit(int(v))
	case time.Time:
		return timeValue(v)
	case driver.Decimal128:
		return decimalValue(v)
	default:
		return jen.Lit(v)
	}
}

func timeValue(t time.Time) jen.Code {
	return jen.Qual("time", "UnixMilli").Call(jen.Lit(int(t.UnixMilli()))).Dot("UTC").Call()
}

func decimalValue(d driver.Decimal128) jen.Code {
	high, low := d.GetBytes()
	return bson("NewDecimal128").Call(jen.Op(fmt.Sprintf("%#x", high)), jen.Op(fmt.Sprintf("%#x", low)))
}

func constant(e *model.Enum, value string) string {
	for _, v := range e.Values {
		if v.Value == value {
			return v.Go
		}
	}
	return e.Go
}

// hasDefaults says whether a missing s differs from the zero value of its type.
func hasDefaults(s *model.Struct) bool {
	for _, f := range s.Fields {
		if defaultValue(f) != nil {
			return true
		}
	}
	return false
}

// byPointer says that New holds a pointer to f's value: its zero value is one
// that a caller may mean, and not the same as leaving it out.
func byPointer(f *model.Field) bool {
	if f.Required || isEnum(f.Type) {
		return false
	}
	return defaultValue(f) != nil
}
