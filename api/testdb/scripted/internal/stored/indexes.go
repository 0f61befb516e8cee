package stored

import (
	"slices"
	"strings"

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
	spec, err := textual(c.collated(spec))
	if err != nil {
		return err
	}
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

// collated is a description with its collation as it is listed: the collection's, if
// it has none.
func (c *Collection) collated(spec bson.Raw) bson.Raw {
	given := value.Get(spec, "collation")
	if given.Type == value.Missing {
		given = value.Get(c.Options, "collation")
	}
	fields := slices.DeleteFunc(value.Fields(spec), func(f value.Field) bool { return f.Name == "collation" })
	if full := value.Collation(given); full.Type != value.Missing {
		fields = append(fields, value.Field{Name: "collation", Value: full})
	}
	return value.Encode(fields)
}

// conflict says whether the index is there, or why it cannot be beside those that
// are.
func (c *Collection) conflict(x *Index) (there bool, err error) {
	if len(x.paths) == 1 && x.paths[0] == "_id" {
		return true, nil
	}
	if other := c.Index(x.Name); other != nil {
		switch {
		case identity(x) != identity(other):
			return false, fault.New(86, "An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: %s, existing index: %s", x.Describe(), other.Describe())
		case others(x) != others(other):
			return false, fault.New(85, "An equivalent index already exists with the same name but different options. Requested index: %s, existing index: %s", x.Describe(), other.Describe())
		}
		return true, nil
	}
	for _, other := range c.indexes {
		if identity(x) != identity(other) {
			continue
		}
		if others(x) != others(other) {
			return false, fault.New(85, "An equivalent index already exists with a different name and options. Requested index: %s, existing index: %s", x.Describe(), other.Describe())
		}
		return false, fault.New(85, "Index already exists with a different name: %s", other.Name)
	}
	return false, nil
}

// identity is what tells indexes apart: since MongoDB 5.0 those on the same keys may
// stand side by side where unique, sparse, the partial filter or the collation
// differ.
func identity(x *Index) string {
	return value.Key(value.Of(bson.A{x.Keys, x.unique, x.sparse, orNull(x.Option("partialFilterExpression")), orNull(x.Option("collation"))}))
}

func orNull(v bson.RawValue) bson.RawValue {
	if v.Type == value.Missing {
		return value.Null
	}
	return v
}

// others are the options that an index cannot be asked for again without, beside
// those that tell it apart.
func others(x *Index) string {
	var fields []value.Field
	for _, f := range x.Options {
		switch f.Name {
		case "unique", "sparse", "partialFilterExpression", "collation", "hidden", "prepareUnique":
		default:
			fields = append(fields, f)
		}
	}
	slices.SortFunc(fields, func(a, b value.Field) int { return strings.Compare(a.Name, b.Name) })
	return value.Key(value.Document(value.Encode(fields)))
}

// DropIndexes takes away the indexes that which chooses, but for that of _id.
func (c *Collection) DropIndexes(which func(*Index) bool) {
	c.indexes = slices.DeleteFunc(slices.Clone(c.indexes), func(x *Index) bool { return x.Name != idIndex && which(x) })
}

// ModifyIndex changes what collMod may change of an index, and returns what it was
// and is.
func (c *Collection) ModifyIndex(x *Index, options []value.Field, dry bool) (changes bson.D, err error) {
	for _, f := range options {
		switch f.Name {
		case "name", "keyPattern":
		case "hidden", "prepareUnique":
			was := isTrue(x.Option(f.Name))
			x.setOption(f.Name, onlyTrue(f.Value))
			changes = append(changes, bson.E{Key: f.Name + "_old", Value: was}, bson.E{Key: f.Name + "_new", Value: isTrue(f.Value)})
		case "expireAfterSeconds":
			if was := x.Option(f.Name); was.Type != value.Missing {
				changes = append(changes, bson.E{Key: f.Name + "_old", Value: was})
			}
			x.setOption(f.Name, f.Value)
			changes = append(changes, bson.E{Key: f.Name + "_new", Value: f.Value})
		case "unique":
			if err := c.makeUnique(x, dry); err != nil {
				return nil, err
			}
			if !dry {
				changes = append(changes, bson.E{Key: "unique_new", Value: true})
			}
		default:
			return nil, fault.New(72, "BSON field 'collMod.index.%s' is an unknown field.", f.Name)
		}
	}
	return changes, nil
}

// onlyTrue is what is kept of an option that is not shown when false.
func onlyTrue(v bson.RawValue) bson.RawValue {
	if isTrue(v) {
		return value.Of(true)
	}
	return bson.RawValue{}
}

// makeUnique turns an index that was prepared for it into a unique one, or, dry,
// says whether it could be.
func (c *Collection) makeUnique(x *Index, dry bool) error {
	if x.unique {
		return nil
	}
	if !dry && !isTrue(x.Option("prepareUnique")) {
		return fault.New(72, "Cannot make index unique with 'prepareUnique=false'. Run collMod to set it first.")
	}
	if groups := x.repeated(); groups != nil {
		err := fault.New(359, "Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.")
		err.Fields = bson.D{{Key: "violations", Value: violations(groups)}}
		return err
	}
	if !dry {
		x.unique = true
		x.setOption("prepareUnique", bson.RawValue{})
		x.setOption("unique", value.Of(true))
	}
	return nil
}

func violations(groups [][]*record) bson.A {
	list := bson.A{}
	for _, records := range groups {
		ids := bson.A{}
		for _, r := range records {
			ids = append(ids, value.Get(r.doc, "_id"))
		}
		list = append(list, bson.D{{Key: "ids", Value: ids}})
	}
	return list
}
