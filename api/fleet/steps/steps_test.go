package steps_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

func database(t *testing.T, docs ...bson.D) *mongo.Database {
	t.Helper()
	db := testdb.Client(t).Database(testdb.Database(t, "steps"))
	for _, doc := range docs {
		if _, err := db.Collection("users").InsertOne(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// content returns the users, by their _ids.
func content(t *testing.T, db *mongo.Database) map[string]string {
	t.Helper()
	cursor, err := db.Collection("users").Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for cursor.Next(t.Context()) {
		all[cursor.Current.Lookup("_id").String()] = cursor.Current.String()
	}
	if err := cursor.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// given returns the work of a step that a file gives the members in JSON.
func given(t *testing.T, s steps.Step, members string) steps.Work {
	t.Helper()
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte("{"+members+"}"), false, &doc); err != nil {
		t.Fatal(err)
	}
	m := steps.NewMembers(s.Name, doc)
	w := s.Read(m)
	if problems := m.Problems(); len(problems) > 0 {
		t.Fatal(problems)
	}
	return w
}

// run carries out a step without members; stop ends it at the save of that number, counted
// from 0.
func run(t *testing.T, s steps.Step, db *mongo.Database, batch, stop int) error {
	t.Helper()
	_, err := carryOut(t, given(t, s, ""), db, batch, stop)
	return err
}

func carryOut(t *testing.T, w steps.Work, db *mongo.Database, batch, stop int) (steps.Left, error) {
	t.Helper()
	var after bson.Raw
	saves := 0
	errStopped := errors.New("stopped")
	save := func(_ context.Context, at bson.Raw) error {
		if saves == stop {
			return errStopped
		}
		saves++
		after = slices.Clone(at)
		return nil
	}
	left, err := w.Run(t.Context(), db, batch, nil, save)
	if errors.Is(err, errStopped) {
		stop = -1
		var more steps.Left
		more, err = w.Run(t.Context(), db, batch, after, save)
		left.Add(more)
	}
	return left, err
}

// mixed returns users whose _ids are of all sorts, so that no one comparison sees all.
func mixed() []bson.D {
	ids := []any{
		int32(-1), int32(3), int64(1 << 40), 2.5, "a", "b", bson.D{{Key: "x", Value: int32(1)}}, bson.NewObjectID(), bson.NewObjectID(), true,
		time.Now().UTC().Truncate(time.Millisecond),
	}
	var docs []bson.D
	for i, id := range ids {
		docs = append(docs, bson.D{
			{Key: "_id", Value: id}, {Key: "email", Value: fmt.Sprintf(" User%d@Example.com", i)}, {Key: "other", Value: int32(i)}, {Key: "__v", Value: int32(i)},
		})
	}
	return docs
}

// TestEveryDocumentOnce goes through _ids of all types, in batches of all sizes,
// interrupted after each of them.
func TestEveryDocumentOnce(t *testing.T) {
	docs := mixed()
	var want map[string]string
	for _, batch := range []int{1000, 11, 3, 1} {
		for stop := -1; stop < (len(docs)+batch-1)/batch; stop++ {
			db := database(t, docs...)
			if err := run(t, steps.FoldEmails(), db, batch, stop); err != nil {
				t.Fatal(err)
			}
			got := content(t, db)
			if want == nil {
				want = got
				for _, doc := range want {
					if strings.Contains(doc, "User") || strings.Contains(doc, `" `) || !strings.Contains(doc, `"_rev": {"$numberLong":"1"}`) || !strings.Contains(doc, `"other": `) {
						t.Errorf("%s", doc)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("batches of %d, stopped at %d (-want +have):\n%s", batch, stop, diff)
			}
		}
	}
}

func user(id any, email string) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email}}
}

func TestConflictsChangeNothing(t *testing.T) {
	for name, docs := range map[string][]bson.D{
		"one is folded":  {user("b", "ada@example.com"), user("a", "ADA@example.com"), user("c", " Bo@example.com")},
		"neither is":     {user("b", "Ada@example.com"), user("a", "ADA@example.com"), user("c", " Bo@example.com")},
		"spaces":         {user("b", " ada@example.com"), user("a", "ada@example.com ")},
		"Unicode":        {user("b", "cafe\u0301@example.com"), user("a", "caf\u00e9@example.com"), user("c", "x@example.com.")},
		"domains":        {user("b", "ada@M\u00dcNCHEN.example.com"), user("a", "ada@xn--mnchen-3ya.example.com.")},
		"invisible":      {user("b", "ad\u200ba@example.com"), user("a", "ada@example.com")},
		"more than once": {user("b", " ada@example.com"), user("a", "ada@example.com "), user("d", "bo@example.com"), user("e", "Bo@example.com")},
	} {
		db := database(t, docs...)
		before := content(t, db)
		err := run(t, steps.FoldEmails(), db, 1, -1)
		if err == nil || !strings.Contains(err.Error(), `"a" and "b"`) || strings.Contains(err.Error(), "example.com") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "more than once" && (err == nil || !strings.Contains(err.Error(), `lower-cased: "a" and "b", "d" and "e"; `)) {
			t.Errorf("%v", err)
		}
		if diff := cmp.Diff(before, content(t, db)); diff != "" {
			t.Errorf("%s: something was changed:\n%s", name, diff)
		}
	}
	db := database(t, user("a", "ADA@example.com"), user("b", "Bo@example.com"), bson.D{{Key: "_id", Value: "c"}, {Key: "email", Value: 5}}, bson.D{{Key: "_id", Value: "d"}})
	if err := run(t, steps.FoldEmails(), db, 10, -1); err != nil {
		t.Errorf("no conflict: %v", err)
	}
}

// TestManyConflictsAreCounted names ten.
func TestManyConflictsAreCounted(t *testing.T) {
	var docs []bson.D
	for i := range 12 {
		docs = append(docs, user(fmt.Sprintf("a%02d", i), fmt.Sprintf("u%d@example.com", i)), user(fmt.Sprintf("b%02d", i), fmt.Sprintf("U%d@example.com", i)))
	}
	err := run(t, steps.FoldEmails(), database(t, docs...), 10, -1)
	if err == nil || strings.Count(err.Error(), `" and "b`) != 10 || !strings.Contains(err.Error(), ", and 2 more;") {
		t.Errorf("%v", err)
	}
}

// TestOthersWrite changes documents between the step's reading and its writing.
func TestOthersWrite(t *testing.T) {
	db := database(t, user("a", "A@example.com"), user("b", "B@example.com"))
	w := given(t, steps.FoldEmails(), "")
	change, once := w.Change, false
	w.Change = func(doc bson.Raw) (steps.Edit, error) {
		edit, err := change(doc)
		if !once {
			once = true
			_, err := db.Collection("users").UpdateByID(t.Context(), "a", bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: "New@example.com"}}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		return edit, err
	}
	if _, err := carryOut(t, w, db, 10, -1); err != nil {
		t.Fatal(err)
	}
	got := content(t, db)
	if !strings.Contains(got[`"a"`], `"new@example.com"`) || !strings.Contains(got[`"b"`], `"b@example.com"`) {
		t.Errorf("%v", got)
	}
	w.Change = func(bson.Raw) (steps.Edit, error) {
		return steps.Edit{When: bson.D{{Key: "email", Value: "nobody's"}}, Set: bson.D{{Key: "email", Value: "x"}}}, nil
	}
	if _, err := carryOut(t, w, db, 10, -1); err == nil || !strings.Contains(err.Error(), "users: documents change faster than the step can follow") {
		t.Errorf("%v", err)
	}
}

// TestRefusedByAnIndex names both documents.
func TestRefusedByAnIndex(t *testing.T) {
	db := database(t, user("a", "ada@example.com"), user("b", "bo@example.com"))
	unique := mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := db.Collection("users").Indexes().CreateOne(t.Context(), unique); err != nil {
		t.Fatal(err)
	}
	w := steps.Work{Collection: "users", Change: func(doc bson.Raw) (steps.Edit, error) {
		if id, _ := doc.Lookup("_id").StringValueOK(); id != "b" {
			return steps.Edit{}, nil
		}
		return steps.Edit{Set: bson.D{{Key: "email", Value: "ada@example.com"}}}, nil
	}}
	_, err := carryOut(t, w, db, 10, -1)
	if err == nil || !strings.Contains(err.Error(), `document "b" cannot be changed: document "a" has the email that it is to have`) {
		t.Errorf("%v", err)
	}
	w.Change = func(bson.Raw) (steps.Edit, error) { return steps.Edit{}, errors.New("is beyond me") }
	if _, err := carryOut(t, w, db, 10, -1); err == nil || err.Error() != `users: document "a": is beyond me` {
		t.Errorf("%v", err)
	}
}

// TestWhatBecomesOfUsers runs each step twice: the second time nothing happens.
func TestWhatBecomesOfUsers(t *testing.T) {
	oid, _ := bson.ObjectIDFromHex("6b049d63d28cf555e0d0114d")
	const made = `{"$date":{"$numberLong":"1795464547000"}}`
	declared := users.Collection().Collection
	// A shop has roles of its own.
	shop := meta.Collection{Fields: []meta.Field{{Name: "role", Fields: []meta.Field{{Name: "name", Values: []string{"owner", "clerk"}}}}}}
	for name, c := range map[string]struct {
		step steps.Step
		doc  string
		want string
	}{
		"a shop's role":         {steps.ObjectRoles(&shop), `"role": "clerk"`, `"role": {"name": "clerk","permission": []},"_rev": {"$numberLong":"1"}`},
		"not a shop's role":     {steps.ObjectRoles(&shop), `"role": "auditor"`, ""},
		"role as a name":        {steps.ObjectRoles(&declared), `"role": "auditor"`, `"role": {"name": "auditor","permission": []},"_rev": {"$numberLong":"1"}`},
		"undeclared name":       {steps.ObjectRoles(&declared), `"role": "owner"`, ""},
		"role as an object":     {steps.ObjectRoles(&declared), `"role": {"name": "basic"}`, ""},
		"no role":               {steps.ObjectRoles(&declared), `"x": "y"`, ""},
		"role as a number":      {steps.ObjectRoles(&declared), `"role": {"$numberInt":"1"}`, ""},
		"no timestamps":         {steps.CompleteTimestamps(&meta.Collection{}), `"x": "y"`, `"x": "y","_rev": {"$numberLong":"1"},"createdAt": ` + made + `,"updatedAt": ` + made},
		"null timestamps":       {steps.CompleteTimestamps(&meta.Collection{}), `"createdAt": null,"updatedAt": null`, `"createdAt": ` + made + `,"updatedAt": ` + made + `,"_rev": {"$numberLong":"1"}`},
		"a day":                 {steps.CompleteTimestamps(&meta.Collection{}), `"createdAt": "2021-03-04"`, `"createdAt": {"$date":{"$numberLong":"1614816000000"}},"_rev": {"$numberLong":"1"},"updatedAt": {"$date":{"$numberLong":"1614816000000"}}`},
		"a moment":              {steps.CompleteTimestamps(&meta.Collection{}), `"createdAt": "2021-03-04T05:06:07.089+02:00","updatedAt": "2021-03-04T05:06:07Z"`, `"createdAt": {"$date":{"$numberLong":"1614827167089"}},"updatedAt": {"$date":{"$numberLong":"1614834367000"}},"_rev": {"$numberLong":"1"}`},
		"an ambiguous day":      {steps.CompleteTimestamps(&meta.Collection{}), `"createdAt": "03/04/2021"`, ""},
		"only updated":          {steps.CompleteTimestamps(&meta.Collection{}), `"updatedAt": {"$date":{"$numberLong":"5"}}`, `"updatedAt": {"$date":{"$numberLong":"5"}},"_rev": {"$numberLong":"1"},"createdAt": ` + made},
		"other names":           {steps.CompleteTimestamps(&meta.Collection{CreatedAt: "made", UpdatedAt: "changed"}), `"x": "y"`, `"x": "y","_rev": {"$numberLong":"1"},"changed": ` + made + `,"made": ` + made},
		"one name":              {steps.CompleteTimestamps(&meta.Collection{CreatedAt: "-"}), `"x": "y"`, `"x": "y","_rev": {"$numberLong":"1"},"updatedAt": ` + made},
		"complete":              {steps.CompleteTimestamps(&meta.Collection{}), `"createdAt": {"$date":{"$numberLong":"5"}},"updatedAt": {"$date":{"$numberLong":"6"}}`, ""},
		"an email of two forms": {steps.FoldEmails(), `"email": "Cafe\u0301@m\u00fcnchen.example."`, `"email": "caf\u00e9@xn--mnchen-3ya.example","_rev": {"$numberLong":"1"}`},
		"an email that is none": {steps.FoldEmails(), `"email": "ada@x..example"`, `"email": "ada@x..example"`},
		"an email of spaces":    {steps.FoldEmails(), `"email": "\tA@B.example\n"`, `"email": "a@b.example","_rev": {"$numberLong":"1"}`},
	} {
		if c.want == "" {
			c.want = c.doc
		}
		var doc bson.D
		if err := bson.UnmarshalExtJSON([]byte("{"+c.doc+"}"), true, &doc); err != nil {
			t.Fatal(err)
		}
		db := database(t, append(bson.D{{Key: "_id", Value: oid}}, doc...))
		for range 2 {
			if err := run(t, c.step, db, 10, -1); err != nil {
				t.Fatal(err)
			}
			for _, got := range content(t, db) {
				if !sameMembers(t, got, `{"_id": {"$oid":"6b049d63d28cf555e0d0114d"},`+c.want+"}") {
					t.Errorf("%s: %s\nwant %s", name, got, c.want)
				}
			}
		}
	}
}

// sameMembers compares documents, whatever the order of their members.
func sameMembers(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(text string) (m map[string]any) {
		if err := bson.UnmarshalExtJSON([]byte(text), true, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	return cmp.Equal(read(a), read(b))
}

func TestUsersWithoutObjectIDKeepTheirDates(t *testing.T) {
	db := database(t, bson.D{{Key: "_id", Value: "x"}})
	before := content(t, db)
	if err := run(t, steps.CompleteTimestamps(&meta.Collection{}), db, 10, -1); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, content(t, db)); diff != "" {
		t.Error(diff)
	}
}
