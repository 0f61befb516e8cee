package store

import (
	"maps"
	"slices"

	"github.com/partywall/partywall/api/wire"
)

// Entries are changes of a map's entries, by name: Set adds or replaces one,
// Unset removes it, and those that are not named stay as they are.
type Entries[T any] map[string]Change[T]

// ReadEntries reads the entries of a JSON merge patch: null removes one.
func ReadEntries[T any](r *wire.Request, read func(*wire.Request) T) Entries[T] {
	return wire.ReadRequestEntries(r, func(r *wire.Request) Change[T] { return ReadChange(r, read) })
}

// CheckEntries judges the names of entries, and what each is set to.
func CheckEntries[T any](p *wire.Problems, pointer string, entries Entries[T], check func(*wire.Problems, string, T)) {
	wire.Entries(p, pointer, entries, func(p *wire.Problems, pointer string, c Change[T]) {
		CheckChange(p, pointer, c, false, check)
	})
}

// ApplyEntries adds the changes of the entries of the map at path, each by each.
func ApplyEntries[T any](c *Changes, path string, change Change[Entries[T]], each func(*Changes, string, Change[T])) {
	ApplyObject(c, path, change, func(entries Entries[T], c *Changes, prefix string) {
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			each(c, prefix+name, entries[name])
		}
	})
}
