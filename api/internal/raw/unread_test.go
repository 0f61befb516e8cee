package raw_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// unread has what a stored user holds besides its _id and members that fit, how it is to be
// changed, and whether that takes no reading.
var unread = []struct {
	name    string
	stored  bson.D // set
	lacks   string
	changes func(c *raw.Changes)
	done    bool
}{
	{"another name", nil, "", rename("Augusta"), true},
	{"the name it has", nil, "", rename("Ada"), false},
	{"the name it has, and another role", nil, "", both(rename("Ada"), promote("hos")), true},
	{"the name it has, and something gone", nil, "", both(rename("Ada"), unset("phone")), true},
	{"something gone that is not there", nil, "", unset("phone"), true},
	{"nothing", nil, "", func(*raw.Changes) {}, false},
	{"a name where there is none", nil, "name", rename("Ada"), true},
	{"a name where there is null", bson.D{{Key: "name", Value: nil}}, "", rename("Ada"), true},
	{"what is missing as it reads", nil, "role.name", promote("basic"), false},
	{"null as it reads", bson.D{{Key: "role.name", Value: nil}}, "", promote("basic"), false},
	{"what is missing as it does not read", nil, "role.name", promote("hos"), true},
	{"a role where it is missing, whatever it is in", nil, "role", promote("hos"), true},
	{"a role where it is null", bson.D{{Key: "role", Value: nil}}, "", promote("hos"), false},
	{"a role where text is", bson.D{{Key: "role", Value: "hos"}}, "", promote("hos"), false},
	{"a role in a list", bson.D{{Key: "role", Value: bson.A{bson.D{{Key: "name", Value: "basic"}}}}}, "", promote("hos"), false},
	{"a role where text is in its place", bson.D{{Key: "role.name", Value: 7}}, "", promote("hos"), true},
	{"other permissions", nil, "", permit("write"), true},
	{"the permissions it has", nil, "", permit("read", "delete"), false},
	{"them in another order", nil, "", permit("delete", "read"), true},
	{"no permissions", nil, "", permit(), true},
	{"no permissions where there are none", nil, "role.permission", permit(), false},
	{"permissions where there are none", nil, "role.permission", permit("read"), true},
	{"permissions where a null is among them", bson.D{{Key: "role.permission", Value: bson.A{nil, "read"}}}, "", permit("read"), false},
	{"a document for a name", nil, "", whole("name", bson.D{{Key: "first", Value: "Ada"}}), false},
	{"documents for permissions", nil, "", whole("role.permission", bson.A{"read", bson.D{}}), false},
	{"lists for permissions", nil, "", whole("role.permission", bson.A{bson.A{}}), false},
	{"a name where a number is", bson.D{{Key: "name", Value: 7}}, "", rename("Ada"), true},
	{"a name in a list", bson.D{{Key: "name", Value: bson.A{"Ada"}}}, "", rename("Ada"), false},
	{"text for a number, as a decimal", bson.D{{Key: "name", Value: 0.1}}, "", whole("name", decimal("0.1")), false},
	{"a decimal for another", bson.D{{Key: "name", Value: decimal("0.2")}}, "", whole("name", decimal("0.1")), true},
	{"made when text says", bson.D{{Key: "createdAt", Value: "2021-03-04"}}, "", rename("Augusta"), false},
	{"made when JSON cannot say", bson.D{{Key: "createdAt", Value: bson.DateTime(1 << 60)}}, "", rename("Augusta"), false},
	{"made when JSON can say first", bson.D{{Key: "createdAt", Value: time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)}}, "", rename("Augusta"), true},
	{"made right before", bson.D{{Key: "createdAt", Value: time.Date(0, 1, 1, 0, 0, 0, -1e6, time.UTC)}}, "", rename("Augusta"), false},
	{"made when JSON can say last", bson.D{{Key: "createdAt", Value: time.Date(10000, 1, 1, 0, 0, 0, -1e6, time.UTC)}}, "", rename("Augusta"), true},
	{"made right behind", bson.D{{Key: "createdAt", Value: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}, "", rename("Augusta"), false},
	{"made when a list says", bson.D{{Key: "createdAt", Value: bson.A{bson.DateTime(5)}}}, "", rename("Augusta"), false},
	{"made nobody knows when", nil, "createdAt", rename("Augusta"), true},
	{"made in null", bson.D{{Key: "createdAt", Value: nil}}, "", rename("Augusta"), true},
}

