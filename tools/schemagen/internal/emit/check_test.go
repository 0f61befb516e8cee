package emit

import (
	"testing"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// rule returns the value that has the constraints on a field, nil in Go for none.
func rule(f *kinds.Field) jen.Code {
	if c := constraints(f); c != nil {
		return c
	}
	return jen.Nil()
}

func bounded(f *kinds.Field, least, most any) *kinds.Field {
	return with(f, func(f *kinds.Field) { f.Min, f.Max = least, most })
}

func long(f *kinds.Field, least, most int) *kinds.Field {
	return with(f, func(f *kinds.Field) { f.MinLen, f.MaxLen = least, most })
}

func TestConstraints(t *testing.T) {
	patterned := with(required(stringType), func(f *kinds.Field) { f.Pattern = "[a-z]+" })
	check(t, []statement{
		{"String", rule(x(stringType)), `nil`},
		{"String, required", rule(required(stringType)), `check.Text{Required: true}`},
		{"String, bounded", rule(long(x(stringType), 2, 9)), `check.Text{MinLen: 2, MaxLen: 9}`},
		{"String with a pattern", rule(patterned), `check.Text{Required: true, Pattern: regexp.MustCompile("^(?:[a-z]+)$")}`},
		{"Email", rule(email()), `check.Text{Required: true, Email: true}`},
		{"Bool", rule(x(boolType)), `nil`},
		{"Bool, required", rule(required(boolType)), `nil`},
		{"Int", rule(x(intType)), `nil`},
		{"Int, bounded", rule(bounded(x(intType), int64(-1), int64(9))), `check.Number[int64]{Min: new(int64(-1)), Max: new(int64(9))}`},
		{"Int, bounded below", rule(bounded(required(intType), int64(1), nil)), `check.Number[int64]{Min: new(int64(1))}`},
		{"Int, bounded above 0 but optional", rule(bounded(x(intType), int64(1), nil)), `check.Number[int64]{Optional: true, Min: new(int64(1))}`},
		{"Int, bounded above 0 with a default", rule(bounded(defaulted(intType, int64(5)), int64(1), nil)), `check.Number[int64]{Min: new(int64(1))}`},
		{"Float", rule(x(floatType)), `nil`},
		{"Float, bounded", rule(bounded(x(floatType), 0.0, 0.5)), `check.Number[float64]{Min: new(0.0), Max: new(0.5)}`},
		{"Float, bounded below 0 but optional", rule(bounded(x(floatType), nil, -1.0)), `check.Number[float64]{Optional: true, Max: new(-1.0)}`},
		{"Time", rule(x(timeType)), `nil`},
		{"Time, required", rule(required(timeType)), `nil`},
		{"Time, bounded", rule(bounded(x(timeType), noon, nil)), `check.Time{Min: time.UnixMilli(1714564800005).UTC()}`},
		{"Time, required and bounded", rule(bounded(required(timeType), nil, noon.Add(time.Hour))), `check.Time{Max: time.UnixMilli(1714568400005).UTC()}`},
		{"ObjectID", rule(x(objectIDType)), `nil`},
		{"ObjectID, required", rule(required(objectIDType)), `nil`},
		{"Secret", rule(x(secretType)), `check.Text{}`},
		{"Secret, required", rule(required(secretType)), `check.Text{Required: true}`},
		{"Bytes", rule(x(bytesType)), `nil`},
		{"Bytes, required", rule(required(bytesType)), `check.Bytes{Required: true}`},
		{"Bytes, bounded", rule(long(x(bytesType), 1, 3)), `check.Bytes{MinLen: 1, MaxLen: 3}`},
		{"Enum", rule(x(stateType)), `nil`},
		{"NamedEnum, required", rule(required(namedType)), `nil`},
		{"List of anything", rule(x(list(intType))), `nil`},
		{"List of Strings", rule(x(list(stringType))), `check.List[string]{Each: check.AnyText}`},
		{"List of Floats", rule(x(list(floatType))), `check.List[float64]{Each: check.Finite}`},
		{"List of Objects", rule(x(list(plainType))), `check.List[Plain]{Each: checkPlain}`},
		{"List, bounded", rule(long(required(list(intType)), 1, 3)), `check.List[int64]{MinLen: 1, MaxLen: 3}`},
		{"List of Times, bounded below but optional", rule(long(x(list(timeType)), 1, 0)), `check.List[time.Time]{Optional: true, MinLen: 1, Each: check.AnyTime}`},
		{"Set of an Enum, bounded", rule(long(x(set(namedType)), 0, 2)), `check.Set[Level]{MaxLen: 2, Each: enumLevel.Check}`},
		{"Map of anything", rule(x(mapOf(intType))), `check.Map[int64]{}`},
		{"Map, bounded", rule(long(x(mapOf(namedType)), 1, 2)), `check.Map[Level]{Optional: true, MinLen: 1, MaxLen: 2, Each: enumLevel.Check}`},
		{"Object", rule(x(plainType)), `nil`},
	})
}

func TestChecker(t *testing.T) {
	checkOf := func(f *kinds.Field) jen.Code { return code.OrNil(checker("Thing", f)) }
	check(t, []statement{
		{"String", checkOf(x(stringType)), `check.AnyText`},
		{"String, required", checkOf(required(stringType)), `ruleXOfThing.Check`},
		{"Bool", checkOf(required(boolType)), `nil`},
		{"Int", checkOf(x(intType)), `nil`},
		{"Time", checkOf(x(timeType)), `check.AnyTime`},
		{"Time, required", checkOf(required(timeType)), `check.AnyTime`},
		{"Time, bounded", checkOf(bounded(x(timeType), noon, nil)), `ruleXOfThing.Check`},
		{"ObjectID", checkOf(required(objectIDType)), `check.NotZero[bson.ObjectID]`},
		{"Ref", checkOf(x(&kinds.Type{Kind: kindOf(def.KindRef)})), `check.NotZero[bson.ObjectID]`},
		{"Secret", checkOf(required(secretType)), `runtime.CheckSecret`},
		{"Enum", checkOf(x(stateType)), `enumStateValue.Check`},
		{"NamedEnum, required", checkOf(required(namedType)), `enumLevel.CheckRequired`},
		{"Object with members that must be given", checkOf(required(richType)), `checkRich`},
		{"Object that may be missing", checkOf(x(richType)), `checkXOfThing`},
		{"List of anything", checkOf(x(list(intType))), `nil`},
	})
}

// What the zero value says differs: that nothing was given, or what it is.
func TestCallChecks(t *testing.T) {
	call := func(at string, f *kinds.Field) jen.Code {
		return jen.BlockFunc(func(g *jen.Group) {
			for _, c := range callChecks("Thing", "d", at, []*kinds.Field{f}) {
				g.Add(c)
			}
		})
	}
	withDefault := defaulted(timeType, noon)
	check(t, []statement{
		{"Time", call("", x(timeType)), `
{
	if !d.X.IsZero() {
		check.AnyTime(errs, "/x", d.X)
	}
}`},
		{"Time, required", call("", required(timeType)), `
{
	check.AnyTime(errs, "/x", d.X)
}`},
		{"Time with a default, of a document", call("", withDefault), `
{
	check.AnyTime(errs, "/x", d.X)
}`},
		{"Time with a default, of a value object", call("at", withDefault), `
{
	if !d.X.IsZero() {
		check.AnyTime(errs, at+"/x", d.X)
	}
}`},
		{"ObjectID", call("", x(objectIDType)), "{\n}"},
		{"ObjectID, required", call("", required(objectIDType)), `
{
	check.NotZero[bson.ObjectID](errs, "/x", d.X)
}`},
		{"Secret", call("", x(secretType)), `
{
	if !d.X.IsZero() {
		runtime.CheckSecret(errs, "/x", d.X)
	}
}`},
		{"Enum", call("at", x(stateType)), `
{
	if d.X != "" {
		enumStateValue.Check(errs, at+"/x", d.X)
	}
}`},
		{"Bool", call("", x(boolType)), "{\n}"},
	})
}

func TestElementCheck(t *testing.T) {
	checkOf := func(t *kinds.Type) jen.Code { return code.OrNil(t.Checker()) }
	check(t, []statement{
		{"Time", checkOf(timeType), `check.AnyTime`},
		{"ObjectID", checkOf(objectIDType), `check.NotZero[bson.ObjectID]`},
		{"Ref", checkOf(&kinds.Type{Kind: kindOf(def.KindRef)}), `check.NotZero[bson.ObjectID]`},
		{"Decimal", checkOf(&kinds.Type{Kind: kindOf(def.KindDecimal)}), `check.AnyDecimal`},
		{"Bool", checkOf(boolType), `nil`},
	})
}

func TestMissingMember(t *testing.T) {
	missing := func(f *kinds.Field) jen.Code { return f.Type.IsMissing(f, jen.Id("v").Dot("X")) }
	check(t, []statement{
		{"String", missing(x(stringType)), `v.X == ""`},
		{"String with a default", missing(defaulted(stringType, "d")), `v.X == "d"`},
		{"Bool", missing(x(boolType)), `!v.X`},
		{"Bool with a default", missing(defaulted(boolType, true)), `v.X`},
		{"Int", missing(x(intType)), `v.X == 0`},
		{"Int with a default", missing(defaulted(intType, int64(3))), `v.X == 3`},
		{"Float", missing(x(floatType)), `v.X == 0`},
		{"Time", missing(x(timeType)), `v.X.IsZero()`},
		{"Time with a default", missing(defaulted(timeType, noon)), `v.X.Equal(time.UnixMilli(1714564800005).UTC())`},
		{"ObjectID", missing(x(objectIDType)), `v.X.IsZero()`},
		{"Secret", missing(x(secretType)), `v.X.IsZero()`},
		{"Enum", missing(x(stateType)), `v.X == ""`},
		{"NamedEnum with a default", missing(defaulted(namedType, "high")), `cmp.Or(v.X, LevelHigh) == LevelHigh`},
		{"List", missing(x(list(intType))), `len(v.X) == 0`},
		{"Set", missing(x(set(intType))), `len(v.X) == 0`},
		{"Object", missing(x(plainType)), `missingPlain(v.X)`},
	})
}

func TestMissing(t *testing.T) {
	check(t, []statement{{"all members are", missingFunc(rich), `
func missingRich(v Rich) bool {
	return cmp.Or(v.Level, LevelHigh) == LevelHigh &&
		v.Name == ""
}`}})
}

func TestRefusesMissing(t *testing.T) {
	tests := []struct {
		name  string
		field *kinds.Field
		want  bool
	}{
		{"an optional field", x(stringType), false},
		{"a required String", required(stringType), true},
		{"a required Bool", required(boolType), false},
		{"a required Int", required(intType), false},
		{"a required Int above 0", bounded(required(intType), int64(1), nil), true},
		{"a required Float below 0", bounded(required(floatType), nil, -0.5), true},
		{"a required Float around 0", bounded(required(floatType), -1.0, 1.0), false},
		{"a required Time", required(timeType), true},
		{"a required ObjectID", required(objectIDType), true},
		{"a required Secret", required(secretType), true},
		{"a required Enum", required(stateType), true},
		{"a required List", required(list(intType)), false},
		{"a required List of some", long(required(list(intType)), 1, 0), true},
		{"a required Object", required(plainType), false},
		{"a required Object with a member that must be given", required(richType), true},
	}
	for _, test := range tests {
		if have := test.field.RejectsMissing(); have != test.want {
			t.Errorf("%s: %v, want %v", test.name, have, test.want)
		}
	}
}
