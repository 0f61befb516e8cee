package scripted_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb/scripted"
)

func event(kind, db, coll string, id int) bson.D {
	return bson.D{
		{Key: "operationType", Value: kind}, {Key: "ns", Value: bson.D{{Key: "db", Value: db}, {Key: "coll", Value: coll}}},
		{Key: "documentKey", Value: bson.D{{Key: "_id", Value: id}}},
	}
}

// next waits for an event, and says whose it is.
func next(t *testing.T, stream *mongo.ChangeStream) int32 {
	t.Helper()
	if !stream.Next(t.Context()) {
		t.Fatalf("no event: %v", stream.Err())
	}
	return stream.Current.Lookup("documentKey", "_id").Int32()
}

func TestChangeStreams(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	client := connect(t, s)
	coll := client.Database("shop").Collection("things")
	narrow, err := coll.Watch(t.Context(), mongo.Pipeline{bson.D{{Key: "$match", Value: bson.D{{Key: "operationType", Value: "update"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	wide, err := client.Database("shop").Watch(t.Context(), mongo.Pipeline{})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := client.Watch(t.Context(), mongo.Pipeline{})
	if err != nil {
		t.Fatal(err)
	}
	s.Emit(event("update", "other", "things", 1))
	s.Emit(event("insert", "shop", "things", 2))
	s.Emit(event("update", "shop", "things", 3))
	s.Emit(event("update", "shop", "others", 4))
	for stream, want := range map[*mongo.ChangeStream][]int32{narrow: {3}, wide: {2, 3, 4}, whole: {1, 2, 3, 4}} {
		for _, id := range want {
			if got := next(t, stream); got != id {
				t.Errorf("got %d instead of %d", got, id)
			}
		}
	}
	for _, stream := range []*mongo.ChangeStream{narrow, wide, whole} {
		if err := stream.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestChangeStreamsResume has the driver resume a stream by itself, and a client one
// that it has a token of.
func TestChangeStreamsResume(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	client := connect(t, s)
	stream, err := client.Watch(t.Context(), mongo.Pipeline{})
	if err != nil {
		t.Fatal(err)
	}
	s.Emit(event("insert", "shop", "things", 1))
	if got := next(t, stream); got != 1 {
		t.Errorf("got %d", got)
	}
	token := stream.ResumeToken()
	s.On("getMore").CutBefore()
	s.Emit(event("insert", "shop", "things", 2))
	if got := next(t, stream); got != 2 {
		t.Errorf("after a cut: got %d", got)
	}
	if err := stream.Close(t.Context()); err != nil {
		t.Error(err)
	}
	again, err := client.Watch(t.Context(), mongo.Pipeline{}, options.ChangeStream().SetResumeAfter(token))
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, again); got != 2 {
		t.Errorf("resumed: got %d", got)
	}
	if err := again.Close(t.Context()); err != nil {
		t.Error(err)
	}
	s.ForgetEvents()
	var lost mongo.CommandError
	if _, err := client.Watch(t.Context(), mongo.Pipeline{}, options.ChangeStream().SetResumeAfter(token)); !errors.As(err, &lost) || lost.Code != 286 {
		t.Errorf("after the oplog: %v", err)
	}
}

func TestInvalidatedStreamsEnd(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	stream, err := things(t, s).Watch(t.Context(), mongo.Pipeline{})
	if err != nil {
		t.Fatal(err)
	}
	s.Emit(event("invalidate", "shop", "things", 1))
	next(t, stream)
	if stream.Next(t.Context()) || stream.ID() != 0 || s.Cursors() != 0 {
		t.Errorf("goes on as %d: %v", stream.ID(), stream.Err())
	}
	if err := stream.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNoChangeStreamsWithoutReplicaSet(t *testing.T) {
	t.Parallel()
	if _, err := things(t, scripted.Start(t, scripted.Standalone())).Watch(t.Context(), mongo.Pipeline{}); codeOf(err) != 40573 {
		t.Errorf("got %v", err)
	}
}
