package steps

import (
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// MapValues makes other texts of texts, by a table.
func MapValues() Step {
	return Step{Name: "map_values", Doc: "makes other texts of texts, by a table", Read: func(m *Members) Work {
		w, path := m.work(), m.Path("path")
		table := m.Table("values", `a document of texts, {"old": "new", …}`)
		m.checkTable(table)
		w.Leaves = m.leaves()
		w.Places = []Place{{Path: path, Kinds: []string{"String", "Enum", "NamedEnum"}}}
		w.Change = changeValues(path, mapped(table))
		return w
	}}
}

// checkTable refuses a table by which a step that is interrupted, and then finds some values
// mapped, would map them once more.
func (m *Members) checkTable(table map[string]string) {
	for _, old := range slices.Sorted(maps.Keys(table)) {
		to := table[old]
		if next, chained := table[to]; chained && next != to {
			m.Refuse("values: %.50q becomes %.50q, which becomes %.50q; map it to the last, or go by way of a value that nothing else is mapped to, in two steps", old, to, next)
		}
	}
}

// mapped returns what maps texts by the table, and leaves its new values.
func mapped(table map[string]string) become {
	settled := map[string]bool{}
	for _, to := range table {
		settled[to] = true
	}
	return func(v bson.RawValue) (to bson.RawValue, problem string) {
		old, ok := v.StringValueOK()
		if !ok {
			return to, "is " + wire.TypeName(v.Type) + ", not text"
		}
		if next, known := table[old]; known {
			return wire.StringValue(next), ""
		}
		if !settled[old] {
			return to, "is text that values do not name"
		}
		return v, ""
	}
}
