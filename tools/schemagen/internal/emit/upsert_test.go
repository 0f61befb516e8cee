package emit

import (
	"strings"
	"testing"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

func TestGiven(t *testing.T) {
	kind := func(name string, k def.Kind) *kinds.Field {
		return &kinds.Field{Name: name, Go: strings.ToUpper(name[:1]) + name[1:], Type: &kinds.Type{Kind: kindOf(k)}}
	}
	must := func(f *kinds.Field) *kinds.Field { f.Required = true; return f }
	otherwise := func(f *kinds.Field, v any) *kinds.Field { f.Default = v; return f }
	never := func(f *kinds.Field) *kinds.Field { f.Immutable = true; return f }
	object := func(name string, fields ...*kinds.Field) *kinds.Field {
		f := kind(name, def.KindObject)
		f.Type.Struct = &kinds.Struct{Go: strings.ToUpper(name[:1]) + name[1:], Fields: fields}
		return f
	}
	list := kind("list", def.KindList)
	list.Type.Elem = stringType
	c := &model.Collection{Entity: "Thing", Fields: []*kinds.Field{
		must(kind("text", def.KindString)),
		never(must(kind("fixed", def.KindString))),
		must(object("there", must(kind("a", def.KindInt)), kind("b", def.KindInt), never(kind("c", def.KindInt)))),
		kind("note", def.KindString), kind("on", def.KindBool), kind("n", def.KindInt), kind("f", def.KindFloat),
		kind("price", def.KindDecimal), kind("at", def.KindTime), kind("who", def.KindRef), kind("key", def.KindSecret),
		kind("data", def.KindBytes), list,
		otherwise(kind("count", def.KindInt), int64(3)),
		object("loose", must(kind("a", def.KindInt)), kind("b", def.KindInt)),
		object("held", must(kind("a", def.KindInt)), otherwise(kind("b", def.KindInt), int64(3))),
	}}
	check(t, []statement{{"every kind", givenMethod(c), `
// given returns the paths of the members that n gives.
func (n *New) given() []string {
	paths := []string{"text", "there.a"}
	paths = runtime.AppendGiven(paths, "there.b", !n.There.B.IsZero())
	paths = runtime.AppendGiven(paths, "note", !n.Note.IsZero())
	paths = runtime.AppendGiven(paths, "on", !n.On.IsZero())
	paths = runtime.AppendGiven(paths, "n", !n.N.IsZero())
	paths = runtime.AppendGiven(paths, "f", !n.F.IsZero())
	paths = runtime.AppendGiven(paths, "price", !n.Price.IsZero())
	paths = runtime.AppendGiven(paths, "at", !n.At.IsZero())
	paths = runtime.AppendGiven(paths, "who", !n.Who.IsZero())
	paths = runtime.AppendGiven(paths, "key", !n.Key.IsZero())
	paths = runtime.AppendGiven(paths, "data", n.Data != nil)
	paths = runtime.AppendGiven(paths, "list", n.List != nil)
	paths = runtime.AppendGiven(paths, "count", !n.Count.IsZero())
	if v, ok := n.Loose.Get(); ok {
		paths = append(paths, "loose.a")
		paths = runtime.AppendGiven(paths, "loose.b", !v.B.IsZero())
	}
	if _, ok := n.Held.Get(); ok {
		paths = append(paths, "held.a")
		paths = append(paths, "held.b")
	}
	return paths
}`}})
}
