// Package stored keeps documents and their indexes in memory. Who calls it sees to
// it that one call at a time is under way.
package stored

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Collection holds documents in the order in which they came.
type Collection struct {
	// Namespace is database and name, with a dot between.
	Namespace string
	// UUID tells a collection from one of the same name that was dropped.
	UUID [16]byte
	// Options are those of create.
	Options bson.Raw

	version   int
	validator *match.Filter
	records   []*record
	indexes   []*Index
}

type record struct{ doc bson.Raw }

// New is an empty collection, with its index of _id.
func New(namespace string, uuid [16]byte, options bson.Raw, version int) (*Collection, error) {
	id := &Index{
		Name: idIndex, Keys: value.Make(bson.D{{Key: "_id", Value: int32(1)}}), Accesses: untouched(),
		paths: []string{"_id"}, unique: true, owners: map[string][]*record{},
	}
	id.setOption("collation", value.Collation(value.Get(options, "collation")))
	c := &Collection{Namespace: namespace, UUID: uuid, Options: options, version: version, indexes: []*Index{id}}
	if doc, ok := value.Get(options, "validator").DocumentOK(); ok {
		validator, err := match.Compile(doc, version)
		c.validator = &validator
		return c, err
	}
	return c, nil
}

// idIndex is the name of the index that every collection has.
const idIndex = "_id_"

// maxDocument is how large a document may be.
const maxDocument = 16 << 20

// Insert stores a document, under an _id of its own if it has none.
func (c *Collection) Insert(doc bson.Raw) (bson.Raw, error) {
	id := value.Get(doc, "_id")
	switch id.Type {
	case value.Missing:
		fields := append([]value.Field{{Name: "_id", Value: value.Of(bson.NewObjectID())}}, value.Fields(doc)...)
		doc = value.Encode(fields)
	case bson.TypeArray, bson.TypeRegex, bson.TypeUndefined:
		return nil, fault.New(53, "The '_id' value cannot be of type %s", value.TypeName(id.Type))
	}
	r := &record{slices.Clone(doc)}
	if err := c.admit(r, r.doc); err != nil {
		return nil, err
	}
	c.records = append(c.records, r)
	for _, x := range c.indexes {
		x.put(r)
	}
	return r.doc, nil
}

// admit says whether r may become doc.
func (c *Collection) admit(r *record, doc bson.Raw) error {
	if len(doc) > maxDocument {
		return fault.New(10334, "BSONObj size: %d (0x%X) is invalid. Size must be between 0 and 16793600(16MB)", len(doc), len(doc))
	}
	if c.validator != nil && !c.validator.Matches(doc) {
		return fault.New(121, "Document failed validation")
	}
	for _, x := range c.indexes {
		if err := x.admit(c.Namespace, r, doc); err != nil {
			return err
		}
	}
	return nil
}

// Find are the documents that a filter asks for, in an order.
func (c *Collection) Find(filter match.Filter, order Order) ([]bson.Raw, error) {
	records := c.matching(filter, -1)
	docs := make([]bson.Raw, len(records))
	for i, r := range records {
		docs[i] = r.doc
	}
	return order.Sort(docs)
}

// matching are at most limit records that a filter asks for; a negative limit is
// none.
func (c *Collection) matching(filter match.Filter, limit int) []*record {
	records := c.records
	if r, ok := c.byID(filter.Source()); ok && !filter.Folds {
		records = r
	}
	var found []*record
	for _, r := range records {
		if len(found) == limit {
			break
		}
		if filter.Matches(r.doc) {
			found = append(found, r)
		}
	}
	return found
}

// byID looks in the index of _id where a filter names one.
func (c *Collection) byID(filter bson.Raw) ([]*record, bool) {
	id := value.Get(filter, "_id")
	if doc, ok := id.DocumentOK(); ok {
		id = value.Get(doc, "$eq")
	}
	switch id.Type {
	case value.Missing, bson.TypeNull, bson.TypeRegex:
		return nil, false
	}
	return c.indexes[0].owners[value.Key(id)], true
}

// Change replaces at most limit documents that a filter asks for, in an order, by
// what change makes of them. It returns them as they were and as they are, and stops
// at the first that may not be so.
func (c *Collection) Change(filter match.Filter, order Order, limit int, change func(bson.Raw) (bson.Raw, error)) (before, after []bson.Raw, err error) {
	records, err := c.ordered(filter, order, limit)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range records {
		changed, err := change(r.doc)
		if err != nil {
			return before, after, err
		}
		if err := c.admit(r, changed); err != nil {
			return before, after, err
		}
		before, after = append(before, r.doc), append(after, changed)
		for _, x := range c.indexes {
			x.remove(r)
		}
		r.doc = slices.Clone(changed)
		for _, x := range c.indexes {
			x.put(r)
		}
	}
	return before, after, nil
}

// Remove takes away at most limit documents that a filter asks for, in an order.
func (c *Collection) Remove(filter match.Filter, order Order, limit int) ([]bson.Raw, error) {
	records, err := c.ordered(filter, order, limit)
	if err != nil {
		return nil, err
	}
	removed := make([]bson.Raw, len(records))
	for i, r := range records {
		removed[i] = r.doc
		for _, x := range c.indexes {
			x.remove(r)
		}
	}
	gone := map[*record]bool{}
	for _, r := range records {
		gone[r] = true
	}
	c.records = slices.DeleteFunc(c.records, func(r *record) bool { return gone[r] })
	return removed, nil
}

func (c *Collection) ordered(filter match.Filter, order Order, limit int) ([]*record, error) {
	if len(order.paths) == 0 {
		return c.matching(filter, limit), nil
	}
	records := c.matching(filter, -1)
	keys := map[*record][]bson.RawValue{}
	for _, r := range records {
		key, err := order.Key(r.doc)
		if err != nil {
			return nil, err
		}
		keys[r] = key
	}
	slices.SortStableFunc(records, func(a, b *record) int { return order.Compare(keys[a], keys[b]) })
	if limit >= 0 && len(records) > limit {
		records = records[:limit]
	}
	return records, nil
}

// All are the documents in the order in which they came.
func (c *Collection) All() []bson.Raw {
	docs := make([]bson.Raw, len(c.records))
	for i, r := range c.records {
		docs[i] = r.doc
	}
	return docs
}
