package model

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/schema/def"
)

// TestSatisfiable has a row for each way in which conditions leave out something, or
// nothing, or everything.
func TestSatisfiable(t *testing.T) {
	noon := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	part := def.Struct{Name: "Part", Doc: "Part is one.", Fields: []def.Field{
		{Name: "n", Type: def.Int, Required: true, Max: 9, Doc: "N is a number."},
		{Name: "at", Type: def.Time, Doc: "At is a date."},
	}}
	fields := []def.Field{
		{Name: "must", Type: def.Int, Required: true, Min: 1, Max: 9},
		{Name: "may", Type: def.Int, Min: 1, Max: 9},
		{Name: "least", Type: def.Int, Required: true, Min: 5},
		{Name: "any", Type: def.Int, Required: true},
		{Name: "seven", Type: def.Int, Required: true, Min: 7, Max: 7},
		{Name: "five", Type: def.Int, Min: 1, Max: 9, Default: 5},
		{Name: "half", Type: def.Float, Max: 0.5, Default: 0},
		{Name: "price", Type: def.Decimal, Default: "0"},
		{Name: "text", Type: def.String, Default: ""},
		{Name: "word", Type: def.String, Required: true, MinLen: 2, MaxLen: 4, Pattern: "[a-z]*"},
		{Name: "mark", Type: def.String, Required: true, MinLen: 1},
		{Name: "motto", Type: def.String, Default: "per aspera"},
		{Name: "most", Type: def.Int, Required: true, Max: 9},
		{Name: "mood", Type: def.Enum("low", "high"), Required: true},
		{Name: "mail", Type: def.String, Required: true, Format: def.Email},
		{Name: "on", Type: def.Bool},
		{Name: "yes", Type: def.Bool, Default: true},
		{Name: "level", Type: def.Enum("low", "high")},
		{Name: "only", Type: def.Enum("one"), Default: "one"},
		{Name: "at", Type: def.Time, Min: noon},
		{Name: "was", Type: def.Time, Default: noon},
		{Name: "who", Type: def.ObjectID},
		{Name: "whom", Type: def.ObjectID, Required: true},
		{Name: "data", Type: def.Bytes},
		{Name: "tags", Type: def.List(def.String), Default: []string{}},
		{Name: "part", Type: def.Object(part)},
		{Name: "parts", Type: def.List(def.Object(part))},
	}
	const never, missing = "is true of no document that the field's constraints allow", "is true of every document: one without "
	const always, together = "is true of every document; write no such condition", "can never be true together with those before it"
	exists := func(path string) []def.Condition { return []def.Condition{{Path: path, Op: def.Exists}} }
	is := func(path string, opsAndValues ...any) []def.Condition {
		var list []def.Condition
		for i := 0; i < len(opsAndValues); i += 2 {
			list = append(list, def.Condition{Path: path, Op: opsAndValues[i].(def.Op), Value: opsAndValues[i+1]})
		}
		return list
	}
	for _, test := range []struct {
		partial []def.Condition
		says    string // empty if they are right
	}{
		{exists("must"), always},
		{exists("whom"), always},
		{exists("_id"), always},
		{exists("createdAt"), always},
		{exists("may"), ""},
		{exists("five"), missing + "five is stored with 5;"},
		{exists("half"), missing + "half is stored with 0;"},
		{exists("price"), missing + "price is stored with 0;"},
		{exists("text"), missing + `text is stored with "";`},
		{exists("yes"), missing + "yes is stored with true;"},
		{exists("only"), missing + `only is stored with "one";`},
		{exists("was"), missing + "was is stored with 2026-11-26T12:00:00Z;"},
		{exists("data"), ""},
		{exists("tags"), missing + "tags is stored with an empty value;"},
		{exists("part.n"), ""},
		{exists("who"), ""},
		{exists("level"), ""},
		{exists("at"), ""},
		{exists("part.at"), ""},
		{exists("parts.n"), ""},

		{is("must", def.Greater, 0), always},
		{is("must", def.Greater, 1), ""},
		{is("must", def.GreaterOrEqual, 1), always},
		{is("must", def.Less, 1), never},
		{is("must", def.LessOrEqual, 1), ""},
		{is("must", def.Less, 10), always},
		{is("must", def.LessOrEqual, 9), always},
		{is("must", def.Less, 9), ""},
		{is("must", def.Greater, 9), never},
		{is("must", def.Equal, 9), ""},
		{is("must", def.Equal, 10), never},
		{is("must", def.Equal, 0), never},
		{is("may", def.Equal, 0), never},
		{is("may", def.Less, 1), never},
		{is("may", def.Greater, 0), ""},
		{is("may", def.GreaterOrEqual, 0), ""},
		{is("may", def.Less, 0), never},
		{is("must", def.Equal, 1), ""},
		{is("must", def.GreaterOrEqual, 1, def.Greater, 5, def.LessOrEqual, 5), always},
		{is("most", def.Equal, 5), ""},
		{is("mood", def.Equal, "low"), ""},
		{is("least", def.Equal, 5), ""},
		{is("least", def.Less, 5), never},
		{is("least", def.Greater, 4), always},
		{is("any", def.Greater, math.MaxInt64), never},
		{is("any", def.GreaterOrEqual, math.MinInt64), always},
		{is("seven", def.Equal, 7), always},
		{is("seven", def.Equal, 8), never},
		{is("five", def.Less, 5), ""},
		{is("five", def.LessOrEqual, 9), missing + "five is stored with 5;"},
		{is("half", def.Greater, 0.5), never},
		{is("half", def.LessOrEqual, 0.5), missing + "half is stored with 0;"},
		{is("half", def.Less, 0.0), ""},
		{is("price", def.Greater, "0"), ""},
		{is("text", def.Greater, ""), ""},
		{is("text", def.GreaterOrEqual, ""), missing + `text is stored with "";`},
		{is("text", def.Less, ""), never},
		{is("text", def.Equal, ""), ""},
		{is("word", def.Greater, ""), always},
		{is("word", def.Greater, "m"), ""},
		{is("mark", def.Greater, ""), always},
		{is("motto", def.Greater, ""), ""},
		{is("word", def.Equal, "abc"), ""},
		{is("word", def.Equal, "a"), never},
		{is("word", def.Equal, "abcde"), never},
		{is("word", def.Equal, "ABC"), never},
		{is("mail", def.Equal, "Ada@example.com"), never},
		{is("mail", def.Equal, "ada@example.com"), ""},
		{is("on", def.Equal, false), ""},
		{is("yes", def.Equal, true), ""},
		{is("level", def.Equal, "low"), ""},
		{is("only", def.Equal, "one"), missing + `only is stored with "one";`},
		{is("at", def.Less, noon), never},
		{is("at", def.GreaterOrEqual, noon), ""},
		{is("createdAt", def.Greater, noon), ""},
		{is("tags", def.Equal, "x"), ""},
		{is("part.n", def.Greater, 9), never},
		{is("parts.n", def.Greater, 9), never},
		{is("parts.n", def.LessOrEqual, 9), ""},

		{is("may", def.Greater, 3, def.Less, 5), ""},
		{is("may", def.Greater, 4, def.Less, 5), together},
		{is("may", def.Greater, 5, def.LessOrEqual, 5), together},
		{is("may", def.GreaterOrEqual, 5, def.LessOrEqual, 5), ""},
		{is("may", def.Equal, 5, def.Less, 5), together},
		{is("price", def.Greater, "1", def.Less, "1.0"), together},
		{is("half", def.Greater, 0.1, def.Less, 0.2), ""},
		{is("at", def.Greater, noon, def.Less, noon.Add(time.Millisecond)), together},
		{is("at", def.Greater, noon, def.Less, noon.Add(2*time.Millisecond)), ""},
		{is("createdAt", def.Greater, noon, def.Less, noon), together},
		{is("text", def.Greater, "a", def.Less, "a"), together},
		{is("parts.n", def.Greater, 5, def.Less, 5), ""},
	} {
		c := indexed(person(fields...), def.Index{Name: "x", Keys: []string{"any"}, Partial: test.partial})
		c.Timestamps = true
		expectMistake(t, test.says, c)
	}
}

