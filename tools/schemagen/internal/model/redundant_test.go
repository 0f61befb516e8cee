package model

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
)

// overlapping returns a collection with indexes, by what x makes of them.
func overlapping(indexes ...def.Index) def.Collection {
	number := func(name string) def.Field { return def.Field{Name: name, Type: def.Int, Required: true} }
	return indexed(person(number("a"), number("b"), number("c"),
		def.Field{Name: "tags", Type: def.Set(def.String), Required: true}, def.Field{Name: "at", Type: def.Time, Required: true},
		def.Field{Name: "name", Type: def.String, Required: true}, def.Field{Name: "note", Type: def.String},
	), indexes...)
}

// on returns an index on keys that are separated by spaces, with options.
func on(keys string, options ...func(*def.Index)) def.Index {
	x := def.Index{Keys: strings.Fields(keys)}
	for _, option := range options {
		option(&x)
	}
	return x
}

func isUnique(x *def.Index) { x.Unique = true }
func isExact(x *def.Index)  { x.Exact = true }
func isSparse(x *def.Index) { x.Sparse = true }
func isHidden(x *def.Index) { x.Hidden = true }
func expires(x *def.Index)  { x.TTL = time.Hour }

func ofB(x *def.Index)     { x.Partial = []def.Condition{{Path: "b", Value: 1}} }
func aboveB(x *def.Index)  { x.Partial = []def.Condition{{Path: "b", Op: def.Greater, Value: 1}} }
func anyCase(x *def.Index) { x.Collation = def.Collation{Locale: "en", Strength: 2} }
func inBytes(x *def.Index) { x.Collation = def.Collation{Locale: "simple"} }

func called(name string) func(*def.Index) { return func(x *def.Index) { x.Name = name } }

