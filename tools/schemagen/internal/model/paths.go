package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// resolvedPath is an indexed path and the fields along it.
type resolvedPath struct {
	path *Path
	// stored is the path as stored, with a dot before it.
	stored string
	// objects is the list of Objects that the path runs through, empty if there is
	// none.
	objects string
	// required reports whether every field along the path is required; optional is
	// the first that is not.
	required bool
	optional string
	// missable reports whether an object along the path may be missing, and the value with
	// it, whatever its default.
	missable bool
}

// resolvePath resolves an indexed path, once for all indexes that use it. It
// returns nil if there is no such path; at is the index.
func (x *indexer) resolvePath(name string, at place) *resolvedPath {
	if r, ok := x.paths[name]; ok {
		return r
	}
	r := cmp.Or(x.timestamp(name), x.deletion(name))
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

// timestamp returns the path of a timestamp, nil if name is none.
func (x *indexer) timestamp(name string) *resolvedPath {
	f := fieldNamed(x.c.TimestampFields(), name)
	if f == nil {
		return nil
	}
	return &resolvedPath{path: &Path{Name: name, Go: f.Go, Type: f.Type, Optional: true}, required: true}
}

func (x *indexer) walk(name string, at place) *resolvedPath {
	r := &resolvedPath{path: &Path{Name: name, Go: goPath(name)}, required: true}
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

// enter extends the path by a field.
func (r *resolvedPath) enter(f *kinds.Field, passed string) {
	r.path.Field, r.path.Type = f, f.Type
	r.stored += "." + f.StoredName()
	if r.path.Stored = r.stored[1:]; r.path.Stored == passed {
		r.path.Stored = ""
	}
	if f.Type.IsSequence {
		r.path.Many, r.path.Type = true, f.Type.Elem
	}
	r.path.Optional = r.path.Optional || f.IsOptional()
	r.path.Unshown = r.path.Unshown || f.Unshown
	if r.required && !f.Required {
		r.required, r.optional = false, passed
	}
	r.missable = r.missable || f.Type.Struct != nil && f.IsOptional()
}

// end checks the field at the end of a path.
func (x *indexer) end(r *resolvedPath, at place) *resolvedPath {
	if r.path.Type.Unindexed != nil {
		problem, remedy := r.path.Type.Unindexed(r.path.Name, r.path.Type)
		x.add(at, problem, remedy)
		return nil
	}
	return r
}

// endsBefore reports a path that continues where it cannot: past passed.
func (x *indexer) endsBefore(p *Path, passed string, at place) {
	if p.Type.Elem != nil {
		x.add(at, fmt.Sprintf("%s runs through %s, a %s, which no index looks into", p.Name, passed, p.Type.Name), "an index without it, or a List of Objects")
		return
	}
	if p.Type.Kind != nil && p.Type.IsMerged {
		problem, remedy := p.Type.Unindexed(passed, p.Type)
		x.add(at, problem, remedy)
		return
	}
	x.add(at, fmt.Sprintf("%s runs through %s, which has no members", p.Name, passed), passed+" alone")
}

func (x *indexer) unknown(name string, at place) {
	if head, _, _ := strings.Cut(name, "."); head == idPath || x.timestamp(head) != nil || x.deletion(head) != nil {
		x.endsBefore(&Path{Name: name, Type: &kinds.Type{}}, head, at)
		return
	}
	if !x.c.Timestamps && (name == meta.CreatedPath || name == meta.UpdatedPath) {
		x.add(at, "there is no field "+name, "Timestamps: true, which adds it")
		return
	}
	if name == meta.DeletedPath {
		x.add(at, "there is no field "+name, "SoftDelete: true, which adds it")
		return
	}
	x.add(at, fmt.Sprintf("there is no field %q", name), "a field there is, such as "+nearest(name, x.indexable()))
}

// indexable returns all paths that an index may name.
func (x *indexer) indexable() []string {
	names := kinds.IndexedPaths("", x.c.Fields)
	for _, f := range x.c.TimestampFields() {
		names = append(names, f.Name)
	}
	if x.c.SoftDelete {
		names = append(names, meta.DeletedPath)
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

// unindexed returns the paths without an index that filters can be made of, under Go
// names that are free.
func unindexed(c *Collection, exported exportedNames) []*Path {
	var list []*Path
	add := func(p *Path) {
		if !slices.ContainsFunc(c.Paths, func(indexed *Path) bool { return indexed.Name == p.Name }) {
			p.Go = exported.free(cmp.Or(p.Go, goPath(p.Name)))
			list = append(list, p)
		}
	}
	addScalars("", "", c.Fields, false, add)
	for _, f := range c.TimestampFields() {
		add(&Path{Name: f.Name, Go: f.Go, Type: f.Type})
	}
	if c.SoftDelete {
		add(&Path{Name: meta.DeletedPath, Type: kinds.Timestamp})
	}
	return list
}

// addScalars adds the paths below fields, which begin with prefix, as stored with what stored is
// followed by a dot, at which values can be compared; many reports whether they run through a list.
func addScalars(prefix, stored string, fields []*kinds.Field, many bool, add func(*Path)) {
	for _, f := range fields {
		if f.Type == nil {
			continue
		}
		r := resolvedPath{path: &Path{Name: prefix + f.Name, Many: many}, stored: stored}
		switch r.enter(f, r.path.Name); {
		case r.path.Type.Struct != nil:
			addScalars(r.path.Name+".", r.stored, r.path.Type.Struct.Fields, r.path.Many, add)
		case r.path.Type.Unindexed == nil:
			add(r.path)
		}
	}
}
