package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// uniqueness is what a unique index asks of documents. Its text, in Extended JSON, stands in the statements that
// enforce it.
type uniqueness struct {
	Name      string `bson:"name"`
	Key       bson.D `bson:"key"`
	Sparse    bool   `bson:"sparse,omitempty"`
	Partial   bson.D `bson:"partialFilterExpression,omitempty"`
	Collation bson.D `bson:"collation,omitempty"`

	paths  [][]string
	holds  filter
	folded bool
}

// uniqueness is the text of what the index asks of documents.
func (d definition) uniqueness() string {
	doc := bson.D{{Key: "name", Value: d.name}, {Key: "key", Value: d.key}}
	for _, name := range []string{"sparse", "partialFilterExpression", "collation"} {
		if v, ok := d.option(name); ok {
			doc = append(doc, bson.E{Key: name, Value: v})
		}
	}
	return extended(doc)
}

var uniquenesses sync.Map // by text

func parseUniqueness(text string) (*uniqueness, error) {
	if known, ok := uniquenesses.Load(text); ok {
		return known.(*uniqueness), nil
	}
	u := &uniqueness{}
	if err := bson.UnmarshalExtJSON([]byte(text), true, u); err != nil {
		return nil, err
	}
	for _, e := range u.Key {
		u.paths = append(u.paths, splitPath(e.Key))
	}
	u.folded = foldsASCII(u.Collation)
	var err error
	if u.holds, err = (compiler{partial: true, folded: u.folded}).compile(u.Partial); err != nil {
		return nil, err
	}
	uniquenesses.Store(text, u)
	return u, nil
}

// keySet are the keys that an index has of a document, each by a text that equal keys share.
type keySet map[string]bson.D

// keys has several where the document has an array, and none where the index leaves it out.
func (u *uniqueness) keys(doc bson.D) keySet {
	if !u.holds(doc) || u.Sparse && !u.isPresent(doc) {
		return nil
	}
	keys := keySet{}
	for _, values := range keysOf(doc, u.paths, false) {
		key := bson.D{}
		for i, value := range values {
			if value == (empty{}) {
				value = bson.Undefined{} // as MongoDB has an empty array
			}
			key = append(key, bson.E{Key: u.Key[i].Key, Value: value})
		}
		keys[u.hash(values)] = key
	}
	return keys
}

func (u *uniqueness) isPresent(doc bson.D) bool {
	return slices.ContainsFunc(u.paths, func(path []string) bool { return hasPath(doc, path) })
}

// hash has one length, and no character that JSON escapes.
func (u *uniqueness) hash(values bson.A) string {
	if u.folded {
		values = foldASCII(values).(bson.A)
	}
	sum := sha256.Sum256([]byte(canonical(values)))
	return hex.EncodeToString(sum[:])
}

// list is an array of the keys' texts, in JSON, and nil if there are none.
func (keys keySet) list() any {
	if len(keys) == 0 {
		return nil
	}
	return `["` + strings.Join(slices.Sorted(maps.Keys(keys)), `","`) + `"]`
}
