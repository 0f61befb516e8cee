package indexes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// stored is an index as the server lists it.
type stored struct {
	Name string `bson:"name"`
	Key  bson.D `bson:"key"`

	// building says that the server is not through with making it.
	building bool
	raw      bson.Raw
}

// text is the text of an option, as Option.Declared has it of declared indexes.
func (s *stored) text(o *meta.Option) string { return o.Text(s.raw.Lookup(o.Name)) }

// has reports whether the index has an option that is a flag.
func (s *stored) has(flag *meta.Option) bool { return s.text(flag) == "true" }

// keys are the index's keys as text, such as "role.name, -createdAt".
func (s *stored) keys() string {
	if s.isText() {
		var paths []string
		weights, _ := s.raw.Lookup("weights").DocumentOK()
		elements, _ := weights.Elements()
		for _, e := range elements {
			paths = append(paths, e.Key())
		}
		return textKeys(paths)
	}
	parts := make([]string, len(s.Key))
	for i, e := range s.Key {
		switch direction(e.Value) {
		case 1:
			parts[i] = e.Key
		case -1:
			parts[i] = "-" + e.Key
		default:
			parts[i] = fmt.Sprintf("%s (%v)", e.Key, e.Value)
		}
	}
	return strings.Join(parts, ", ")
}

// isText reports whether it is an index for words alone, which servers list under keys of
// their own.
func (s *stored) isText() bool {
	return len(s.Key) == 2 && s.Key[0].Key == "_fts" && s.Key[0].Value == textKind
}

// textKind is the direction of keys of words.
const textKind = "text"

// textKeys are the keys of an index for words as text.
func textKeys(paths []string) string {
	slices.Sort(paths)
	for i := range paths {
		paths[i] += " (text)"
	}
	return strings.Join(paths, ", ")
}

// direction is a key's, which its sign tells whatever the number: 1, -1, or 0 for a key
// of another kind, such as text.
func direction(v any) int {
	switch n := v.(type) {
	case int32:
		return cmp.Compare(n, 0)
	case int64:
		return cmp.Compare(n, 0)
	case float64:
		return cmp.Compare(n, 0)
	}
	return 0
}

// list is what indexes a collection has. Every collection has the one on _id: absent says that
// there is no collection.
func list(ctx context.Context, coll *mongo.Collection) (have []stored, absent bool, err error) {
	cursor, err := listIndexes(ctx, coll)
	if errors.Is(raw.WrapError(coll.Name(), err), store.ErrUnavailable) { // as the driver asks again for other reads
		cursor, err = listIndexes(ctx, coll)
	}
	var server mongo.ServerError
	switch {
	case errors.As(err, &server) && server.HasErrorCode(namespaceNotFound):
		return nil, true, nil
	case err != nil:
		return nil, false, raw.WrapError(coll.Name(), err)
	}
	return readList(ctx, coll.Name(), cursor)
}

// readList reads what list asked for, and closes cursor.
func readList(ctx context.Context, name string, cursor *mongo.Cursor) (have []stored, absent bool, err error) {
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	absent = true
	for cursor.Next(ctx) {
		absent = false
		s, err := readStored(slices.Clone(cursor.Current))
		if err != nil {
			return nil, false, fmt.Errorf("%s: an index as the server lists it: %s", name, err.Error())
		}
		have = append(have, s)
	}
	return have, absent, raw.WrapError(name, cursor.Err())
}

// namespaceNotFound is MongoDB's code for a collection that is not there.
const namespaceNotFound = 26

// listIndexes also tells builds that are under way from indexes that are there, which
// the driver's own list does not.
func listIndexes(ctx context.Context, coll *mongo.Collection) (*mongo.Cursor, error) {
	return coll.Database().RunCommandCursor(ctx, bson.D{{Key: "listIndexes", Value: coll.Name()}, {Key: "includeBuildUUIDs", Value: true}})
}

// readStored reads what listIndexes says of an index. One that is being built is
// within spec.
func readStored(doc bson.Raw) (s stored, err error) {
	if spec, ok := doc.Lookup("spec").DocumentOK(); ok {
		doc, s.building = spec, true
	}
	s.raw = doc
	return s, bson.Unmarshal(doc, &s)
}
