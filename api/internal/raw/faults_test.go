package raw_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// operation is one of the store's, on the document with the given _id.
type operation struct {
	name string
	// commands are those that it sends, in order.
	commands []string
	do       func(t *testing.T, docs raw.Documents, id bson.ObjectID) error
}

func newThing(t *testing.T) bson.Raw {
	t.Helper()
	id := bson.NewObjectID()
	return marshalled(t, thingOf(id, id.Hex()))
}

func tagged(t *testing.T, docs raw.Documents, id bson.ObjectID, changes raw.Changes) error {
	t.Helper()
	_, err := docs.Update(t.Context(), id, changes)
	return err
}

var operations = []operation{
	{"Get", []string{"find"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		_, err := docs.Get(t.Context(), id)
		return err
	}},
	{"GetBy", []string{"find"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		_, err := runtime.GetBy[thing](t.Context(), docs, thingCode.Eq("c"))
		return err
	}},
	{"GetMany", []string{"find"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		found, err := docs.GetMany(t.Context(), wire.ObjectIDValue(id))
		if err != nil && found != nil {
			t.Errorf("%v beside %v", found, err)
		}
		return err
	}},
	{"GetMany, decoded", []string{"find"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		found, err := runtime.GetMany[thing](t.Context(), docs, wire.ObjectIDValue, id)
		if err != nil && found != nil {
			t.Errorf("%v beside %v", found, err)
		}
		return err
	}},
	{"Find", []string{"find"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		page, err := runtime.Find(t.Context(), docs, store.Query[thing]{})
		if err != nil && page != nil {
			t.Errorf("%v beside %v", page, err)
		}
		return err
	}},
	{"All", []string{"find"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		for _, err := range runtime.All(t.Context(), docs, store.Query[thing]{}) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"Count", []string{"aggregate"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		n, err := runtime.Count(t.Context(), docs, thingCode.Eq("c"))
		if err != nil && n != 0 {
			t.Errorf("%d beside %v", n, err)
		}
		return err
	}},
	{"HasAny", []string{"find"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		there, err := runtime.HasAny(t.Context(), docs, thingCode.Eq("c"))
		if err != nil && there {
			t.Errorf("there is one beside %v", err)
		}
		return err
	}},
	{"First", []string{"find"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		_, err := docs.First(t.Context(), raw.SelectionOf(thingCode.Eq("c")))
		return err
	}},
	{"Insert", []string{"find", "insert"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		return docs.Insert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "new", bson.E{Key: "owner", Value: owner})))
	}},
	{"InsertMany", []string{"find", "insert"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		one := marshalled(t, thingOf(bson.NewObjectID(), "one", bson.E{Key: "owner", Value: owner}))
		return docs.InsertMany(t.Context(), []bson.Raw{one, newThing(t)})
	}},
	{"Update", []string{"find", "findAndModify"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		var c raw.Changes
		runtime.Apply(&c, "owner", store.Set(owner), wire.AppendObjectID)
		return tagged(t, docs, id, c)
	}},
	{"Update of nothing", []string{"find"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		return tagged(t, docs, id, raw.Changes{})
	}},
	{"Update that comes too late", []string{"findAndModify", "find"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		var c raw.Changes
		runtime.Apply(&c, "group", store.Set("g"), wire.AppendString)
		_, err := docs.Update(t.Context(), id, c, store.IfRev(store.RevOf(marshalled(t, bson.D{{Key: "_rev", Value: int64(99)}}), "updatedAt")))
		if errors.Is(err, store.ErrStale) {
			return nil
		}
		return err
	}},
	{"Update with nulls in the way", []string{"findAndModify", "update", "update", "findAndModify"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		var c raw.Changes
		runtime.ApplyNumber(&c, "none", store.Inc[int64](1), wire.AppendInt)
		return tagged(t, docs, id, c)
	}},
	{"Update of bounded entries", []string{"find", "findAndModify"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		return tagged(t, docs, id, labels(store.Entries[string]{"a": store.Set("x"), "b": store.Set("y")}))
	}},
	{"Update of what depends", []string{"find", "findAndModify"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		_, err := change(t, docs, id, thingPatch{Level: store.Inc[int64](1)})
		return err
	}},
	{"Upsert", []string{"find", "findAndModify"}, func(t *testing.T, docs raw.Documents, _ bson.ObjectID) error {
		doc := marshalled(t, thingOf(bson.NewObjectID(), "c", bson.E{Key: "owner", Value: owner}))
		stored, _, err := docs.Upsert(t.Context(), doc, []string{"owner"}, []string{"code"})
		if (err == nil) != (stored != nil) {
			t.Errorf("%v beside %v", stored, err)
		}
		return err
	}},
	{"Delete that comes too late", []string{"delete", "find"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		err := docs.Delete(t.Context(), id, store.IfRev(store.RevOf(marshalled(t, bson.D{{Key: "_rev", Value: int64(99)}}), "updatedAt")))
		if errors.Is(err, store.ErrStale) {
			return nil
		}
		return err
	}},
	{"Delete", []string{"delete"}, func(t *testing.T, docs raw.Documents, id bson.ObjectID) error {
		return docs.Delete(t.Context(), id)
	}},
}

