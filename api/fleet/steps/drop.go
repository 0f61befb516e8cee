package steps

import "go.mongodb.org/mongo-driver/v2/bson"

// DropMember removes a member, whatever it is.
func DropMember() Step {
	return Step{Name: "drop_member", Doc: "removes a member, whatever it is", Read: func(m *Members) Work {
		w, path := m.work(), m.MemberPath("path")
		w.Places = []Place{{Path: path, Former: true}}
		name := path[len(path)-1]
		w.Change = func(doc bson.Raw) (Edit, error) {
			return path.edit(doc, func(object bson.Raw, _ string, _ *Edit) []member {
				if object.Lookup(name).IsZero() {
					return nil
				}
				return []member{{name: name}}
			}), nil
		}
		return w
	}}
}
