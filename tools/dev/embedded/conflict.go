package embedded

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// missingOf are the wanted indexes that are not among those of a collection, or an error if one of them cannot stand
// beside the others.
func missingOf(wanted []definition, have []kept) ([]definition, error) {
	var missing, all []definition
	for _, x := range have {
		all = append(all, x.definition)
	}
	for _, d := range wanted {
		there, err := d.isAmong(all)
		if err != nil {
			return nil, err
		}
		if !there {
			missing, all = append(missing, d), append(all, d)
		}
	}
	return missing, nil
}

func (d definition) isAmong(have []definition) (bool, error) {
	if d.key[0].Key == "_id" && len(d.key) == 1 {
		return true, nil // every collection has it
	}
	for _, other := range have {
		if there, err := d.conflict(other); there || err != nil {
			return there, err
		}
	}
	for _, other := range have {
		if d.kind() == "text" && other.kind() == "text" {
			return false, refuse(codeCannotCreateIndex, "only one text index per collection allowed, found existing text index %q", other.name)
		}
	}
	return false, nil
}

// conflict reports whether the other index is the same, or returns why MongoDB does not have both.
func (d definition) conflict(other definition) (same bool, err error) {
	alike := d.identity() == other.identity()
	equal := alike && d.rest() == other.rest()
	switch {
	case d.name == other.name && equal:
		return true, nil
	case d.name == other.name && alike:
		return false, refuse(codeIndexOptionsConflict, "An equivalent index already exists with the same name but different options. Requested index: %s, existing index: %s",
			text(d.document()), text(other.document()))
	case d.name == other.name:
		return false, refuse(codeIndexKeySpecsConflict, "An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: %s, existing index: %s",
			text(d.document()), text(other.document()))
	case equal:
		return false, refuse(codeIndexOptionsConflict, "Index already exists with a different name: %s", other.name)
	case alike:
		return false, refuse(codeIndexOptionsConflict, "An equivalent index already exists with a different name and options. Requested index: %s, existing index: %s",
			text(d.document()), text(other.document()))
	}
	return false, nil
}

// tellApart are the options by which indexes on the same keys can differ and stand side by side.
var tellApart = []string{"unique", "sparse", "partialFilterExpression", "collation", "wildcardProjection"}

// identity is what tells indexes apart.
func (d definition) identity() string {
	id := bson.A{d.key}
	for _, name := range tellApart {
		v, _ := d.option(name)
		id = append(id, v)
	}
	return canonical(id)
}

// rest are the other options, without those that collMod sets and takes back.
func (d definition) rest() string {
	var rest bson.D
	for _, e := range d.options {
		if !slices.Contains(tellApart, e.Key) && e.Key != "hidden" && e.Key != "prepareUnique" {
			rest = append(rest, e)
		}
	}
	slices.SortFunc(rest, func(a, b bson.E) int { return cmp.Compare(a.Key, b.Key) })
	return canonical(rest)
}