// TestRedundant: which of some indexes are redundant. Those that are not keep their place whatever they
// look like.
func TestRedundant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		indexes []def.Index
		want    string
	}{
		"a prefix, whose pages have another order":   {[]def.Index{on("a"), on("a b"), on("a -b c")}, ""},
		"an Exact prefix of one that has an order":   {[]def.Index{on("a", isExact), on("a b")}, ""},
		"an Exact one, and one that ends in _id":     {[]def.Index{on("a", isExact), on("a _id")}, ""},
		"an Exact prefix":                            {[]def.Index{on("a", isExact), on("a b", isExact)}, "a_1"},
		"an Exact prefix behind":                     {[]def.Index{on("a -b", isExact), on("a", isExact)}, "a_1"},
		"an Exact prefix the other way round":        {[]def.Index{on("-a b", isExact), on("a -b c", isExact)}, "a_-1_b_1"},
		"an Exact prefix with one turned round":      {[]def.Index{on("a b", isExact), on("a -b c", isExact)}, ""},
		"an Exact prefix of one on an array":         {[]def.Index{on("a", isExact), on("a tags", isExact)}, ""},
		"an Exact prefix on an array":                {[]def.Index{on("tags", isExact), on("tags a", isExact)}, "tags_1"},
		"three Exact ones":                           {[]def.Index{on("a b", isExact), on("a b c", isExact), on("a", isExact)}, "a_1_b_1 a_1"},
		"the other keys first":                       {[]def.Index{on("a", isExact), on("b a", isExact)}, ""},
		"an Exact prefix of a Unique one":            {[]def.Index{on("a", isExact), on("a b", isUnique)}, ""},
		"the same the other way round":               {[]def.Index{on("a"), on("-a")}, "a_-1__id_-1"},
		"the same, Exact, the other way round":       {[]def.Index{on("-a", isExact), on("a", isExact)}, "a_1"},
		"several keys the other way round":           {[]def.Index{on("a -b"), on("-a b")}, "a_-1_b_1__id_1"},
		"one of several keys turned round":           {[]def.Index{on("a b"), on("a -b"), on("-a b", called("third"))}, "third"},
		"_id turned round":                           {[]def.Index{on("a"), on("a -_id")}, ""},
		"an array the other way round":               {[]def.Index{on("tags"), on("-tags")}, "tags_-1__id_-1"},
		"what a Unique one begins":                   {[]def.Index{on("a", isUnique), on("a b")}, "a_1_b_1__id_1"},
		"before the Unique one":                      {[]def.Index{on("a b"), on("a c"), on("a", isUnique)}, "a_1_b_1__id_1 a_1_c_1__id_1"},
		"before, with another between":               {[]def.Index{on("a b c"), on("a c", ofB), on("a b", isUnique)}, ""},
		"a Unique one the other way round":           {[]def.Index{on("a", isUnique), on("-a")}, "a_-1__id_-1"},
		"a Unique one, and an Exact one":             {[]def.Index{on("a", isUnique), on("-a", isExact)}, "a_-1"},
		"part of a Unique one":                       {[]def.Index{on("a b", isUnique), on("a c")}, ""},
		"a Unique one with one turned round":         {[]def.Index{on("a b", isUnique), on("a -b c")}, ""},
		"a Unique one in another sequence":           {[]def.Index{on("a b", isUnique), on("b a c")}, ""},
		"two Unique ones":                            {[]def.Index{on("a", isUnique), on("a b", isUnique)}, ""},
		"Unique with _id":                            {[]def.Index{on("a _id", isUnique), on("-a")}, ""},
		"what a Unique one on an array begins":       {[]def.Index{on("tags", isUnique), on("tags a")}, ""},
		"a Unique one, with an array behind":         {[]def.Index{on("a", isUnique), on("a tags")}, ""},
		"what a Sparse Unique one begins":            {[]def.Index{on("note", isUnique, isSparse), on("note a"), on("note b", isSparse)}, ""},
		"what a Partial Unique one begins":           {[]def.Index{on("a", isUnique, ofB), on("a c")}, ""},
		"of the same documents":                      {[]def.Index{on("a", isUnique, ofB), on("a c", ofB)}, "a_1_c_1__id_1"},
		"of other documents":                         {[]def.Index{on("a", isUnique, ofB), on("a c", aboveB)}, ""},
		"Partial beside one that is not":             {[]def.Index{on("a", isUnique), on("a c", ofB)}, ""},
		"what a Hidden Unique one begins":            {[]def.Index{on("a", isUnique, isHidden), on("a b")}, ""},
		"Hidden ones":                                {[]def.Index{on("a", isUnique), on("a b", isHidden), on("c", isExact), on("c a", isExact, isHidden)}, ""},
		"begins with _id":                            {[]def.Index{on("_id a"), on("-_id -b", isUnique)}, "_id_1_a_1"},
		"begins with _id, of some":                   {[]def.Index{on("_id a", ofB)}, ""},
		"keys behind _id":                            {[]def.Index{on("a"), on("a _id b"), on("a _id b c")}, "a_1__id_1_b_1 a_1__id_1_b_1_c_1"},
		"keys behind _id alone":                      {[]def.Index{on("a _id b")}, ""},
		"what a TTL one begins":                      {[]def.Index{on("at", expires), on("at a"), on("-at", isExact)}, ""},
		"Sparse ones, which only count":              {[]def.Index{on("note", isSparse), on("note a", isSparse)}, "note_1"},
		"a Sparse one, and a Unique one":             {[]def.Index{on("-note", isSparse), on("note", isUnique, isSparse)}, "note_-1"},
		"a Sparse one, and one that holds all":       {[]def.Index{on("note", isSparse), on("note a"), on("-note", isExact)}, ""},
		"a Sparse one, and one that is Exact":        {[]def.Index{on("note", isSparse), on("note a", isSparse, isExact)}, ""},
		"another Collation":                          {[]def.Index{on("name", isExact), on("name a", isExact, anyCase)}, ""},
		"the same Collation":                         {[]def.Index{on("name", isExact, anyCase), on("name a", isExact, anyCase)}, "name_1"},
		"no Collation in two ways":                   {[]def.Index{on("name", isExact, inBytes), on("name a", isExact)}, "name_1"},
		"a Collation, another between":               {[]def.Index{on("name", isExact, anyCase), on("b", isExact), on("name a", isExact, anyCase)}, ""},
		"a Collation, another behind":                {[]def.Index{on("name", isExact, anyCase), on("name a", isExact, anyCase), on("b", isExact)}, "name_1"},
		"a Unique one with a Collation":              {[]def.Index{on("name", isUnique, anyCase), on("name", anyCase), on("name a", anyCase)}, ""},
		"words that another begins with":             {[]def.Index{on("name a"), {Kind: def.Text, Keys: []string{"name"}}}, ""},
		"words":                                      {[]def.Index{{Kind: def.Text, Keys: []string{"name", "note"}}, on("note", isExact)}, ""},
		"what begins one that is itself redundant":   {[]def.Index{on("a b c", isExact), on("a b", isUnique), on("a", isExact)}, "a_1_b_1_c_1"},
		"the same again":                             {[]def.Index{on("a b c", isExact), on("a b", isUnique), on("a", isExact), on("-a", isExact)}, "a_1_b_1_c_1 a_-1"},
		"what stands for one that is itself removed": {[]def.Index{on("a", isExact), on("a b", isExact), on("a b c", isExact)}, "a_1 a_1_b_1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := load(t, def.Policy{}, overlapping(test.indexes...))
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, w := range s.Warnings {
				have = append(have, strings.TrimPrefix(w.Path, "Person index "))
				if !w.Redundant {
					t.Errorf("%s is not about a redundant index", w)
				}
			}
			if diff := cmp.Diff(test.want, strings.Join(have, " ")); diff != "" {
				t.Errorf("-want +have:\n%s\n%v", diff, s.Warnings)
			}
		})
	}
}

