package emit

import (
	"testing"

	"github.com/dave/jennifer/jen"
	driver "go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

var (
	bytesType   = &model.Type{Kind: def.KindBytes}
	decimalType = &model.Type{Kind: def.KindDecimal}
	refType     = &model.Type{Kind: def.KindRef, Collection: "things"}
)

func mapOf(t *model.Type) *model.Type { return &model.Type{Kind: def.KindMap, Elem: t} }

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
		{"Bytes", jen.Var().Id("x").Add(goType(bytesType)), `var x []byte`},
		{"Decimal", jen.Var().Id("x").Add(goType(decimalType)), `var x bson.Decimal128`},
		{"Ref", jen.Var().Id("x").Add(goType(refType)), `var x bson.ObjectID`},
		{"Map", jen.Var().Id("x").Add(goType(mapOf(list(mapOf(plainType))))), `var x map[string][]map[string]Plain`},
		{"change of a list", jen.Var().Id("x").Add(changeType(list(mapOf(intType)))), `var x store.Change[[]map[string]int64]`},
		{"change of a map", jen.Var().Id("x").Add(changeType(mapOf(mapOf(plainType)))), `var x store.Change[store.Entries[store.Entries[PlainPatch]]]`},
	})
}

func TestNested(t *testing.T) {
	nested := mapOf(list(refType))
	check(t, []statement{
		{"encode", encode("Append", x(nested), jen.Id("v"), jen.Id("dst")), `
wire.AppendMap(dst, "x", v, func(dst []byte, key string, v []bson.ObjectID) []byte {
	return wire.AppendList(dst, key, v, wire.AppendObjectID)
})`},
		{"size", encode("Size", x(nested), jen.Id("v")), `
wire.SizeMap("x", v, func(key string, v []bson.ObjectID) int {
	return wire.SizeList(key, v, wire.SizeObjectID)
})`},
		{"decode", decode(nested), `
wire.ReadMap(r, func(r *wire.Reader) []bson.ObjectID {
	return wire.ReadList(r, (*wire.Reader).ObjectID)
})`},
		{"transcode", transcoder(nested), `
func(r *wire.Reader, dst []byte) []byte {
	return wire.JSONMap(r, dst, func(r *wire.Reader, dst []byte) []byte {
		return wire.JSONList(r, dst, (*wire.Reader).JSONRef)
	})
}`},
		{"marshal", marshaller(nested), `
func(dst []byte, v map[string][]bson.ObjectID) []byte {
	return wire.AppendJSONMap(dst, v, func(dst []byte, v []bson.ObjectID) []byte {
		return wire.AppendJSONList(dst, v, wire.AppendJSONObjectID)
	})
}`},
		{"request", requested(nested), `
wire.ReadRequestMap(r, func(r *wire.Request) []bson.ObjectID {
	return wire.ReadRequestList(r, (*wire.Request).ObjectID)
})`},
		{"elements that need no check", jen.Add(orNil(elementCheck(list(intType)))), `nil`},
		{"elements of elements", jen.Add(elementCheck(list(mapOf(namedType)))), `
func(problems *wire.Problems, at string, v []map[string]Level) {
	wire.Each(problems, at, v, func(problems *wire.Problems, at string, v map[string]Level) {
		wire.Entries(problems, at, v, checkLevel)
	})
}`},
	})
}

