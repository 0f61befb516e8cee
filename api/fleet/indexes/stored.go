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
	"github.com/partywall/partywall/api/store"
)

// stored is an index as the server lists it.
type stored struct {
	Name      string        `bson:"name"`
	Key       bson.D        `bson:"key"`
	Unique    bool          `bson:"unique"`
	Sparse    bool          `bson:"sparse"`
	Expire    bson.RawValue `bson:"expireAfterSeconds"`
	Partial   bson.Raw      `bson:"partialFilterExpression"`
	Collation bson.Raw      `bson:"collation"`
	// Hidden says that no query is planned with it.
	Hidden bool `bson:"hidden"`
	// Prepared says that documents may not repeat keys from now on, although such as
	// do may be there: half way to a unique index.
	Prepared bool `bson:"prepareUnique"`

	// building says that the server is not through with making it.
	building bool
	raw      bson.Raw
}

// keys are the index's keys as text, such as "role.name, -createdAt".
func (s *stored) keys() string {
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

// none is an option's text where the index does not have it.
const none = "none"

// expiry is after how many seconds documents are removed. Servers list it as a
// number of any type.
func (s *stored) expiry() string {
	if s.Expire.IsZero() {
		return none
	}
	return valueText(s.Expire)
}

// collation is the order in which the index has text, if it is not that of its
// bytes.
func (s *stored) collation() string {
	if len(s.Collation) == 0 {
		return none
	}
	if locale, _ := s.Collation.Lookup("locale").StringValueOK(); locale == "simple" {
		return none
	}
	return s.Collation.String()
}

// list is what indexes a collection has, without the one on _id. Every collection
// has that one: absent says that there is no collection.
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
		if s.Name != "_id_" {
			have = append(have, s)
		}
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
