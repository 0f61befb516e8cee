package rest

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
)

// selected are the members of a JSON object that a response has, nil for all of them: those within a
// member are its value.
type selected map[string]selected

// fieldSet is what a request wants of each document.
type fieldSet struct {
	// paths are to be read of a stored document, nil for all of it.
	paths []string
	// members are those that the response has, nil for all.
	members selected
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
	f.members, f.paths = selected{"_id": nil}, []string{"_id"}
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
		f.members.add(strings.Split(path, "."))
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

// add adds the member at the path of names.
func (s selected) add(names []string) {
	within, known := s[names[0]]
	switch {
	case known && within == nil:
	case len(names) == 1:
		s[names[0]] = nil
	default:
		if within == nil {
			within = selected{}
			s[names[0]] = within
		}
		within.add(names[1:])
	}
}

// keep removes from the JSON object at the end of dst, which starts at from, the members that are not
// selected.
func (f *fieldSet) keep(dst []byte, from int) []byte {
	if f.isEmpty() {
		return dst
	}
	whole := bytes.Clone(dst[from:])
	dst, _ = f.members.copy(dst[:from], whole)
	return dst
}

// copy appends the selected members of the value that text begins with, and returns what comes behind it. Text is as
// responses are written: valid, and without spaces.
func (s selected) copy(dst, text []byte) (copied, rest []byte) {
	switch {
	case s == nil || text[0] != '{' && text[0] != '[':
		end := valueEnd(text)
		return append(dst, text[:end]...), text[end:]
	case text[0] == '[':
		return s.copyElements(dst, text)
	}
	dst, rest = append(dst, '{'), text[1:]
	first := true
	for rest[0] != '}' {
		rest = bytes.TrimPrefix(rest, []byte{','})
		end := valueEnd(rest) + 1 // with the colon
		within, wanted := s[string(rest[1:end-2])]
		if !wanted {
			rest = rest[end:]
			rest = rest[valueEnd(rest):]
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst, rest = within.copy(append(dst, rest[:end]...), rest[end:])
		first = false
	}
	return append(dst, '}'), rest[1:]
}

// copyElements is copy for each element of an array.
func (s selected) copyElements(dst, text []byte) (copied, rest []byte) {
	dst, rest = append(dst, '['), text[1:]
	for rest[0] != ']' {
		if rest[0] == ',' {
			dst, rest = append(dst, ','), rest[1:]
		}
		dst, rest = s.copy(dst, rest)
	}
	return append(dst, ']'), rest[1:]
}

// valueEnd returns where the value ends that text begins with.
func valueEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(text)
}

// stringEnd returns where the closing quote is of the string whose opening one is at i.
func stringEnd(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
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