func TestPatchOfEntries(t *testing.T) {
	to, path, change := jen.Id("c"), jen.Lit("x"), jen.Id("p").Dot("X")
	check(t, []statement{
		{"replaced as a whole", applyChange(list(mapOf(intType)), "", to, path, change), `
store.ApplyList(c, "x", p.X, func(dst []byte, key string, v []map[string]int64) []byte {
	return wire.AppendList(dst, key, v, func(dst []byte, key string, v map[string]int64) []byte {
		return wire.AppendMap(dst, key, v, wire.AppendInt)
	})
})`},
		{"entry by entry", applyChange(mapOf(stringType), "", to, path, change), `
store.ApplyEntries(c, "x", p.X, func(c *store.Changes, path string, v store.Change[string]) {
	store.Apply(c, path, v, wire.AppendString)
})`},
		{"members of entries", applyChange(mapOf(plainType), "", to, path, change), `
store.ApplyEntries(c, "x", p.X, func(c *store.Changes, path string, v store.Change[PlainPatch]) {
	store.ApplyObject(c, path, v, PlainPatch.apply)
})`},
		{"read from a request", patchMember(x(mapOf(mapOf(plainType)))), `
p.X = store.ReadChange(r, func(r *wire.Request) store.Entries[store.Entries[PlainPatch]] {
	return store.ReadEntries(r, func(r *wire.Request) store.Entries[PlainPatch] {
		return store.ReadEntries(r, requestPlainPatch)
	})
})`},
		{"checked", jen.Add(changeCheck(mapOf(mapOf(intType)))), `
func(problems *wire.Problems, at string, v store.Entries[store.Entries[int64]]) {
	store.CheckEntries(problems, at, v, func(problems *wire.Problems, at string, v store.Entries[int64]) {
		store.CheckEntries(problems, at, v, nil)
	})
}`},
	})
}

func TestDecimals(t *testing.T) {
	bounded := with(x(decimalType), func(f *model.Field) { f.Min, f.Max = decimal(t, "0.01"), decimal(t, "2") })
	check(t, []statement{
		{"default", defaultValue(defaulted(decimalType, decimal(t, "-1.50"))), `bson.NewDecimal128(0xb03c000000000000, 0x96)`},
		{"default of zero", jen.Add(orNil(defaultValue(defaulted(decimalType, decimal(t, "0"))))), `nil`},
		{"bounds", jen.Add(constraints("Thing", bounded)[1]), `
if !v.IsZero() {
	wire.DecimalBounds(problems, at, v, new(bson.NewDecimal128(0x303c000000000000, 0x1)), new(bson.NewDecimal128(0x3040000000000000, 0x2)))
}`},
		{"missing", missingMember(x(decimalType), jen.Id("v")), `v.IsZero()`},
		{"missing, with a default", missingMember(defaulted(decimalType, decimal(t, "2")), jen.Id("v")), `v == bson.NewDecimal128(0x3040000000000000, 0x2)`},
	})
	for f, want := range map[*model.Field]string{
		x(decimalType): `"0"`, defaulted(decimalType, decimal(t, "1.50")): `"1.50"`, x(mapOf(intType)): `{}`, x(bytesType): `""`, x(refType): ``,
	} {
		if have := absent(f); have != want {
			t.Errorf("a missing %s is %s, want %s", f.Type.Kind, have, want)
		}
	}
}

func TestIndexOptions(t *testing.T) {
	indexed := func(x *model.Index) jen.Code { return store("Index").Add(index(x)) }
	name := &model.Path{Name: "name", Go: "Name", Type: stringType, Field: x(stringType)}
	check(t, []statement{
		{"expiry", indexed(&model.Index{Name: "i", Expires: true, TTL: 5e9}), `
store.Index{
	Name:    "i",
	Keys:    []store.Key{},
	Expires: true,
	TTL:     5 * time.Second,
}`},
		{"expiry at the date", indexed(&model.Index{Name: "i", Expires: true}), `
store.Index{
	Name:    "i",
	Keys:    []store.Key{},
	Expires: true,
}`},
		{"partial", indexed(&model.Index{Name: "i", Partial: []model.Condition{{Path: name, Op: def.Greater, Value: "a"}, {Path: name, Op: def.Exists}}}), `
store.Index{
	Name: "i",
	Keys: []store.Key{},
	Partial: []store.Condition{
		{Path: "name", Op: store.Gt, Value: wire.StringValue[string]("a")},
		{Path: "name", Op: store.Exists, Value: wire.BoolValue(true)},
	},
}`},
	})
}
