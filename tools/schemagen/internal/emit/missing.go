package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// leavable returns the value objects whose being missing some check asks for.
func leavable(c *model.Collection) []*kinds.Struct {
	asked := map[*kinds.Struct]bool{}
	var ask func(*kinds.Struct)
	ask = func(s *kinds.Struct) {
		asked[s] = true
		for _, f := range s.Fields {
			if f.Type.Struct != nil {
				ask(f.Type.Struct)
			}
		}
	}
	askFor := func(fields []*kinds.Field) {
		for _, f := range fields {
			if f.MayBeMissing() {
				ask(f.Type.Struct)
			}
		}
	}
	askFor(c.Fields)
	for _, s := range c.Structs {
		askFor(s.Fields)
	}
	return slices.DeleteFunc(slices.Clone(c.Structs), func(s *kinds.Struct) bool { return !asked[s] })
}

// missing returns the function that says whether a value object is as one that is
// missing reads.
func missing(s *kinds.Struct) jen.Code {
	all := &jen.Statement{}
	for i, f := range s.Fields {
		if i > 0 {
			all.Op("&&").Line()
		}
		all.Add(f.Type.IsMissing(f, jen.Id("v").Dot(f.Go)))
	}
	return jen.Func().Id(s.MissingName()).Params(jen.Id("v").Id(s.Go)).Bool().Block(jen.Return(all))
}
