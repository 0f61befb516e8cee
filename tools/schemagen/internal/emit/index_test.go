package emit

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// TestIndexMembers: a meta.Index is emitted with all that it has.
func TestIndexMembers(t *testing.T) {
	t.Parallel()
	var emitted []string
	for _, member := range indexMembers {
		emitted = append(emitted, member.name)
	}
	var members []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[meta.Index]()) {
		members = append(members, f.Name)
	}
	if !slices.Equal(emitted, members) {
		t.Errorf("%v are emitted, and an index has %v", emitted, members)
	}
}

// TestDeclaredIndexesAreEmitted: whatever a declaration says of an index changes what is
// emitted.
func TestDeclaredIndexesAreEmitted(t *testing.T) {
	t.Parallel()
	changes := map[string]func(x *def.Index){
		"Name":      func(x *def.Index) { x.Name = "by_date" },
		"Keys":      func(x *def.Index) { x.Keys = []string{"-at"} },
		"Unique":    func(x *def.Index) { x.Unique = true },
		"TTL":       func(x *def.Index) { x.TTL = time.Hour },
		"Sparse":    func(x *def.Index) { x.Sparse = true },
		"Partial":   func(x *def.Index) { x.Partial = []def.Condition{{Path: "at", Op: def.Greater, Value: time.Unix(0, 0)}} },
		"Exact":     func(x *def.Index) { x.Exact = true },
		"Collation": func(x *def.Index) { x.Collation = def.Collation{Locale: "en", Strength: 2} },
		"Weights": func(x *def.Index) {
			*x = def.Index{Kind: def.Text, Keys: []string{"words"}, Weights: map[string]int{"words": 5}}
		},
		"Language": func(x *def.Index) { *x = def.Index{Kind: def.Text, Keys: []string{"words"}, Language: "german"} },
		"Kind":     func(x *def.Index) { *x = def.Index{Kind: def.Text, Keys: []string{"words"}} },
		"Hidden":   func(x *def.Index) { x.Hidden = true },
		"Doc":      func(x *def.Index) { x.Doc = "To find the latest." },
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "schema"), 0o700); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, f := range append(reflect.VisibleFields(reflect.TypeFor[def.Index]()), reflect.StructField{Name: "nothing"}) {
		x := def.Index{Keys: []string{"at"}}
		if change := changes[f.Name]; change != nil {
			change(&x)
		}
		s, err := model.Load(model.Input{Collections: []def.Collection{{
			Name: "visits", Entity: "Visit", Doc: "Visit is one.",
			Fields: []def.Field{
				{Name: "at", Type: def.Time, Required: true, Doc: "At is when."}, {Name: "words", Type: def.String, Doc: "Words are said."},
			},
			Indexes: []def.Index{x},
		}}, Dir: "schema", Root: root})
		if err != nil {
			t.Fatal(f.Name, err)
		}
		text := render(t, indexes(s.Collections[0]))
		if same, ok := seen[text]; ok {
			t.Errorf("%s is emitted as %s is:\n%s", f.Name, same, text)
		}
		seen[text] = f.Name
	}
}
