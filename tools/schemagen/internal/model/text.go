package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// maxWeight is MongoDB's.
const maxWeight = 99_999

// languages are those that MongoDB has, by its names; none takes words as they are.
var languages = []string{
	"none", "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian", "norwegian", "portuguese", "romanian",
	"russian", "spanish", "swedish", "turkish",
}

// text resolves an index for words.
func (x *indexer) text(d *def.Index, of place) {
	index := &Index{
		Name: d.Name, Hidden: d.Hidden, Doc: d.Doc, At: of.declared(),
		Text: &meta.TextSearch{Language: "english", Override: x.languageOverride()},
	}
	if index.Name == "" {
		for _, path := range d.Keys {
			index.Name += "_" + storedPath(x.c.Fields, path) + "_text"
		}
		index.Name = index.Name[1:]
	}
	at := of.part("index " + index.Name)
	if d.Kind != def.Text {
		x.add(at, fmt.Sprintf("the Kind %q is unknown", d.Kind), "def.Ordered or def.Text")
		return
	}
	x.checkName(index.Name, at)
	if !x.c.Collation.IsPlain() {
		index.Collation = meta.Collation{Locale: "simple"} // the only one of text indexes
	}
	if d.Language != "" {
		index.Text.Language = d.Language
	}
	x.checkText(d, at)
	for i, path := range d.Keys {
		if slices.Contains(d.Keys[:i], path) {
			x.add(at, fmt.Sprintf("has the key %q twice", path), "it once")
			continue
		}
		if r := x.words(path, at); r != nil {
			index.Keys = append(index.Keys, Key{Path: r.path})
			index.Text.Weights = append(index.Text.Weights, meta.Weight{Path: r.path.StoredName(), Weight: max(d.Weights[path], 1)})
		}
	}
	x.checkSame(resolvedIndex{index, d.Keys, false, at})
	x.c.Indexes = append(x.c.Indexes, index)
}

// checkText checks what is said of an index for words.
func (x *indexer) checkText(d *def.Index, at place) {
	if slices.ContainsFunc(x.c.Indexes, func(x *Index) bool { return x.Text != nil }) {
		x.add(at, "is the second Text index, and MongoDB has one of a collection", "one with the Keys of both")
	}
	for _, o := range []struct {
		name string
		set  bool
	}{
		{"Unique", d.Unique}, {"Sparse, as every such index is", d.Sparse}, {"Partial", d.Partial != nil}, {"Exact, as every such index is", d.Exact},
	} {
		if o.set {
			x.add(at, "is Text and "+o.name, "Text alone")
		}
	}
	if d.TTL != nil {
		x.add(at, "is Text and has a TTL", "an index for each")
	}
	if d.Collation.Locale != "" {
		x.add(at, "is Text and has a Collation, which MongoDB does not combine", "the Language alone")
	}
	if d.Language != "" && !slices.Contains(languages, d.Language) {
		x.add(at, fmt.Sprintf("the Language is %q", d.Language), "one that MongoDB knows: "+strings.Join(languages, ", "))
	}
	for _, path := range slices.Sorted(maps.Keys(d.Weights)) {
		switch weight := d.Weights[path]; {
		case !slices.Contains(d.Keys, path):
			x.add(at, fmt.Sprintf("has a weight for %q, which is none of its Keys", path), "a weight of a key")
		case weight < 1 || weight > maxWeight:
			x.add(at, fmt.Sprintf("the weight of %s is %d", path, weight), fmt.Sprintf("1 to %d", maxWeight))
		}
	}
}

// words resolves a path of an index for words, nil if it is a mistake. It is not among the paths
// that filters go by.
func (x *indexer) words(path string, at place) *resolvedPath {
	r := x.paths[path]
	switch {
	case strings.HasPrefix(path, "-"):
		x.add(at, fmt.Sprintf("the key %q is descending, and words have no order", path), "it without the -")
		return nil
	case path == idPath || x.timestamp(path) != nil:
	case r == nil:
		if r = x.walk(path, at); r == nil {
			return nil
		}
	}
	if r == nil || r.path.Type.Name != def.KindString {
		x.add(at, path+" is no text to search for words in", "Strings as Keys, or lists of them")
		return nil
	}
	if x.c.Served() && r.path.Field != nil && r.path.Field.Unshown {
		x.add(at, path+" is not shown in responses, and a search would tell it", "Keys that are shown, or Private: true")
	}
	return r
}

// languageOverride returns a name that no field bears: what MongoDB takes by default, if that is
// one. It is looked for in objects at any depth.
func (x *indexer) languageOverride() string {
	name := "language"
	for bears(x.c.Fields, name) {
		name += "_"
	}
	return name
}

func bears(fields []*kinds.Field, name string) bool {
	return slices.ContainsFunc(fields, func(f *kinds.Field) bool {
		t := f.Type
		for t != nil && t.Elem != nil {
			t = t.Elem
		}
		return f.StoredName() == name || t != nil && t.Struct != nil && bears(t.Struct.Fields, name)
	})
}
