package steps_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/testdb"
)

// TestRemoveRepeats keeps one of each, in batches of all sizes.
func TestRemoveRepeats(t *testing.T) {
	t.Parallel()
	docs := []string{
		`"_id": "a", "email": "x", "at": 1`, `"_id": "b", "email": "x", "at": 3`, `"_id": "c", "email": "x", "at": 2`, `"_id": "d", "email": "x"`,
		`"_id": "e", "email": "y", "at": 1, "team": 1`, `"_id": "f", "email": "y", "at": 1, "team": 1`, `"_id": "g", "email": "y", "at": 1, "team": 2`,
		`"_id": "h", "email": null`, `"_id": "i", "email": null`, `"_id": "j"`, `"_id": "k"`,
		`"_id": "l", "email": ["x"]`, `"_id": "m", "email": ["x"]`, `"_id": "n", "email": 1`, `"_id": "o", "email": {"$numberDouble": "1.0"}`,
		`"_id": "p", "email": "z", "at": 9, "list": [{"n": 1}]`, `"_id": "q", "list": [{"n": 1}]`,
	}
	for _, c := range []struct {
		members string
		// kept are the documents that are left, in capitals those without an address.
		kept string
	}{
		{`"path": "email", "by": "at", "keep": "newest", "others": "delete"`, "b g h i J K l m o p Q"},
		{`"path": "email", "by": "at", "keep": "oldest", "others": "delete"`, "d e h i J K l m n p Q"},
		{`"path": "email", "by": "_id", "keep": "oldest", "others": "delete"`, "a e h i J K l m n p Q"},
		{`"path": "email", "within": ["team"], "by": "at", "keep": "newest", "others": "delete"`, "b f g h i J K l m o p Q"},
		{`"path": "list.n", "by": "at", "keep": "newest", "others": "delete"`, "a b c d e f g h i J K l m n o p Q"},
		{`"path": "email", "by": "at", "keep": "newest", "others": "drop_member"`, "A b C D E F g h i J K l m N o p Q"},
	} {
		for _, batch := range []int{1, 2, 100} {
			db := database(t)
			for _, doc := range docs {
				if _, err := db.Collection("users").InsertOne(t.Context(), extJSON(t, doc)); err != nil {
					t.Fatal(err)
				}
			}
			w := given(t, steps.RemoveRepeats(), `"collection": "users", `+c.members)
			for range 2 {
				if _, err := carryOut(t, w, db, batch, -1); err != nil {
					t.Fatal(err)
				}
				if got := addressed(t, db); got != c.kept {
					t.Errorf("%s in batches of %d\nkeeps %s\nnot   %s", c.members, batch, got, c.kept)
				}
			}
		}
	}
}

// addressed returns the _ids of the users, in capitals those without an address.
func addressed(t *testing.T, db *mongo.Database) string {
	t.Helper()
	all := content(t, db)
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		text := strings.Trim(id, `"`)
		if !strings.Contains(all[id], `"email"`) {
			text = strings.ToUpper(text)
		}
		ids = append(ids, text)
	}
	return strings.Join(ids, " ")
}

// TestRepeatsThatOthersChange: a document is removed only while it repeats one that is kept.
func TestRepeatsThatOthersChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id, email, kept string
	}{
		"the one that was to be kept": {"b", "other", "a b"},
		"the one that was to go":      {"a", "other", "a b"},
		"neither":                     {"z", "", "b"},
	} {
		db := database(t, user("a", "x"), user("b", "x"))
		once := false
		// Before the command that follows on the aggregation.
		monitor := &event.CommandMonitor{Succeeded: func(ctx context.Context, e *event.CommandSucceededEvent) {
			if e.CommandName != "aggregate" || once {
				return
			}
			once = true
			set := bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: c.email}}}}
			if _, err := db.Collection("users").UpdateByID(ctx, c.id, set); err != nil {
				t.Error(err)
			}
		}}
		client, err := mongo.Connect(options.Client().ApplyURI(testdb.URI(t)).SetMonitor(monitor))
		if err != nil {
			t.Fatal(err)
		}
		w := given(t, steps.RemoveRepeats(), `"collection": "users", "path": "email", "by": "_id", "keep": "newest", "others": "delete"`)
		_, err = carryOut(t, w, client.Database(db.Name()), 10, -1)
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
		if got := addressed(t, db); err != nil || !once || got != c.kept {
			t.Errorf("%s is changed: kept are %s, %v", name, got, err)
		}
	}
}

// TestRepeatsAmongTheLiving leaves alone what is deleted and kept.
func TestRepeatsAmongTheLiving(t *testing.T) {
	t.Parallel()
	for among, want := range map[string]string{"living": "a b", "all": "a"} {
		db := database(t)
		for _, doc := range []string{
			`"_id": "a", "email": "x", "at": 3, "deletedAt": {"$date": "2026-01-01T00:00:00Z"}`,
			`"_id": "b", "email": "x", "at": 2, "deletedAt": null`, `"_id": "c", "email": "x", "at": 1`,
		} {
			if _, err := db.Collection("users").InsertOne(t.Context(), extJSON(t, doc)); err != nil {
				t.Fatal(err)
			}
		}
		w := given(t, steps.RemoveRepeats(), `"collection": "users", "path": "email", "by": "at", "keep": "newest", "others": "delete", "among": "`+among+`"`)
		for range 2 {
			if _, err := carryOut(t, w, db, 1, -1); err != nil {
				t.Fatal(err)
			}
			if got := addressed(t, db); got != want {
				t.Errorf("among %s it keeps %s, not %s", among, got, want)
			}
		}
	}
}
