package emit

import (
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// v is the value that tests are about.
var v = jen.Id("v")

func email() *model.Field {
	return with(required(stringType), func(f *model.Field) { f.Format = def.Email })
}

func TestEncode(t *testing.T) {
	appended := func(f *model.Field) jen.Code { return encode("Append", f, v, jen.Id("dst")) }
	check(t, []statement{
		{"String", appended(x(stringType)), `wire.AppendString(dst, "x", v)`},
		{"String with a default", appended(defaulted(stringType, "d")), `wire.AppendString(dst, "x", v)`},
		{"Email", appended(email()), `wire.AppendEmail(dst, "x", v)`},
		{"Bool", appended(x(boolType)), `wire.AppendBool(dst, "x", v)`},
		{"Int", appended(x(intType)), `wire.AppendInt(dst, "x", v)`},
		{"Float", appended(x(floatType)), `wire.AppendFloat(dst, "x", v)`},
		{"Time", appended(x(timeType)), `wire.AppendTime(dst, "x", v)`},
		{"ObjectID", appended(x(objectIDType)), `wire.AppendObjectID(dst, "x", v)`},
		{"Secret", appended(x(secretType)), `store.AppendSecret(dst, "x", v)`},
		{"Enum", appended(x(stateType)), `wire.AppendEnum(dst, "x", v)`},
		{"Enum with a default", appended(defaulted(stateType, "on")), `wire.AppendEnum(dst, "x", cmp.Or(v, StateOn))`},
		{"NamedEnum", appended(x(namedType)), `wire.AppendEnum(dst, "x", v)`},
		{"NamedEnum with a default", appended(defaulted(namedType, "low")), `wire.AppendEnum(dst, "x", cmp.Or(v, LevelLow))`},
		{"List", appended(x(list(intType))), `wire.AppendList(dst, "x", v, wire.AppendInt)`},
		{"List of an Enum", appended(x(list(namedType))), `wire.AppendList(dst, "x", v, wire.AppendEnum)`},
		{"List of Objects", appended(x(list(plainType))), `wire.AppendList(dst, "x", v, appendPlain)`},
		{"Set", appended(x(set(stringType))), `wire.AppendSet(dst, "x", v, wire.AppendString)`},
		{"Object", appended(x(plainType)), `appendPlain(dst, "x", v)`},
		{"its size", encode("Size", x(stringType), v), `wire.SizeString("x", v)`},
		{"an Enum's size", encode("Size", defaulted(stateType, "on"), v), `wire.SizeEnum("x", cmp.Or(v, StateOn))`},
		{"a Set's size", encode("Size", x(set(stateType)), v), `wire.SizeSet("x", v, wire.SizeEnum)`},
		{"an Object's size", encode("Size", x(richType), v), `sizeRich("x", v)`},
	})
}

func TestEncoder(t *testing.T) {
	check(t, []statement{
		{"String", encoder("Append", stringType, ""), `wire.AppendString`},
		{"Email", encoder("Append", stringType, def.Email), `wire.AppendEmail`},
		{"Bool", encoder("Append", boolType, ""), `wire.AppendBool`},
		{"Int", encoder("Append", intType, ""), `wire.AppendInt`},
		{"Float", encoder("Append", floatType, ""), `wire.AppendFloat`},
		{"Time", encoder("Append", timeType, ""), `wire.AppendTime`},
		{"ObjectID", encoder("Append", objectIDType, ""), `wire.AppendObjectID`},
		{"Secret", encoder("Append", secretType, ""), `store.AppendSecret`},
		{"Enum", encoder("Append", stateType, ""), `wire.AppendEnum`},
		{"NamedEnum", encoder("Append", namedType, ""), `wire.AppendEnum`},
		{"Object", encoder("Append", plainType, ""), `appendPlain`},
		{"List", encoder("Append", list(timeType), ""), `
func(dst []byte, key string, v []time.Time) []byte {
	return wire.AppendList(dst, key, v, wire.AppendTime)
}`},
		{"Set", encoder("Append", set(namedType), ""), `
func(dst []byte, key string, v []Level) []byte {
	return wire.AppendSet(dst, key, v, wire.AppendEnum)
}`},
	})
}

func TestDecode(t *testing.T) {
	check(t, []statement{
		{"String", decode(stringType), `r.String()`},
		{"Bool", decode(boolType), `r.Bool()`},
		{"Int", decode(intType), `r.Int()`},
		{"Float", decode(floatType), `r.Float()`},
		{"Time", decode(timeType), `r.Time()`},
		{"ObjectID", decode(objectIDType), `r.ObjectID()`},
		{"Secret", decode(secretType), `store.ReadSecret(r)`},
		{"Enum", decode(stateType), `readStateEnum(r)`},
		{"NamedEnum", decode(namedType), `readLevel(r)`},
		{"Object", decode(plainType), `readPlain(r)`},
		{"List", decode(list(objectIDType)), `wire.ReadList(r, (*wire.Reader).ObjectID)`},
		{"List of Objects", decode(list(plainType)), `wire.ReadList(r, readPlain)`},
		{"Set", decode(set(stateType)), `wire.ReadSet(r, readStateEnum)`},
	})
}

func TestTranscoder(t *testing.T) {
	check(t, []statement{
		{"String", transcoder(stringType), `(*wire.Reader).JSONString`},
		{"Bool", transcoder(boolType), `(*wire.Reader).JSONBool`},
		{"Int", transcoder(intType), `(*wire.Reader).JSONInt`},
		{"Float", transcoder(floatType), `(*wire.Reader).JSONFloat`},
		{"Time", transcoder(timeType), `(*wire.Reader).JSONTime`},
		{"ObjectID", transcoder(objectIDType), `(*wire.Reader).JSONObjectID`},
		{"Enum", transcoder(stateType), `transcodeStateEnum`},
		{"NamedEnum", transcoder(namedType), `transcodeLevel`},
		{"Object", transcoder(plainType), `transcodePlain`},
		{"List", transcoder(list(floatType)), `
func(r *wire.Reader, dst []byte) []byte {
	return wire.JSONList(r, dst, (*wire.Reader).JSONFloat)
}`},
		{"Set", transcoder(set(namedType)), `
func(r *wire.Reader, dst []byte) []byte {
	return wire.JSONSet(r, dst, transcodeLevel)
}`},
	})
}

func TestMarshaller(t *testing.T) {
	check(t, []statement{
		{"String", marshaller(stringType), `wire.AppendJSONString[string]`},
		{"Bool", marshaller(boolType), `wire.AppendJSONBool`},
		{"Int", marshaller(intType), `wire.AppendJSONInt`},
		{"Float", marshaller(floatType), `wire.AppendJSONFloat`},
		{"Time", marshaller(timeType), `wire.AppendJSONTime`},
		{"ObjectID", marshaller(objectIDType), `wire.AppendJSONObjectID`},
		{"Enum", marshaller(stateType), `wire.AppendJSONString[StateEnum]`},
		{"NamedEnum", marshaller(namedType), `wire.AppendJSONString[Level]`},
		{"Object", marshaller(plainType), `marshalPlain`},
		{"List", marshaller(list(plainType)), `
func(dst []byte, v []Plain) []byte {
	return wire.AppendJSONList(dst, v, marshalPlain)
}`},
		{"Set", marshaller(set(intType)), `
func(dst []byte, v []int64) []byte {
	return wire.AppendJSONList(dst, v, wire.AppendJSONInt)
}`},
	})
}

func TestRequested(t *testing.T) {
	check(t, []statement{
		{"String", requested(stringType), `r.String()`},
		{"Bool", requested(boolType), `r.Bool()`},
		{"Int", requested(intType), `r.Int()`},
		{"Float", requested(floatType), `r.Float()`},
		{"Time", requested(timeType), `r.Time()`},
		{"ObjectID", requested(objectIDType), `r.ObjectID()`},
		{"Enum", requested(stateType), `requestStateEnum(r)`},
		{"NamedEnum", requested(namedType), `requestLevel(r)`},
		{"Object", requested(plainType), `requestPlain(r)`},
		{"List", requested(list(boolType)), `wire.ReadRequestList(r, (*wire.Request).Bool)`},
		{"Set", requested(set(stateType)), `wire.ReadRequestSet(r, requestStateEnum)`},
		{"as a function", requester(list(plainType)), `
func(r *wire.Request) []Plain {
	return wire.ReadRequestList(r, requestPlain)
}`},
	})
}

func TestRequestedMembers(t *testing.T) {
	secret := with(required(secretType), func(f *model.Field) { f.MinLen, f.MaxLen = 8, 256 })
	check(t, []statement{
		{"of a new document", newMember(x(intType)), `n.X = r.Int()`},
		{"of a new document, with a default", newMember(defaulted(intType, int64(3))), `n.X = wire.Optional(r, (*wire.Request).Int)`},
		{"of a new document, an Enum with a default", newMember(defaulted(stateType, "on")), `n.X = requestStateEnum(r)`},
		{"of a new document, an Object with defaults", newMember(x(richType)), `n.X = wire.Optional(r, requestRich)`},
		{"of a new document, a Secret", newMember(secret), `
secrets.Read(r, wire.Text{Required: true, MinLen: 8, MaxLen: 256}, func(s store.Secret) {
	n.X = s
})`},
		{"of a patch", patchMember(x(set(stringType))), `
p.X = store.ReadChange(r, func(r *wire.Request) []string {
	return wire.ReadRequestSet(r, (*wire.Request).String)
})`},
		{"of a patch, an Object", patchMember(x(richType)), `p.X = store.ReadChange(r, requestRichPatch)`},
		{"of a patch, a Secret", patchMember(secret), `
secrets.ReadChange(r, wire.Text{Required: true, MinLen: 8, MaxLen: 256}, func(c store.Change[store.Secret]) {
	p.X = c
})`},
	})
}

func TestDefaultValue(t *testing.T) {
	check(t, []statement{
		{"String", defaultValue(defaulted(stringType, `say "so"`)), `"say \"so\""`},
		{"Bool", defaultValue(defaulted(boolType, true)), `true`},
		{"Int", defaultValue(defaulted(intType, int64(-3))), `-3`},
		{"Float", defaultValue(defaulted(floatType, 0.25)), `0.25`},
		{"a whole Float", defaultValue(defaulted(floatType, 2.0)), `2.0`},
		{"Time", defaultValue(defaulted(timeType, noon)), `time.UnixMilli(1714564800005).UTC()`},
		{"Enum", defaultValue(defaulted(stateType, "on")), `StateOn`},
		{"NamedEnum", defaultValue(defaulted(namedType, "high")), `LevelHigh`},
		{"Object", defaultValue(x(richType)), `defaultRich()`},
	})
}

func TestDefaultValueIsNilForTheZeroValue(t *testing.T) {
	for name, f := range map[string]*model.Field{
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
		if v := defaultValue(f); v != nil {
			t.Errorf("%s: a default is emitted", name)
		}
	}
}
