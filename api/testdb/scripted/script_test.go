package scripted_test

import (
	"errors"
	"fmt"
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

// TestWhichCommandsAreMeant has rules about some of many inserts: i is the i-th, into
// a or b by turns.
func TestWhichCommandsAreMeant(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule func(*scripted.Server) *scripted.Rule
		want []int
	}{
		"the next":           {func(s *scripted.Server) *scripted.Rule { return s.On("insert") }, []int{1}},
		"the third":          {func(s *scripted.Server) *scripted.Rule { return s.On("insert").Nth(3) }, []int{3}},
		"two":                {func(s *scripted.Server) *scripted.Rule { return s.On("insert").Times(2) }, []int{1, 2}},
		"two from the third": {func(s *scripted.Server) *scripted.Rule { return s.On("insert").Nth(3).Times(2) }, []int{3, 4}},
		"all":                {func(s *scripted.Server) *scripted.Rule { return s.On().Always() }, []int{1, 2, 3, 4, 5, 6}},
		"all from the fifth": {func(s *scripted.Server) *scripted.Rule { return s.On("find", "insert").Nth(5).Always() }, []int{5, 6}},
		"of a collection":    {func(s *scripted.Server) *scripted.Rule { return s.On("insert").In("b").Times(2) }, []int{2, 4}},
		"of some": {func(s *scripted.Server) *scripted.Rule {
			return s.On().Where(func(c scripted.Command) bool { return c.Collection == "b" }).Nth(3)
		}, []int{6}},
		"none": {func(s *scripted.Server) *scripted.Rule { return s.On("update").Always() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scripted.Start(t)
			db := things(t, s).Database()
			must(t, db, `{"ping": 1}`)
			rule := c.rule(s).Fail(scripted.Error{Code: 13})
			var refused []int
			for i := 1; i <= 6; i++ {
				if _, err := db.Collection([]string{"b", "a"}[i%2]).InsertOne(t.Context(), bson.D{}); err != nil {
					refused = append(refused, i)
				}
			}
			if !cmp.Equal(refused, c.want) {
				t.Errorf("refused %v, want %v", refused, c.want)
			}
			met := rule.Met()
			s.Reset()
			must(t, db, `{"insert": "a", "documents": [{}]}`)
			if got := rule.Met(); got != met {
				t.Errorf("the rule met %d after Reset, %d before", got, met)
			}
		})
	}
}

// TestErrorsAsTold has names, labels and messages of its own.
func TestErrorsAsTold(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	db := things(t, s).Database()
	for want, e := range map[string]scripted.Error{
		`91 ShutdownInProgress "as the test's script says" []`: {Code: 91},
		`91 Own "own" [RetryableWriteError]`:                   {Code: 91, CodeName: "Own", Message: "own", Labels: []string{"RetryableWriteError"}},
		`12345 Location12345 "x" []`:                           {Code: 12345, Message: "x"},
	} {
		s.On("ping").Fail(e)
		_, err := run(t, db, `{"ping": 1}`)
		var failed mongo.CommandError
		if !errors.As(err, &failed) {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%d %s %q %v", failed.Code, failed.Name, failed.Message, failed.Labels); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestSecondariesRead what they are asked for, and write nothing.
func TestSecondariesRead(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	if _, err := coll.InsertOne(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	s.StepDown()
	w := dial(t, s)
	for command, code := range map[string]int32{"insert": 10107, "create": 10107, "find": 13435, "getMore": 13435, "ping": 0} {
		w.send(0, bson.D{{Key: command, Value: "things"}, {Key: "$db", Value: "shop"}})
		if answer, _ := w.receive(); code != 0 && answer.Lookup("code").Int32() != code {
			t.Errorf("%s: %s", command, answer)
		}
	}
	w.send(0, bson.D{{Key: "count", Value: "things"}, {Key: "$db", Value: "shop"}, {Key: "$readPreference", Value: bson.D{{Key: "mode", Value: "secondary"}}}})
	if answer, _ := w.receive(); answer.Lookup("n").Int32() != 1 {
		t.Errorf("%s", answer)
	}
	s.Elect()
	s.CutAll()
	// The driver reads again, once: its monitor may find its own connection cut after that.
	n, err := coll.CountDocuments(t.Context(), bson.D{})
	for err != nil && t.Context().Err() == nil {
		n, err = coll.CountDocuments(t.Context(), bson.D{})
	}
	if n != 1 {
		t.Errorf("%d documents, %v", n, err)
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
