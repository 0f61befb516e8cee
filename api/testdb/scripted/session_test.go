package scripted_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// write is a retryable insert of a document into a session, under a number.
func (w wire) write(session byte, number int64, id int) (answer bson.Raw) {
	w.Helper()
	lsid := bson.D{{Key: "id", Value: bson.Binary{Subtype: bson.TypeBinaryUUID, Data: append(make([]byte, 15), session)}}}
	w.send(0, bson.D{
		{Key: "insert", Value: "things"}, {Key: "documents", Value: bson.A{bson.D{{Key: "_id", Value: id}}}},
		{Key: "lsid", Value: lsid}, {Key: "txnNumber", Value: number}, {Key: "$db", Value: "shop"},
	})
	answer, _ = w.receive()
	return answer
}

// TestWritesAreDoneOnce sends what drivers send when they hear of no answer.
func TestWritesAreDoneOnce(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	w := dial(t, s)
	for i, step := range []struct {
		session byte
		number  int64
		id      int
		n, code int32
	}{
		{session: 1, number: 5, id: 1, n: 1},
		{session: 1, number: 5, id: 1, n: 1},        // again: answered, not done
		{session: 2, number: 5, id: 1, code: 11000}, // somebody else's
		{session: 1, number: 4, id: 2, code: 225},
		{session: 1, number: 6, id: 2, n: 1},
	} {
		answer := w.write(step.session, step.number, step.id)
		code, _ := answer.Lookup("code").Int32OK()
		if failed, err := answer.LookupErr("writeErrors", "0", "code"); err == nil {
			code = failed.Int32()
		}
		if n, _ := answer.Lookup("n").Int32OK(); n != step.n || code != step.code {
			t.Errorf("step %d: %s", i, answer)
		}
	}
	if n := stored(t, coll); n != 2 {
		t.Errorf("%d documents", n)
	}
	// What did nothing is tried again.
	if _, err := coll.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	if answer := w.write(2, 5, 1); answer.Lookup("n").Int32() != 1 {
		t.Errorf("%s", answer)
	}
}

func TestStandaloneKnowsNoRetryableWrites(t *testing.T) {
	t.Parallel()
	answer := dial(t, scripted.Start(t, scripted.Standalone())).write(1, 1, 1)
	if answer.Lookup("code").Int32() != 20 {
		t.Errorf("%s", answer)
	}
}

// TestUnacknowledgedWrites are done and not answered.
func TestUnacknowledgedWrites(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	w := dial(t, s)
	w.send(wiremessage.MoreToCome, bson.D{{Key: "insert", Value: "things"}, {Key: "documents", Value: bson.A{bson.D{}}}, {Key: "writeConcern", Value: bson.D{{Key: "w", Value: 0}}}, {Key: "$db", Value: "shop"}})
	w.send(0, bson.D{{Key: "count", Value: "things"}, {Key: "$db", Value: "shop"}})
	if answer, _ := w.receive(); answer.Lookup("n").Int32() != 1 {
		t.Errorf("%s", answer)
	}
}
