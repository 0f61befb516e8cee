package embedded

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// project leaves of documents what a projection shows: some paths, or all but some.
func (c compiler) project(docs []bson.D, projection bson.D) ([]bson.D, error) {
	paths, inclusive, showsID := tree{}, false, true
	for _, e := range projection {
		shown, ok := flag(e.Value)
		switch {
		case !ok || strings.Contains(e.Key, "$"):
			return nil, c.unknown(e)
		case e.Key == "_id":
			showsID = shown
			inclusive = inclusive || len(paths) == 0 && shown
		case len(paths) > 0 && shown != inclusive:
			return nil, refuse(codeBadValue, "Cannot do inclusion and exclusion in one projection, as at %q", e.Key)
		default:
			inclusive = shown
			paths.add(splitPath(e.Key))
		}
	}
	if inclusive == showsID {
		paths.add([]string{"_id"})
	}
	projected := make([]bson.D, len(docs))
	for i, doc := range docs {
		projected[i], _ = paths.leave(doc, inclusive).(bson.D)
	}
	return projected, nil
}

// tree are paths, by their first names.
type tree map[string]tree

func (t tree) add(path []string) {
	if len(path) == 0 {
		return
	}
	if t[path[0]] == nil {
		t[path[0]] = tree{}
	}
	t[path[0]].add(path[1:])
}

// leave is what is left of a value if the paths, or all but these, are shown. It is nil for what is no document where
// a path leads on.
func (t tree) leave(v any, inclusive bool) any {
	switch v := v.(type) {
	case bson.D:
		left := bson.D{}
		for _, e := range v {
			below, listed := t[e.Key]
			if listed && len(below) > 0 {
				e.Value = below.leave(e.Value, inclusive)
			} else if listed != inclusive {
				continue
			}
			if e.Value != nil || len(below) == 0 || !inclusive {
				left = append(left, e)
			}
		}
		return left
	case bson.A:
		left := bson.A{}
		for _, element := range v {
			if element = t.leave(element, inclusive); element != nil || !inclusive {
				left = append(left, element)
			}
		}
		return left
	}
	if inclusive {
		return nil
	}
	return v
}
