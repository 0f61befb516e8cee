package pipeline_test

import (
	"fmt"
	"path"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

// synthetic returns a schema that was made up: each collection has fields of all
// types in turn, value objects among them, and a few indexes.
func synthetic(collections, fields int) []def.Collection {
	list := make([]def.Collection, collections)
	for i := range list {
		entity := fmt.Sprintf("Thing%d", i)
		list[i] = def.Collection{
			Name:       fmt.Sprintf("things%d", i),
			Entity:     entity,
			Doc:        entity + " is made up.",
			Timestamps: true,
			Fields:     syntheticFields(fields),
			Indexes:    []def.Index{{Keys: []string{"f0"}, Unique: true}, {Keys: []string{"f4", "-createdAt"}}, {Keys: []string{"f10.city"}}},
		}
	}
	return list
}

func syntheticFields(n int) []def.Field {
	address := def.Struct{Name: "Address", Doc: "Address is where something is.", Fields: []def.Field{
		{Name: "street", Type: def.String, MaxLen: 100, Doc: "Street is the street."},
		{Name: "city", Type: def.String, Required: true, Doc: "City is the town."},
		{Name: "since", Type: def.Time, Doc: "Since is when it began."},
	}}
	types := []def.Type{
		def.String, def.Int, def.Bool, def.Float, def.Time, def.ObjectID, def.Bytes, def.Decimal, def.Enum("red", "green", "blue"),
		def.List(def.String), def.Object(address), def.Set(def.Enum("north", "south")), def.Map(def.Int), def.List(def.Object(address)), def.Secret,
	}
	fields := make([]def.Field, n)
	for i := range fields {
		fields[i] = def.Field{Name: fmt.Sprintf("f%d", i), Type: types[i%len(types)], Doc: fmt.Sprintf("F%d is made up.", i)}
	}
	fields[0].Required = true
	return fields
}

func generateSynthetic(tb testing.TB, collections []def.Collection) {
	tb.Helper()
	if err := pipeline.Run(pipeline.Config{Collections: collections}); err != nil {
		tb.Fatal(err)
	}
}

// enterSynthetic makes a module for a schema that no source declares, and goes
// there.
func enterSynthetic(tb testing.TB) {
	tb.Helper()
	tb.Chdir(tb.TempDir())
	writeFile(tb, "go.mod", "module example.com/synthetic\n")
	writeFile(tb, "schema/schema.go", "package schema\n")
}

// What is generated does not depend on how many cores there are, nor on which of
// them is faster.
func TestRunIsTheSameOnAnyMachine(t *testing.T) {
	enterSynthetic(t)
	collections := synthetic(5, 15)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	generateSynthetic(t, collections)
	first := files(t)
	for _, cores := range []int{1, 2, 3, 16, 16, 16} {
		runtime.GOMAXPROCS(cores)
		remove(t, "gen")
		generateSynthetic(t, collections)
		if diff := cmp.Diff(first, files(t)); diff != "" {
			t.Errorf("on %d cores files differ:\n%s", cores, diff)
		}
	}
}

// Files of a large collection can still be read, by people and by compilers.
func TestFilesAreShort(t *testing.T) {
	enterSynthetic(t)
	generateSynthetic(t, synthetic(1, 20))
	for name, text := range files(t) {
		if lines := strings.Count(text, "\n"); path.Ext(name) == ".go" && lines > 600 {
			t.Errorf("%s has %d lines", name, lines)
		}
	}
}

// BenchmarkGenerate generates all of a large schema. Its profile shows where the
// time goes.
func BenchmarkGenerate(b *testing.B) {
	enterSynthetic(b)
	collections := synthetic(200, 20)
	for b.Loop() {
		remove(b, "gen")
		generateSynthetic(b, collections)
	}
}
