package stored

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Indexes are a collection's, that of _id first.
func (c *Collection) Indexes() []*Index { return c.indexes }

// Index is the index of that name, or nil.
func (c *Collection) Index(name string) *Index {
	for _, x := range c.indexes {
		if x.Name == name {
			return x
		}
	}
	return nil
}

// CreateIndexes builds indexes, all or none. Those that are there already are left
// alone.
func (c *Collection) CreateIndexes(specs []bson.Raw) error {
	before := c.indexes
	for _, spec := range specs {
		if err := c.createIndex(spec); err != nil {
			c.indexes = before
			return err
		}
	}
	return nil
}

func (c *Collection) createIndex(spec bson.Raw) error {
	x, err := newIndex(spec, c.version)
	if err != nil {
		return err
	}
	there, err := c.conflict(x)
	if there || err != nil {
		return err
	}
	for _, r := range c.records {
		if err := x.admit(c.Namespace, r, r.doc); err != nil {
			return err
		}
		x.put(r)
	}
	c.indexes = append(slices.Clip(c.indexes), x)
	return nil
}

// conflict says whether the index is there, or why it cannot be beside those that
// are. Since MongoDB 5.0 indexes on the same keys may stand side by side where
// unique, sparse, the partial filter or the collation differ.
func (c *Collection) conflict(x *Index) (there bool, err error) {
	if len(x.paths) == 1 && x.paths[0] == "_id" {
		return true, nil
	}
	for _, other := range c.indexes {
		keys, identity := sameKeys(x, other), identical(x, other)
		switch {
		case keys && identity && x.Name == other.Name:
			if !value.Equal(x.Option("expireAfterSeconds"), other.Option("expireAfterSeconds")) {
				return false, fault.New(85, "An equivalent index already exists with the same name but different options. Requested index: %s, existing index: %s", x.Describe(), other.Describe())
			}
			return true, nil
		case keys && identity:
			return false, fault.New(85, "Index already exists with a different name: %s", other.Name)
		case x.Name == other.Name:
			return false, fault.New(86, "An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: %s, existing index: %s", x.Describe(), other.Describe())
		}
	}
	return false, nil
}

func sameKeys(x, y *Index) bool {
	return value.Key(value.Document(x.Keys)) == value.Key(value.Document(y.Keys))
}

// identical compares what, beside the keys, tells indexes apart.
func identical(x, y *Index) bool {
	partial := func(x *Index) string { return value.Key(x.Option("partialFilterExpression")) }
	collation := func(x *Index) string { return value.Key(x.Option("collation")) }
	return x.Unique() == y.Unique() && x.sparse == y.sparse && partial(x) == partial(y) && collation(x) == collation(y)
}

// DropIndexes takes away the indexes that which chooses, but for that of _id.
func (c *Collection) DropIndexes(which func(*Index) bool) {
	c.indexes = slices.DeleteFunc(slices.Clone(c.indexes), func(x *Index) bool { return x.Name != idIndex && which(x) })
}

// ModifyIndex changes what collMod may change.
func (c *Collection) ModifyIndex(x *Index, options []value.Field) error {
	for _, f := range options {
		switch f.Name {
		case "name", "keyPattern":
		case "hidden":
			x.setOption("hidden", onlyTrue(f.Value))
		case "prepareUnique":
			x.setOption("prepareUnique", onlyTrue(f.Value))
		case "expireAfterSeconds":
			x.setOption("expireAfterSeconds", f.Value)
		case "unique":
			if err := c.makeUnique(x); err != nil {
				return err
			}
		default:
			return fault.New(72, "BSON field 'collMod.index.%s' is an unknown field.", f.Name)
		}
	}
	return nil
}

// onlyTrue is what is kept of an option that is not shown when false.
func onlyTrue(v bson.RawValue) bson.RawValue {
	if isTrue(v) {
		return value.Of(true)
	}
	return bson.RawValue{}
}

// makeUnique turns an index that was prepared for it into a unique one.
func (c *Collection) makeUnique(x *Index) error {
	if x.Unique() {
		return nil
	}
	if !isTrue(x.Option("prepareUnique")) {
		return fault.New(72, "Cannot make index unique with 'prepareUnique=false'. Run collMod to set it first.")
	}
	taken := map[string]*record{}
	for _, r := range c.records {
		keys, err := x.keys(r.doc)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if other, ok := taken[keyOf(key)]; ok && other != r {
				return fault.New(359, "Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.")
			}
			taken[keyOf(key)] = r
		}
	}
	x.taken = taken
	x.setOption("prepareUnique", bson.RawValue{})
	x.setOption("unique", value.Of(true))
	return nil
}
