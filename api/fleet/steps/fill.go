package steps

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// FillMember gives objects that lack a member, or have null there, a value. An object that is
// missing itself is not made.
func FillMember() Step {
	return Step{Name: "fill_member", Doc: "gives a member that is missing a value", Read: func(m *Members) Work {
		w, path := m.work(), m.MemberPath("path")
		value := m.Value("value", "what the member is to be, in Extended JSON")
		w.Places = []Place{{Path: path}}
		name := path[len(path)-1]
		w.Change = func(doc bson.Raw) (Edit, error) {
			return path.edit(doc, func(object bson.Raw, _ string, _ *Edit) []member {
				if !wire.IsMissing(object.Lookup(name)) {
					return nil
				}
				return []member{{name, value}}
			}), nil
		}
		return w
	}}
}
