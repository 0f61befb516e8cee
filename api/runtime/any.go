package runtime

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// ReadMerge is ReadChange of a value of any type, of which an object is merged.
func ReadMerge(r *wire.JSONReader) store.Change[bson.RawValue] {
	c := ReadChange(r, (*wire.JSONReader).Any)
	if v, ok := c.Value(); ok {
		return store.Merge(v)
	}
	return c
}

// ReadMergedEntries is ReadEntries of values of any type.
func ReadMergedEntries(r *wire.JSONReader) store.Entries[bson.RawValue] {
	return wire.ReadJSONEntries(r, ReadMerge)
}

// ApplyAny adds change for the value of any type at path, which has from least to most bytes
// then; 0 is no bound of its own.
func ApplyAny(c *Changes, path string, change store.Change[bson.RawValue], least, most int) {
	if patch, ok := change.Operand().DocumentOK(); ok && change.Kind() == store.ChangeMerge {
		c.Merges = append(c.Merges, raw.Merge{Path: path, Patch: patch, Least: least, Most: most})
		return
	}
	Apply(c, path, change, wire.AppendOptionalAny)
}
