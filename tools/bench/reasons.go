package main

import "strings"

// reasons say why targets are missed, as profiles show it. They are printed
// beside rows that are missed, and only then: run with -profile, or read the
// profile of a Go benchmark, before one is written here.
var reasons = []struct{ title, row, why string }{}

// reason is why a row of a section misses its target.
func reason(title, row string) string {
	for _, r := range reasons {
		if r.title == title && strings.Contains(row, r.row) {
			return r.why
		}
	}
	return "no profile was looked at yet: `make bench` takes one with `-profile`"
}
