package raw_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
)

// field returns the field that err says is taken; none if it says none.
func field(t *testing.T, err error) string {
	t.Helper()
	taken, ok := errors.AsType[*store.DuplicateError](err)
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	if taken.Collection != things.Name {
		t.Errorf("it is about %q", taken.Collection)
	}
	return taken.Field
}

func thingOf(id bson.ObjectID, code string, more ...bson.E) bson.D {
	return append(bson.D{{Key: "_id", Value: id}, {Key: "code", Value: code}}, more...)
}

// A server may name the taken key in keyPattern, as MongoDB does, by the index's name, or not at
// all: then it is looked for. The error names the same field each time.
func TestWhichKeyIsTaken(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	id, other := bson.NewObjectID(), bson.NewObjectID()
	insert(t, coll, thingOf(id, "a", bson.E{Key: "alias", Value: "x"}), thingOf(other, "b", bson.E{Key: "alias", Value: "y"}))
	set := func(path, value string) raw.Changes {
		var c raw.Changes
		runtime.Apply(&c, path, store.Set(value), wire.AppendString)
		return c
	}
	said := map[string]*scripted.Error{
		"by keyPattern": nil,
		"by the name of the index, in MongoDB's words":         {Code: 11000, Message: "E11000 duplicate key error collection: things.things index: %s dup key: { : \"x\" }"},
		"by the name of the index, in quotation marks":         {Code: 11000, Message: "Duplicate key violation on the requested collection: Index '%s'"},
		"by the name of one that is not unique":                {Code: 11000, Message: "in the index seen_1__id_1, or not"},
		"not at all":                                           {Code: 11000, Message: "a key is taken"},
		"with the name of the index in a word that is another": {Code: 11000, Message: "not_%s_at_all"},
	}
	for name, as := range said {
		for _, test := range []struct {
			operation, index, want string
			do                     func() error
		}{
			{"insert", "_id_", "_id", func() error { return docs.Insert(t.Context(), marshalled(t, thingOf(id, "new"))) }},
			{"insert", "code_1", "code", func() error { return docs.Insert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "a"))) }},
			{"insert", "alias_1", "alias", func() error {
				return docs.Insert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "new", bson.E{Key: "alias", Value: "x"})))
			}},
			{"findAndModify", "code_1", "code", func() error { _, err := docs.Update(t.Context(), other, set("code", "a")); return err }},
			{"findAndModify", "alias_1", "alias", func() error { _, err := docs.Update(t.Context(), other, set("alias", "x")); return err }},
			{"findAndModify", "alias_1", "alias", func() error {
				_, _, err := docs.Upsert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "b", bson.E{Key: "alias", Value: "x"})), []string{"alias"}, []string{"code"})
				return err
			}},
			{"findAndModify", "_id_", "_id", func() error {
				_, _, err := docs.Upsert(t.Context(), marshalled(t, thingOf(id, "third")), []string{"alias"}, []string{"code"})
				return err
			}},
		} {
			if as != nil {
				message := as.Message
				if strings.Contains(message, "%s") {
					message = fmt.Sprintf(message, test.index)
				}
				server.On(test.operation).Always().Fail(scripted.Error{Code: as.Code, Message: message})
			}
			before := len(server.Commands())
			if have := field(t, test.do()); have != test.want {
				t.Errorf("%s, %s of a taken %s: the field is %q", name, test.operation, test.want, have)
			}
			if told := strings.HasPrefix(name, "by the name of the index") || as == nil; told && len(server.Commands())-before > 2 {
				t.Errorf("%s, %s of a taken %s: it is looked for: %q", name, test.operation, test.want, sent(server))
			}
			server.Reset()
		}
	}
}

