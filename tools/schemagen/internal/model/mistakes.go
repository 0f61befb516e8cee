package model

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Mistake is something wrong with the declarations.
type Mistake struct {
	// Source is the file with the declaration, as a slash-separated path from the
	// module's root; the folder of the declarations if the file is not known.
	Source string
	// Line is the line of the declaration in Source, 0 if not known.
	Line int
	// Path names the declaration within Source: a collection, field, struct or
	// index.
	Path string
	// Problem is what is wrong, Remedy what to write instead.
	Problem, Remedy string
}

// String returns one line, whatever was declared.
func (m Mistake) String() string { return m.line("write " + m.Remedy) }

func (m Mistake) line(advice string) string {
	at := m.Source
	if m.Line > 0 {
		at += ":" + strconv.Itoa(m.Line)
	}
	return escape(at + ": " + m.Path + ": " + m.Problem + "; " + advice)
}

// Warning is something about the declarations that is allowed, and could be better. Its Remedy
// is the whole of what to do.
type Warning struct {
	Mistake
	// Redundant says that it is about a redundant index, which every database pays for.
	Redundant bool
}

// String returns one line, whatever was declared.
func (w Warning) String() string { return "warning: " + w.Text() }

// Text returns the line without what it is.
func (w Warning) Text() string { return w.line(w.Remedy) }

// escape escapes control characters as Go does.
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

// Error returns one line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.String()
	}
	return strings.Join(lines, "\n")
}

// place is the position of a declaration or of a part of it.
type place struct {
	source string
	line   int
	path   string
	// within is the declaration.
	within *declared
}

// member returns the place of a field of the declaration at p.
func (p place) member(name string) place {
	first, _, _ := strings.Cut(name, ".")
	if line, ok := p.within.fields[first]; ok {
		p.line = line
	}
	p.path += "." + name
	return p
}

// index returns the place of the i-th index of the declaration at p, without its
// name.
func (p place) index(i int) place {
	if i < len(p.within.indexes) {
		p.line = p.within.indexes[i]
	}
	return p
}

// declared returns the place as others see it.
func (p place) declared() kinds.Place {
	return kinds.Place{Source: p.source, Line: p.line, Reason: p.reason(kinds.ReasonMark)}
}

// reason returns what the comment beside p gives as a reason after mark, empty if there is none.
func (p place) reason(mark string) string {
	if p.within == nil {
		return ""
	}
	return p.within.reasons[marked{mark, p.line}]
}

// part returns the place of a part of p that has no dotted path, such as an index.
func (p place) part(name string) place {
	p.path += " " + name
	return p
}

// report collects mistakes and warnings.
type report struct {
	list     Mistakes
	warnings []Warning
	seen     map[Mistake]bool
}

// add adds a mistake, once: value objects are checked with each collection that
// uses them.
func (r *report) add(at place, problem, remedy string) {
	if m, isNew := r.mistake(at, problem, remedy); isNew {
		r.list = append(r.list, m)
	}
}

// warn adds a warning, once.
func (r *report) warn(at place, problem, remedy string, redundant bool) {
	if m, isNew := r.mistake(at, problem, remedy); isNew {
		r.warnings = append(r.warnings, Warning{m, redundant})
	}
}

func (r *report) mistake(at place, problem, remedy string) (m Mistake, isNew bool) {
	m = Mistake{at.source, at.line, at.path, problem, remedy}
	isNew = !r.seen[m]
	r.seen[m] = true
	return m, isNew
}
