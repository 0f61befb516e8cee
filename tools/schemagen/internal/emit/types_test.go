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
	return with(address("x", "X"), func(f *kinds.Field) { f.Required = true })
}

func TestEncode(t *testing.T) {
	document := func(f *kinds.Field) jen.Code { return appended.of(stored{field: f, value: v}, jen.Id("dst")) }
	within := func(f *kinds.Field) jen.Code {
		return appended.of(stored{field: f, value: v, within: true}, jen.Id("dst"))
	}
	size := func(f *kinds.Field) jen.Code { return sized.of(stored{field: f, value: v}) }
	check(t, []statement{
		{"String", document(x(stringType)), `wire.AppendOptional(dst, "x", v, wire.AppendString)`},
		{"String, required", document(required(stringType)), `wire.AppendString(dst, "x", v)`},
		{"String with a default", document(defaulted(stringType, "d")), `wire.AppendString(dst, "x", v)`},
		{"Email", document(email()), `ruleXOfThing.Append(dst, "x", v)`},
		{"Bool", document(x(boolType)), `wire.AppendOptional(dst, "x", v, wire.AppendBool)`},
		{"Time", document(x(timeType)), `wire.AppendOptional(dst, "x", v, wire.AppendTime)`},
		{"Time, required", document(required(timeType)), `wire.AppendTime(dst, "x", v)`},
		{"Time with a default, of a value object", within(defaulted(timeType, noon)), `wire.AppendTime(dst, "x", cmp.Or(v, time.UnixMilli(1714564800005).UTC()))`},
		{"Secret", document(x(secretType)), `wire.AppendOptional(dst, "x", v, runtime.AppendSecret)`},
		{"Enum", document(x(stateType)), `wire.AppendOptional(dst, "x", v, wire.AppendString)`},
		{"Enum with a default", document(defaulted(stateType, "on")), `wire.AppendString(dst, "x", v)`},
		{"Enum with a default, of a value object", within(defaulted(stateType, "on")), `wire.AppendString(dst, "x", cmp.Or(v, StateOn))`},
		{"Int with a default, of a value object", within(defaulted(intType, int64(3))), `wire.AppendInt(dst, "x", v)`},
		{"List, required", document(required(list(intType))), `wire.AppendList(dst, "x", v, wire.AppendInt)`},
		{"List", document(x(list(intType))), `wire.AppendOptionalList(dst, "x", v, wire.AppendInt)`},
		{"List with a default, of a value object", within(defaulted(list(namedType), []any{"low"})), `wire.AppendList(dst, "x", runtime.ListOr(v, []Level{LevelLow}), wire.AppendString)`},
		{"Map with a default, of a value object", within(defaulted(mapOf(intType), map[string]any{})), `wire.AppendMap(dst, "x", runtime.MapOr(v, map[string]int64{}), wire.AppendInt)`},
		{"List of Lists", document(x(list(list(intType)))), `
wire.AppendOptionalList(dst, "x", v, func(dst []byte, key string, v []int64) []byte {
	return wire.AppendList(dst, key, v, wire.AppendInt)
})`},
		{"List of Objects", document(x(list(plainType))), `wire.AppendOptionalList(dst, "x", v, appendPlain)`},
		{"Bytes", document(x(bytesType)), `wire.AppendOptionalBytes(dst, "x", v)`},
		{"Map", document(x(mapOf(intType))), `wire.AppendOptionalMap(dst, "x", v, wire.AppendInt)`},
		{"the time of creation", document(things().Created()), `wire.AppendTimestamp(dst, "createdAt", v)`},
		{"Set", document(x(set(stringType))), `wire.AppendOptionalSet(dst, "x", v, wire.AppendString)`},
		{"Object", document(x(plainType)), `wire.AppendOptional(dst, "x", v, appendPlain)`},
		{"Object, required", document(required(plainType)), `appendPlain(dst, "x", v)`},
		{"a size", size(x(stringType)), `wire.SizeOptional("x", v, wire.SizeString)`},
		{"the size of what is there", size(required(stringType)), `wire.SizeString("x", v)`},
		{"a Set's size", size(x(set(stateType))), `wire.SizeOptionalSet("x", v, wire.SizeString)`},
	})
}

