package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// missableStructs returns the value objects that some check has to recognize as
// missing.
func missableStructs(c *model.Collection) []*kinds.Struct {
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

// missingFunc declares the function that reports whether a value object equals a
// missing one.
func missingFunc(s *kinds.Struct) jen.Code {
	all := &jen.Statement{}
	for i, f := range s.Fields {
		if i > 0 {
			all.Op("&&").Line()
		}
		all.Add(f.Type.IsMissing(f, jen.Id("v").Dot(f.Go)))
	}
	return jen.Func().Id(s.MissingName()).Params(jen.Id("v").Id(s.Go)).Bool().Block(jen.Return(all))
}
