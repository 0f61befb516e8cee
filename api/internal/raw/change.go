package raw

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// Changes are what a write does to the members of a stored document. Everything
// else in the document stays as it is, known to the schema or not.
type Changes struct {
	// Set are BSON elements, their keys dotted paths; Inc, Add and Pull are so too,
	// as $inc, $addToSet and $pullAll take them.
	Set, Inc, Add, Pull []byte
	Unset               []string
	// Relative are the paths in Inc, Add and Pull. What is stored there as null is
	// in the way of them.
	Relative []string
	// Objects are the paths of documents within the document that the others reach
	// into. One that is stored as null has to become a document first.
	Objects []string
	// limits are what the numbers that Inc adds to must not be beyond.
	limits []limit
	// Sizes are the maps whose number of entries has bounds.
	Sizes []MapBounds
	// inserted are further elements of a document that is not there yet.
	inserted []byte
	// Unresolved says that there are others, which depend on the document.
	Unresolved bool
	// recount starts the document's revisions anew: those that are stored are none
	// that could be counted up.
	recount bool
}

// IsEmpty says that nothing would change.
func (c *Changes) IsEmpty() bool {
	return len(c.Set) == 0 && len(c.Unset) == 0 && len(c.Relative) == 0 && !c.Unresolved
}

// Lookup is what the value at path becomes: null if it goes, and zero, of no type,
// where that is for the database to work out. touched is false if it stays as it is.
func (c *Changes) Lookup(path string) (value bson.RawValue, touched bool) {
	within := func(p string) bool { return p == path || strings.HasPrefix(path, p+".") }
	switch {
	case slices.ContainsFunc(c.Relative, within):
		return bson.RawValue{}, true
	case slices.ContainsFunc(c.Unset, within):
		return bson.RawValue{Type: bson.TypeNull}, true
	}
	for _, e := range wire.Elements(c.Set) {
		if e.Key() == path {
			return e.Value(), true
		}
		rest, ok := strings.CutPrefix(path, e.Key()+".")
		if within, is := e.Value().DocumentOK(); ok && is {
			return orNull(lookup(within, rest)), true
		}
	}
	return bson.RawValue{}, false
}

// orNull is v, or null where there is nothing.
func orNull(v bson.RawValue) bson.RawValue {
	if v.IsZero() {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return v
}

// Undo gives back what a document had before changes of it, doc.
func (c *Changes) Undo(doc bson.Raw) Changes {
	var undo Changes
	for _, name := range c.members() {
		value, err := doc.LookupErr(name)
		if err != nil {
			undo.Unset = append(undo.Unset, name)
			continue
		}
		undo.Set = append(wire.AppendHeader(undo.Set, value.Type, name), value.Value...)
	}
	return undo
}

// members are the names of the document's own members that the changes reach.
func (c *Changes) members() []string {
	paths := slices.Concat(c.Unset, c.Relative, c.Objects)
	for _, e := range wire.Elements(c.Set) {
		paths = append(paths, e.Key())
	}
	for i, path := range paths {
		paths[i], _, _ = strings.Cut(path, ".")
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// command is the update document.
func (c *Changes) command(timestamps bool) bson.Raw {
	set, inc := slices.Clip(c.Set), slices.Clip(c.Inc)
	if timestamps {
		set = wire.AppendTime(set, meta.UpdatedPath, wire.Now())
	}
	if c.recount {
		set = wire.AppendInt(set, meta.RevPath, 1)
	} else {
		inc = wire.AppendInt(inc, meta.RevPath, 1)
	}
	var unset []byte
	for _, path := range c.Unset {
		unset = wire.AppendString(unset, path, "")
	}
	dst, start := wire.BeginDocument(make([]byte, 0, len(set)+128))
	dst = appendOperator(dst, "$set", set)
	dst = appendOperator(dst, "$unset", unset)
	dst = appendOperator(dst, "$setOnInsert", c.inserted)
	dst = appendOperator(dst, "$addToSet", c.Add)
	dst = appendOperator(dst, "$pullAll", c.Pull)
	dst = appendOperator(dst, "$inc", inc)
	return wire.EndDocument(dst, start)
}

// appendOperator appends an operator with its elements, or nothing without any.
func appendOperator(dst []byte, name string, elements []byte) []byte {
	if len(elements) == 0 {
		return dst
	}
	dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, name))
	return wire.EndDocument(append(dst, elements...), start)
}
