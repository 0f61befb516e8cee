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
		{"Email", rule(email()), `wire.Text{Text: check.Text{Required: true, Format: check.Email}}`},
		{"Bool", rule(x(boolType)), `nil`},
		{"Bool, required", rule(required(boolType)), `nil`},
		{"Int", rule(x(intType)), `nil`},
		{"Int, bounded", rule(bounded(x(intType), int64(-1), int64(9))), `check.Number[int64]{Min: new(int64(-1)), Max: new(int64(9))}`},
		{"Int, bounded below", rule(bounded(required(intType), int64(1), nil)), `check.Number[int64]{Min: new(int64(1))}`},
		{"Int, bounded above 0 but optional", rule(bounded(x(intType), int64(1), nil)), `check.Number[int64]{Min: new(int64(1))}`},
		{"Int, bounded above 0 with a default", rule(bounded(defaulted(intType, int64(5)), int64(1), nil)), `check.Number[int64]{Min: new(int64(1))}`},
		{"Float", rule(x(floatType)), `nil`},
		{"Float, bounded", rule(bounded(x(floatType), 0.0, 0.5)), `check.Number[float64]{Min: new(0.0), Max: new(0.5)}`},
		{"Float, bounded below 0 but optional", rule(bounded(x(floatType), nil, -1.0)), `check.Number[float64]{Max: new(-1.0)}`},
		{"Time", rule(x(timeType)), `nil`},
		{"Time, required", rule(required(timeType)), `check.Time{Required: true}`},
		{"Time, bounded", rule(bounded(x(timeType), noon, nil)), `check.Time{Min: time.UnixMilli(1714564800005).UTC()}`},
		{"Time, required and bounded", rule(bounded(required(timeType), nil, noon.Add(time.Hour))), `check.Time{Required: true, Max: time.UnixMilli(1714568400005).UTC()}`},
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
		{"List, bounded", rule(long(required(list(intType)), 1, 3)), `check.List[int64]{Required: true, MinLen: 1, MaxLen: 3}`},
		{"List of Times, bounded below but optional", rule(long(x(list(timeType)), 1, 0)), `check.List[time.Time]{MinLen: 1, Each: check.AnyTime}`},
		{"Set of an Enum, bounded", rule(long(x(set(namedType)), 0, 2)), `check.Set[Level]{MaxLen: 2, Each: enumLevel.Check}`},
		{"Map of anything", rule(x(mapOf(intType))), `check.Map[int64]{}`},
		{"Map, bounded", rule(long(x(mapOf(namedType)), 1, 2)), `check.Map[Level]{MinLen: 1, MaxLen: 2, Each: enumLevel.Check}`},
		{"Object", rule(x(plainType)), `nil`},
	})
}

func TestChecker(t *testing.T) {
	checkOf := func(f *kinds.Field) jen.Code { return code.OrNil(checker(f)) }
	check(t, []statement{
		{"String", checkOf(x(stringType)), `check.AnyText`},
		{"String, required", checkOf(required(stringType)), `ruleXOfThing.Check`},
		{"Bool", checkOf(required(boolType)), `nil`},
		{"Int", checkOf(x(intType)), `nil`},
		{"Time", checkOf(x(timeType)), `check.AnyTime`},
		{"Time, required", checkOf(required(timeType)), `ruleXOfThing.Check`},
		{"Time, bounded", checkOf(bounded(x(timeType), noon, nil)), `ruleXOfThing.Check`},
		{"ObjectID", checkOf(required(objectIDType)), `check.NotZero[bson.ObjectID]`},
		{"Ref", checkOf(x(&kinds.Type{Kind: kindOf(def.KindRef)})), `nil`},
		{"Ref, required", checkOf(required(&kinds.Type{Kind: kindOf(def.KindRef)})), `check.NotZero[bson.ObjectID]`},
		{"Secret", checkOf(required(secretType)), `runtime.CheckSecret`},
		{"Enum", checkOf(x(stateType)), `enumStateValue.Check`},
		{"NamedEnum, required", checkOf(required(namedType)), `enumLevel.CheckRequired`},
		{"Object with members that must be given", checkOf(required(richType)), `checkRich`},
		{"Object that may be missing", checkOf(x(richType)), `checkRich`},
		{"List of anything", checkOf(x(list(intType))), `nil`},
	})
}

// What may be missing is checked if it is there.
func TestCallChecks(t *testing.T) {
	call := func(at string, f *kinds.Field) jen.Code {
		return jen.BlockFunc(func(g *jen.Group) {
			for _, c := range callChecks("d", at, []*kinds.Field{f}) {
				g.Add(c)
			}
		})
	}
	withDefault := defaulted(timeType, noon)
	check(t, []statement{
		{"Time", call("", x(timeType)), `
{
	runtime.CheckOptional(errs, "/x", d.X, check.AnyTime)
}`},
		{"Time, required", call("", required(timeType)), `
{
	ruleXOfThing.Check(errs, "/x", d.X)
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
	runtime.CheckOptional(errs, "/x", d.X, runtime.CheckSecret)
}`},
		{"Enum", call("at", x(stateType)), `
{
	runtime.CheckOptional(errs, at+"/x", d.X, enumStateValue.Check)
}`},
		{"List", call("", x(list(stringType))), `
{
	ruleXOfThing.Check(errs, "/x", d.X)
}`},
		{"Enum with a default, of a value object", call("at", defaulted(stateType, "on")), `
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
		{"ObjectID", checkOf(objectIDType), `nil`},
		{"Ref", checkOf(&kinds.Type{Kind: kindOf(def.KindRef)}), `nil`},
		{"Decimal", checkOf(&kinds.Type{Kind: kindOf(def.KindDecimal)}), `check.AnyDecimal`},
		{"Bool", checkOf(boolType), `nil`},
	})
}