// owner is somebody that things may refer to.
var owner = bson.ObjectID{11: 1}

// owned are things that refer to who owns them.
var owned = raw.Collection{
	Collection: meta.Collection{Name: things.Name, Indexes: things.Indexes, Paths: things.Paths, Refs: []meta.Ref{{Path: "owner", Collection: "people"}}}, Codec: things.Codec,
}

// openOwned returns a server with one thing.
func openOwned(t *testing.T) (raw.Documents, *scripted.Server, bson.ObjectID) {
	t.Helper()
	docs, coll, server := modelled(t, &owned)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "c", bson.E{Key: "none", Value: nil}))
	insert(t, coll.Database().Collection("people"), bson.D{{Key: "_id", Value: owner}})
	server.Reset()
	return docs, server, id
}

func sent(server *scripted.Server) []string {
	var names []string
	for _, c := range server.Commands() {
		names = append(names, c.Name)
	}
	return names
}

// Each command of each operation fails in turn: the error is this package's, names its subject,
// and is never taken for something else.
func TestEachCommandOfEachOperationFails(t *testing.T) {
	t.Parallel()
	for _, op := range operations {
		docs, server, id := openOwned(t)
		if err := op.do(t, docs, id); err != nil {
			t.Errorf("%s: %v", op.name, err)
			continue
		}
		if have := sent(server); !slices.Equal(have, op.commands) {
			t.Errorf("%s: the commands are %q, want %q", op.name, have, op.commands)
		}
		for i := range op.commands {
			for _, fault := range []struct {
				code int32
				is   error
			}{{50, store.ErrUnavailable}, {8000, nil}, {13, nil}} {
				docs, server, id := openOwned(t)
				server.On("find", "aggregate", "insert", "update", "findAndModify", "delete").Nth(i + 1).Fail(scripted.Error{Code: fault.code, Message: "it failed"})
				err := op.do(t, docs, id)
				name := fmt.Sprintf("%s, command %d fails with %d", op.name, i+1, fault.code)
				var taken *store.DuplicateError
				var invalid *store.InvalidError
				var server2 mongo.ServerError
				switch {
				case err == nil:
					t.Errorf("%s: nobody notices: %q", name, sent(server))
				case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrStale) || errors.As(err, &taken) || errors.As(err, &invalid):
					t.Errorf("%s: it is taken for %v", name, err)
				case errors.As(err, &server2):
					t.Errorf("%s: it is a driver's error: %v", name, err)
				case fault.is != nil && !errors.Is(err, fault.is):
					t.Errorf("%s: %v", name, err)
				case !strings.Contains(err.Error(), "it failed") || !strings.HasPrefix(err.Error(), "things: ") && !strings.HasPrefix(err.Error(), "people: "):
					t.Errorf("%s: it reads %q", name, err)
				}
			}
		}
	}
}