func rename(name string) func(*raw.Changes) {
	return func(c *raw.Changes) { runtime.Apply(c, "name", store.Set(name), wire.AppendString) }
}

func promote(role string) func(*raw.Changes) {
	return func(c *raw.Changes) {
		runtime.ApplyObject(c, "role", store.Set(role), func(name string, c *raw.Changes, prefix string) {
			runtime.Apply(c, prefix+"name", store.Set(name), wire.AppendString)
		})
	}
}

func permit(what ...string) func(*raw.Changes) {
	return func(c *raw.Changes) {
		runtime.ApplyObject(c, "role", store.Set(append([]string{}, what...)), func(what []string, c *raw.Changes, prefix string) {
			runtime.ApplySet(c, prefix+"permission", store.Set(what), wire.AppendString)
		})
	}
}

func unset(path string) func(*raw.Changes) {
	return func(c *raw.Changes) { runtime.Apply(c, path, store.Unset[string](), wire.AppendString) }
}

func both(a, b func(*raw.Changes)) func(*raw.Changes) {
	return func(c *raw.Changes) { a(c); b(c) }
}

// whole sets what is at path to any value.
func whole(path string, value any) func(*raw.Changes) {
	return func(c *raw.Changes) {
		kind, data, err := bson.MarshalValue(value)
		if err != nil {
			panic(err)
		}
		runtime.Apply(c, path, store.Set(data), func(dst []byte, key string, v []byte) []byte {
			return append(wire.AppendHeader(dst, kind, key), v...)
		})
	}
}

func decimal(text string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		panic(err)
	}
	return d
}

// A change that takes no reading is made in one command, with the result of Update; of any other
// nothing is written.
func TestUpdateUnread(t *testing.T) {
	c := users.Collection()
	docs, coll, server := modelled(t, &c)
	for _, test := range unread {
		for _, tagged := range []bool{false, true} {
			id := bson.NewObjectID()
			insert(t, coll, bson.D{
				{Key: "_id", Value: id}, {Key: "name", Value: "Ada"}, {Key: "email", Value: id.Hex() + "@example.com"}, {Key: "phone", Value: "1"},
				{Key: "role", Value: bson.D{{Key: "name", Value: "basic"}, {Key: "permission", Value: bson.A{"read", "delete"}}}},
				{Key: "createdAt", Value: bson.DateTime(5)}, {Key: "updatedAt", Value: bson.DateTime(6)}, {Key: "_rev", Value: 7},
			})
			if len(test.stored) > 0 {
				if _, err := coll.UpdateByID(t.Context(), id, bson.D{{Key: "$set", Value: test.stored}}); err != nil {
					t.Fatal(err)
				}
			}
			if test.lacks != "" {
				if _, err := coll.UpdateByID(t.Context(), id, bson.D{{Key: "$unset", Value: bson.D{{Key: test.lacks, Value: ""}}}}); err != nil {
					t.Fatal(err)
				}
			}
			before, err := docs.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			var opts []store.WriteOption
			if tagged {
				opts = append(opts, store.IfRev(store.NewRev(7, time.UnixMilli(6))))
			}
			var changes raw.Changes
			test.changes(&changes)
			server.Reset()
			doc, done, err := docs.UpdateUnread(t.Context(), id, changes, opts...)
			if err != nil || done != test.done {
				t.Errorf("%s: done %t, %v", test.name, done, err)
			}
			if have := sent(server); done && !slices.Equal(have, []string{"findAndModify"}) {
				t.Errorf("%s: sent are %q", test.name, have)
			}
			now, err := docs.Get(t.Context(), id)
			if err != nil || done != (string(now) != string(before)) || done && string(now) != string(doc) {
				t.Errorf("%s: it was %s and is %s, %v", test.name, before, now, err)
			}
			if value, touched := changes.Lookup("name"); done && touched && !now.Lookup("name").Equal(value) || done && now.Lookup("_rev").AsInt64() != 8 {
				t.Errorf("%s: it is %s", test.name, now)
			}
		}
	}
}

