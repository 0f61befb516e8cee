package script_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// modelled returns a database on a model of MongoDB, with the documents of prepare.
func modelled(t *testing.T) (*scripted.Server, *mongo.Database) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	db := client.Database("t_1")
	fill(t, db)
	server.Reset()
	return server, db
}

func noted(context.Context, script.Position) error { return nil }

// TestCommandsThatAreNotAnswered: whichever command of a script is not answered, it is sent
// once more, and the result is the same.
func TestCommandsThatAreNotAnswered(t *testing.T) {
	t.Parallel()
	s := load(t, every)
	_, db := modelled(t)
	if err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted}); err != nil {
		t.Fatal(err)
	}
	want := content(t, db)
	for name, fail := range map[string]func(*scripted.Rule){
		"deposed":          func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 10107}) },
		"shutting down":    func(r *scripted.Rule) { r.FailAfter(scripted.Error{Code: 91}) },
		"no write concern": func(r *scripted.Rule) { r.WriteConcernError(scripted.Error{Code: 11602}) },
		"cut before":       func(r *scripted.Rule) { r.CutBefore() },
		"cut after":        func(r *scripted.Rule) { r.CutAfter() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				server, db := modelled(t)
				rule := server.On().Nth(n)
				fail(rule)
				if err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted}); err != nil {
					t.Fatalf("command %d: %v", n, err)
				}
				met := rule.Met() >= n
				server.Reset()
				if got := content(t, db); !slices.Equal(got, want) {
					t.Errorf("command %d: %v, want %v", n, got, want)
				}
				if !met {
					return
				}
			}
		})
	}
}

// TestElections are waited for, as long as they may take, and no longer.
func TestElections(t *testing.T) {
	t.Parallel()
	s := load(t, `[{"update": "a", "updates": [{"q": {}, "u": {"$inc": {"n": 1}}, "multi": true}]}]`)
	t.Run("one comes", func(t *testing.T) {
		t.Parallel()
		server, db := modelled(t)
		held := server.On("update").Hold()
		go func() {
			<-held.Arrived()
			server.StepDown()
			held.Release()
			server.Elect()
		}()
		if err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted, RetryTimeout: time.Minute}); err != nil {
			t.Error(err)
		}
	})
	t.Run("a while later", func(t *testing.T) {
		t.Parallel()
		server, db := modelled(t)
		refused := server.On("update").Times(2)
		refused.Fail(scripted.Error{Code: 189})
		if err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted, RetryTimeout: time.Minute}); err != nil || refused.Met() < 3 {
			t.Errorf("%d, %v", refused.Met(), err)
		}
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		server, db := modelled(t)
		refused := server.On("update").Always()
		refused.Fail(scripted.Error{Code: 189})
		err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted})
		if !errors.Is(err, store.ErrUnavailable) || refused.Met() != 2 {
			t.Errorf("%d, %v", refused.Met(), err)
		}
	})
	t.Run("the record's", func(t *testing.T) {
		t.Parallel()
		_, db := modelled(t)
		saves := 0
		err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), RetryTimeout: time.Minute, Save: func(context.Context, script.Position) error {
			saves++
			return store.ErrUnavailable
		}})
		if !errors.Is(err, store.ErrUnavailable) || saves != 1 {
			t.Errorf("saved %d times, %v", saves, err)
		}
	})
}

// TestCommandsWaitForAMajority, unless they say what else they wait for.
func TestCommandsWaitForAMajority(t *testing.T) {
	t.Parallel()
	server, db := modelled(t)
	s := load(t, `[{"create": "c"}, {"delete": "a", "deletes": [{"q": {}, "limit": 0}], "writeConcern": {"w": 2}}, {"drop": "c"}]`)
	if err := s.Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted}); err != nil {
		t.Fatal(err)
	}
	for _, c := range server.Commands() {
		want := bson.D{{Key: "w", Value: "majority"}}
		if c.Name == "delete" {
			want = bson.D{{Key: "w", Value: int32(2)}}
		}
		raw, err := bson.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Body.Lookup("writeConcern").Value; !slices.Equal(got, raw) {
			t.Errorf("%s: %s", c.Name, bson.Raw(got))
		}
	}
}

// TestPositionalUpdatesAreMarked: what a query matched in an array is another element once
// the first is changed. The model does not carry them out, but tells what it was sent.
func TestPositionalUpdatesAreMarked(t *testing.T) {
	t.Parallel()
	for text, marked := range map[string]bool{
		`{"q": {"list": 80}, "u": {"$set": {"list.$": 82}}, "multi": true}`:                                           true,
		`{"q": {"_id": 1, "deep.n": 1}, "u": {"$unset": {"deep.$.n": ""}}}`:                                           true,
		`{"q": {"list": 80}, "u": {"$set": {"list.$[x]": 82}}, "arrayFilters": [{"x": {"$lt": 0}}], "multi": true}`:   false,
		`{"q": {"list": 80}, "u": {"$set": {"price.$eur": 82}}, "multi": true}`:                                       false,
		`{"q": {"list": 80}, "u": {"$set": {"other": 1}, "$min": {"n": 0}, "$pull": {"list.$.m": 1}}, "multi": true}`: true,
		`{"q": {"list": 80}, "u": {"$set": {"other": 1}, "$min": {"n": 0}, "$pull": {"list": 80}}, "multi": true}`:    false,
		`{"q": {"list": 80}, "u": {"$set": {"other": 1}, "$inc": {"_rev": 1}}, "multi": true}`:                        false,
	} {
		server, db := modelled(t)
		_ = load(t, `[{"update": "a", "updates": [`+text+`]}]`).Run(t.Context(), script.Execution{DB: db, Attempt: bson.NewObjectID(), Save: noted})
		sent := server.Commands()
		if len(sent) == 0 || strings.Contains(sent[0].Body.String(), `"_migration"`) != marked {
			t.Errorf("%s: %v", text, sent)
		}
	}
}
