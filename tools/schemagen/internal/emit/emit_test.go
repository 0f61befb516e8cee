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
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// The types that a schema can have, each once.
var (
	level = &kinds.Enum{Go: "Level", Values: []kinds.EnumValue{{Go: "LevelLow", Value: "low"}, {Go: "LevelHigh", Value: "high"}}}
	state = &kinds.Enum{Go: "StateValue", Values: []kinds.EnumValue{{Go: "StateOn", Value: "on"}}}

	stringType   = &kinds.Type{Kind: kindOf(def.KindString)}
	emailType    = address("x", "X").Type
	boolType     = &kinds.Type{Kind: kindOf(def.KindBool)}
	intType      = &kinds.Type{Kind: kindOf(def.KindInt)}
	floatType    = &kinds.Type{Kind: kindOf(def.KindFloat)}
	timeType     = &kinds.Type{Kind: kindOf(def.KindTime)}
	objectIDType = &kinds.Type{Kind: kindOf(def.KindObjectID)}
	secretType   = &kinds.Type{Kind: kindOf(def.KindSecret)}
	stateType    = &kinds.Type{Kind: kindOf(def.KindEnum), Enum: state}
	namedType    = &kinds.Type{Kind: kindOf(def.KindNamedEnum), Enum: level}

	// plain has neither defaults nor members that must be given; rich has both.
	plain = &kinds.Struct{Go: "Plain", Doc: "Plain is one.", Fields: []*kinds.Field{field("note", "Note", stringType)}}
	rich  = &kinds.Struct{Go: "Rich", Doc: "Rich is one.", Fields: []*kinds.Field{
		with(field("level", "Level", namedType), func(f *kinds.Field) { f.Default = "high" }),
		with(field("name", "Name", stringType), func(f *kinds.Field) { f.Required, f.Rule = true, "ruleNameOfRich" }),
	}}
	plainType = &kinds.Type{Kind: kindOf(def.KindObject), Struct: plain}
	richType  = &kinds.Type{Kind: kindOf(def.KindObject), Struct: rich}
)

// kindOf returns the kind of that name.
func kindOf(name def.Kind) *kinds.Kind {
	kind, ok := kinds.Of(name)
	if !ok {
		panic("there is no kind " + name)
	}
	return kind
}

func list(t *kinds.Type) *kinds.Type { return &kinds.Type{Kind: kindOf(def.KindList), Elem: t} }

func set(t *kinds.Type) *kinds.Type { return &kinds.Type{Kind: kindOf(def.KindSet), Elem: t} }

func field(name, goName string, t *kinds.Type) *kinds.Field {
	return &kinds.Field{Name: name, Go: goName, Doc: goName + " is one.", Type: t, Rule: "rule" + goName + "OfThing"}
}

// address returns a field that holds addresses.
func address(name, goName string) *kinds.Field {
	f := field(name, goName, &kinds.Type{Kind: kindOf(def.KindString)})
	f.Format = def.Email
	f.Fold()
	return f
}

func with(f *kinds.Field, change func(*kinds.Field)) *kinds.Field {
	change(f)
	return f
}

// x returns a field of the given type.
func x(t *kinds.Type) *kinds.Field { return field("x", "X", t) }

// defaulted returns x with a default.
func defaulted(t *kinds.Type, v any) *kinds.Field {
	return with(x(t), func(f *kinds.Field) { f.Default = v })
}

// required returns x that must be given.
func required(t *kinds.Type) *kinds.Field {
	return with(x(t), func(f *kinds.Field) { f.Required = true })
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

// render returns code as it reads in a formatted file.
func render(t *testing.T, code ...jen.Code) string {
	t.Helper()
	f := newFile("example.com/gen/things", "things", "schema/thing.go")
	for _, c := range code {
		f.Add(c)
	}
	return body(t, f)
}

const assignment = "var _ = "

// body returns what a file holds besides its header, package clause and imports.
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