// TestIDsAreComparedAsTheCollectionIs: the index on _id has the collection's collation.
func TestIDsAreComparedAsTheCollectionIs(t *testing.T) {
	t.Parallel()
	c := overlapping(on("_id a"), on("_id b", inBytes))
	c.Collation = def.Collation{Locale: "en", Strength: 2}
	s, err := load(t, def.Policy{}, c)
	if err != nil || len(s.Warnings) != 1 || s.Warnings[0].Path != "Person index _id_1_a_1" {
		t.Errorf("%v %v", err, s.Warnings)
	}
}

// TestMistakenIndexesAreNotCompared: what is declared wrongly is a mistake, whatever is around it.
func TestMistakenIndexesAreNotCompared(t *testing.T) {
	t.Parallel()
	_, err := load(t, def.Policy{}, overlapping(on("a b c"), on("nothing", isUnique), on("_id", isExact), on("a a"), on(""), on("a", isUnique), on("a nothing")))
	if lines(err) == nil {
		t.Error("it is taken")
	}
}

// TestSoftDeletionRepeatsKeys: a unique index says nothing of what is deleted.
func TestSoftDeletionRepeatsKeys(t *testing.T) {
	t.Parallel()
	c := overlapping(on("a", isUnique), on("a b"), on("-a"))
	c.SoftDelete, c.KeepDeleted = true, time.Hour
	s, err := load(t, def.Policy{}, c)
	if err != nil || len(s.Warnings) > 0 {
		t.Errorf("%v %v", err, s.Warnings)
	}
}

const keptSource = `package schema

import "github.com/partywall/partywall/schema/def"

var Person = def.Collection{
	Name: "people", Entity: "Person",
	Indexes: []def.Index{
		{Keys: []string{"a"}, Exact: true}, // keep: an older program builds it
		// no migration: it is about something else
		// keep: so it does this
		{Keys: []string{"a", "b"}, Exact: true},
		{Keys: []string{"a", "b", "c"}, Exact: true}, // keep: nothing else has its keys
		{Keys: []string{"b"}, Exact: true}, // keep:
		{Keys: []string{"b", "c"}, Exact: true}, // no migration: keep: it
	},
}
`

// TestKept: a reason beside an index keeps it, and one that is not needed is told.
func TestKept(t *testing.T) {
	t.Parallel()
	c := overlapping(on("a", isExact), on("a b", isExact), on("a b c", isExact), on("b", isExact), on("b c", isExact))
	dir := root(t, map[string]string{"person.go": keptSource})
	s, err := Load(Input{Collections: []def.Collection{c}, Dir: "schema", Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"warning: schema/person.go:13: Person index b_1: the index b_1_c_1 begins with the same keys, and serves all that it does; remove it, or say beside it why it stays: // keep: reason",
		"warning: schema/person.go:12: Person index a_1_b_1_c_1: has a reason to stay, and needs none; remove the comment",
	}
	var have []string
	for _, w := range s.Warnings {
		have = append(have, w.String())
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-want +have:\n%s", diff)
	}
	for i, reason := range []string{"", "it is about something else", "", "", "keep: it"} {
		if have := s.Collections[0].Indexes[i].At.Reason; have != reason {
			t.Errorf("index %d needs no migration because %q, want %q", i, have, reason)
		}
	}
}

// TestKeptOnOneLine: a comment is about all indexes on its line, those that are computed on that of the
// collection, and needed if one of them needs it.
func TestKeptOnOneLine(t *testing.T) {
	t.Parallel()
	const header = "package schema\n\nimport \"github.com/partywall/partywall/schema/def\"\n\n"
	for _, source := range []string{
		`var Person = def.Collection{Name: "people", Entity: "Person", Indexes: indexes()} // keep: an older program builds it`,
		"var Person = def.Collection{Name: \"people\", Entity: \"Person\",\n\tIndexes: []def.Index{{Keys: a}, {Keys: b}}, // keep: one is an older program's\n}",
	} {
		dir := root(t, map[string]string{"person.go": header + source + "\n"})
		s, err := Load(Input{Collections: []def.Collection{overlapping(on("a", isExact), on("a b", isExact))}, Dir: "schema", Root: dir})
		if err != nil || len(s.Warnings) > 0 {
			t.Errorf("%v %v", err, s.Warnings)
		}
	}
}

// TestRedundantOnThePage: docs/schema.md quotes what is said.
func TestRedundantOnThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	required := func(name string) def.Field { return def.Field{Name: name, Type: def.Int, Required: true} }
	c := indexed(person(required("customer"), required("state"), required("number")),
		on("customer", isExact), on("customer state", isExact), on("number", isUnique), on("number state"))
	c.Name, c.Entity, c.Doc = "orders", "Order", "Order is one."
	s, err := load(t, def.Policy{}, c)
	if err != nil || len(s.Warnings) != 2 {
		t.Fatal(err, s)
	}
	for _, w := range s.Warnings {
		if line := strings.TrimPrefix(w.Text(), "schema: "); !strings.Contains(string(page), ": "+line+"\n") {
			t.Errorf("the page does not have %s", line)
		}
	}
}
