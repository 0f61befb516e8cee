package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// MongoDB's limits. The index on _id is one of a collection's 64.
const (
	maxIndexes   = 63
	maxKeys      = 32
	maxIndexName = 127
)

// idPath is a path that every document has; pages are ordered by it last.
const idPath = "_id"

// indexer resolves the indexes of one collection.
type indexer struct {
	*loader
	c     *Collection
	paths map[string]*resolvedPath
	done  []resolvedIndex
}

// resolvedIndex is an index with its keys as declared.
type resolvedIndex struct {
	*Index
	declared []string
	// complete reports whether each key was found.
	complete bool
	at       place
}

// declaredKey is one of def.Index's Keys.
type declaredKey struct {
	path       string
	descending bool
}

func (l *loader) indexes(c *Collection, d *def.Collection, at place) {
	id := &Path{Name: idPath, Go: goPath(idPath), Type: c.ID.Type()}
	c.Paths = []*Path{id}
	l.pathOwners[id] = owner{at, "the variable of _id", ""}
	x := indexer{loader: l, c: c, paths: map[string]*resolvedPath{idPath: {path: id, required: true}}}
	n := len(d.Indexes)
	if d.KeepDeleted != 0 {
		n++
	}
	if n > maxIndexes {
		l.add(at, fmt.Sprintf("has %d Indexes", n), fmt.Sprintf("at most %d", maxIndexes))
	}
	for i := range d.Indexes {
		x.index(i, &d.Indexes[i], at)
	}
	x.keepDeleted(d, at)
	x.checkRedundant()
}

// index resolves the i-th index.
func (x *indexer) index(i int, d *def.Index, of place) {
	of = of.index(i)
	if len(d.Keys) == 0 {
		x.add(of.part(fmt.Sprintf("index %d", i+1)), "has no Keys", "the path of at least one field")
		return
	}
	if d.Kind != def.Ordered {
		x.text(d, of)
		return
	}
	keys := parseKeys(d)
	index := &Index{Name: d.Name, Unique: d.Unique, Expires: d.TTL != nil, Sparse: d.Sparse, Exact: d.Exact, Hidden: d.Hidden, Doc: d.Doc, At: of.declared()}
	if index.Name == "" {
		index.Name = indexName(storedKeys(x.c.Fields, keys))
	}
	at := of.part("index " + index.Name)
	x.checkName(index.Name, at)
	if d.Sparse && slices.ContainsFunc(keys, func(k declaredKey) bool { return k.path == idPath }) {
		x.add(at, "is Sparse, but no document lacks the _id among its keys", "Partial with a Condition that says Exists, in place of Sparse")
	}
	x.checkKeys(keys, at)
	x.checkExact(d, keys, at)
	if d.Weights != nil || d.Language != "" {
		x.add(at, "has Weights or a Language, which are about words", "Kind: def.Text, or neither")
	}
	x.checkCollation(d.Collation, at)
	if index.Collation = meta.Collation(d.Collation); d.Collation.Locale == "" {
		index.Collation = x.c.Collation
	}
	var routes []*resolvedPath
	for _, k := range keys {
		r := x.resolvePath(k.path, at)
		if r == nil {
			continue
		}
		routes = append(routes, r)
		index.Keys = append(index.Keys, Key{Path: r.path, Descending: k.descending})
	}
	x.expiry(index, d, at)
	limits := x.partial(index, d, at)
	x.limitToLiving(index, d, at)
	x.checkPaths(d, routes, limits, at)
	x.checkSame(resolvedIndex{index, d.Keys, len(routes) == len(keys), at})
	x.c.Indexes = append(x.c.Indexes, index)
}

// parseKeys parses an index's keys and appends _id where pages need it for a total
// order. MongoDB allows no TTL on compound indexes, and _id would make Sparse
// ineffective.
func parseKeys(d *def.Index) []declaredKey {
	keys := make([]declaredKey, len(d.Keys), len(d.Keys)+1)
	ordered := d.Unique || d.Sparse || d.Exact || d.TTL != nil
	for i, key := range d.Keys {
		path, descending := strings.CutPrefix(key, "-")
		keys[i] = declaredKey{path, descending}
		ordered = ordered || path == idPath
	}
	if ordered {
		return keys
	}
	return append(keys, declaredKey{idPath, keys[len(keys)-1].descending})
}

// storedKeys returns keys with their paths as stored.
func storedKeys(fields []*kinds.Field, keys []declaredKey) []declaredKey {
	list := slices.Clone(keys)
	for i := range list {
		list[i].path = storedPath(fields, list[i].path)
	}
	return list
}

// storedPath returns a path as stored. What is not declared stays as it is.
func storedPath(fields []*kinds.Field, path string) string {
	name, rest, deeper := strings.Cut(path, ".")
	f := fieldNamed(fields, name)
	switch {
	case f == nil:
		return path
	case !deeper:
		return f.StoredName()
	}
	t := f.Type
	if t != nil && t.IsSequence {
		t = t.Elem
	}
	if t == nil || t.Struct == nil {
		return f.StoredName() + "." + rest
	}
	return f.StoredName() + "." + storedPath(t.Struct.Fields, rest)
}

// indexName returns the name that MongoDB gives an index.
func indexName(keys []declaredKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.path + "_1"
		if k.descending {
			parts[i] = k.path + "_-1"
		}
	}
	return strings.Join(parts, "_")
}

