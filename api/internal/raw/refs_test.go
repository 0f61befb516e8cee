package raw_test

import (
	"errors"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// parcels refer to others at every kind of place.
var parcels = raw.Collection{
	Collection: meta.Collection{Name: "parcels",
		Refs: []meta.Ref{
			{Path: "owner", Collection: "people"},
			{Path: "watchers", Collection: "people"},
			{Path: "parts.*.maker", Collection: "people"},
			{Path: "lines.product", Collection: "products"},
			{Path: "parent", Collection: "parcels"},
		}},
}

// parcelPatch changes a parcel, as generated patches do.
type parcelPatch struct {
	Owner    store.Change[bson.ObjectID]
	Watchers store.Change[[]bson.ObjectID]
	Parts    store.Change[store.Entries[partPatch]]
}

type partPatch struct{ Maker store.Change[bson.ObjectID] }

func (p parcelPatch) changes() raw.Changes {
	var c raw.Changes
	runtime.Apply(&c, "owner", p.Owner, wire.AppendObjectID)
	runtime.ApplySet(&c, "watchers", p.Watchers, wire.AppendObjectID)
	runtime.ApplyEntries(&c, "parts", p.Parts, func(c *raw.Changes, path string, v store.Change[partPatch]) {
		runtime.ApplyObject(c, path, v, func(p partPatch, c *raw.Changes, prefix string) {
			runtime.Apply(c, prefix+"maker", p.Maker, wire.AppendObjectID)
		})
	})
	return c
}

// newParcels returns the collection, and the _ids of somebody and something to refer
// to.
func newParcels(t *testing.T) (docs raw.Documents, db *mongo.Database, seen *commands, somebody, product bson.ObjectID) {
	t.Helper()
	tenant, db, seen := newWatchedTenant(t)
	somebody, product = bson.NewObjectID(), bson.NewObjectID()
	insert(t, db.Collection("people"), bson.D{{Key: "_id", Value: somebody}})
	insert(t, db.Collection("products"), bson.D{{Key: "_id", Value: product}})
	seen.take()
	return raw.In(tenant, &parcels), db, seen, somebody, product
}

// missing returns the pointers of the references that err says lead nowhere.
func missing(t *testing.T, err error) []string {
	t.Helper()
	invalid, ok := errors.AsType[*store.InvalidError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	var pointers []string
	for _, f := range invalid.Fields {
		if f.Code != "reference_missing" {
			t.Errorf("%+v", f)
		}
		pointers = append(pointers, f.Pointer)
	}
	return pointers
}

func TestReferencesOfNewDocuments(t *testing.T) {
	docs, db, seen, somebody, product := newParcels(t)
	nobody := bson.NewObjectID()
	parcel := func(person, thing bson.ObjectID) bson.Raw {
		id := bson.NewObjectID()
		return marshalled(t, bson.D{
			{Key: "_id", Value: id}, {Key: "owner", Value: person}, {Key: "watchers", Value: bson.A{somebody, person, nil}},
			{Key: "parts", Value: bson.D{{Key: "a/b", Value: bson.D{{Key: "maker", Value: person}}}, {Key: "c", Value: bson.D{{Key: "maker", Value: nil}}}}},
			{Key: "lines", Value: bson.A{bson.D{{Key: "product", Value: product}}, bson.D{{Key: "product", Value: thing}}}},
			{Key: "parent", Value: id}, {Key: "other", Value: bson.NewObjectID()},
		})
	}
	if err := docs.Insert(t.Context(), parcel(somebody, product)); err != nil {
		t.Fatal(err)
	}
	sent := seen.take()
	if slices.Sort(sent); !slices.Equal(sent, []string{"find", "find", "insert"}) {
		t.Errorf("the commands are %v", sent)
	}
	own := bson.NewObjectID()
	if got := missing(t, docs.Insert(t.Context(), marshalled(t, bson.D{{Key: "_id", Value: own}, {Key: "owner", Value: own}, {Key: "parent", Value: own}}))); !slices.Equal(got, []string{"/owner"}) {
		t.Errorf("its own _id in another collection: %v", got)
	}
	orphan := marshalled(t, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "parent", Value: nobody}})
	if got := missing(t, docs.Insert(t.Context(), orphan)); !slices.Equal(got, []string{"/parent"}) {
		t.Errorf("nobody's _id in its own collection: %v", got)
	}
	want := []string{"/owner", "/watchers/1", "/parts/a~1b/maker", "/lines/1/product"}
	if got := missing(t, docs.Insert(t.Context(), parcel(nobody, nobody))); !slices.Equal(got, want) {
		t.Errorf("missing are %v, want %v", got, want)
	}
	seen.take()
	good := parcel(somebody, product)
	child := marshalled(t, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "parent", Value: good.Lookup("_id")}})
	err := docs.InsertMany(t.Context(), []bson.Raw{good, parcel(somebody, nobody), parcel(nobody, product), child})
	want = []string{"/1/lines/1/product", "/2/owner", "/2/watchers/1", "/2/parts/a~1b/maker"}
	if got := missing(t, err); !slices.Equal(got, want) {
		t.Errorf("missing in several are %v, want %v", got, want)
	}
	if sent := seen.take(); !slices.Equal(sent, []string{"find", "find"}) {
		t.Errorf("the commands are %v", sent)
	}
	if err := docs.InsertMany(t.Context(), []bson.Raw{child, good}); err != nil {
		t.Error(err)
	}
	if n, err := db.Collection("parcels").CountDocuments(t.Context(), bson.D{}); err != nil || n != 3 {
		t.Errorf("%d are stored, %v", n, err)
	}
}

