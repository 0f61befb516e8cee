package emit

import (
	"testing"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// checks returns the statements that check a field of a Thing.
func checks(f *kinds.Field) jen.Code {
	s := &jen.Statement{}
	for _, c := range constraints("Thing", f) {
		s.Add(c).Line()
	}
	return s
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
		{"String", checks(x(stringType)), `errs.Text(at, v, check.Text{})`},
		{"String, required", checks(required(stringType)), `errs.Text(at, v, check.Text{Required: true})`},
		{"String, bounded", checks(long(x(stringType), 2, 9)), `errs.Text(at, v, check.Text{MinLen: 2, MaxLen: 9})`},
		{"String with a pattern", checks(patterned), `errs.Text(at, v, check.Text{Required: true, Pattern: patternXOfThing})`},
		{"Email", checks(email()), `errs.Text(at, v, check.Text{Required: true, Email: true})`},
		{"Bool", checks(x(boolType)), ``},
		{"Bool, required", checks(required(boolType)), ``},
		{"Int", checks(x(intType)), ``},
		{"Int, bounded", checks(bounded(x(intType), int64(-1), int64(9))), `check.Bounds(errs, at, v, new(int64(-1)), new(int64(9)))`},
		{"Int, bounded below", checks(bounded(required(intType), int64(1), nil)), `check.Bounds(errs, at, v, new(int64(1)), nil)`},
		{"Int, bounded above 0 but optional", checks(bounded(x(intType), int64(1), nil)), `
if v != 0 {
	check.Bounds(errs, at, v, new(int64(1)), nil)
}`},
		{"Int, bounded above 0 with a default", checks(bounded(defaulted(intType, int64(5)), int64(1), nil)),
			`check.Bounds(errs, at, v, new(int64(1)), nil)`},
		{"Float", checks(x(floatType)), `check.Finite(errs, at, v)`},
		{"Float, bounded", checks(bounded(x(floatType), 0.0, 0.5)), `
check.Finite(errs, at, v)
check.Bounds(errs, at, v, new(0.0), new(0.5))`},
		{"Float, bounded below 0 but optional", checks(bounded(x(floatType), nil, -1.0)), `
check.Finite(errs, at, v)
if v != 0 {
	check.Bounds(errs, at, v, nil, new(-1.0))
}`},
		{"Time", checks(x(timeType)), ``},
		{"Time, required", checks(required(timeType)), ``},
		{"Time, bounded", checks(bounded(x(timeType), noon, nil)), `
check.AnyTime(errs, at, v)
errs.Between(at, v, time.UnixMilli(1714564800005).UTC(), time.Time{})`},
		{"Time, required and bounded", checks(bounded(required(timeType), nil, noon.Add(time.Hour))), `
check.AnyTime(errs, at, v)
errs.Between(at, v, time.Time{}, time.UnixMilli(1714568400005).UTC())`},
		{"ObjectID", checks(x(objectIDType)), ``},
		{"ObjectID, required", checks(required(objectIDType)), ``},
		{"Secret", checks(x(secretType)), ``},
		{"Secret, required", checks(required(secretType)), ``},
		{"Enum", checks(x(stateType)), ``},
		{"NamedEnum, required", checks(required(namedType)), `
errs.Given(at, v != "")
enumLevel.Check(errs, at, v)`},
		{"List of anything", checks(x(list(intType))), ``},
		{"List of Strings", checks(x(list(stringType))), `check.Each(errs, at, v, check.AnyText)`},
		{"List of Floats", checks(x(list(floatType))), `check.Each(errs, at, v, check.Finite)`},
		{"List of Objects", checks(x(list(plainType))), `check.Each(errs, at, v, checkPlain)`},
		{"List, bounded", checks(long(required(list(intType)), 1, 3)), `errs.Length(at, len(v), 1, 3)`},
		{"List of Times, bounded below but optional", checks(long(x(list(timeType)), 1, 0)), `
check.Each(errs, at, v, check.AnyTime)
if len(v) > 0 {
	errs.Length(at, len(v), 1, 0)
}`},
		{"Set of an Enum, bounded", checks(long(x(set(namedType)), 0, 2)), `
check.Each(errs, at, v, enumLevel.Check)
errs.Length(at, len(wire.Unique(v)), 0, 2)`},
		{"Object", checks(x(plainType)), ``},
		{"Object with members that must be given", checks(required(richType)), ``},
		{"Object that may be missing", checks(x(richType)), `
if !missingRich(v) {
	checkRich(errs, at, v)
}`},
	})
}

func TestChecker(t *testing.T) {
	checkOf := func(f *kinds.Field) jen.Code { return code.OrNil(checker("Thing", f)) }
	check(t, []statement{
		{"String", checkOf(x(stringType)), `checkXOfThing`},
		{"Bool", checkOf(required(boolType)), `nil`},
		{"Int", checkOf(x(intType)), `nil`},
		{"Time", checkOf(x(timeType)), `check.AnyTime`},
		{"Time, required", checkOf(required(timeType)), `check.AnyTime`},
		{"Time, bounded", checkOf(bounded(x(timeType), noon, nil)), `checkXOfThing`},
		{"ObjectID", checkOf(required(objectIDType)), `check.NotZero`},
		{"Ref", checkOf(x(&kinds.Type{Kind: kindOf(def.KindRef)})), `check.NotZero`},
		{"Secret", checkOf(required(secretType)), `runtime.CheckSecret`},
		{"Enum", checkOf(x(stateType)), `enumStateValue.Check`},
		{"NamedEnum, required", checkOf(required(namedType)), `checkXOfThing`},
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
	check.NotZero(errs, "/x", d.X)
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
		{"ObjectID", checkOf(objectIDType), `check.NotZero`},
		{"Ref", checkOf(&kinds.Type{Kind: kindOf(def.KindRef)}), `check.NotZero`},
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
