// Package change carries out updates as MongoDB does: replacements, and update
// operators on dotted paths.
package change

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Update is what an update statement says.
type Update struct {
	// replacement is the document that takes another's place, but for its _id; nil
	// where there are operators.
	replacement bson.Raw
	edits       []edit
}

// edit is one operator's work on one path.
type edit struct {
	operator string
	path     []string
	// from is where $rename takes what it sets.
	from  []string
	apply apply
}

// apply changes the value at a path, which may be of type value.Missing. It returns
// Missing for a value that is to go.
type apply func(old bson.RawValue) (bson.RawValue, error)

// Compile reads an update for a major version of MongoDB. Dates that it sets are now.
func Compile(update bson.RawValue, version int, now time.Time) (*Update, error) {
	if update.Type == bson.TypeArray {
		return nil, fault.NotModelled("updates by an aggregation pipeline")
	}
	if update.Type != bson.TypeEmbeddedDocument {
		return nil, fault.New(9, "Update argument must be either an object or an array")
	}
	fields := value.Fields(update.Value)
	if len(fields) == 0 || !strings.HasPrefix(fields[0].Name, "$") {
		return &Update{replacement: update.Value}, checkReplacement(fields)
	}
	u := &Update{}
	c := compiler{version, now}
	for _, f := range fields {
		if err := check(f.Name, f.Value); err != nil {
			return nil, err
		}
		for _, operand := range value.Fields(f.Value.Value) {
			e, err := c.edit(f.Name, operand)
			if err != nil {
				return nil, err
			}
			u.edits = append(u.edits, e)
		}
	}
	slices.SortStableFunc(u.edits, func(a, b edit) int { return slices.CompareFunc(a.path, b.path, compareNames) })
	return u, u.conflicts()
}

// IsReplacement says whether the update names a document rather than operators.
func (u *Update) IsReplacement() bool { return u.replacement != nil }

func checkReplacement(fields []value.Field) error {
	for _, f := range fields {
		if strings.HasPrefix(f.Name, "$") {
			return fault.New(52, "The dollar ($) prefixed field '%s' in '%s' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.", f.Name, f.Name)
		}
	}
	return nil
}

// compareNames is the order in which fields are changed, and so added: by text, and
// numbers by value.
func compareNames(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// conflicts refuses two edits of one path, or of a path and what is below it.
func (u *Update) conflicts() error {
	var paths [][]string
	for _, e := range u.edits {
		paths = append(paths, e.path)
		if e.from != nil {
			paths = append(paths, e.from)
		}
	}
	for i, a := range paths {
		for _, b := range paths[i+1:] {
			n := min(len(a), len(b))
			if slices.Equal(a[:n], b[:n]) {
				return fault.New(40, "Updating the path '%s' would create a conflict at '%s'", strings.Join(b, "."), strings.Join(a[:n], "."))
			}
		}
	}
	return nil
}

// Apply is the document after the update. Inserting says that it is to be inserted.
func (u *Update) Apply(doc bson.Raw, inserting bool) (bson.Raw, error) {
	id := value.Get(doc, "_id")
	changed, err := u.changed(doc, inserting)
	if err != nil {
		return nil, err
	}
	if after := value.Get(changed, "_id"); id.Type != value.Missing && (id.Type != after.Type || !id.Equal(after)) {
		if u.replacement != nil {
			return nil, fault.New(66, "After applying the update, the (immutable) field '_id' was found to have been altered to _id: %s", after)
		}
		return nil, fault.New(66, "Performing an update on the path '_id' would modify the immutable field '_id'")
	}
	return changed, nil
}

func (u *Update) changed(doc bson.Raw, inserting bool) (bson.Raw, error) {
	if u.replacement != nil {
		return replace(doc, u.replacement), nil
	}
	root := value.Document(doc)
	for _, e := range u.edits {
		if e.operator == "$setOnInsert" && !inserting {
			continue
		}
		after, err := e.in(root, doc)
		if err != nil {
			return nil, err
		}
		root = after
	}
	return IDFirst(root.Value), nil
}

// in carries the edit out in root, which doc is on its way to become.
func (e edit) in(root bson.RawValue, doc bson.Raw) (bson.RawValue, error) {
	if e.from == nil {
		return e.on(root, e.path, doc)
	}
	moved := path.Lookup(doc, strings.Join(e.from, "."))
	if moved.Type == value.Missing {
		return root, nil
	}
	take := edit{operator: "$unset", path: e.from, apply: set(bson.RawValue{})}
	root, err := take.on(root, e.from, doc)
	if err != nil {
		return root, err
	}
	e.apply = set(moved)
	return e.on(root, e.path, doc)
}

// set puts a value in place of any other.
func set(v bson.RawValue) apply {
	return func(bson.RawValue) (bson.RawValue, error) { return v, nil }
}

// replace is replacement under the _id of the document it replaces.
func replace(doc, replacement bson.Raw) bson.Raw {
	id := value.Get(doc, "_id")
	if id.Type == value.Missing || value.Get(replacement, "_id").Type != value.Missing {
		return IDFirst(replacement)
	}
	return value.Encode(append([]value.Field{{Name: "_id", Value: id}}, value.Fields(replacement)...))
}

// IDFirst is a document with its _id before all else, where MongoDB keeps it.
func IDFirst(doc bson.Raw) bson.Raw {
	fields := value.Fields(doc)
	i := slices.IndexFunc(fields, func(f value.Field) bool { return f.Name == "_id" })
	if i <= 0 {
		return doc
	}
	id := fields[i]
	return value.Encode(append([]value.Field{id}, slices.Delete(fields, i, i+1)...))
}
