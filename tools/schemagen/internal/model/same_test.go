package model

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/schema/def"
)

// TestSameStruct: value objects of one name are the same only if every rule is.
func TestSameStruct(t *testing.T) {
	part := func(change func(*def.Struct)) def.Type {
		s := def.Struct{Name: "Part", Doc: "Part is one.", Fields: []def.Field{{Name: "n", Type: def.String, Doc: "N is one."}}}
		change(&s)
		return def.Object(s)
	}
	with := func(change func(*def.Field)) func(*def.Struct) {
		return func(s *def.Struct) { change(&s.Fields[0]) }
	}
	of := func(t def.Type) func(*def.Struct) { return with(func(f *def.Field) { f.Type = t }) }
	variants := map[string]func(*def.Struct){
		"plain":           func(*def.Struct) {},
		"another name":    with(func(f *def.Field) { f.Name = "m" }),
		"another doc":     with(func(f *def.Field) { f.Doc = "N is another." }),
		"required":        with(func(f *def.Field) { f.Required = true }),
		"immutable":       with(func(f *def.Field) { f.Immutable = true }),
		"an email":        with(func(f *def.Field) { f.Format = def.Email }),
		"a least length":  with(func(f *def.Field) { f.MinLen = 1 }),
		"a length":        with(func(f *def.Field) { f.MaxLen = 1 }),
		"a pattern":       with(func(f *def.Field) { f.Pattern = "[a-z]" }),
		"set by somebody": with(func(f *def.Field) { f.SetBy = []string{"super"} }),
		"a default":       with(func(f *def.Field) { f.Default = "x" }),
		"a least value":   with(func(f *def.Field) { f.Min = 1 }),
		"a value":         with(func(f *def.Field) { f.Max = 1 }),
		"another Go type": with(func(f *def.Field) { f.Max = int64(1) }),
		"another type":    of(def.Int),
		"a reference":     of(def.Ref("users")),
		"another one":     of(def.Ref("teams")),
		"an enum":         of(def.Enum("a", "b")),
		"other values":    of(def.Enum("a", "c")),
		"a named enum":    of(def.NamedEnum("Level", "a", "b")),
		"a list":          of(def.List(def.String)),
		"a set":           of(def.Set(def.String)),
		"a list of ints":  of(def.List(def.Int)),
		"a list of lists": of(def.List(def.List(def.Int))),
		"an object":       of(def.Object(object("Inner", text))),
		"another object":  of(def.Object(object("Inner", def.Field{Name: "m", Type: def.Int}))),
		"another Part":    func(s *def.Struct) { s.Doc = "Part is another." },
		"two fields":      func(s *def.Struct) { s.Fields = append(s.Fields, def.Field{Name: "m", Type: def.Int}) },
	}
	dir := root(t, nil)
	for name, change := range variants {
		for other, otherwise := range variants {
			c := person(def.Field{Name: "a", Type: part(change)}, def.Field{Name: "b", Type: part(otherwise)})
			_, err := Load(Input{Collections: []def.Collection{c}, Dir: "schema", Root: dir})
			told := slices.ContainsFunc(lines(err), func(line string) bool { return strings.HasPrefix(line, "schema: Part: differs from the Struct") })
			if told != (name != other) {
				t.Errorf("%s and %s: %v", name, other, err)
			}
		}
	}
}

// TestValueRanges are what conditions leave of a field's values: the narrower bound counts, and
// of two that are equal the one that leaves out the value itself.
func TestValueRanges(t *testing.T) {
	at := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		valueRange
		empty bool
	}{
		"all":                      {valueRange{}, false},
		"from 1":                   {valueRange{}.above(int64(1), false), false},
		"1 to 1":                   {valueRange{}.above(int64(1), false).below(int64(1), false), false},
		"above 1, to 1":            {valueRange{}.above(int64(1), true).below(int64(1), false), true},
		"from 1, below 1":          {valueRange{}.above(int64(1), false).below(int64(1), true), true},
		"above 1, below 2":         {valueRange{}.above(int64(1), true).below(int64(2), true), true},
		"above 1, below 3":         {valueRange{}.above(int64(1), true).below(int64(3), true), false},
		"from 1, then above 1":     {valueRange{}.above(int64(1), false).above(int64(1), true).below(int64(1), false), true},
		"above 1, then from 1":     {valueRange{}.above(int64(1), true).above(int64(1), false).below(int64(1), false), true},
		"to 1, then below 1":       {valueRange{}.below(int64(1), false).below(int64(1), true).above(int64(1), false), true},
		"below 1, then to 1":       {valueRange{}.below(int64(1), true).below(int64(1), false).above(int64(1), false), true},
		"to 9, then below 3":       {valueRange{}.below(int64(9), false).below(int64(3), true).above(int64(3), false), true},
		"below 3, then to 9":       {valueRange{}.below(int64(3), true).below(int64(9), false).above(int64(3), false), true},
		"above 1, to 2":            {valueRange{}.above(int64(1), true).below(int64(2), false), false},
		"below 3, then below 9":    {valueRange{}.below(int64(3), true).below(int64(9), true).above(int64(3), false), true},
		"from 5, then above 2":     {valueRange{}.above(int64(5), false).above(int64(2), true).below(int64(4), false), true},
		"from 2, then above 5":     {valueRange{}.above(int64(2), false).above(int64(5), true).below(int64(5), false), true},
		"a millisecond":            {valueRange{}.above(at, true).below(at.Add(time.Millisecond), true), true},
		"two milliseconds":         {valueRange{}.above(at, true).below(at.Add(2*time.Millisecond), true), false},
		"texts that follow nobody": {valueRange{}.above("a", true).below("b", true), false},
	} {
		if got := test.isEmpty(); got != test.empty {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestDistance counts the letters to add, take away and change.
func TestDistance(t *testing.T) {
	for words, want := range map[[2]string]int{
		{"", ""}: 0, {"", "abc"}: 3, {"abc", ""}: 3, {"name", "name"}: 0, {"xyab", "yxab"}: 2, {"nam", "name"}: 1,
		{"names", "name"}: 1, {"game", "name"}: 1, {"kitten", "sitting"}: 3, {"ab", "ba"}: 2, {"abcdef", "azced"}: 3,
	} {
		if got := distance(words[0], words[1]); got != want {
			t.Errorf("%s: %d, want %d", words, got, want)
		}
	}
}
