package store_test

import (
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// thing has what the declared collections lack: numbers, lists, an index that
// leaves documents out, and references.
type thing struct {
	ID    bson.ObjectID
	Code  string
	Group string
	N     int64
	Tags  []string
	Alias string
}

func (d *thing) UnmarshalBSON(raw []byte) error {
	r := wire.NewReader(raw)
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "_id":
			d.ID = r.ObjectID()
		case "code":
			d.Code = r.String()
		case "group":
			d.Group = r.String()
		case "n":
			d.N = r.Int()
		case "tags":
			d.Tags = wire.ReadSet(r, (*wire.Reader).String)
		case "alias":
			d.Alias = r.String()
		}
	}
	return r.Err()
}

// things are a collection as one would be generated.
var things = store.Collection{
	Name: "things",
	Indexes: []store.Index{
		{Name: "code_1", Keys: []store.Key{{Path: "code"}}, Unique: true},
		{Name: "group_1_n_-1__id_-1", Keys: []store.Key{{Path: "group"}, {Path: "n", Descending: true}, {Path: "_id", Descending: true}}},
		{Name: "tags_1__id_1", Keys: []store.Key{{Path: "tags"}, {Path: "_id"}}},
		{Name: "alias_1", Keys: []store.Key{{Path: "alias"}}, Sparse: true, Unique: true},
		{Name: "seen_1", Keys: []store.Key{{Path: "seen"}}, Sparse: true},
	},
	Paths: []store.Path{
		{Name: "_id"}, {Name: "code", Text: true}, {Name: "group", Text: true}, {Name: "n"},
		{Name: "tags", Many: true, Text: true}, {Name: "alias", Text: true}, {Name: "seen"},
	},
}

var (
	thingCode  = store.NewTextField[thing]("code", wire.StringValue[string])
	thingGroup = store.NewTextField[thing]("group", wire.StringValue[string])
	thingN     = store.NewField[thing, int64]("n", wire.IntValue)
	thingTags  = store.NewTextField[thing]("tags", wire.StringValue[string])
	thingAlias = store.NewTextField[thing]("alias", wire.StringValue[string])
	thingSeen  = store.NewField[thing, int64]("seen", wire.IntValue)
)

// newThings is the collection in a database of its own, with its indexes.
func newThings(t *testing.T) (store.Documents, *mongo.Collection) {
	t.Helper()
	tenant, db := newTenant(t)
	coll := db.Collection(things.Name)
	for _, x := range things.Indexes {
		var keys bson.D
		for _, k := range x.Keys {
			direction := 1
			if k.Descending {
				direction = -1
			}
			keys = append(keys, bson.E{Key: k.Path, Value: direction})
		}
		opts := options.Index().SetName(x.Name).SetUnique(x.Unique).SetSparse(x.Sparse)
		if _, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: keys, Options: opts}); err != nil {
			t.Fatal(err)
		}
	}
	return store.In(tenant, &things), coll
}

// manyThings are 24 things, every other without tags, every third with an alias.
func manyThings() []bson.D {
	groups := []string{"a", "a.b", "a|b", "A", "é", "(a"}
	var docs []bson.D
	for i := range 24 {
		doc := bson.D{
			{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: fmt.Sprintf("c%02d", i)},
			{Key: "group", Value: groups[i%len(groups)]}, {Key: "n", Value: int64(i % 5)},
		}
		if i%2 == 0 {
			doc = append(doc, bson.E{Key: "tags", Value: bson.A{fmt.Sprintf("t%d", i%3), "odd|" + groups[i%len(groups)], fmt.Sprintf("t%d", i%4)}})
		}
		if i%3 == 0 {
			doc = append(doc, bson.E{Key: "alias", Value: fmt.Sprintf("x%02d", i)}, bson.E{Key: "seen", Value: int64(i % 6)})
		}
		docs = append(docs, doc)
	}
	return docs
}

// codes are those of all that q selects, read in pages of the given length.
func codes(t *testing.T, docs store.Documents, q store.Query[thing], limit int) []string {
	t.Helper()
	list := []string{}
	q.Limit = limit
	for range 100 {
		page, err := store.Find(t.Context(), docs, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Documents {
			list = append(list, d.Code)
		}
		if page.Next == "" {
			return list
		}
		q.After = page.Next
	}
	t.Fatalf("the pages do not end: %v", list)
	return nil
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
