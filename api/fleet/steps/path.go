package steps

import (
	"slices"
	"strings"
)

// Path is a dotted path to a member. It passes through lists as if they were their
// elements, and * stands for the names of a map's entries.
type Path []string

// everyEntry stands for the names of a map's entries.
const everyEntry = "*"

func (p Path) String() string { return strings.Join(p, ".") }

// pathTakes says what a path is.
const pathTakes = "the dotted path of a member, such as address.city"

// reserved are the members of documents that no step touches.
var reserved = []string{"_id", "_rev", "_migration"}

// Path reads a path that must be given.
func (m *Members) Path(name string) Path {
	return m.parsePath(name, m.Text(name, pathTakes))
}

// MemberPath is Path for what has a name of its own, unlike the entries of a map.
func (m *Members) MemberPath(name string) Path {
	p := m.Path(name)
	if p[len(p)-1] == everyEntry {
		m.Refuse("%s ends with *, which is no one name; name the map, or a member of its entries", name)
	}
	return p
}

func (m *Members) parsePath(name, text string) Path {
	p := Path(strings.Split(text, "."))
	switch {
	case text == "": // which Text refused
	case slices.Contains(reserved, p[0]):
		m.Refuse("%s names %s, which steps leave alone; name another member", name, p[0])
	case p[0] == everyEntry:
		m.Refuse("%s begins with *, which stands for the entries of a map; begin with the map", name)
	case slices.ContainsFunc(p, isPosition):
		m.Refuse("%s has a position; leave it out: a path is that of each element", name)
	case slices.ContainsFunc(p, isNoName):
		m.Refuse("%s is to be %s", name, pathTakes)
	}
	return p
}

func isPosition(name string) bool { return name != "" && strings.Trim(name, "0123456789") == "" }

func isNoName(name string) bool {
	return name == "" || strings.HasPrefix(name, "$") || strings.Contains(name, "\x00")
}