// A server may refuse an operator though the document fits, and nothing overflows.
func TestRefusedForNoReason(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "c", bson.E{Key: "ratio", Value: 1.5}, bson.E{Key: "n", Value: int64(math.MaxInt64)}))
	for name, p := range map[string]thingPatch{"a number": {Ratio: store.Inc(0.5)}, "nothing to add": {N: store.Inc[int64](0)}, "a text": {Alias: store.Set("x")}} {
		server.Reset()
		server.On("findAndModify").Always().Fail(scripted.Error{Code: 2, Message: "no reason"})
		_, err := docs.Update(t.Context(), id, p.changes())
		var invalid *store.InvalidError
		var misfit *store.DocumentError
		if err == nil || errors.As(err, &invalid) || errors.As(err, &misfit) || !strings.HasPrefix(err.Error(), "things: ") || !strings.Contains(err.Error(), "no reason") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := docs.Update(t.Context(), bson.NewObjectID(), thingPatch{Alias: store.Set("x")}.changes()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

// A write between reading and writing is not overwritten: the document is read again.
func TestOutrunWritesTryAgain(t *testing.T) {
	for name, op := range map[string]func(docs raw.Documents, id bson.ObjectID) error{
		"a sum with bounds": func(docs raw.Documents, id bson.ObjectID) error {
			_, err := change(t, docs, id, thingPatch{Level: store.Inc[int64](5)})
			return err
		},
		"bounded entries": func(docs raw.Documents, id bson.ObjectID) error {
			return tagged(t, docs, id, labels(store.Entries[string]{"b": store.Set("y"), "c": store.Set("z")}))
		},
	} {
		docs, coll, server := modelled(t, &things)
		id := bson.NewObjectID()
		insert(t, coll, thingOf(id, "c", bson.E{Key: "level", Value: int64(1)}))
		held := server.On("findAndModify").Hold()
		done := make(chan error, 1)
		go func() { done <- op(docs, id) }()
		<-held.Arrived()
		other := bson.D{{Key: "$inc", Value: bson.D{{Key: "level", Value: int64(10)}, {Key: "_rev", Value: int64(1)}}}}
		if _, err := coll.UpdateByID(t.Context(), id, other); err != nil {
			t.Fatal(err)
		}
		held.Release()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		doc, err := docs.Get(t.Context(), id)
		if err != nil || doc.Lookup("_rev").AsInt64() != 2 {
			t.Errorf("%s: %v, %v", name, doc, err)
		}
		level, labels := doc.Lookup("level").AsInt64(), doc.Lookup("box", "labels", "c")
		if name == "a sum with bounds" && level != 16 || name == "bounded entries" && (level != 11 || labels.IsZero()) {
			t.Errorf("%s: %v", name, doc)
		}
	}
}

// Without a tenant nothing is sent, and without an index neither.
func TestEachOperationNeedsADatabase(t *testing.T) {
	for _, op := range operations {
		for kind, docs := range map[string]raw.Documents{"no tenant": raw.In(store.Tenant{}, &owned), "no admin": raw.InAdmin(store.Admin{}, &owned)} {
			if err := op.do(t, docs, bson.NewObjectID()); !errors.Is(err, store.ErrNoTenant) {
				t.Errorf("%s, %s: %v", op.name, kind, err)
			}
		}
	}
}

// That is so where nothing refers to others, too.
func TestInsertManyNeedsADatabase(t *testing.T) {
	docs := raw.In(store.Tenant{}, &things)
	for _, list := range [][]bson.Raw{nil, {newThing(t)}} {
		if err := docs.InsertMany(t.Context(), list); !errors.Is(err, store.ErrNoTenant) {
			t.Errorf("%d documents: %v", len(list), err)
		}
	}
}

// What was refused for another reason than a taken key says so.
func TestInsertManyRefusesForOtherReasons(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	if _, err := coll.InsertOne(t.Context(), thingOf(bson.NewObjectID(), "c", bson.E{Key: "tags", Value: bson.A{"x"}})); err != nil {
		t.Fatal(err)
	}
	server.On("insert").Fail(scripted.Error{Code: 121, Message: "Document failed validation"})
	err := docs.InsertMany(t.Context(), []bson.Raw{newThing(t), newThing(t)})
	var bulk *store.BulkError
	if err == nil || strings.Contains(err.Error(), "has the same") {
		t.Errorf("a refusal of all: %v", err)
	}
	server.Reset()
	one, two := bson.NewObjectID(), bson.NewObjectID()
	err = docs.InsertMany(t.Context(), []bson.Raw{marshalled(t, thingOf(one, "d")), marshalled(t, thingOf(two, "c")), marshalled(t, thingOf(one, "e"))})
	if !errors.As(err, &bulk) || len(bulk.Refused) != 2 || bulk.Refused[0].Position != 1 || bulk.Refused[1].Position != 2 {
		t.Fatalf("two of three: %v", err)
	}
	if text := err.Error(); text != "things: 2 of the documents were refused, the others are stored: number 1: things: another document has the same code; number 2: things: another document has the same _id" {
		t.Errorf("it reads %q", text)
	}
	server.Reset()
	list := bson.A{"a", "b"}
	err = docs.InsertMany(t.Context(), []bson.Raw{newThing(t), marshalled(t, thingOf(bson.NewObjectID(), "f", bson.E{Key: "group", Value: list}, bson.E{Key: "n", Value: list}))})
	if !errors.As(err, &bulk) || len(bulk.Refused) != 1 || !strings.HasPrefix(bulk.Refused[0].Err.Error(), "things: ") || !strings.Contains(bulk.Refused[0].Err.Error(), "parallel arrays") {
		t.Errorf("arrays on two paths of an index: %v", err)
	}
	server.Reset()
	server.On("insert").WriteConcernError(scripted.Error{Code: 64, Message: "waiting for replication timed out"})
	err = docs.InsertMany(t.Context(), []bson.Raw{newThing(t), marshalled(t, thingOf(bson.NewObjectID(), "c"))})
	if err == nil || errors.As(err, &bulk) {
		t.Errorf("what nobody knows to be stored: %v", err)
	}
}
