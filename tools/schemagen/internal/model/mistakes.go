package model

import (
	"strconv"
	"strings"
	"unicode"
)

// Mistake is one thing wrong with the declarations.
type Mistake struct {
	// Source is the file with the declaration, as slash-separated path from the
	// module's root; the folder of the declarations where the file is not known.
	Source string
	// Path is what is wrong within Source: a collection, field, struct, index.
	Path string
	// Problem says what is wrong, Remedy what to write instead.
	Problem, Remedy string
}

// String is one line, whatever was declared.
func (m Mistake) String() string {
	return escape(m.Source + ": " + m.Path + ": " + m.Problem + "; write " + m.Remedy)
}

// escape writes control characters as Go does.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Mistakes are all mistakes of a schema, in declared order.
type Mistakes []Mistake

// Error has one line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

// place is where a declaration stands.
type place struct{ source, path string }

// member is the place of a field of whatever stands at p.
func (p place) member(name string) place { return place{p.source, p.path + "." + name} }

// part is the place of something at p that has no dotted path, such as an index.
func (p place) part(name string) place { return place{p.source, p.path + " " + name} }

// report collects mistakes.
type report struct {
	list Mistakes
	seen map[Mistake]bool
}

// add notes a mistake, once: what several collections share is checked with each.
func (r *report) add(at place, problem, remedy string) {
	m := Mistake{at.source, at.path, problem, remedy}
	if r.seen[m] {
		return
	}
	r.seen[m] = true
	r.list = append(r.list, m)
}
