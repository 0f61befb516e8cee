package embedded

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// dropIndexes takes away those that the command names: by name, by names, by keys, or all.
func (s *session) dropIndexes(cmd command) (message, error) {
	have, err := s.indexes(cmd)
	if err != nil {
		return nil, err
	}
	var index any
	if err := cmd.doc.Lookup("index").Unmarshal(&index); err != nil {
		return nil, refuse(codeFailedToParse, "BSON field 'dropIndexes.index' is missing but a required field")
	}
	chosen, err := choose(have, index)
	if err != nil {
		return nil, err
	}
	if err := s.keeper.remove(cmd.db, chosen); err != nil {
		return nil, err
	}
	return cmd.reply(bson.D{{Key: "nIndexesWas", Value: int32(len(have))}, {Key: "ok", Value: 1.0}})
}

// choose are the indexes that dropIndexes names.
func choose(have []kept, index any) ([]kept, error) {
	switch index := index.(type) {
	case bson.D:
		x, err := byKey(have, index)
		return []kept{x}, err
	case bson.A:
		var chosen []kept
		for _, name := range index {
			x, err := choose(have, name)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, x...)
		}
		return chosen, nil
	case string:
		if index == "*" {
			return have[1:], nil
		}
		x, err := byName(have, index)
		return []kept{x}, err
	}
	return nil, refuse(codeTypeMismatch, "BSON field 'dropIndexes.index' is the wrong type, expected types '[string, object, array]'")
}

func byName(have []kept, name string) (kept, error) {
	if name == idIndex {
		return kept{}, refuse(codeInvalidOptions, "cannot drop, hide or change the _id index")
	}
	for _, x := range have {
		if x.name == name {
			return x, nil
		}
	}
	return kept{}, refuse(codeIndexNotFound, "index not found with name [%s]", name)
}

func byKey(have []kept, key bson.D) (kept, error) {
	found := slices.DeleteFunc(slices.Clone(have), func(x kept) bool { return canonical(x.key) != canonical(key) })
	switch {
	case len(found) == 1:
		return byName(have, found[0].name)
	case len(found) > 1:
		return kept{}, refuse(codeAmbiguousIndexKey, "%d indexes found for key: %s, identify by name instead", len(found), text(key))
	}
	return kept{}, refuse(codeIndexNotFound, "can't find index with key: %s", text(key))
}
