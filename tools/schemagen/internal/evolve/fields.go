package evolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// fields compares the fields of a collection.
func (c *comparison) fields() {
	renamed := c.guessFields()
	var done []string // what is at or below these paths is told with them
	covered := func(path string) bool {
		return slices.ContainsFunc(done, func(p string) bool { return strings.HasPrefix(path, p+".") })
	}
	for _, now := range c.now.Fields {
		was := c.was.field(now.Path)
		old, isRenamed := renamed[now.Path]
		switch {
		case covered(now.Path):
			continue
		case isRenamed:
			done = append(done, now.Path, old.Path)
			c.renameField(old, now)
		case was == nil:
			done = append(done, now.Path)
			c.addField(now)
		case was.Type != now.Type:
			if !c.changeType(was, now) {
				done = append(done, now.Path)
			}
			c.changeRules(was, now)
		default:
			c.changeValues(was, now)
			c.changeRules(was, now)
		}
	}
	for _, was := range c.was.Fields {
		if c.now.field(was.Path) == nil && !covered(was.Path) && !slices.Contains(done, was.Path) {
			done = append(done, was.Path)
			c.removeField(was)
		}
	}
}

// guessFields returns what fields seem to have been called before, by their paths: in an object,
// one of the type went, and one came.
func (c *comparison) guessFields() map[string]*Field {
	went, came := unmatched(c.was, c.now), unmatched(c.now, c.was)
	guesses := map[string]*Field{}
	for kind, now := range came {
		if len(now) == 1 && len(went[kind]) == 1 {
			guesses[now[0].Path] = went[kind][0]
		}
	}
	return guesses
}

// unmatched returns the fields of a collection that the other lacks, by the object that holds
// them and their type.
func unmatched(c, other *Collection) map[string][]*Field {
	found := map[string][]*Field{}
	for _, f := range c.Fields {
		object := parent(f.Path)
		if other.field(f.Path) == nil && (object == "" || other.field(strings.ReplaceAll(object, ".*", "")) != nil) {
			key := object + " " + f.Type + " " + strings.Join(f.Values, ",") + " " + shape(below(c, f.Path))
			found[key] = append(found[key], f)
		}
	}
	return found
}

// below returns the fields below a path, with paths from there.
func below(c *Collection, path string) []*Field {
	var list []*Field
	for _, f := range c.Fields {
		if rest, ok := strings.CutPrefix(f.Path, path+"."); ok {
			list = append(list, &Field{Path: rest, Type: f.Type, Values: f.Values})
		}
	}
	return list
}

// parent returns the path of the object that holds a path, empty for the document.
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '.'), 0)] }

func (c *comparison) field(was, now *Field, s Severity, what string) *Change {
	settled := ""
	if was != nil {
		settled = was.Settled
	}
	return c.add("."+now.Path, now.At, settled, s, what)
}

func (c *comparison) addField(now *Field) {
	switch {
	case now.Required:
		change := c.field(nil, now, Needed, "is new and required: stored documents have none, and writes that set it to nothing are refused")
		change.Up = []string{step("fill_member", c.now.Name, now.Path, member{"value", choose})}
	case now.RequiredIf != "":
		c.field(nil, now, Look, "is new, and required if "+now.RequiredIf+": stored documents have none, and changes that make it required are refused without it")
	case now.readsAs() != "":
		c.field(nil, now, Nothing, "is new: stored documents have none, and read as having "+string(now.Default))
	default:
		c.field(nil, now, Nothing, "is new: stored documents have none")
	}
}

func (c *comparison) removeField(was *Field) {
	c.add("."+was.Path, kinds.Place{}, "", Look, "is no longer declared: what is stored stays, and is ignored; "+step("drop_member", c.now.Name, was.Path)+" would remove it")
}

func (c *comparison) renameField(was, now *Field) {
	change := c.field(was, now, Needed, fmt.Sprintf("was %s renamed to %s? If it was, stored documents still have %s", was.Path, now.Path, was.Path))
	change.Up = []string{step("rename_member", c.now.Name, was.Path, member{"to", now.Path})}
	change.Down = []string{step("rename_member", c.now.Name, now.Path, member{"to", was.Path})}
}

