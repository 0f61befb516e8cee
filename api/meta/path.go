package meta

import (
	"slices"
	"strings"
)

// JSONPath returns a dotted path as stored, with positions in arrays or without, in the names
// of requests and responses. What is not declared stays as it is.
func (c *Collection) JSONPath(path string) string {
	var names []string
	visit(c.Fields, path, func(name string, f *Field) {
		if f != nil {
			name = f.Name
		}
		names = append(names, name)
	})
	return strings.Join(names, ".")
}

// otherJSONPath is JSONPath, but empty where that is the path itself.
func (c *Collection) otherJSONPath(path string) string {
	if named := c.JSONPath(path); named != path {
		return named
	}
	return ""
}

// visit calls each with the names along a dotted path as stored, and what is declared of them: nil
// for positions in arrays, the names of a map's entries, and what is not declared.
func visit(fields []Field, path string, each func(name string, f *Field)) {
	var at *Field
	for name := range strings.SplitSeq(path, ".") {
		switch {
		case at != nil && at.Elem != nil && (at.IsMap || isPosition(name)):
			at = at.Elem
			each(name, nil)
			continue
		case at != nil && at.Elem != nil:
			fields = at.Elem.Fields
		case at != nil:
			fields = at.Fields
		}
		at = named(fields, name)
		if fields = nil; at == nil {
			each(name, nil)
			continue
		}
		each(name, at)
	}
}

// isPosition reports whether a name in a path is a position in an array.
func isPosition(name string) bool {
	return name != "" && strings.Trim(name, "0123456789") == ""
}

// StoredPath returns a dotted path of requests and responses as stored. Its names pass through lists
// and sets as if they were their elements. ok is false if none is declared.
func (c *Collection) StoredPath(path string) (stored string, ok bool) {
	fields := c.Fields
	var names []string
	for name := range strings.SplitSeq(path, ".") {
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		if at < 0 {
			return "", false
		}
		names = append(names, fields[at].StoredName())
		fields = fields[at].members()
	}
	return strings.Join(names, "."), true
}
