package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/meta"
)

// compare compares the paths that the newest migration's steps name with the schema. What the
// schema was when an older one was written, nobody knows any more.
func (l *loader) compare(collections []meta.Collection) {
	m := l.last()
	if m == nil || m.Up == nil || m.Down == nil {
		return
	}
	before := predecessorOf(m.Up)
	for _, s := range []*Script{m.Up, m.Down} {
		for i := range s.elements {
			e := &s.elements[i]
			if e.work == nil || len(e.work.Places) == 0 {
				continue
			}
			if problem := before.check(e.work, collections, s == m.Up); problem != "" {
				l.add(s.File, "%s: %s: %s", e.at, e.name, problem)
			}
		}
	}
}

// predecessor is what the schema may have declared that was before a migration.
type predecessor struct {
	// collections are those that its commands name.
	collections []string
	// paths are those that its steps leave nothing at, by collection.
	paths map[string][]steps.Path
}

func predecessorOf(up *Script) predecessor {
	p := predecessor{paths: map[string][]steps.Path{}}
	for _, e := range up.elements {
		if e.command != nil {
			p.collections = append(p.collections, e.command.collection)
			continue
		}
		for _, place := range e.work.Places {
			if place.Former {
				p.paths[e.work.Collection] = append(p.paths[e.work.Collection], place.Path)
			}
		}
	}
	return p
}

// check returns what keeps w from doing anything, empty if nothing does. Up reports whether
// the schema is what its values are to fit.
func (p predecessor) check(w *steps.Work, collections []meta.Collection, up bool) string {
	at := slices.IndexFunc(collections, func(c meta.Collection) bool { return c.Name == w.Collection })
	if at < 0 {
		if slices.Contains(p.collections, w.Collection) {
			return ""
		}
		return fmt.Sprintf("no tenant has a collection %q; there are %s", w.Collection, strings.Join(names(collections), ", "))
	}
	c := &collections[at]
	for _, place := range w.Places {
		field := fieldAt(c.Fields, place.Path)
		switch {
		case place.Former || slices.ContainsFunc(p.paths[c.Name], func(was steps.Path) bool { return begins(place.Path, was) }):
		case field == nil:
			return fmt.Sprintf("%s has no member %s; correct the path or, if the schema lost it since, add a migration, such as one that drops it, or [] to leave it stored", c.Name, place.Path)
		case up && len(place.Kinds) > 0 && !slices.Contains(place.Kinds, scalar(field).Kind):
			return fmt.Sprintf("%s declares %s as %s, which is not what it becomes; declare it as %s, or name another step", c.Name, place.Path, scalar(field).Kind, strings.Join(place.Kinds, " or "))
		}
	}
	return ""
}

func names(collections []meta.Collection) []string {
	var list []string
	for i := range collections {
		list = append(list, collections[i].Name)
	}
	return list
}

// begins reports whether path is the one given, or within it.
func begins(path, with steps.Path) bool {
	return len(path) >= len(with) && slices.Equal(path[:len(with)], with)
}

// fieldAt returns the field at a step's path, nil if none is declared.
func fieldAt(fields []meta.Field, path steps.Path) *meta.Field {
	var f *meta.Field
	for _, name := range path {
		switch {
		case f != nil && f.IsMap && name == "*":
			f = f.Elem
			continue
		case f != nil:
			fields = scalar(f).Fields
		}
		at := slices.IndexFunc(fields, func(f meta.Field) bool { return f.Name == name })
		if at < 0 {
			return nil
		}
		f = &fields[at]
	}
	return f
}

// scalar returns the field itself, or what describes the elements of a list or set.
func scalar(f *meta.Field) *meta.Field {
	for f.Elem != nil && !f.IsMap {
		f = f.Elem
	}
	return f
}