// If no key turns out to be taken, no field is named: the other document may be gone.
func TestNoKeyIsTaken(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "a"))
	taken := scripted.Error{Code: 11000, Message: "a key is taken"}
	server.On("insert", "findAndModify").Always().Fail(taken)
	if have := field(t, docs.Insert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "b")))); have != "" {
		t.Errorf("insert: %q", have)
	}
	var c raw.Changes
	runtime.Apply(&c, "code", store.Set("b"), wire.AppendString)
	_, err := docs.Update(t.Context(), id, c)
	if have := field(t, err); have != "" || err.Error() != "things: another document has the same unique key" {
		t.Errorf("update: %q, %v", have, err)
	}
	// A value that only the database knows is not compared, nor is a missing one.
	var add raw.Changes
	runtime.ApplyNumber(&add, "code", store.Inc[int64](1), wire.AppendInt)
	for _, changed := range []bson.ObjectID{id, bson.NewObjectID()} {
		_, err := docs.Update(t.Context(), changed, add)
		if have := field(t, err); have != "" {
			t.Errorf("a sum: %q", have)
		}
	}
	// Upserts try again: somebody may have been first.
	server.Reset()
	server.On("findAndModify").Fail(taken)
	if _, created, err := docs.Upsert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "c")), []string{"alias"}, []string{"code"}); err != nil || !created {
		t.Errorf("an upsert that somebody was in the way of: %v, %v", created, err)
	}
	server.Reset()
	server.On("findAndModify").Fail(scripted.Error{Code: 11000, Message: "in the index code_1"})
	if _, created, err := docs.Upsert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "e")), []string{"alias"}, []string{"code"}); err != nil || !created {
		t.Errorf("an upsert that somebody was in the way of, by its key: %v, %v", created, err)
	}
	server.Reset()
	server.On("findAndModify").Fail(scripted.Error{Code: 11000, Message: "in the index alias_1"})
	if _, created, err := docs.Upsert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "f")), []string{"alias"}, []string{"code"}); field(t, err) != "alias" || created {
		t.Errorf("an upsert that another key was in the way of: %v, %v", created, err)
	}
	if have := sent(server); len(have) != 1 {
		t.Errorf("it is tried again: %q", have)
	}
	server.Reset()
	server.On("findAndModify").Always().Fail(taken)
	if _, created, err := docs.Upsert(t.Context(), marshalled(t, thingOf(bson.NewObjectID(), "d")), []string{"alias"}, []string{"code"}); field(t, err) != "" || created {
		t.Errorf("one that is in the way for ever: %v, %v", created, err)
	}
}

// Some servers answer findAndModify with an internal error if a key is taken: then it is looked
// for. Any other error is taken at its word.
func TestKeysThatAreTakenWithin(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	id, other := bson.NewObjectID(), bson.NewObjectID()
	insert(t, coll, thingOf(id, "a", bson.E{Key: "alias", Value: "x"}), thingOf(other, "b"))
	update := func(code string) error {
		var c raw.Changes
		runtime.Apply(&c, "code", store.Set(code), wire.AppendString)
		_, err := docs.Update(t.Context(), other, c)
		return err
	}
	upsert := func(code, alias string) error {
		doc := marshalled(t, thingOf(bson.NewObjectID(), code, bson.E{Key: "alias", Value: alias}))
		_, _, err := docs.Upsert(t.Context(), doc, []string{"alias"}, []string{"code"})
		return err
	}
	for name, test := range map[string]struct {
		do   func() error
		want string
	}{
		"update":        {func() error { return update("a") }, "code"},
		"upsert":        {func() error { return upsert("c", "x") }, "alias"},
		"update, none":  {func() error { return update("c") }, ""},
		"upsert, none":  {func() error { return upsert("c", "y") }, ""},
		"upsert, there": {func() error { return upsert("b", "x") }, "alias"},
	} {
		server.Reset()
		server.On("findAndModify").Always().Fail(scripted.Error{Code: 1, Message: "internal error in the index alias_1"})
		err := test.do()
		if test.want != "" {
			if have := field(t, err); have != test.want {
				t.Errorf("%s: the field is %q", name, have)
			}
			continue
		}
		var taken *store.DuplicateError
		if err == nil || errors.As(err, &taken) || !strings.Contains(err.Error(), "internal error") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is not within a member that is set as a whole is missing then.
func TestTakenByWhatIsMissing(t *testing.T) {
	empty := raw.Collection{Collection: meta.Collection{Name: things.Name, Indexes: []meta.Index{{Name: "within", Keys: []meta.Key{{Path: "box.c"}}, Unique: true}}}}
	_, coll, server := modelled(t, &raw.Collection{Collection: meta.Collection{Name: things.Name}})
	docs, id := raw.In(handle.NewTenant(coll.Database(), nil, nil, nil), &empty), bson.NewObjectID()
	insert(t, coll, thingOf(id, "c", bson.E{Key: "box", Value: bson.D{{Key: "c", Value: 1}}}), thingOf(bson.NewObjectID(), "d"))
	server.On("findAndModify").Always().Fail(scripted.Error{Code: 11000, Message: "a key is taken"})
	var c raw.Changes
	runtime.Apply(&c, "box", store.Set(bson.D{}), func(dst []byte, key string, _ bson.D) []byte {
		dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, key))
		return wire.EndDocument(dst, start)
	})
	_, err := docs.Update(t.Context(), id, c)
	if have := field(t, err); have != "box.c" {
		t.Errorf("the field is %q", have)
	}
}

