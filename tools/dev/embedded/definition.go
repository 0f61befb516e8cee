package embedded

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// definition is an index as createIndexes takes it and listIndexes shows it.
type definition struct {
	name    string
	key     bson.D
	options bson.D // all others, in the order in which they were given
}

// readDefinitions reads the indexes of a createIndexes command. Those that name no collation have that of the collection.
func readDefinitions(indexes bson.RawValue, collation any) ([]definition, error) {
	var specs []bson.D
	if err := indexes.Unmarshal(&specs); err != nil {
		return nil, refuse(codeTypeMismatch, "BSON field 'createIndexes.indexes' is missing, or no array of objects")
	}
	if len(specs) == 0 {
		return nil, refuse(codeBadValue, "Must specify at least one index to create")
	}
	var definitions []definition
	for _, spec := range specs {
		if member(spec, "collation") == nil && collation != nil {
			spec = append(spec, bson.E{Key: "collation", Value: collation})
		}
		d, err := readDefinition(spec)
		if err != nil {
			return nil, err
		}
		definitions = append(definitions, d)
	}
	return definitions, nil
}

// readDefinition reads one index, or says what MongoDB does not take about it.
func readDefinition(spec bson.D) (d definition, err error) {
	for _, e := range spec {
		switch e.Key {
		case "v", "ns", "background", "dropDups": // not listed either
		case "key":
			d.key, err = readKey(e.Value)
		case "name":
			d.name, _ = e.Value.(string)
		default:
			err = d.readOption(e)
		}
		if err != nil {
			return definition{}, err
		}
	}
	d.complete()
	return d, d.check()
}

func readKey(v any) (bson.D, error) {
	key, ok := v.(bson.D)
	if !ok || len(key) == 0 {
		return nil, refuse(codeCannotCreateIndex, "Index keys must be an object that is not empty")
	}
	for _, e := range key {
		if kind, ok := e.Value.(string); ok && !kinds[kind] || !ok && sign(e.Value) == 0 {
			return nil, refuse(codeCannotCreateIndex, "Values in the index key pattern must be numbers other than 0, or a kind of index: %s", text(key))
		}
	}
	return key, nil
}

// kinds are the kinds of indexes that a key may name instead of a direction.
var kinds = map[string]bool{"text": true, "2d": true, "2dsphere": true, "hashed": true}

// kind is that of the index, "" for one of ordered keys.
func (d definition) kind() string {
	for _, e := range d.key {
		if kind, ok := e.Value.(string); ok {
			return kind
		}
		if e.Key == "$**" || strings.HasSuffix(e.Key, ".$**") {
			return "wildcard"
		}
	}
	return ""
}

// check refuses what MongoDB does not build.
func (d definition) check() error {
	_, expires := d.option("expireAfterSeconds")
	_, limited := d.option("partialFilterExpression")
	_, collated := d.option("collation")
	onID := len(d.key) == 1 && d.key[0].Key == "_id"
	switch {
	case d.key == nil:
		return refuse(codeFailedToParse, "The 'key' field is a required property of an index specification")
	case d.name == "":
		return refuse(codeFailedToParse, "The 'name' field is a required property of an index specification")
	case onID && sign(d.key[0].Value) < 0:
		return refuse(codeBadValue, "The field 'key' for an _id index must be {_id: 1}, but got {_id: -1}")
	case d.name == idIndex && !onID:
		return refuse(codeBadValue, "The index name '_id_' is reserved for the _id index, which must have key pattern {_id: 1}, found %s", text(d.key))
	case limited && d.is("sparse"):
		return refuse(codeCannotCreateIndex, `cannot mix "partialFilterExpression" and "sparse" options`)
	case expires && (len(d.key) > 1 || onID || d.kind() != ""):
		return refuse(codeCannotCreateIndex, "TTL indexes are single-field indexes, compound indexes do not support TTL. Index spec: %s", text(d.document()))
	case d.is("unique") && d.kind() != "":
		return refuse(codeCannotCreateIndex, "Index type '%s' does not support the unique option", d.kind())
	case collated && (d.kind() == "text" || d.kind() == "2d"):
		return refuse(codeCannotCreateIndex, "Index type '%s' does not support collation", d.kind())
	}
	return nil
}

// option is the value of an option, and whether there is one.
func (d definition) option(name string) (any, bool) {
	v := member(d.options, name)
	return v, v != nil
}

// is reports whether an option that is a flag is set.
func (d definition) is(name string) bool {
	v, _ := d.option(name)
	return v == true
}

// with is the definition with another value of an option, or, with nil, without it.
func (d definition) with(name string, v any) definition {
	options := slices.Clone(d.options)
	at := slices.IndexFunc(options, func(e bson.E) bool { return e.Key == name })
	switch {
	case at >= 0 && v == nil:
		options = slices.Delete(options, at, at+1)
	case at >= 0:
		options[at].Value = v
	case v != nil:
		options = append(options, bson.E{Key: name, Value: v})
	}
	d.options = options
	return d
}

// document is the definition as listIndexes shows it.
func (d definition) document() bson.D {
	return append(bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: d.key}, {Key: "name", Value: d.name}}, d.options...)
}