func TestEncoder(t *testing.T) {
	check(t, []statement{
		{"String", kinds.Append.Of(stringType), `wire.AppendString`},
		{"Email", kinds.Append.Of(emailType), `ruleXOfThing.Append`},
		{"Bool", kinds.Append.Of(boolType), `wire.AppendBool`},
		{"Int", kinds.Append.Of(intType), `wire.AppendInt`},
		{"Float", kinds.Append.Of(floatType), `wire.AppendFloat`},
		{"Time", kinds.Append.Of(timeType), `wire.AppendTime`},
		{"ObjectID", kinds.Append.Of(objectIDType), `wire.AppendObjectID`},
		{"Secret", kinds.Append.Of(secretType), `runtime.AppendSecret`},
		{"Enum", kinds.Append.Of(stateType), `wire.AppendString`},
		{"NamedEnum", kinds.Append.Of(namedType), `wire.AppendString`},
		{"Object", kinds.Append.Of(plainType), `appendPlain`},
		{"List", kinds.Append.Of(list(timeType)), `
func(dst []byte, key string, v []time.Time) []byte {
	return wire.AppendList(dst, key, v, wire.AppendTime)
}`},
		{"Set", kinds.Append.Of(set(namedType)), `
func(dst []byte, key string, v []Level) []byte {
	return wire.AppendSet(dst, key, v, wire.AppendString)
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
	member := func(f *kinds.Field) jen.Code { return appendJSONMembers("d", []*kinds.Field{f})[1] }
	check(t, []statement{
		{"Int", member(required(intType)), "dst = wire.AppendJSONMember(dst, `\"x\":`, d.X, wire.AppendJSONInt)"},
		{"Int that may be missing", member(x(intType)), "dst = wire.AppendJSONOptional(dst, `\"x\":`, d.X, wire.AppendJSONInt)"},
		{"Set", member(required(set(namedType))), "dst = wire.AppendJSONListMember(dst, `\"x\":`, d.X, wire.AppendJSONString[Level])"},
		{"Set that may be missing", member(x(set(namedType))), "dst = wire.AppendJSONOptionalList(dst, `\"x\":`, d.X, wire.AppendJSONString[Level])"},
		{"Map", member(required(mapOf(intType))), "dst = wire.AppendJSONMapMember(dst, `\"x\":`, d.X, wire.AppendJSONInt)"},
		{"Map that may be missing", member(x(mapOf(intType))), "dst = wire.AppendJSONOptionalMap(dst, `\"x\":`, d.X, wire.AppendJSONInt)"},
		{"Bytes that may be missing", member(x(bytesType)), "dst = wire.AppendJSONOptionalBytes(dst, `\"x\":`, d.X)"},
		{"Time", member(required(timeType)), "dst = wire.AppendJSONGiven(dst, `\"x\":`, d.X, wire.AppendJSONTime)"},
		{"Time with a default", member(defaulted(timeType, noon)), "dst = wire.AppendJSONMember(dst, `\"x\":`, d.X, wire.AppendJSONTime)"},
		{"the time of creation", member(things().Created()), "dst = wire.AppendJSONTimestamp(dst, `\"createdAt\":`, d.CreatedAt)"},
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
		{"of a new document", newMember(required(intType)), `n.X = r.Int()`},
		{"of a new document that may be missing", newMember(x(intType)), `n.X = wire.ReadOptional(r, (*wire.JSONReader).Int)`},
		{"of a new document, with a default", newMember(defaulted(intType, int64(3))), `n.X = wire.ReadOptional(r, (*wire.JSONReader).Int)`},
		{"of a new document, an Enum with a default", newMember(defaulted(stateType, "on")), `n.X = wire.ReadOptional(r, enumStateValue.ReadJSON)`},
		{"of a new document, an Object with defaults", newMember(x(richType)), `n.X = wire.ReadOptional(r, readJSONRich)`},
		{"of a new document, a Secret", newMember(secret), `secrets.Read(r, &ruleXOfThing, &n.X)`},
		{"of a patch", patchMember(x(set(stringType))), `p.X = runtime.ReadSetChange(r, (*wire.JSONReader).String)`},
		{"of a patch, a List", patchMember(x(list(plainType))), `p.X = runtime.ReadListChange(r, readJSONPlain)`},
		{"of a patch, an Object", patchMember(x(richType)), `p.X = runtime.ReadChange(r, readJSONRichPatch)`},
		{"of a patch, a Secret", patchMember(secret), `secrets.ReadChange(r, &ruleXOfThing, &p.X)`},
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
		{"Object", defaulted(richType, def.FieldDefaults).DefaultValue(), `defaultRich()`},
		{"Object, required", required(richType).DefaultValue(), `defaultRich()`},
		{"List", defaulted(list(intType), []any{int64(1)}).DefaultValue(), `[]int64{1}`},
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
		"optional Object":  x(richType),
		"Enum without one": x(stateType),
	} {
		if v := f.DefaultValue(); v != nil {
			t.Errorf("%s: a default is emitted", name)
		}
	}
}
