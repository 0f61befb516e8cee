package emit

import (
	"bytes"
	"go/format"
	"strings"
	"testing"
	"time"

	"github.com/dave/jennifer/jen"
	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// The types that a schema can have, each once.
var (
	level = &model.Enum{Go: "Level", Values: []model.EnumValue{{Go: "LevelLow", Value: "low"}, {Go: "LevelHigh", Value: "high"}}}
	state = &model.Enum{Go: "StateEnum", Values: []model.EnumValue{{Go: "StateOn", Value: "on"}}}

	stringType   = &model.Type{Kind: def.KindString}
	boolType     = &model.Type{Kind: def.KindBool}
	intType      = &model.Type{Kind: def.KindInt}
	floatType    = &model.Type{Kind: def.KindFloat}
	timeType     = &model.Type{Kind: def.KindTime}
	objectIDType = &model.Type{Kind: def.KindObjectID}
	secretType   = &model.Type{Kind: def.KindSecret}
	stateType    = &model.Type{Kind: def.KindEnum, Enum: state}
	namedType    = &model.Type{Kind: def.KindNamedEnum, Enum: level}

	// plain has neither defaults nor members that must be given; rich has both.
	plain = &model.Struct{Go: "Plain", Doc: "Plain is one.", Fields: []*model.Field{field("note", "Note", stringType)}}
	rich  = &model.Struct{Go: "Rich", Doc: "Rich is one.", Fields: []*model.Field{
		with(field("level", "Level", namedType), func(f *model.Field) { f.Default = "high" }),
		with(field("name", "Name", stringType), func(f *model.Field) { f.Required = true }),
	}}
	plainType = &model.Type{Kind: def.KindObject, Struct: plain}
	richType  = &model.Type{Kind: def.KindObject, Struct: rich}
)

func list(t *model.Type) *model.Type { return &model.Type{Kind: def.KindList, Elem: t} }

func set(t *model.Type) *model.Type { return &model.Type{Kind: def.KindSet, Elem: t} }

func field(name, goName string, t *model.Type) *model.Field {
	return &model.Field{Name: name, Go: goName, Doc: goName + " is one.", Type: t}
}

func with(f *model.Field, change func(*model.Field)) *model.Field {
	change(f)
	return f
}

// x is a field of the given type.
func x(t *model.Type) *model.Field { return field("x", "X", t) }

// defaulted is x with a default.
func defaulted(t *model.Type, v any) *model.Field {
	return with(x(t), func(f *model.Field) { f.Default = v })
}

// required is x that must be given.
func required(t *model.Type) *model.Field {
	return with(x(t), func(f *model.Field) { f.Required = true })
}

// noon is a default of a Time.
var noon = time.Date(2024, 5, 1, 12, 0, 0, int(5*time.Millisecond), time.UTC)

// statement is one statement test: what an emitter gives, and what that must be.
type statement struct {
	name string
	code jen.Code
	want string
}

func check(t *testing.T, tests []statement) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Helper()
			same(t, test.want, render(t, test.code))
		})
	}
}

func same(t *testing.T, want, have string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(have)); diff != "" {
		t.Errorf("the code differs (-want +have):\n%s", diff)
	}
}

// render is code as it reads in a formatted file.
func render(t *testing.T, code ...jen.Code) string {
	t.Helper()
	f := newFile("example.com/gen/things", "things", "schema/thing.go")
	for _, c := range code {
		f.Add(c)
	}
	return body(t, f)
}

const assignment = "var _ = "

// body is what a file holds besides its header, package clause and imports.
func body(t *testing.T, f *jen.File) string {
	t.Helper()
	var raw bytes.Buffer
	if err := f.Render(&raw); err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(raw.String(), "\npackage things\n")
	if !found {
		t.Fatalf("no package clause in:\n%s", raw.String())
	}
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "import "); ok {
		end := "\n"
		if strings.HasPrefix(rest, "(") {
			end = "\n)\n"
		}
		_, text, _ = strings.Cut(rest+"\n", end)
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		// A function by itself is no statement.
		formatted, err = format.Source([]byte(assignment + text))
	}
	if err != nil {
		t.Fatalf("format: %v\n%s", err, text)
	}
	return strings.TrimPrefix(string(formatted), assignment)
}
