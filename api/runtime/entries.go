package runtime

import (
	"maps"
	"slices"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// ReadEntries reads the entries of a JSON merge patch: null removes one.
func ReadEntries[T any](r *wire.JSONReader, read func(*wire.JSONReader) T) store.Entries[T] {
	return wire.ReadJSONEntries(r, func(r *wire.JSONReader) store.Change[T] { return ReadChange(r, read) })
}

// CheckEntries checks the names of entries, and what each is set to.
func CheckEntries[T any](p *check.FieldErrors, pointer string, entries store.Entries[T], checks func(*check.FieldErrors, string, T)) {
	check.Entries(p, pointer, entries, func(p *check.FieldErrors, pointer string, c store.Change[T]) {
		CheckChange(p, pointer, c, false, checks)
	})
}

// ApplyEntries adds the changes of the entries of the map at path, each by each.
func ApplyEntries[T any](c *Changes, path string, change store.Change[store.Entries[T]], each func(*Changes, string, store.Change[T])) {
	ApplyObject(c, path, change, func(entries store.Entries[T], c *Changes, prefix string) {
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			each(c, prefix+name, entries[name])
		}
	})
}

// BoundEntries demands that the map at path, which change changes entry by entry,
// has from least to most entries then; 0 is no bound. One that is not required may
// be empty all the same.
func BoundEntries[T any](c *Changes, path string, change store.Change[store.Entries[T]], least, most int, required bool) {
	if _, ok := change.Value(); ok {
		c.Sizes = append(c.Sizes, raw.MapBounds{Path: path, Least: least, Most: most, Required: required})
	}
}