// What is demanded is demanded of exactly that state: others whose revision or date
// the database takes for equal are another one's.
func TestUnreadStates(t *testing.T) {
	c := users.Collection()
	docs, coll, _ := modelled(t, &c)
	for name, test := range map[string]struct {
		stored bson.D
		rev    string
		// same says that the state is the one, and removing goes by that alone; seen that it
		// can be counted up without a look, any that it can if none is demanded.
		same, seen, any bool
	}{
		"as it is":                {bson.D{{Key: "_rev", Value: int64(7)}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "7-6", true, true, true},
		"without a revision":      {bson.D{{Key: "updatedAt", Value: bson.DateTime(6)}}, "0-6", true, true, true},
		"without either":          {bson.D{}, "0-0", true, true, true},
		"with nulls":              {bson.D{{Key: "_rev", Value: nil}, {Key: "updatedAt", Value: nil}}, "0-0", true, false, false},
		"a double":                {bson.D{{Key: "_rev", Value: 7.0}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "7-6", true, true, false},
		"half a number":           {bson.D{{Key: "_rev", Value: 7.5}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "7-6", false, false, false},
		"another revision":        {bson.D{{Key: "_rev", Value: int64(8)}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "7-6", false, false, true},
		"another date":            {bson.D{{Key: "_rev", Value: int64(7)}, {Key: "updatedAt", Value: bson.DateTime(7)}}, "7-6", false, false, true},
		"a decimal":               {bson.D{{Key: "_rev", Value: decimal("7")}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "7-6", false, false, false},
		"a revision in a list":    {bson.D{{Key: "_rev", Value: bson.A{int64(7)}}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "7-6", false, false, false},
		"a date in a list":        {bson.D{{Key: "_rev", Value: int64(7)}, {Key: "updatedAt", Value: bson.A{bson.DateTime(6)}}}, "7-6", false, false, true},
		"the last there can be":   {bson.D{{Key: "_rev", Value: int64(1<<63 - 1)}, {Key: "updatedAt", Value: bson.DateTime(6)}}, "9223372036854775807-6", true, false, false},
		"text instead":            {bson.D{{Key: "_rev", Value: "7"}, {Key: "updatedAt", Value: "6"}}, "0-0", false, false, false},
		"before there were dates": {bson.D{{Key: "_rev", Value: int64(7)}, {Key: "updatedAt", Value: bson.DateTime(-6)}}, "7--6", true, true, true},
	} {
		id := bson.NewObjectID()
		doc := append(bson.D{{Key: "_id", Value: id}, {Key: "name", Value: "Ada"}, {Key: "email", Value: id.Hex()}}, test.stored...)
		rev, ok := store.ParseRev(test.rev, "updatedAt")
		if !ok {
			t.Fatalf("%s is no revision", test.rev)
		}
		var changes raw.Changes
		rename("Augusta")(&changes)
		for _, demand := range []struct {
			opts []store.WriteOption
			want bool
		}{{[]store.WriteOption{store.IfRev(rev)}, test.seen}, {nil, test.any}} {
			insert(t, coll, doc)
			if _, done, err := docs.UpdateUnread(t.Context(), id, changes, demand.opts...); err != nil || done != demand.want {
				t.Errorf("%s, demanded %t: done %t, %v", name, len(demand.opts) > 0, done, err)
			}
			if _, err := coll.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: id}}, doc); err != nil {
				t.Fatal(err)
			}
			gone := demand.opts == nil || test.same
			if done, err := docs.DeleteUnread(t.Context(), id, demand.opts...); err != nil || done != gone {
				t.Errorf("%s, demanded %t: removed %t, %v", name, len(demand.opts) > 0, done, err)
			}
			if _, err := coll.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: id}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestUnless keeps writes from documents that fulfil a condition.
func TestUnless(t *testing.T) {
	c := users.Collection()
	docs, coll, _ := modelled(t, &c)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "name", Value: "Ada"}, {Key: "email", Value: "a"}, {Key: "role", Value: bson.D{{Key: "name", Value: "super"}}}})
	super := raw.Unless(meta.NewOneOf("role.name", wire.StringValue("super"), wire.StringValue("hos")))
	other := raw.Unless(meta.Condition{Path: "role.name", Op: meta.Eq, Value: wire.StringValue("hos")})
	var changes raw.Changes
	rename("Augusta")(&changes)
	if _, done, err := docs.UpdateUnread(t.Context(), id, changes, super); done || err != nil {
		t.Errorf("changed: %v", err)
	}
	if _, err := docs.Update(t.Context(), id, changes, super); !errors.Is(err, store.ErrStale) {
		t.Errorf("changed: %v", err)
	}
	if done, err := docs.DeleteUnread(t.Context(), id, super); done || err != nil {
		t.Errorf("removed: %v", err)
	}
	if _, done, err := docs.UpdateUnread(t.Context(), id, changes, other); !done || err != nil {
		t.Errorf("not changed: %v", err)
	}
	if done, err := docs.DeleteUnread(t.Context(), id, other); !done || err != nil {
		t.Errorf("not removed: %v", err)
	}
}

// Errors are returned, unless they depend on the document.
func TestUnreadFailures(t *testing.T) {
	docs, server, id := openOwned(t)
	refer := func(to bson.ObjectID) raw.Changes {
		var c raw.Changes
		runtime.Apply(&c, "owner", store.Set(to), wire.AppendObjectID)
		return c
	}
	if _, done, err := docs.UpdateUnread(t.Context(), id, refer(bson.NewObjectID())); done || err != nil {
		t.Errorf("a reference to nobody: %t, %v", done, err)
	}
	for command, want := range map[string]error{"find": store.ErrUnavailable, "findAndModify": store.ErrUnavailable} {
		server.Reset()
		server.On(command).Fail(scripted.Error{Code: 50})
		if _, done, err := docs.UpdateUnread(t.Context(), id, refer(owner)); done || !errors.Is(err, want) {
			t.Errorf("%s fails: %t, %v", command, done, err)
		}
	}
	server.Reset()
	server.On("delete").Fail(scripted.Error{Code: 50})
	if done, err := docs.DeleteUnread(t.Context(), id); done || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("delete fails: %t, %v", done, err)
	}
	server.Reset()
	server.On("findAndModify").Fail(scripted.Error{Code: 11000, Message: "in the index code_1"})
	if _, _, err := docs.UpdateUnread(t.Context(), id, refer(owner)); field(t, err) != "code" {
		t.Errorf("a key that is taken: %v", err)
	}
	none := raw.In(store.Tenant{}, &owned)
	if _, done, err := none.UpdateUnread(t.Context(), id, refer(owner)); done || !errors.Is(err, store.ErrNoTenant) {
		t.Errorf("no tenant: %v", err)
	}
	if done, err := none.DeleteUnread(t.Context(), id); done || !errors.Is(err, store.ErrNoTenant) {
		t.Errorf("no tenant: %v", err)
	}
}

func TestParseRev(t *testing.T) {
	for text, want := range map[string]bool{
		"3-1795464547267": true, "0-0": true, "7--62135596800001": true,
		"": false, "-": false, "3": false, "3-": false, "03-1": false, "3-+1": false, "3-1-0011223344556677": false, "3-1 ": false, "x-1": false,
		"99999999999999999999-1": false, "*": false,
	} {
		if rev, ok := store.ParseRev(text, "updatedAt"); ok != want || ok && rev.String() != text {
			t.Errorf("%q: %t, %s", text, ok, rev)
		}
	}
}

// TestUnreadNeedsATenant, as every operation does.
func TestUnreadNeedsATenant(t *testing.T) {
	docs := raw.In(store.Tenant{}, &things)
	var changes raw.Changes
	rename("Augusta")(&changes)
	if _, done, err := docs.UpdateUnread(t.Context(), bson.NewObjectID(), changes); !errors.Is(err, store.ErrNoTenant) || done {
		t.Errorf("update: %t, %v", done, err)
	}
	if done, err := docs.DeleteUnread(t.Context(), bson.NewObjectID()); !errors.Is(err, store.ErrNoTenant) || done {
		t.Errorf("delete: %t, %v", done, err)
	}
}
