package scripted_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// sent are the names of the commands that a server recorded.
func sent(s *scripted.Server) (names []string) {
	for _, c := range s.Commands() {
		names = append(names, c.Name)
	}
	return names
}

func stored(t *testing.T, coll *mongo.Collection) int64 {
	t.Helper()
	n, err := coll.CountDocuments(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCommandsAreRecorded(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	if _, err := coll.InsertMany(t.Context(), []any{bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "_id", Value: 2}}}); err != nil {
		t.Fatal(err)
	}
	got := s.Commands()
	if len(got) != 1 || got[0].Name != "insert" || got[0].Database != "shop" || got[0].Collection != "things" || got[0].Connection == 0 {
		t.Fatalf("%+v", got)
	}
	docs, err := got[0].Body.Lookup("documents").Array().Values()
	if err != nil || len(docs) != 2 {
		t.Errorf("%d documents, %v: %s", len(docs), err, got[0].Body)
	}
	s.Reset()
	if got := s.Commands(); len(got) != 0 {
		t.Errorf("after Reset: %+v", got)
	}
}

func TestNthCommandFails(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	s.On("insert").Nth(2).Fail(scripted.Error{Code: 13, Message: "no"})
	for i, want := range []int{0, 13, 0} {
		_, err := coll.InsertOne(t.Context(), bson.D{})
		var failed mongo.CommandError
		if errors.As(err, &failed); int(failed.Code) != want || want != 0 && failed.Name != "Unauthorized" {
			t.Errorf("insert %d: %v", i, err)
		}
	}
	if n := stored(t, coll); n != 2 {
		t.Errorf("%d documents", n)
	}
}

// TestRetryableWrites has the driver try a write again. However the first try
// ended, the document is stored once.
func TestRetryableWrites(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(*scripted.Rule){
		"refused":             func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 91}) },
		"done and refused":    func(r *scripted.Rule) { r.FailAfter(scripted.Error{Code: 91}) },
		"cut before":          func(r *scripted.Rule) { r.CutBefore() },
		"cut after":           func(r *scripted.Rule) { r.CutAfter() },
		"not safe on members": func(r *scripted.Rule) { r.WriteConcernError(scripted.Error{Code: 91}) },
	} {
		for _, write := range []string{"insert", "findAndModify"} {
			t.Run(name+", "+write, func(t *testing.T) {
				t.Parallel()
				s := scripted.Start(t)
				coll := things(t, s)
				rule(s.On(write))
				var err error
				if write == "insert" {
					_, err = coll.InsertOne(t.Context(), bson.D{})
				} else {
					err = coll.FindOneAndUpdate(t.Context(), bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}},
						options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Err()
				}
				if err != nil {
					t.Error(err)
				}
				if got := sent(s); !cmp.Equal(got, []string{write, write}) {
					t.Errorf("sent %v", got)
				}
				if n := stored(t, coll); n != 1 {
					t.Errorf("%d documents", n)
				}
			})
		}
	}
}

// TestNoRetriesWithoutSessions shows that a standalone server's clients see a cut
// connection.
func TestNoRetriesWithoutSessions(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t, scripted.Standalone())
	coll := things(t, s)
	s.On("insert").CutAfter()
	if _, err := coll.InsertOne(t.Context(), bson.D{}); !mongo.IsNetworkError(err) {
		t.Errorf("got %v", err)
	}
	if n := stored(t, coll); n != 1 {
		t.Errorf("%d documents", n)
	}
}

func TestHeldCommandsWait(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	held := s.On("insert").Hold()
	done := make(chan error, 1)
	go func() {
		_, err := coll.InsertOne(t.Context(), bson.D{})
		done <- err
	}()
	<-held.Arrived()
	if n := stored(t, coll); n != 0 {
		t.Errorf("%d documents while the insert waits", n)
	}
	held.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := stored(t, coll); n != 1 {
		t.Errorf("%d documents", n)
	}
}

// TestStepDown has an election: the driver finds out by the refusal, waits for a
// primary, and writes once.
func TestStepDown(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	if _, err := coll.InsertOne(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	stepped := s.On("update").StepDown()
	done := make(chan error, 1)
	go func() {
		_, err := coll.UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}})
		if err == nil {
			_, err = coll.UpdateOne(t.Context(), bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}})
		}
		done <- err
	}()
	var refused mongo.WriteException
	if err := <-done; errors.As(err, &refused) || err == nil {
		t.Errorf("got %v", err)
	}
	if stepped.Met() != 1 {
		t.Errorf("met %d", stepped.Met())
	}
	held := s.On("update").Hold()
	go func() {
		_, err := coll.UpdateOne(t.Context(), bson.D{}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}})
		done <- err
	}()
	s.Elect()
	<-held.Arrived()
	held.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	var doc struct{ N int }
	if err := coll.FindOne(t.Context(), bson.D{}).Decode(&doc); err != nil || doc.N != 1 {
		t.Errorf("%+v, %v", doc, err)
	}
}
