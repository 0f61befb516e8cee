package rest

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// fieldSet is what a request wants of each document.
type fieldSet struct {
	// paths are to be read of a stored document, nil for all of it.
	paths []string
	// members are those that the response has, nil for all.
	members wire.JSONSelection
}

// isEmpty reports whether whole documents are wanted.
func (f *fieldSet) isEmpty() bool { return f.members == nil }

// fields parses ?fields=, paths separated by commas.
func (r *resource) fields(query url.Values) (*fieldSet, error) {
	f := &fieldSet{}
	names := query[meta.FieldsParameter]
	if names == nil {
		return f, nil
	}
	f.members, f.paths = wire.JSONSelection{"_id": nil}, []string{"_id"}
	computes := false
	for path := range strings.SplitSeq(strings.Join(names, ","), ",") {
		switch {
		case r.computed(r.c.Name).has(path): // by whatever the document holds
			computes = true
		case r.c.Shows(path):
			stored, _ := r.c.StoredPath(path)
			f.paths = append(f.paths, stored)
		default:
			return nil, queryProblem(check.FieldErrors{{
				Pointer: meta.FieldsParameter, Code: "unknown_field", Message: fmt.Sprintf("names %q; there are %s, and members of objects by their paths", path, r.shown()),
			}})
		}
		f.members.Add(strings.Split(path, "."))
	}
	if computes {
		f.paths = nil
	}
	return f, nil
}

// shown lists the members of documents that responses have.
func (r *resource) shown() string {
	var names []string
	for _, f := range r.c.Fields {
		if r.c.Shows(f.Name) {
			names = append(names, f.Name)
		}
	}
	for _, c := range r.computed(r.c.Name) {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// keep removes from the JSON object at the end of dst, which starts at from, the members that are not
// selected.
func (f *fieldSet) keep(dst []byte, from int) []byte {
	if f.isEmpty() {
		return dst
	}
	return f.members.Append(dst[:from], bytes.Clone(dst[from:]))
}

// countFor parses ?count=, and reports whether it asks for a number.
func countFor(query url.Values) (bool, error) {
	values := query[meta.CountParameter]
	if len(values) == 0 || slices.Equal(values, []string{"false"}) {
		return false, nil
	}
	if !slices.Equal(values, []string{"true"}) {
		return false, queryProblem(check.FieldErrors{{Pointer: meta.CountParameter, Code: "format", Message: "must be true or false, once"}})
	}
	return true, nil
}