// A key may lie within a member that is set as a whole.
func TestTakenWithin(t *testing.T) {
	nested := things
	nested.Indexes = []meta.Index{
		{Name: "limited", Keys: []meta.Key{{Path: "box.a"}}, Unique: true, Partial: []meta.Condition{{Path: "n", Op: meta.Eq, Value: wire.IntValue(1)}}},
		{Name: "within", Keys: []meta.Key{{Path: "box.b"}, {Path: "code"}}, Unique: true},
	}
	_, coll, server := modelled(t, &raw.Collection{Collection: meta.Collection{Name: things.Name}}) // whose indexes the server is not to know
	docs := raw.In(handle.NewTenant(coll.Database(), nil, nil, nil), &nested)
	one, two := bson.NewObjectID(), bson.NewObjectID()
	box := func(a, b int32) bson.D { return bson.D{{Key: "a", Value: a}, {Key: "b", Value: b}} }
	insert(t, coll,
		bson.D{{Key: "_id", Value: one}, {Key: "code", Value: "x"}, {Key: "box", Value: box(1, 1)}, {Key: "n", Value: 2}},
		bson.D{{Key: "_id", Value: two}, {Key: "code", Value: "y"}, {Key: "box", Value: box(1, 2)}, {Key: "n", Value: 1}},
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: "x"}, {Key: "box", Value: box(7, 5)}, {Key: "n", Value: 2}},
	)
	server.On("findAndModify").Always().Fail(scripted.Error{Code: 11000, Message: "a key is taken"})
	for name, test := range map[string]struct {
		set  bson.D
		want string
	}{
		"one of two keys":           {bson.D{{Key: "box", Value: box(3, 2)}, {Key: "code", Value: "y"}}, "box.b"},
		"the other key is another":  {bson.D{{Key: "box", Value: box(3, 2)}, {Key: "code", Value: "z"}}, ""},
		"one key, the other stays":  {bson.D{{Key: "box", Value: box(3, 5)}}, "box.b"},
		"what the index leaves out": {bson.D{{Key: "box", Value: box(1, 3)}}, "box.a"},
		"nothing":                   {bson.D{{Key: "box", Value: bson.D{}}}, ""},
	} {
		var c raw.Changes
		for _, e := range test.set {
			value := marshalled(t, bson.D{e}).Lookup(e.Key)
			runtime.Apply(&c, e.Key, store.Set(value), func(dst []byte, key string, v bson.RawValue) []byte {
				return append(wire.AppendHeader(dst, v.Type, key), v.Value...)
			})
		}
		_, err := docs.Update(t.Context(), one, c)
		if have := field(t, err); have != test.want {
			t.Errorf("%s: %q, want %q", name, have, test.want)
		}
	}
}