// changeValues compares the values of enums.
func (c *comparison) changeValues(was, now *Field) {
	gone := without(was.Values, now.Values)
	came := without(now.Values, was.Values)
	switch {
	case len(gone) > 0:
		change := c.field(was, now, Needed, fmt.Sprintf("lost %s: documents that have it are not read, and lists leave them out", quoted(gone)))
		change.Up = []string{mapValues(c.now.Name, now, was.Values, gone, came)}
		if len(gone) == 1 && len(came) == 1 {
			change.Down = []string{mapValues(c.now.Name, now, now.Values, came, gone)}
		}
	case len(came) > 0:
		c.field(was, now, Nothing, fmt.Sprintf("has the new value %s: stored documents have others, and instances of the version before read none", quoted(came)))
	}
}

// mapValues returns the step that maps the values which are gone: to the one that came, if that
// can be meant.
func mapValues(collection string, f *Field, all, gone, came []string) string {
	var table []member
	for _, v := range all {
		to := any(v)
		if slices.Contains(gone, v) {
			if to = choose; len(gone) == 1 && len(came) == 1 {
				to = came[0]
			}
		}
		table = append(table, member{v, to})
	}
	return step("map_values", collection, valuePath(f), member{"values", table})
}

// valuePath returns the path of the values in a field's lists and maps.
func valuePath(f *Field) string {
	return f.Path + strings.Repeat(".*", strings.Count(f.Type, "Map("))
}

func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(others, v) })
}

func quoted(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = string(jsonText(v))
	}
	return strings.Join(parts, ", ")
}

// changeRules compares what else is said of a field that stayed.
func (c *comparison) changeRules(was, now *Field) {
	switch {
	case now.Required && !was.Required:
		change := c.field(was, now, Needed, "became required: stored documents may have none, which read as its default until now")
		value := choose
		if v := was.readsAs(); v != "" && v != defaultsOfFields {
			value = v
		}
		change.Up = []string{step("fill_member", c.now.Name, now.Path, member{"value", value})}
		if was.readsAs() == "" {
			change.What = "became required: stored documents may have none"
		}
	case was.Required && !now.Required:
		c.field(was, now, Nothing, "is not required any more: stored documents have one")
	case was.readsAs() != now.readsAs() && !now.Required && !isConverted(was, now):
		c.changeDefault(was, now)
	}
	stricter, looser := compareRules(was.Rules, now.Rules)
	s, l := compareRules(deref(was.Each), deref(now.Each))
	stricter, looser = append(stricter, prefixed("each ", s)...), append(looser, prefixed("each ", l)...)
	if len(stricter) > 0 {
		c.field(was, now, Look, fmt.Sprintf("is held to more (%s): what is stored is read as before, and writes of it are refused if it does not fit", strings.Join(stricter, ", ")))
	}
	if len(looser) > 0 {
		c.field(was, now, Nothing, fmt.Sprintf("is held to less (%s): what is stored fits", strings.Join(looser, ", ")))
	}
}

// isConverted reports whether a default is the same number as before in a field of another type.
func isConverted(was, now *Field) bool {
	return was.Type != now.Type && sameNumber(string(was.readsAs()), string(now.readsAs()))
}

// readsAs returns what a document without the field reads as, empty if it has none: a value that
// is made at creation is for new documents.
func (f *Field) readsAs() text {
	if strings.HasPrefix(string(f.Default), `{"made"`) {
		return ""
	}
	return f.Default
}

func (c *comparison) changeDefault(was, now *Field) {
	switch {
	case now.readsAs() == "":
		c.field(was, now, Look, fmt.Sprintf("has no default any more: stored documents without it read as having none, not as %s", was.Default))
	case was.readsAs() == "":
		c.field(was, now, Look, fmt.Sprintf("has the default %s: stored documents without it read as having it", now.Default))
	default:
		c.field(was, now, Look, fmt.Sprintf("has another default: stored documents without it read as %s, not as %s", now.Default, was.Default))
	}
}

func prefixed(prefix string, list []string) []string {
	for i := range list {
		list[i] = prefix + list[i]
	}
	return list
}

func deref(r *Rules) Rules { return *cmp.Or(r, &Rules{}) }
