package kinds

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/partywall/partywall/schema/def"
)

// declared returns the kinds that package def names.
func declared(t *testing.T) []def.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../../../schema/def/type.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []def.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Kind" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, def.Kind(name))
		}
		return true
	})
	if len(names) == 0 {
		t.Fatal("package def declares no kinds")
	}
	return names
}

// Every kind that can be declared has an entry, and the entry says all that others
// ask it without looking.
func TestEveryKindIsComplete(t *testing.T) {
	names := declared(t)
	for _, name := range names {
		t.Run(string(name), func(t *testing.T) {
			k, ok := Of(name)
			if !ok {
				t.Fatal("it has no file in this package")
			}
			checkComplete(t, k)
		})
	}
	if len(byName) != len(names) {
		t.Errorf("there are %d kinds here, and %d in package def", len(byName), len(names))
	}
	t.Run("folded", func(t *testing.T) { checkComplete(t, foldedKind) })
}

func checkComplete(t *testing.T, k *Kind) {
	t.Helper()
	present := map[string]bool{
		"Go": k.Go != nil, "MissingJSON": k.MissingJSON != nil, "Sample": k.Sample != nil,
		"JSONSchema": k.JSONSchema != nil, "what it is called": (k.Noun == "") == (k.Says != nil),
		"Append": k.Append.name != "", "Size": k.Size.name != "", "Read": k.Read.name != "",
	}
	if !k.IsHashed {
		present["Transcode"], present["Marshal"], present["Request"] = k.Transcode.name != "", k.Marshal.name != "", k.ReadJSON.name != ""
	}
	if k.Unindexed == nil {
		present["Field"], present["Value"], present["Parse"] = k.Field != nil, k.Value != nil, k.Parse != nil
	}
	if k.Convert != nil {
		present["Literal"] = k.Literal != nil
	}
	if k.HoldsMissing {
		present["IsGiven"], present["OptionalJSONMember"] = k.IsGiven != nil, k.OptionalJSONMember.name != ""
	}
	for member, is := range present {
		if !is {
			t.Errorf("it says nothing of %s", member)
		}
	}
	switch {
	case k.Bounds && (k.Convert == nil || !k.Ordered):
		t.Error("it has bounds, and no Convert or order")
	case k.IsNumber && k.Zero == nil:
		t.Error("it is a number without a Zero")
	}
}

// What is no kind has none.
func TestOf(t *testing.T) {
	if k, ok := Of(""); ok {
		t.Errorf("no name is that of %s", k.Name)
	}
	for _, name := range declared(t) {
		if k, ok := Of(name); !ok || k.Name != name {
			t.Errorf("%s is %v", name, k)
		}
	}
}

// Every format that can be declared has an entry, whose sample has the format as it is stored.
func TestEveryFormatIsComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../../../schema/def/def.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Format" {
			return true
		}
		found++
		name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		format, ok := FormatOf(def.Format(name))
		f := &Field{Type: &Type{Kind: stringKind}, Format: def.Format(name)}
		if !ok || format.name != spec.Names[0].Name || !format.Is(format.sample) || f.Text().Fold(format.sample) != format.sample {
			t.Errorf("%s: %+v", name, format)
		}
		return true
	})
	if found != len(formats) {
		t.Errorf("there are %d formats here, and %d in package def", len(formats), found)
	}
}
