package emit

import (
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// v is the value that tests are about.
var v = jen.Id("v")

func email() *kinds.Field {
	return with(required(emailType), func(f *kinds.Field) { f.Format = def.Email })
}

func TestEncode(t *testing.T) {
	appended := func(f *kinds.Field) jen.Code { return encode(kinds.Append, f, v, jen.Id("dst")) }
	check(t, []statement{
		{"String", appended(x(stringType)), `wire.AppendString(dst, "x", v)`},
		{"String with a default", appended(defaulted(stringType, "d")), `wire.AppendString(dst, "x", v)`},
		{"Email", appended(email()), `wire.AppendEmail(dst, "x", v)`},
		{"Bool", appended(x(boolType)), `wire.AppendBool(dst, "x", v)`},
		{"Int", appended(x(intType)), `wire.AppendInt(dst, "x", v)`},
		{"Float", appended(x(floatType)), `wire.AppendFloat(dst, "x", v)`},
		{"Time", appended(x(timeType)), `wire.AppendTime(dst, "x", v)`},
		{"ObjectID", appended(x(objectIDType)), `wire.AppendObjectID(dst, "x", v)`},
		{"Secret", appended(x(secretType)), `runtime.AppendSecret(dst, "x", v)`},
		{"Enum", appended(x(stateType)), `wire.AppendEnum(dst, "x", v)`},
		{"Enum with a default", appended(defaulted(stateType, "on")), `wire.AppendEnum(dst, "x", cmp.Or(v, StateOn))`},
		{"NamedEnum", appended(x(namedType)), `wire.AppendEnum(dst, "x", v)`},
		{"NamedEnum with a default", appended(defaulted(namedType, "low")), `wire.AppendEnum(dst, "x", cmp.Or(v, LevelLow))`},
		{"List", appended(x(list(intType))), `wire.AppendList(dst, "x", v, wire.AppendInt)`},
		{"List of an Enum", appended(x(list(namedType))), `wire.AppendList(dst, "x", v, wire.AppendEnum)`},
		{"List of Objects", appended(x(list(plainType))), `wire.AppendList(dst, "x", v, appendPlain)`},
		{"Set", appended(x(set(stringType))), `wire.AppendSet(dst, "x", v, wire.AppendString)`},
		{"Object", appended(x(plainType)), `appendPlain(dst, "x", v)`},
		{"its size", encode(kinds.Size, x(stringType), v), `wire.SizeString("x", v)`},
		{"an Enum's size", encode(kinds.Size, defaulted(stateType, "on"), v), `wire.SizeEnum("x", cmp.Or(v, StateOn))`},
		{"a Set's size", encode(kinds.Size, x(set(stateType)), v), `wire.SizeSet("x", v, wire.SizeEnum)`},
		{"an Object's size", encode(kinds.Size, x(richType), v), `sizeRich("x", v)`},
	})
}

func TestEncoder(t *testing.T) {
	check(t, []statement{
		{"String", kinds.Append.Of(stringType), `wire.AppendString`},
		{"Email", kinds.Append.Of(emailType), `wire.AppendEmail`},
		{"Bool", kinds.Append.Of(boolType), `wire.AppendBool`},
		{"Int", kinds.Append.Of(intType), `wire.AppendInt`},
		{"Float", kinds.Append.Of(floatType), `wire.AppendFloat`},
		{"Time", kinds.Append.Of(timeType), `wire.AppendTime`},
		{"ObjectID", kinds.Append.Of(objectIDType), `wire.AppendObjectID`},
		{"Secret", kinds.Append.Of(secretType), `runtime.AppendSecret`},
		{"Enum", kinds.Append.Of(stateType), `wire.AppendEnum`},
		{"NamedEnum", kinds.Append.Of(namedType), `wire.AppendEnum`},
		{"Object", kinds.Append.Of(plainType), `appendPlain`},
		{"List", kinds.Append.Of(list(timeType)), `
func(dst []byte, key string, v []time.Time) []byte {
	return wire.AppendList(dst, key, v, wire.AppendTime)
}`},
		{"Set", kinds.Append.Of(set(namedType)), `
func(dst []byte, key string, v []Level) []byte {
	return wire.AppendSet(dst, key, v, wire.AppendEnum)
}`},
	})
}

func TestDecode(t *testing.T) {
	check(t, []statement{
		{"String", kinds.Read.Call(stringType, jen.Id("r")), `r.String()`},
		{"Bool", kinds.Read.Call(boolType, jen.Id("r")), `r.Bool()`},
		{"Int", kinds.Read.Call(intType, jen.Id("r")), `r.Int()`},
		{"Float", kinds.Read.Call(floatType, jen.Id("r")), `r.Float()`},
		{"Time", kinds.Read.Call(timeType, jen.Id("r")), `r.Time()`},
		{"ObjectID", kinds.Read.Call(objectIDType, jen.Id("r")), `r.ObjectID()`},
		{"Secret", kinds.Read.Call(secretType, jen.Id("r")), `runtime.ReadSecret(r)`},
		{"Enum", kinds.Read.Call(stateType, jen.Id("r")), `enumStateValue.Read(r)`},
		{"NamedEnum", kinds.Read.Call(namedType, jen.Id("r")), `enumLevel.Read(r)`},
		{"Object", kinds.Read.Call(plainType, jen.Id("r")), `readPlain(r)`},
		{"List", kinds.Read.Call(list(objectIDType), jen.Id("r")), `wire.ReadList(r, (*wire.Reader).ObjectID)`},
		{"List of Objects", kinds.Read.Call(list(plainType), jen.Id("r")), `wire.ReadList(r, readPlain)`},
		{"Set", kinds.Read.Call(set(stateType), jen.Id("r")), `wire.ReadSet(r, enumStateValue.Read)`},
	})
}

func TestTranscoder(t *testing.T) {
	check(t, []statement{
		{"String", kinds.Transcode.Of(stringType), `(*wire.Reader).JSONString`},
		{"Bool", kinds.Transcode.Of(boolType), `(*wire.Reader).JSONBool`},
		{"Int", kinds.Transcode.Of(intType), `(*wire.Reader).JSONInt`},
		{"Float", kinds.Transcode.Of(floatType), `(*wire.Reader).JSONFloat`},
		{"Time", kinds.Transcode.Of(timeType), `(*wire.Reader).JSONTime`},
		{"ObjectID", kinds.Transcode.Of(objectIDType), `(*wire.Reader).JSONObjectID`},
		{"Enum", kinds.Transcode.Of(stateType), `enumStateValue.JSON`},
		{"NamedEnum", kinds.Transcode.Of(namedType), `enumLevel.JSON`},
		{"Object", kinds.Transcode.Of(plainType), `transcodePlain`},
		{"List", kinds.Transcode.Of(list(floatType)), `
func(r *wire.Reader, dst []byte) []byte {
	return wire.JSONList(r, dst, (*wire.Reader).JSONFloat)
}`},
		{"Set", kinds.Transcode.Of(set(namedType)), `
func(r *wire.Reader, dst []byte) []byte {
	return wire.JSONSet(r, dst, enumLevel.JSON)
}`},
	})
}

func TestMarshaller(t *testing.T) {
	check(t, []statement{
		{"String", kinds.Marshal.Of(stringType), `wire.AppendJSONString[string]`},
		{"Bool", kinds.Marshal.Of(boolType), `wire.AppendJSONBool`},
		{"Int", kinds.Marshal.Of(intType), `wire.AppendJSONInt`},
		{"Float", kinds.Marshal.Of(floatType), `wire.AppendJSONFloat`},
		{"Time", kinds.Marshal.Of(timeType), `wire.AppendJSONTime`},
		{"ObjectID", kinds.Marshal.Of(objectIDType), `wire.AppendJSONObjectID`},
		{"Enum", kinds.Marshal.Of(stateType), `wire.AppendJSONString[StateValue]`},
		{"NamedEnum", kinds.Marshal.Of(namedType), `wire.AppendJSONString[Level]`},
		{"Object", kinds.Marshal.Of(plainType), `marshalPlain`},
		{"List", kinds.Marshal.Of(list(plainType)), `
func(dst []byte, v []Plain) []byte {
	return wire.AppendJSONList(dst, v, marshalPlain)
}`},
		{"Set", kinds.Marshal.Of(set(intType)), `
func(dst []byte, v []int64) []byte {
	return wire.AppendJSONList(dst, v, wire.AppendJSONInt)
}`},
	})
}

func TestMarshalledMembers(t *testing.T) {
	member := func(typ *kinds.Type) jen.Code { return appendJSONMembers("d", []*kinds.Field{x(typ)})[1] }
	check(t, []statement{
		{"Int", member(intType), "dst = wire.AppendJSONMember(dst, `\"x\":`, d.X, wire.AppendJSONInt)"},
		{"Time", member(timeType), "dst = wire.AppendJSONOptional(dst, `\"x\":`, d.X, wire.AppendJSONTime)"},
		{"Set", member(set(namedType)), "dst = wire.AppendJSONListMember(dst, `\"x\":`, d.X, wire.AppendJSONString[Level])"},
		{"Map", member(mapOf(intType)), "dst = wire.AppendJSONMapMember(dst, `\"x\":`, d.X, wire.AppendJSONInt)"},
	})
}

func TestRequested(t *testing.T) {
	check(t, []statement{
		{"String", kinds.ReadJSON.Call(stringType, jen.Id("r")), `r.String()`},
		{"Bool", kinds.ReadJSON.Call(boolType, jen.Id("r")), `r.Bool()`},
		{"Int", kinds.ReadJSON.Call(intType, jen.Id("r")), `r.Int()`},
		{"Float", kinds.ReadJSON.Call(floatType, jen.Id("r")), `r.Float()`},
		{"Time", kinds.ReadJSON.Call(timeType, jen.Id("r")), `r.Time()`},
		{"ObjectID", kinds.ReadJSON.Call(objectIDType, jen.Id("r")), `r.ObjectID()`},
		{"Enum", kinds.ReadJSON.Call(stateType, jen.Id("r")), `enumStateValue.ReadJSON(r)`},
		{"NamedEnum", kinds.ReadJSON.Call(namedType, jen.Id("r")), `enumLevel.ReadJSON(r)`},
		{"Object", kinds.ReadJSON.Call(plainType, jen.Id("r")), `readJSONPlain(r)`},
		{"List", kinds.ReadJSON.Call(list(boolType), jen.Id("r")), `wire.ReadJSONList(r, (*wire.JSONReader).Bool)`},
		{"Set", kinds.ReadJSON.Call(set(stateType), jen.Id("r")), `wire.ReadJSONSet(r, enumStateValue.ReadJSON)`},
		{"as a function", kinds.ReadJSON.Of(list(plainType)), `
func(r *wire.JSONReader) []Plain {
	return wire.ReadJSONList(r, readJSONPlain)
}`},
	})
}

func TestRequestedMembers(t *testing.T) {
	secret := with(required(secretType), func(f *kinds.Field) { f.MinLen, f.MaxLen = 8, 256 })
	check(t, []statement{
		{"of a new document", newMember("Thing", x(intType)), `n.X = r.Int()`},
		{"of a new document, with a default", newMember("Thing", defaulted(intType, int64(3))), `n.X = wire.Optional(r, (*wire.JSONReader).Int)`},
		{"of a new document, an Enum with a default", newMember("Thing", defaulted(stateType, "on")), `n.X = enumStateValue.ReadJSON(r)`},
		{"of a new document, an Object with defaults", newMember("Thing", x(richType)), `n.X = wire.Optional(r, readJSONRich)`},
		{"of a new document, a Secret", newMember("Thing", secret), `secrets.Read(r, &ruleXOfThing, &n.X)`},
		{"of a patch", patchMember("Thing", x(set(stringType))), `p.X = runtime.ReadSetChange(r, (*wire.JSONReader).String)`},
		{"of a patch, a List", patchMember("Thing", x(list(plainType))), `p.X = runtime.ReadListChange(r, readJSONPlain)`},
		{"of a patch, an Object", patchMember("Thing", x(richType)), `p.X = runtime.ReadChange(r, readJSONRichPatch)`},
		{"of a patch, a Secret", patchMember("Thing", secret), `secrets.ReadChange(r, &ruleXOfThing, &p.X)`},
	})
}

func TestDefaultValue(t *testing.T) {
	check(t, []statement{
		{"String", defaulted(stringType, `say "so"`).DefaultValue(), `"say \"so\""`},
		{"Bool", defaulted(boolType, true).DefaultValue(), `true`},
		{"Int", defaulted(intType, int64(-3)).DefaultValue(), `-3`},
		{"Float", defaulted(floatType, 0.25).DefaultValue(), `0.25`},
		{"a whole Float", defaulted(floatType, 2.0).DefaultValue(), `2.0`},
		{"Time", defaulted(timeType, noon).DefaultValue(), `time.UnixMilli(1714564800005).UTC()`},
		{"Enum", defaulted(stateType, "on").DefaultValue(), `StateOn`},
		{"NamedEnum", defaulted(namedType, "high").DefaultValue(), `LevelHigh`},
		{"Object", x(richType).DefaultValue(), `defaultRich()`},
	})
}

func TestDefaultValueIsNilForTheZeroValue(t *testing.T) {
	for name, f := range map[string]*kinds.Field{
		"none":             x(intType),
		"empty String":     defaulted(stringType, ""),
		"false":            defaulted(boolType, false),
		"Int 0":            defaulted(intType, int64(0)),
		"Float 0":          defaulted(floatType, 0.0),
		"plain Object":     x(plainType),
		"List":             x(list(richType)),
		"ObjectID":         x(objectIDType),
		"Secret":           x(secretType),
		"Enum without one": x(stateType),
	} {
		if v := f.DefaultValue(); v != nil {
			t.Errorf("%s: a default is emitted", name)
		}
	}
}
