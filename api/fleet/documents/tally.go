package documents

import (
	"cmp"
	"slices"
)

// Finding is a problem that documents of one collection have at one path.
type Finding struct {
	Collection string `json:"collection"`
	// Path is as declared: it has no positions in lists, and * for the names of a map's
	// entries. It is empty for the document itself.
	Path string `json:"path"`
	// Problem is a predicate.
	Problem string `json:"problem"`
	// Fits reports whether the documents can be read, so that only a write would refuse them.
	Fits bool `json:"fits"`
	// Documents have the problem, in so many Tenants.
	Documents int `json:"documents"`
	Tenants   int `json:"tenants"`
	// Examples are some of the documents, by tenant.
	Examples []Example `json:"examples"`
}

// Example is a document with a problem.
type Example struct {
	Tenant string `json:"tenant"`
	ID     string `json:"_id"`
}

// Tally counts documents and what is wrong with them. The memory it takes does not depend on
// how many there are.
type Tally struct {
	// Documents is how many were read.
	Documents int

	examples int
	found    map[kind]*Finding
	// problems is how many problems there are at each path.
	problems map[kind]int
}

// kind tells findings apart.
type kind struct {
	collection, path, problem string
	fits                      bool
}

// maxProblems bounds how many problems are told apart at one path: that a value is not a
// declared one is as many problems as there are such values.
const maxProblems = 20

const otherProblem = "has another problem of this kind"

// NewTally returns a Tally whose findings name so many examples.
func NewTally(examples int) *Tally {
	return &Tally{examples: examples, found: map[kind]*Finding{}, problems: map[kind]int{}}
}

// add counts a document of a tenant.
func (t *Tally) add(collection string, doc Example, problems []problem) {
	t.Documents++
	var counted []*Finding // elements of a list may have the same problem
	for _, p := range problems {
		f := t.finding(kind{collection, p.path, p.text, p.invalid})
		if slices.Contains(counted, f) {
			continue
		}
		counted = append(counted, f)
		f.Documents, f.Tenants = f.Documents+1, 1
		t.addExamples(f, doc)
	}
}

// Merge adds what was found in another tenant.
func (t *Tally) Merge(other *Tally) {
	t.Documents += other.Documents
	for k, theirs := range other.found {
		f := t.finding(k)
		f.Documents, f.Tenants = f.Documents+theirs.Documents, f.Tenants+theirs.Tenants
		t.addExamples(f, theirs.Examples...)
	}
}

func (t *Tally) finding(k kind) *Finding {
	place := kind{collection: k.collection, path: k.path}
	if t.found[k] == nil && t.problems[place] >= maxProblems {
		k.problem = otherProblem
	}
	f := t.found[k]
	if f == nil {
		f = &Finding{Collection: k.collection, Path: k.path, Problem: k.problem, Fits: k.fits, Examples: []Example{}}
		t.found[k] = f
		t.problems[place]++
	}
	return f
}

// addExamples adds documents to a finding as long as it names too few, those of the tenants
// that come first.
func (t *Tally) addExamples(f *Finding, docs ...Example) {
	f.Examples = append(f.Examples, docs...)
	slices.SortStableFunc(f.Examples, func(a, b Example) int { return cmp.Compare(a.Tenant, b.Tenant) })
	f.Examples = f.Examples[:min(len(f.Examples), t.examples)]
}

// Findings returns what was found, by collection, path and problem.
func (t *Tally) Findings() []Finding {
	list := make([]Finding, 0, len(t.found))
	for _, f := range t.found {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Collection, b.Collection), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Problem, b.Problem), compareFits(a, b),
		)
	})
	return list
}

func compareFits(a, b Finding) int {
	switch {
	case a.Fits == b.Fits:
		return 0
	case b.Fits:
		return -1
	}
	return 1
}
