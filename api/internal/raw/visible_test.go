package raw_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryFilterIsVisible holds that every filter is limited to the documents that may be seen,
// where it goes to the driver, or to the functions that are handed a target for it.
func TestEveryFilterIsVisible(t *testing.T) {
	t.Parallel()
	// The positions of filters among the arguments of methods, by what they are methods of.
	filters := map[string]int{
		"coll.each": 1, "coll.findOne": 1, "coll.count": 1, "coll.updateOne": 1, "coll.deleteOne": 1, "coll.findOneAndUpdate": 1,
		"d.write": 2, "d.modify": 2,
	}
	handed := []string{"write", "modify", "clearNulls"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	set := token.NewFileSet()
	text := func(n ast.Node) string {
		var b bytes.Buffer
		if err := printer.Fprint(&b, set, n); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || slices.Contains(handed, f.Name.Name) {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if field, ok := n.(*ast.SelectorExpr); ok && field.Sel.Name == "driver" && name != "turn.go" {
					t.Errorf("%s: commands are sent without a turn", set.Position(n.Pos()))
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at, filtered := filters[text(call.Fun)]
				if !filtered {
					return true
				}
				calls++
				if filter := text(call.Args[at]); !strings.Contains(filter, "d.visible(") {
					t.Errorf("%s: %s is given %s, not d.visible of it", set.Position(call.Pos()), text(call.Fun), filter)
				}
				return true
			})
		}
	}
	if calls < 12 {
		t.Errorf("only %d filters are found", calls)
	}
}
