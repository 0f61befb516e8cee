package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// route is an indexed path, and what it passes on its way.
type route struct {
	path *Path
	// objects is the list of Objects that the path runs through; empty if none.
	objects string
	// required reports whether every field on the way is; optional is the first
	// that is not.
	required bool
	optional string
}

// route resolves an indexed path, once for all indexes that use it. It is nil if
// the path leads nowhere; at is the index.
func (x *indexer) route(name string, at place) *route {
	if r, ok := x.paths[name]; ok {
		return r
	}
	r := x.timestamp(name)
	if r == nil {
		r = x.walk(name, at)
	}
	if r == nil {
		return nil
	}
	x.paths[name] = r
	x.c.Paths = append(x.c.Paths, r.path)
	x.pathOwners[r.path] = owner{at, "the variable of the indexed path " + name, "another name for the field"}
	return r
}

// timestamp returns the route to createdAt or updatedAt; nil if name is neither.
func (x *indexer) timestamp(name string) *route {
	if !x.c.Timestamps || !slices.Contains(timestampFields, name) {
		return nil
	}
	return &route{path: &Path{Name: name, Go: goPath(name), Type: kinds.Timestamp}, required: true}
}

func (x *indexer) walk(name string, at place) *route {
	r := &route{path: &Path{Name: name, Go: goPath(name)}, required: true}
	fields := x.c.Fields
	names := strings.Split(name, ".")
	for i, segment := range names {
		f := fieldNamed(fields, segment)
		if f == nil {
			x.unknown(name, at)
			return nil
		}
		if f.Type == nil {
			return nil
		}
		passed := strings.Join(names[:i+1], ".")
		r.enter(f, passed)
		if i+1 == len(names) {
			return x.end(r, at)
		}
		if r.path.Type.Struct == nil {
			x.endsBefore(r.path, passed, at)
			return nil
		}
		if f.Type.IsSequence {
			r.objects = passed
		}
		fields = r.path.Type.Struct.Fields
	}
	return nil
}

// enter takes the route to a field.
func (r *route) enter(f *kinds.Field, passed string) {
	r.path.Field, r.path.Type = f, f.Type
	if f.Type.IsSequence {
		r.path.Many, r.path.Type = true, f.Type.Elem
	}
	if r.required && !f.Required {
		r.required, r.optional = false, passed
	}
}

// end checks what stands at the end of a route.
func (x *indexer) end(r *route, at place) *route {
	if r.path.Type.Unindexed != nil {
		problem, remedy := r.path.Type.Unindexed(r.path.Name, r.path.Type)
		x.add(at, problem, remedy)
		return nil
	}
	return r
}

// endsBefore reports a path that goes on where it cannot: at passed.
func (x *indexer) endsBefore(p *Path, passed string, at place) {
	if p.Type.Elem != nil {
		x.add(at, fmt.Sprintf("%s runs through %s, a %s, which no index looks into", p.Name, passed, p.Type.Name), "an index without it, or a List of Objects")
		return
	}
	x.add(at, fmt.Sprintf("%s runs through %s, which has no members", p.Name, passed), passed+" alone")
}

func (x *indexer) unknown(name string, at place) {
	if head, _, dotted := strings.Cut(name, "."); dotted && (head == idPath || x.timestamp(head) != nil) {
		x.endsBefore(&Path{Name: name, Type: &kinds.Type{}}, head, at)
		return
	}
	if slices.Contains(timestampFields, name) {
		x.add(at, "there is no field "+name, "Timestamps: true, which adds it")
		return
	}
	x.add(at, fmt.Sprintf("there is no field %q", name), "a field there is, such as "+nearest(name, x.indexable()))
}

// indexable returns all paths that an index may name.
func (x *indexer) indexable() []string {
	names := kinds.IndexedPaths("", x.c.Fields)
	if x.c.Timestamps {
		names = append(names, timestampFields...)
	}
	return append(names, idPath)
}

func fieldNamed(fields []*kinds.Field, name string) *kinds.Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}