func (x *indexer) checkName(name string, at place) {
	switch {
	case len(name) > maxIndexName:
		x.add(at, fmt.Sprintf("the name has %d bytes", len(name)), fmt.Sprintf("a Name of at most %d", maxIndexName))
	case strings.ContainsAny(name, "$\x00"):
		x.add(at, fmt.Sprintf("the name %q has a $ or a zero byte", name), "a Name without")
	case name == "*" || name == "_id_":
		x.add(at, fmt.Sprintf("the name %q is MongoDB's own", name), "another Name")
	}
}

func (x *indexer) checkKeys(keys []declaredKey, at place) {
	if len(keys) > maxKeys {
		x.add(at, fmt.Sprintf("has %d keys", len(keys)), fmt.Sprintf("at most %d, the _id that ends it included", maxKeys))
	}
	if len(keys) == 1 && keys[0].path == idPath {
		x.add(at, "indexes _id alone, as MongoDB does by itself", "no such index")
	}
	for i, k := range keys {
		if slices.ContainsFunc(keys[:i], func(o declaredKey) bool { return o.path == k.path }) {
			x.add(at, fmt.Sprintf("has the key %q twice", k.path), "it once")
		}
	}
	if x.c.Served() && slices.Contains(x.c.ListParameters(), keys[0].path) {
		x.add(at, fmt.Sprintf("is led by %s, which means something else in a request for a list", keys[0].path), "another name for the field, or Private: true")
	}
}

// checkExact checks that Exact changes something.
func (x *indexer) checkExact(d *def.Index, keys []declaredKey, at place) {
	reason := ""
	switch {
	case !d.Exact:
	case d.Unique:
		reason = "is Unique"
	case d.TTL != nil:
		reason = "has a TTL"
	case slices.ContainsFunc(keys, func(k declaredKey) bool { return k.path == idPath }):
		reason = "has _id among its keys"
	}
	if reason != "" {
		x.add(at, "is Exact, but "+reason+", so that nothing is appended to its keys anyway", "no Exact")
	}
}

// checkPaths checks the paths of the keys.
func (x *indexer) checkPaths(d *def.Index, routes []*resolvedPath, limits []pathConditions, at place) {
	var many []string
	for i, r := range routes {
		if i > 0 && r.path.Unshown && x.c.Served() {
			x.add(at, fmt.Sprintf("has the key %s behind others, which no response shows, but the cursor of a page would", r.path.Name), "it as the first key, or an index without it")
		}
		if r.path.Many {
			many = append(many, r.path.Name)
		}
		if d.Unique && r.objects != "" {
			x.add(at, fmt.Sprintf("is Unique through %s, a list of Objects", r.objects), "no Unique, or the Objects as a collection of their own")
		}
		if d.Unique && r.objects == "" && !r.required && r.path.Name != meta.DeletedPath {
			x.checkOptional(d, r, limits, at)
		}
	}
	if len(many) > 1 {
		x.add(at, fmt.Sprintf("has %d paths through lists, %s", len(many), strings.Join(many, " and ")), "an index for each")
	}
}

// checkOptional checks that a unique index excludes the documents in which nothing
// was given at r: they would all have the same value.
func (x *indexer) checkOptional(d *def.Index, r *resolvedPath, limits []pathConditions, at place) {
	_, stored := r.missing()
	if d.Sparse && len(d.Keys) == 1 && !stored || stored && r.path.Field.IsMade() {
		return
	}
	if !slices.ContainsFunc(d.Partial, func(c def.Condition) bool { return c.Path == r.path.Name }) {
		x.add(at, fmt.Sprintf("is Unique, but %s is not Required", r.optional), "Required: true for "+r.optional+", or Partial with a Condition that says Exists")
		return
	}
	i := slices.IndexFunc(limits, func(l pathConditions) bool { return l.route == r })
	if i >= 0 && limits[i].allMatchMissing() {
		x.add(at, fmt.Sprintf("is Unique, but its conditions let in documents without %s, which are stored with %s", r.optional, showMissing(r.missing())),
			"a condition that is not true of that, or Required: true for "+r.optional)
	}
}

// checkSame compares an index with those before it.
func (x *indexer) checkSame(index resolvedIndex) {
	for _, other := range x.done {
		if problem, remedy := index.clash(other); problem != "" {
			x.add(index.at, problem, remedy)
			break
		}
	}
	x.done = append(x.done, index)
}

// clash returns how an index conflicts with an earlier one for MongoDB or the
// generated code, empty if it does not.
func (x resolvedIndex) clash(earlier resolvedIndex) (problem, remedy string) {
	found := x.complete && earlier.complete
	switch {
	case x.coversSame(earlier) && slices.Equal(earlier.declared, x.declared), found && x.Collation == earlier.Collation && slices.Equal(earlier.Keys, x.Keys):
		return "has the keys of the index " + earlier.Name + " before it", "one of the two"
	case found && earlier.Unique && x.Unique && slices.EqualFunc(earlier.Keys, x.Keys, samePath):
		return "is Unique on the paths of the index " + earlier.Name + " before it", "one of the two"
	case earlier.Name == x.Name:
		return "has the name of an index before it", "a Name of its own"
	}
	return "", ""
}

// coversSame reports whether two indexes cover the same documents, so that one of
// them suffices. A unique one with a collation sorts no pages: another one does.
func (x resolvedIndex) coversSame(other resolvedIndex) bool {
	if x.Unique != other.Unique && !x.Collation.IsPlain() {
		return false
	}
	return x.Collation == other.Collation && x.Living == other.Living && x.Expires == other.Expires && x.Sparse == other.Sparse && len(x.Partial)+len(other.Partial) == 0
}

func samePath(a, b Key) bool { return a.Path == b.Path }
