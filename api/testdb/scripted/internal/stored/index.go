package stored

import (
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Index is one of a collection's.
type Index struct {
	Name string
	// Keys are the paths and directions.
	Keys bson.Raw
	// Options are the others of its description, as it was given.
	Options []value.Field
	// Building says that it is listed as not ready yet.
	Building bool
	// Accesses are how often it was used, as each shard counts that has it.
	Accesses []Accesses

	paths          []string
	unique, sparse bool
	// folds says that text is the same whatever its case.
	folds   bool
	partial *match.Filter
	// owners are the records that have a key.
	owners map[string][]*record
}

// Accesses are how often an index was used since a time.
type Accesses struct {
	// Shard is the counting shard's name, empty on a server that is no mongos.
	Shard string
	Ops   int64
	Since time.Time
}

// untouched are those of an index that is new.
func untouched() []Accesses { return []Accesses{{Since: time.Now()}} }

// newIndex reads a description as createIndexes takes it.
func newIndex(spec bson.Raw, version int) (*Index, error) {
	x := &Index{Accesses: untouched(), owners: map[string][]*record{}}
	for _, f := range value.Fields(spec) {
		switch f.Name {
		case "key":
			x.Keys = f.Value.Value
		case "name":
			x.Name, _ = f.Value.StringValueOK()
		case "v", "ns", "background":
		default:
			if err := x.option(f, version); err != nil {
				return nil, err
			}
			x.setOption(f.Name, f.Value)
		}
	}
	for _, f := range value.Fields(x.Keys) {
		x.paths = append(x.paths, f.Name)
	}
	switch {
	case len(x.paths) == 0:
		return nil, fault.New(67, "Index keys cannot be an empty object")
	case x.Name == "":
		return nil, fault.New(9, "The 'name' field is a required property of an index specification")
	case x.sparse && x.partial != nil:
		return nil, fault.New(67, "cannot mix \"partialFilterExpression\" and \"sparse\" options")
	}
	return x, nil
}

func (x *Index) option(f value.Field, version int) error {
	switch f.Name {
	case "unique":
		x.unique = isTrue(f.Value)
	case "sparse":
		x.sparse = isTrue(f.Value)
	case "partialFilterExpression":
		doc, ok := f.Value.DocumentOK()
		if !ok {
			return fault.TypeMismatch("The field 'partialFilterExpression' must be an object")
		}
		filter, err := match.Compile(doc, version)
		x.partial = &filter
		return err
	case "collation":
		folds, modelled := value.Folds(f.Value)
		x.folds = folds && modelled // any other is kept, and guards nothing more
	default:
		if slices.Contains(otherOptions, f.Name) {
			return nil
		}
		return fault.New(197, "The field '%s' is not valid for an index specification. Specification: %s", f.Name, f.Value)
	}
	return nil
}

// otherOptions are kept and listed, and change nothing.
var otherOptions = []string{
	"expireAfterSeconds", "hidden", "prepareUnique", "weights", "default_language", "language_override", "textIndexVersion",
	"2dsphereIndexVersion", "wildcardProjection", "storageEngine", "clustered", "bits", "min", "max",
}

func isTrue(v bson.RawValue) bool {
	b, ok := v.BooleanOK()
	n, whole := value.Whole(v)
	return ok && b || whole && n != 0
}

// Option is one of the options, of type value.Missing if it was not given.
func (x *Index) Option(name string) bson.RawValue {
	for _, f := range x.Options {
		if f.Name == name {
			return f.Value
		}
	}
	return bson.RawValue{}
}

// setOption changes an option, adds it or, with a value of type value.Missing, takes
// it away.
func (x *Index) setOption(name string, v bson.RawValue) {
	x.Options = slices.DeleteFunc(slices.Clone(x.Options), func(f value.Field) bool { return f.Name == name })
	if v.Type != value.Missing {
		x.Options = append(x.Options, value.Field{Name: name, Value: v})
	}
}

// Describe is the index as listIndexes shows it.
func (x *Index) Describe() bson.Raw {
	fields := []value.Field{{Name: "v", Value: value.Of(int32(2))}, {Name: "key", Value: value.Document(x.Keys)}, {Name: "name", Value: value.Of(x.Name)}}
	return value.Encode(append(fields, x.Options...))
}

// keys are what the index holds for a document. There are none where the index is
// partial or sparse and leaves the document out.
func (x *Index) keys(doc bson.Raw) ([][]bson.RawValue, error) {
	if x.partial != nil && !x.partial.Matches(doc) {
		return nil, nil
	}
	if x.folds {
		doc = value.Fold(doc)
	}
	keys, present, err := path.Keys(doc, x.paths)
	if x.sparse && !present {
		return nil, err
	}
	return keys, err
}

func keyOf(values []bson.RawValue) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteString(value.Key(v))
	}
	return b.String()
}

// admit says whether a document may have its keys: of a unique index, or one that
// is prepared to be, each has to be free or r's already.
func (x *Index) admit(namespace string, r *record, doc bson.Raw) error {
	keys, err := x.keys(doc)
	if err != nil || !x.unique && !isTrue(x.Option("prepareUnique")) {
		return err
	}
	for _, key := range keys {
		if owners := x.owners[keyOf(key)]; len(owners) > 0 && !slices.Contains(owners, r) {
			return x.duplicate(namespace, key)
		}
	}
	return nil
}

// duplicate is MongoDB's error 11000.
func (x *Index) duplicate(namespace string, key []bson.RawValue) error {
	fields := make([]value.Field, len(key))
	for i, v := range key {
		fields[i] = value.Field{Name: x.paths[i], Value: v}
	}
	taken := value.Encode(fields)
	err := fault.New(11000, "E11000 duplicate key error collection: %s index: %s dup key: %s", namespace, x.Name, taken)
	err.Fields = bson.D{{Key: "keyPattern", Value: x.Keys}, {Key: "keyValue", Value: taken}}
	return err
}

// put notes which keys a record has.
func (x *Index) put(r *record) {
	keys, _ := x.keys(r.doc) // admitted before
	for _, key := range keys {
		if k := keyOf(key); !slices.Contains(x.owners[k], r) {
			x.owners[k] = append(x.owners[k], r)
		}
	}
}

// remove forgets which keys a record has.
func (x *Index) remove(r *record) {
	keys, _ := x.keys(r.doc)
	for _, key := range keys {
		k := keyOf(key)
		x.owners[k] = slices.DeleteFunc(x.owners[k], func(owner *record) bool { return owner == r })
		if len(x.owners[k]) == 0 {
			delete(x.owners, k)
		}
	}
}

// repeated are the records that share a key with another, in groups.
func (x *Index) repeated() (groups [][]*record) {
	for _, owners := range x.owners {
		if len(owners) > 1 {
			groups = append(groups, owners)
		}
	}
	return groups
}
