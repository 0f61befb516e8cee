package kinds

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
)

var _ = register(&Kind{
	Name: def.KindObject,
	Says: func(t *Type) string { return Article(t.Struct.Go) },
	Rules: Rules{
		Convert: func(_ *Type, v any) (any, string, string) {
			if v == def.FieldDefaults {
				return v, "", ""
			}
			return nil, wrongType(def.KindObject, v), "def.FieldDefaults"
		},
		Unindexed: func(path string, t *Type) (string, string) {
			remedy := "the path of one of its members"
			if names := IndexedPaths(path+".", t.Struct.Fields); len(names) > 0 {
				remedy += ", such as " + names[0]
			}
			return fmt.Sprintf("%s is an Object", path), remedy
		},
	},
	Codec: Codec{
		Go:          func(t *Type, own Named) *jen.Statement { return own(t.Struct.Go) },
		Append:      ownFunc("append"),
		Size:        ownFunc("size"),
		Read:        ownFunc("read"),
		Transcode:   ownFunc("transcode"),
		Marshal:     ownFunc("marshal"),
		ReadJSON:    ownFunc("readJSON"),
		MissingJSON: objectJSON,
		Literal:     func(t *Type, _ any) jen.Code { return t.Struct.defaultValue() },
		Sample: func(t *Type, _ *Field, own Named) jen.Code {
			var members []jen.Code
			for _, f := range t.Struct.Fields {
				if f.Required {
					members = append(members, jen.Id(f.Go).Op(":").Add(f.Type.Sample(f.Type, f, own)))
				}
			}
			return t.Go(t, own).Values(members...)
		},
	},
	Check: Check{
		CheckValue: func(t *Type) jen.Code { return jen.Id("check" + t.Struct.Go) },
	},
	Schema: Schema{JSONSchema: func(t *Type, in SchemaContext) JSONObject { return in.Object(t.Struct) }},
})

// objectJSON returns the JSON of a value object that has its members' defaults.
func objectJSON(t *Type, _ any) string {
	var members []string
	for _, f := range t.Struct.Fields {
		if v := f.MissingJSON(); v != "" {
			members = append(members, strconv.Quote(f.Name)+":"+v)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// IndexedPaths returns the paths below fields that an index can end at.
func IndexedPaths(prefix string, fields []*Field) []string {
	var names []string
	for _, f := range fields {
		t := f.Type
		if t != nil && t.IsSequence {
			t = t.Elem
		}
		switch {
		case t == nil || f.Name == "":
		case t.Struct != nil:
			names = append(names, IndexedPaths(prefix+f.Name+".", t.Struct.Fields)...)
		case t.Unindexed == nil:
			names = append(names, prefix+f.Name)
		}
	}
	return names
}
