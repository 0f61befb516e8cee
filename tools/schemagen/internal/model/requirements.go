package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// requirements resolves under which conditions fields are required, each by what is beside it.
func (l *loader) requirements(h holder, fields []*kinds.Field, declared []def.Field) {
	for i := range declared {
		d := &declared[i]
		if len(d.RequiredIf) == 0 || fields[i].Type == nil {
			continue
		}
		at := h.at.member(d.Name)
		l.checkRequiredIf(fields[i], d, at)
		l.requiredIf(fields, fields[i], d.RequiredIf, at)
	}
}

// checkRequiredIf checks that f may be missing, and given when it is required.
func (l *loader) checkRequiredIf(f *kinds.Field, d *def.Field, at place) {
	switch {
	case d.Required:
		l.add(at, "is Required, so its RequiredIf makes no difference", "one of the two")
	case d.Default != nil:
		l.add(at, "has a Default, so that it is never missing, and RequiredIf makes no difference", "one of the two")
	case f.Unset, len(d.SetBy) > 0:
		l.add(at, "has RequiredIf, but not every request can set it", "no RequiredIf, or a field that all may set")
	}
}

func (l *loader) requiredIf(fields []*kinds.Field, f *kinds.Field, declared []def.Condition, at place) {
	var limits []pathConditions
	for i, d := range declared {
		of := at.part("RequiredIf " + d.Path)
		if slices.ContainsFunc(declared[:i], func(o def.Condition) bool { return o.Path == d.Path && o.Op == d.Op }) {
			l.add(of, "is given twice", "it once")
			continue
		}
		r := l.beside(fields, f, d.Path, of)
		if r == nil {
			continue
		}
		c, ok := l.condition(d, r.path, of)
		if !ok {
			continue
		}
		f.RequiredIf = append(f.RequiredIf, kinds.Requirement{
			Path: r.path.StoredName(), Type: r.path.Type, Op: c.Op, Value: c.Value, IfMissing: !r.required && r.matchesMissing(c),
		})
		at := slices.IndexFunc(limits, func(p pathConditions) bool { return p.route.path.Name == d.Path })
		if at < 0 {
			limits = append(limits, pathConditions{r, []Condition{c}, []place{of}})
			continue
		}
		limits[at].conditions, limits[at].places = append(limits[at].conditions, c), append(limits[at].places, of)
	}
	l.checkSatisfiable(limits)
}

// beside resolves a path that begins beside the field f, one of fields. It returns nil if a
// condition cannot go by it.
func (l *loader) beside(fields []*kinds.Field, f *kinds.Field, path string, at place) *resolvedPath {
	r := &resolvedPath{path: &Path{Name: path}, required: true}
	names := strings.Split(path, ".")
	for i, name := range names {
		passed := strings.Join(names[:i+1], ".")
		next := fieldNamed(fields, name)
		switch {
		case next == nil:
			l.add(at, fmt.Sprintf("there is no field %q beside it", path), "the path of a field in the same document or Struct")
			return nil
		case next == f:
			l.add(at, "is about the field itself", "a field beside it")
			return nil
		case next.Type == nil:
			return nil
		case next.Type.Elem != nil:
			l.add(at, fmt.Sprintf("%s is a %s, which has many values", passed, next.Type.Name), "a field that has one")
			return nil
		}
		r.enter(next, passed)
		if fields = nil; next.Type.Struct != nil {
			fields = next.Type.Struct.Fields
		}
	}
	return r
}
