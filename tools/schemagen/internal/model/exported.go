package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// generatedNames are exported by every generated package.
var generatedNames = []string{"New", "Patch", "Query", "Filter", "Page", "Repository", "In", "Collection", "Unindexed"}

// owner is the declaration that an exported name comes from.
type owner struct {
	at place
	// what describes the declaration, remedy is what to write to rename it: empty
	// for generated names, which come first.
	what, remedy string
}

// exportedNames are the names that a generated package exports.
type exportedNames struct {
	*loader
	taken map[string]owner
}

// checkExported reports names that two declarations in c's package share. What is
// easiest to rename comes last: stored names cannot be renamed.
func (l *loader) checkExported(c *Collection, at place) exportedNames {
	e := exportedNames{l, map[string]owner{}}
	for _, name := range generatedNames {
		e.take(name, owner{at, "the generated " + name, ""})
	}
	if c.HasText() {
		e.take("Search", owner{at, "the generated Search", ""})
	}
	e.take(c.Entity, owner{at, "the Entity", "another Entity"})
	for _, p := range c.Paths {
		e.take(p.Go, l.pathOwners[p])
	}
	for _, x := range c.Indexes {
		if x.IsLookup() {
			e.take("By"+x.GoKeys(), owner{at.part("index " + x.Name), "the lookup by " + x.paths(), "another name for a field"})
		}
	}
	for _, s := range c.Structs {
		e.takeStruct(s)
	}
	for _, enum := range c.Enums {
		e.takeEnum(enum)
	}
	return e
}

// free returns a name that no declaration has: name, or that with "Field" after it.
// Stored names cannot be renamed, and nobody is to be refused a field because of a
// variable that few need.
func (e exportedNames) free(name string) string {
	for {
		if _, ok := e.taken[name]; !ok {
			e.taken[name] = owner{}
			return name
		}
		name += "Field"
	}
}

// take records that name belongs to o, and returns whether it had no owner before. No
// name is a mistake reported elsewhere.
func (e exportedNames) take(name string, o owner) bool {
	first, ok := e.taken[name]
	switch {
	case name == "":
		return false
	case !ok:
		e.taken[name] = o
	case first.what != o.what:
		e.add(o.at, fmt.Sprintf("the Go name %s is that of %s and of %s", name, first.what, o.what), o.remedy)
	}
	return !ok
}

func (e exportedNames) takeStruct(s *kinds.Struct) {
	if s.Go == "" {
		return
	}
	o := e.owners[s]
	e.take(s.Go, o)
	e.take(s.Go+"Patch", owner{o.at, "the patch of " + o.what, o.remedy})
}

func (e exportedNames) takeEnum(enum *kinds.Enum) {
	o := e.enumOwners[enum]
	if e.take(enum.Go, o) {
		e.take(enum.ListName(), owner{o.at, "the list of " + o.what, o.remedy})
	}
	for i, v := range enum.Values {
		reported := goName(v.Value) == "" ||
			slices.ContainsFunc(enum.Values[:i], func(earlier kinds.EnumValue) bool { return earlier.Go == v.Go })
		if reported {
			continue
		}
		e.take(v.Go, owner{o.at, fmt.Sprintf("%q in %s", v.Value, o.what), o.remedy})
	}
}
