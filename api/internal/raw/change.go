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
	// Along are elements that are set together with the changes, and AlongUnset members that
	// are removed with them. Without a change they are not written.
	Along      []byte
	AlongUnset []string
	// Relative are the paths in Inc, Add and Pull, which cannot be applied to a stored
	// null.
	Relative []string
	// Objects are the paths of nested documents that the changes reach into. One that is
	// stored as null has to become a document first.
	Objects []string
	// Merges are changes of values of any type, whose members no schema knows.
	Merges []Merge
	// Elements are changes of lists by the _ids of their elements.
	Elements []ElementChange
	// lists are elements of Set whose values are elements as they are stored, and pushed those
	// that were added, at their positions among what was pushed.
	lists, pushed []byte
	// added are the paths of the elements of lists that are new there.
	added []string
	// kept reports whether Set has what the schema does not know of the lists that it replaces.
	kept bool
	// limits are the limits of the numbers that Inc adds to.
	limits []limit
	// Sizes are the maps whose number of entries has bounds.
	Sizes []MapBounds
	// Required are members that nested documents must have which the changes would create.
	Required []RequiredMember
	// inserted are further elements of a document that is stored for the first time.
	inserted []byte
	// Unresolved reports whether there are further changes that depend on the document.
	Unresolved bool
	// by is the index by which the document is found, nil for that of _id.
	by *meta.Index
	// checked reports whether the rules that depend on the document have been checked.
	checked bool
	// recount starts the document's revisions anew, because the stored one cannot be
	// counted up.
	recount bool
}

// IsEmpty reports whether nothing would change.
func (c *Changes) IsEmpty() bool {
	return len(c.Set)+len(c.lists) == 0 && len(c.Unset) == 0 && len(c.Relative) == 0 && len(c.Merges) == 0 && len(c.Elements) == 0 && !c.Unresolved
}

// Lookup returns what the value at path becomes: null if it is removed, and the zero value
// if only the database can tell. touched is false if it stays as it is.
func (c *Changes) Lookup(path string) (value bson.RawValue, touched bool) {
	within := func(p string) bool { return p == path || strings.HasPrefix(path, p+".") }
	switch {
	case slices.ContainsFunc(c.Relative, within), slices.ContainsFunc(c.Elements, func(e ElementChange) bool { return within(e.Path) }):
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

// orNull returns v, or null if it is zero.
func orNull(v bson.RawValue) bson.RawValue {
	if v.IsZero() {
		return bson.RawValue{Type: bson.TypeNull}
	}
	return v
}

// Undo gives back what a document had before changes of it, doc.
func (c *Changes) Undo(doc bson.Raw) Changes {
	undo := Changes{kept: true}
	for _, name := range append(c.members(), c.along()...) {
		value, err := doc.LookupErr(name)
		if err != nil {
			undo.Unset = append(undo.Unset, name)
			continue
		}
		undo.Set = append(wire.AppendHeader(undo.Set, value.Type, name), value.Value...)
	}
	return undo
}

// members returns the names of the top-level members that the changes reach.
func (c *Changes) members() []string {
	paths := slices.Concat(c.Unset, c.Relative, c.Objects)
	for _, e := range wire.Elements(c.Set) {
		paths = append(paths, e.Key())
	}
	for _, m := range c.Merges {
		paths = append(paths, m.Path)
	}
	for _, e := range c.Elements {
		paths = append(paths, e.Path)
	}
	for i, path := range paths {
		paths[i], _, _ = strings.Cut(path, ".")
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// along returns the names of the members that are written together with the changes.
func (c *Changes) along() []string {
	names := slices.Clone(c.AlongUnset)
	for _, e := range wire.Elements(c.Along) {
		names = append(names, e.Key())
	}
	return names
}

// command returns the update document; updatedPath is where it says when the document was
// last written, empty for nowhere.
func (c *Changes) command(updatedPath string) bson.Raw {
	set, inc := slices.Concat(c.Set, c.lists, c.Along), slices.Clip(c.Inc)
	if updatedPath != "" {
		set = wire.AppendTime(set, updatedPath, wire.Now())
	}
	if c.recount {
		set = wire.AppendInt(set, meta.RevPath, 1)
	} else {
		inc = wire.AppendInt(inc, meta.RevPath, 1)
	}
	var unset []byte
	for _, path := range slices.Concat(c.Unset, c.AlongUnset) {
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
