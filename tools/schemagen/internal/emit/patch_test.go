package emit

import (
	"testing"

	"github.com/dave/jennifer/jen"
	driver "go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

var (
	bytesType   = &kinds.Type{Kind: kindOf(def.KindBytes)}
	decimalType = &kinds.Type{Kind: kindOf(def.KindDecimal)}
	refType     = &kinds.Type{Kind: kindOf(def.KindRef), Collection: "things"}
)

func mapOf(t *kinds.Type) *kinds.Type { return &kinds.Type{Kind: kindOf(def.KindMap), Elem: t} }

func decimal(t *testing.T, text string) driver.Decimal128 {
	t.Helper()
	d, err := driver.ParseDecimal128(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestGoTypes(t *testing.T) {
	check(t, []statement{
		{"Bytes", jen.Var().Id("x").Add(bytesType.GoType()), `var x []byte`},
		{"Decimal", jen.Var().Id("x").Add(decimalType.GoType()), `var x bson.Decimal128`},
		{"Ref", jen.Var().Id("x").Add(refType.GoType()), `var x bson.ObjectID`},
		{"Map", jen.Var().Id("x").Add(mapOf(list(mapOf(plainType))).GoType()), `var x map[string][]map[string]Plain`},
		{"change of a list", jen.Var().Id("x").Add(changeType(list(mapOf(intType)))), `var x store.Change[[]map[string]int64]`},
		{"change of a map", jen.Var().Id("x").Add(changeType(mapOf(mapOf(plainType)))), `var x store.Change[store.Entries[store.Entries[PlainPatch]]]`},
	})
}

func TestNested(t *testing.T) {
	nested := mapOf(list(refType))
	check(t, []statement{
		{"encode", appended.of(stored{field: x(nested), value: jen.Id("v")}, jen.Id("dst")), `
wire.AppendOptionalMap(dst, "x", v, func(dst []byte, key string, v []bson.ObjectID) []byte {
	return wire.AppendList(dst, key, v, wire.AppendObjectID)
})`},
		{"size", sized.of(stored{field: x(nested), value: jen.Id("v")}), `
wire.SizeOptionalMap("x", v, func(key string, v []bson.ObjectID) int {
	return wire.SizeList(key, v, wire.SizeObjectID)
})`},
		{"decode", kinds.Read.Call(nested, jen.Id("r")), `
wire.ReadMap(r, func(r *wire.Reader) []bson.ObjectID {
	return wire.ReadList(r, (*wire.Reader).ObjectID)
})`},
		{"transcode", kinds.Transcode.Of(nested), `
func(r *wire.Reader, dst []byte) []byte {
	return wire.JSONMap(r, dst, func(r *wire.Reader, dst []byte) []byte {
		return wire.JSONList(r, dst, (*wire.Reader).JSONRef)
	})
}`},
		{"marshal", kinds.Marshal.Of(nested), `
func(dst []byte, v map[string][]bson.ObjectID) []byte {
	return wire.AppendJSONMap(dst, v, func(dst []byte, v []bson.ObjectID) []byte {
		return wire.AppendJSONList(dst, v, wire.AppendJSONObjectID)
	})
}`},
		{"request", kinds.ReadJSON.Call(nested, jen.Id("r")), `
wire.ReadJSONMap(r, func(r *wire.JSONReader) []bson.ObjectID {
	return wire.ReadJSONList(r, (*wire.JSONReader).ObjectID)
})`},
		{"elements that need no check", jen.Add(code.OrNil(list(intType).Checker())), `nil`},
		{"elements of elements", jen.Add(list(mapOf(namedType)).Checker()), `
func(errs *check.FieldErrors, at string, v []map[string]Level) {
	check.Each(errs, at, v, func(errs *check.FieldErrors, at string, v map[string]Level) {
		check.Entries(errs, at, v, enumLevel.Check)
	})
}`},
	})
}

func TestPatchOfEntries(t *testing.T) {
	to, path, change := jen.Id("c"), jen.Lit("x"), jen.Id("p").Dot("X")
	check(t, []statement{
		{"replaced as a whole", applyChange(list(mapOf(intType)), to, path, change), `
runtime.ApplyList(c, "x", p.X, func(dst []byte, key string, v map[string]int64) []byte {
	return wire.AppendMap(dst, key, v, wire.AppendInt)
})`},
		{"entry by entry", applyChange(mapOf(stringType), to, path, change), `
runtime.ApplyEntries(c, "x", p.X, func(c *runtime.Changes, path string, v store.Change[string]) {
	runtime.Apply(c, path, v, wire.AppendString)
})`},
		{"members of entries", applyChange(mapOf(plainType), to, path, change), `
runtime.ApplyEntries(c, "x", p.X, func(c *runtime.Changes, path string, v store.Change[PlainPatch]) {
	runtime.ApplyObject(c, path, v, PlainPatch.apply)
})`},
		{"read from a request", patchMember(x(mapOf(mapOf(plainType)))), `
p.X = runtime.ReadChange(r, func(r *wire.JSONReader) store.Entries[store.Entries[PlainPatch]] {
	return runtime.ReadEntries(r, func(r *wire.JSONReader) store.Entries[PlainPatch] {
		return runtime.ReadEntries(r, readJSONPlainPatch)
	})
})`},
		{"checked", jen.Add(changeCheck(mapOf(mapOf(intType)))), `
func(errs *check.FieldErrors, at string, v store.Entries[store.Entries[int64]]) {
	runtime.CheckEntries(errs, at, v, func(errs *check.FieldErrors, at string, v store.Entries[int64]) {
		runtime.CheckEntries(errs, at, v, nil)
	})
}`},
	})
}

func TestDecimals(t *testing.T) {
	bounded := with(x(decimalType), func(f *kinds.Field) { f.Min, f.Max = decimal(t, "0.01"), decimal(t, "2") })
	check(t, []statement{
		{"default", defaulted(decimalType, decimal(t, "-1.50")).DefaultValue(), `bson.NewDecimal128(0xb03c000000000000, 0x96)`},
		{"default of zero", jen.Add(code.OrNil(defaulted(decimalType, decimal(t, "0")).DefaultValue())), `nil`},
		{"bounds", rule(bounded), `
check.Decimal{Min: new(bson.NewDecimal128(0x303c000000000000, 0x1)), Max: new(bson.NewDecimal128(0x3040000000000000, 0x2))}`},
	})
	for f, want := range map[*kinds.Field]string{
		required(decimalType): `"0"`, defaulted(decimalType, decimal(t, "1.50")): `"1.50"`, required(mapOf(intType)): `{}`, required(bytesType): `""`, required(refType): ``,
	} {
		if have := f.MissingJSON(); have != want {
			t.Errorf("a missing %s is %s, want %s", f.Type.Name, have, want)
		}
	}
}

func TestIndexOptions(t *testing.T) {
	indexed := func(x *model.Index) jen.Code { return code.Meta("Index").Add(index(x)) }
	name := &model.Path{Name: "name", Go: "Name", Type: stringType, Field: x(stringType)}
	check(t, []statement{
		{"expiry", indexed(&model.Index{Name: "i", Expires: true, TTL: 5e9}), `
meta.Index{Name: "i", Keys: []meta.Key{}, Expires: true, TTL: 5 * time.Second}`},
		{"expiry at the date", indexed(&model.Index{Name: "i", Expires: true}), `
meta.Index{Name: "i", Keys: []meta.Key{}, Expires: true}`},
		{"partial", indexed(&model.Index{Name: "i", Partial: []model.Condition{{Path: name, Op: def.Greater, Value: "a"}, {Path: name, Op: def.Exists}}}), `
meta.Index{
	Name: "i",
	Keys: []meta.Key{},
	Partial: []meta.Condition{
		{Path: "name", Op: meta.Gt, Value: wire.StringValue[string]("a")},
		{Path: "name", Op: meta.Exists, Value: wire.BoolValue(true)},
	},
}`},
	})
}