// What a unique index holds has nothing in it that was never given.
func TestUniqueWhereGiven(t *testing.T) {
	fields := []def.Field{
		{Name: "text", Type: def.String, Default: ""},
		{Name: "five", Type: def.Int, Default: 5},
		{Name: "who", Type: def.ObjectID},
	}
	for _, test := range []struct {
		condition def.Condition
		says      string
	}{
		{def.Condition{Path: "text", Op: def.Exists}, "is true of every document"},
		{def.Condition{Path: "text", Op: def.Greater, Value: ""}, ""},
		{def.Condition{Path: "text", Op: def.Less, Value: "m"}, `its conditions let in documents without text, which are stored with ""`},
		{def.Condition{Path: "text", Value: ""}, `its conditions let in documents without text, which are stored with ""`},
		{def.Condition{Path: "text", Value: "a"}, ""},
		{def.Condition{Path: "five", Op: def.Greater, Value: 4}, "its conditions let in documents without five, which are stored with 5"},
		{def.Condition{Path: "five", Op: def.Greater, Value: 5}, ""},
		{def.Condition{Path: "who", Op: def.Exists}, ""},
		{def.Condition{Path: "five", Op: def.Greater, Value: "x"}, "is of Go type string"},
	} {
		index := def.Index{Name: "x", Keys: []string{test.condition.Path}, Unique: true, Partial: []def.Condition{test.condition}}
		expectMistake(t, test.says, indexed(person(fields...), index))
	}
}

// expectMistake expects one mistake that says so, none if that is empty.
func expectMistake(t *testing.T, says string, c def.Collection) {
	t.Helper()
	_, err := load(t, def.Policy{}, c)
	have := lines(err)
	if says == "" && len(have) > 0 || says != "" && (len(have) != 1 || !strings.Contains(have[0], says)) {
		t.Errorf("%v: %q, want %q", c.Indexes[0].Partial, have, says)
	}
}

// What is wrong with a field already says nothing of its values.
func TestConditionOnAWrongField(t *testing.T) {
	for _, test := range []struct {
		field def.Field
		value any
		says  string
	}{
		{def.Field{Name: "x", Type: def.Int, Pattern: "a"}, 1, "Pattern is for String, not Int"},
		{def.Field{Name: "x", Type: def.Enum("low", "high"), Pattern: "a"}, "low", "Pattern is for String, not Enum"},
		{def.Field{Name: "x", Type: def.String, Pattern: "[a"}, "b", `the Pattern "[a" does not compile`},
	} {
		index := def.Index{Keys: []string{"x"}, Partial: []def.Condition{{Path: "x", Value: test.value}}}
		expectMistake(t, test.says, indexed(person(test.field), index))
	}
}