func TestReferencesOfUpserts(t *testing.T) {
	docs, _, _, somebody, _ := newParcels(t)
	for person, want := range map[bson.ObjectID][]string{somebody: nil, bson.NewObjectID(): {"/owner"}} {
		doc := marshalled(t, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "c"}, {Key: "owner", Value: person}})
		_, _, err := docs.Upsert(t.Context(), doc, []string{"owner"}, []string{"code"})
		if want == nil && err == nil {
			continue
		}
		if got := missing(t, err); !slices.Equal(got, want) {
			t.Errorf("missing are %v, want %v", got, want)
		}
	}
	id := bson.NewObjectID()
	doc := marshalled(t, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}, {Key: "parent", Value: id}})
	_, _, err := docs.Upsert(t.Context(), doc, []string{"parent"}, []string{"code"})
	if got := missing(t, err); !slices.Equal(got, []string{"/parent"}) {
		t.Errorf("an _id that is not to be stored: %v", got)
	}
}

func TestReferencesOfChanges(t *testing.T) {
	docs, db, seen, somebody, _ := newParcels(t)
	id, nobody, gone := bson.NewObjectID(), bson.NewObjectID(), bson.NewObjectID()
	insert(t, db.Collection("parcels"), bson.D{{Key: "_id", Value: id}, {Key: "owner", Value: gone}, {Key: "watchers", Value: bson.A{gone}}})
	maker := func(id bson.ObjectID) store.Change[store.Entries[partPatch]] {
		return store.Set(store.Entries[partPatch]{"x~": store.Set(partPatch{Maker: store.Set(id)}), "y": store.Unset[partPatch]()})
	}
	seen.take()
	for name, test := range map[string]struct {
		patch parcelPatch
		want  []string
		// finds is the number of queries.
		finds int
	}{
		"set": {parcelPatch{Owner: store.Set(somebody), Watchers: store.Set([]bson.ObjectID{somebody}), Parts: maker(somebody)}, nil, 1},
		"set to what is not there": {
			parcelPatch{Owner: store.Set(nobody), Watchers: store.Set([]bson.ObjectID{somebody, nobody}), Parts: maker(nobody)},
			[]string{"/owner", "/watchers/1", "/parts/x~0/maker"}, 1,
		},
		"added":             {parcelPatch{Watchers: store.AddToSet(somebody)}, nil, 1},
		"added, not there":  {parcelPatch{Watchers: store.AddToSet(somebody, nobody)}, []string{"/watchers/1"}, 1},
		"taken away":        {parcelPatch{Owner: store.Unset[bson.ObjectID](), Watchers: store.Pull(nobody)}, nil, 0},
		"what is not there": {parcelPatch{Parts: store.Set(store.Entries[partPatch]{"z": store.Set(partPatch{})})}, nil, 1},
	} {
		_, err := docs.Update(t.Context(), id, test.patch.changes())
		if err != nil || test.want != nil {
			if got := missing(t, err); !slices.Equal(got, test.want) {
				t.Errorf("%s: missing are %v, want %v", name, got, test.want)
			}
		}
		finds := slices.DeleteFunc(seen.take(), func(command string) bool { return command != "find" })
		if len(finds) != test.finds {
			t.Errorf("%s: %d queries, want %d", name, len(finds), test.finds)
		}
	}
}

// A change may reach further than a reference does.
func TestChangesBehindReferences(t *testing.T) {
	docs, db, _, _, _ := newParcels(t)
	id := bson.NewObjectID()
	insert(t, db.Collection("parcels"), bson.D{{Key: "_id", Value: id}})
	var c raw.Changes
	runtime.Apply(&c, "owner.deep", store.Set(bson.NewObjectID()), wire.AppendObjectID)
	runtime.Apply(&c, "other", store.Set(bson.NewObjectID()), wire.AppendObjectID)
	if _, err := docs.Update(t.Context(), id, c); err != nil {
		t.Error(err)
	}
}

func TestReferencesAreNotFollowedElsewhere(t *testing.T) {
	_, other, _, elsewhere, _ := newParcels(t)
	docs, _, _, _, _ := newParcels(t)
	doc := marshalled(t, bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "owner", Value: elsewhere}})
	if got := missing(t, docs.Insert(t.Context(), doc)); !slices.Equal(got, []string{"/owner"}) {
		t.Errorf("somebody in %s: %v", other.Name(), got)
	}
}
