package meta

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TextSearch is what an index for words has besides its keys.
type TextSearch struct {
	// Weights are those of all keys.
	Weights []Weight
	// Language is that of the words.
	Language string
	// Override is the name of a member that says the language of its document: one that no
	// document has.
	Override string
}

// Weight is how much a word counts that is found at a path.
type Weight struct {
	Path   string
	Weight int
}

// weights returns a text index's weights as createIndexes takes them.
func (x *Index) weights() any {
	if x.Text == nil {
		return nil
	}
	doc := bson.D{}
	for _, w := range x.Text.Weights {
		doc = append(doc, bson.E{Key: w.Path, Value: int32(w.Weight)})
	}
	return doc
}

// weightsText returns weights in the order of their paths, in which servers need not list them.
func weightsText(v bson.RawValue) string {
	doc, ok := v.DocumentOK()
	if !ok {
		return valueText(v)
	}
	elements, _ := doc.Elements()
	parts := make([]string, len(elements))
	for i, e := range elements {
		parts[i] = e.Key() + " " + valueText(e.Value())
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// Text returns the index that serves searches for words, nil if there is none.
func (c *Collection) Text() *Index {
	for i := range c.Indexes {
		if c.Indexes[i].Text != nil && !c.Indexes[i].Hidden {
			return &c.Indexes[i]
		}
	}
	return nil
}
