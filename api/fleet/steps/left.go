package steps

import (
	"fmt"
	"strings"
)

// Left are the documents with a value that a step left as it was.
type Left struct {
	Documents int
	// Named are values of the first ones, one of each.
	Named []Unfit
}

// named bounds how many documents are named.
const named = 10

// Add adds the documents of another part of the collection.
func (l *Left) Add(other Left) {
	l.Documents += other.Documents
	l.Named = append(l.Named, other.Named[:min(len(other.Named), named-len(l.Named))]...)
}

// String says how many there are, and names the first.
func (l Left) String() string {
	subject := "1 document is left as it is"
	if l.Documents > 1 {
		subject = fmt.Sprintf("%d documents are left as they are", l.Documents)
	}
	list := make([]string, len(l.Named))
	for i, u := range l.Named {
		list[i] = u.String()
	}
	if l.Documents > len(l.Named) {
		list = append(list, "…")
	}
	return subject + ": " + strings.Join(list, "; ")
}
