package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
)

// TestDeepCurrent: what is stored may be nested deeper than a request, and is compared with one, and
// shown in part, all the same.
func TestDeepCurrent(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 3*wire.MaxDepth) + strings.Repeat("]", 3*wire.MaxDepth)
	current := `{"a":` + deep + `,"b":{"x":` + deep + `},"c":7}`
	if got := string(wire.JSONMember([]byte(current), "c")); got != "7" {
		t.Fatalf("c is %s", got)
	}
	if got := string((wire.JSONSelection{"b": nil, "c": nil}).Append(nil, []byte(current))); got != `{"b":{"x":`+deep+`},"c":7}` {
		t.Errorf("shown is %s", got)
	}
	r, err := wire.NewJSONReader([]byte(`{"c":7,"b":{"y":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Against([]byte(current))
	r.Object(func(name string) bool {
		r.Object(func(string) bool { r.Int(); return true })
		return name == "b"
	})
	if len(r.Errors) > 0 {
		t.Errorf("%v", r.Errors)
	}
}

// TestSelections compares what is kept of a JSON text with what is kept of its value.
func TestSelections(t *testing.T) {
	t.Parallel()
	name := rapid.SampledFrom([]string{"a", "b", "c", `q"`, `s\`, "{", "ü"})
	var value *rapid.Generator[any]
	value = rapid.Custom(func(r *rapid.T) any {
		switch rapid.IntRange(0, 6).Draw(r, "kind") {
		case 0:
			return rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return value }), 0, 3).Draw(r, "list")
		case 1, 2:
			return rapid.MapOfN(name, rapid.Deferred(func() *rapid.Generator[any] { return value }), 0, 4).Draw(r, "object")
		case 3:
			return rapid.Float64Range(-10, 10).Draw(r, "number")
		case 4:
			return nil
		case 5:
			return rapid.Bool().Draw(r, "bool")
		}
		return rapid.SampledFrom([]string{"", `a"b`, `\`, `\"`, "}", "],", "{}"}).Draw(r, "text")
	})
	rapid.Check(t, func(r *rapid.T) {
		whole := rapid.MapOf(name, value).Draw(r, "whole")
		text, err := json.Marshal(whole)
		if err != nil {
			r.Fatal(err)
		}
		selected := wire.JSONSelection{}
		for _, path := range rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3), 0, 4).Draw(r, "paths") {
			selected.Add(path)
		}
		kept := selected.Append([]byte("before"), text)
		var have any
		if err := json.Unmarshal([]byte(strings.TrimPrefix(string(kept), "before")), &have); err != nil {
			r.Fatalf("%s of %s: %v", kept, text, err)
		}
		var of any
		if err := json.Unmarshal(text, &of); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(keptOf(of, selected), have); diff != "" {
			r.Fatalf("of %s with %v:\n%s", text, selected, diff)
		}
	})
}

// keptOf returns what is selected of a value.
func keptOf(v any, s wire.JSONSelection) any {
	switch v := v.(type) {
	case []any:
		if s == nil {
			return v
		}
		list := []any{}
		for _, e := range v {
			list = append(list, keptOf(e, s))
		}
		return list
	case map[string]any:
		if s == nil {
			return v
		}
		object := map[string]any{}
		for name, within := range s {
			if e, ok := v[name]; ok {
				object[name] = keptOf(e, within)
			}
		}
		return object
	}
	return v
}
