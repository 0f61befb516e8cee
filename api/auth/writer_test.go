package auth_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

// userOf returns a stored user with further members.
func userOf(t *testing.T, id bson.ObjectID, members ...bson.E) bson.Raw {
	t.Helper()
	doc, err := bson.Marshal(append(bson.D{{Key: "_id", Value: id}, {Key: "name", Value: "Ada"}, {Key: "email", Value: "ada@example.com"}}, members...))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// writer returns the writer of users in a tenant, and the users.
func (p *people) writer(t *testing.T, actor *auth.Actor) (*auth.Writer, raw.Documents) {
	t.Helper()
	c := users.Collection()
	docs := raw.In(p.tenant(t, "one").Handle(), &c)
	return p.Writer(actor, "one", &c, docs), docs
}

// TestAllowUpdate has a row for each member that somebody changes of somebody's
// account. In other collections all of them may be changed, unless they are reserved.
func TestAllowUpdate(t *testing.T) {
	t.Parallel()
	p := accounts(t, unlimited)
	people := users.Collection()
	books := runtime.Collection{Collection: meta.Collection{Name: "books", Fields: []meta.Field{{Name: "state", SetBy: []string{"hos"}}}}}
	role := func(name string) bson.E { return bson.E{Key: "role", Value: bson.D{{Key: "name", Value: name}}} }
	id := bson.ObjectID{1}
	super, self, writer := &auth.Actor{Role: "super"}, &auth.Actor{Role: "basic", User: id}, &auth.Actor{Role: "basic", User: bson.ObjectID{2}}
	for name, test := range map[string]struct {
		actor  *auth.Actor
		c      *runtime.Collection
		stored bson.E
		member string
		may    bool
	}{
		"a super, anything":             {super, &people, role("super"), "password", true},
		"a super, a role":               {super, &people, role("basic"), "role", true},
		"oneself, the name":             {self, &people, role("basic"), "name", true},
		"oneself, the address":          {self, &people, role("basic"), "email", true},
		"oneself, the password":         {self, &people, role("basic"), "password", false},
		"oneself, the role":             {self, &people, role("basic"), "role", false},
		"another, the name":             {writer, &people, role("basic"), "name", true},
		"another, the address":          {writer, &people, role("basic"), "email", false},
		"another, a super's name":       {writer, &people, role("super"), "name", false},
		"another, whose role is what?":  {writer, &people, bson.E{Key: "role", Value: 7}, "name", false},
		"another, whose role is no one": {writer, &people, bson.E{Key: "nick", Value: "A"}, "name", true},
		"a book's password":             {writer, &books, role("super"), "password", true},
		"a book's reserved member":      {writer, &books, role("super"), "state", false},
		"a book's, by its role":         {&auth.Actor{Role: "hos"}, &books, role("super"), "state", true},
	} {
		w := p.Writer(test.actor, "one", test.c, raw.Documents{})
		if err := w.AllowUpdate(userOf(t, id, test.stored), []string{test.member}); (err == nil) != test.may || err != nil && !errors.Is(err, auth.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeleteIsAllowed to those who may change the user.
func TestDeleteIsAllowed(t *testing.T) {
	t.Parallel()
	p := accounts(t, unlimited)
	w, docs := p.writer(t, &auth.Actor{Role: "basic"})
	for role, may := range map[any]bool{"basic": true, "super": false, 7: false} {
		doc := userOf(t, bson.NewObjectID(), bson.E{Key: "role", Value: role})
		if err := docs.Insert(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		err := w.Delete(t.Context(), doc)
		_, there := docs.Get(t.Context(), doc.Lookup("_id"))
		if (err == nil) != may || errors.Is(err, auth.ErrForbidden) == may || errors.Is(there, store.ErrNotFound) != may {
			t.Errorf("%v: %v, and then %v", role, err, there)
		}
		_ = docs.Delete(t.Context(), doc.Lookup("_id"))
	}
}

// TestTheLastFullRole has a row for each change of the only user of a tenant. Read or
// unread, a change that takes a full role is refused, and so is the user's deletion.
func TestTheLastFullRole(t *testing.T) {
	t.Parallel()
	named := func(name string) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.Apply(c, "role.name", store.Set(name), wire.AppendString) }
	}
	gone := func(path string) func(*raw.Changes) {
		return func(c *raw.Changes) { runtime.Apply(c, path, store.Unset[string](), wire.AppendString) }
	}
	role := func(name string) bson.D { return bson.D{{Key: "name", Value: name}} }
	p := accounts(t, unlimited)
	w, docs := p.writer(t, &auth.Actor{Role: "super"})
	for name, test := range map[string]struct {
		role       any
		change     func(*raw.Changes)
		full, take bool
	}{
		"a super, another role": {role("super"), named("basic"), true, true},
		"a super, barred":       {role("super"), named("blocked"), true, true},
		"a super, still":        {role("super"), named("super"), true, false},
		"a super, none":         {role("super"), gone("role"), true, true},
		"a super, no name":      {role("super"), gone("role.name"), true, true},
		"a super, another name": {role("super"), gone("name"), true, false},
		"by name alone":         {"super", named("basic"), true, true},
		"another, another role": {role("basic"), named("auditor"), false, false},
		"another, made super":   {role("basic"), named("super"), false, false},
	} {
		var changes raw.Changes
		test.change(&changes)
		for way, write := range map[string]struct {
			do      func(doc bson.Raw) (done bool, err error)
			refused bool
		}{
			"deleted": {func(doc bson.Raw) (bool, error) { return true, w.Delete(t.Context(), doc) }, test.full},
			"deleted unread": {func(doc bson.Raw) (bool, error) {
				return w.DeleteUnread(t.Context(), doc.Lookup("_id"))
			}, test.full},
			"changed": {func(doc bson.Raw) (bool, error) {
				_, err := w.Update(t.Context(), doc, docs.Over(doc, changes))
				return true, err
			}, test.take},
		} {
			doc := userOf(t, bson.NewObjectID(), bson.E{Key: "role", Value: test.role})
			if err := docs.Insert(t.Context(), doc); err != nil {
				t.Fatal(err)
			}
			done, err := write.do(doc)
			if errors.Is(err, auth.ErrLastFull) || !done && err == nil {
				if !write.refused {
					t.Errorf("%s, %s: refused", name, way)
				}
			} else if err != nil || write.refused {
				t.Errorf("%s, %s: %v", name, way, err)
			}
			id := doc.Lookup("_id").ObjectID()
			if after, err := docs.Get(t.Context(), id); write.refused && (err != nil || string(after) != string(doc)) {
				t.Errorf("%s, %s, refused: %s became %s, %v", name, way, doc, after, err)
			}
			_ = docs.Delete(t.Context(), id)
		}
	}
}

// TestPasswordsAreAccounts: what is called so elsewhere is a secret like any other, and
// may be whatever fits it.
func TestPasswordsAreAccounts(t *testing.T) {
	t.Parallel()
	p := accounts(t, unlimited)
	people, books := users.Collection(), runtime.Collection{Collection: meta.Collection{Name: "books"}}
	address := wire.StringValue("ada@example.com")
	for c, refused := range map[*runtime.Collection]bool{&people: true, &books: false} {
		w := p.Writer(&auth.Actor{}, "one", c, raw.Documents{})
		var invalid *store.InvalidError
		if err := w.CheckPassword(address, "ada@example.com", nil); errors.As(err, &invalid) != refused || err != nil != refused {
			t.Errorf("in %s: %v", c.Name, err)
		}
	}
}
