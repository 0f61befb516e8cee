package raw_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// turns is a gate that counts, and refuses once it is closed.
type turns struct {
	now, most, entered atomic.Int64
	closed             error
}

func (g *turns) Enter(ctx context.Context) error {
	if g.closed != nil {
		return g.closed
	}
	g.entered.Add(1)
	if n := g.now.Add(1); n > g.most.Load() {
		g.most.Store(n)
	}
	return ctx.Err()
}

func (g *turns) Leave() { g.now.Add(-1) }

// TestCommandsTakeTurns: each command is sent in a turn of its own, the first and each further batch of a list, too; none
// is held while a document is visited, or between commands of one operation.
func TestCommandsTakeTurns(t *testing.T) {
	t.Parallel()
	_, coll, server := modelled(t, &things)
	g := &turns{}
	docs := raw.In(handle.NewTenant(coll.Database(), g, nil, nil), &things)
	for i := range 2500 {
		if err := docs.Insert(t.Context(), document(t, bson.NewObjectID(), i)); err != nil {
			t.Fatal(err)
		}
	}
	server.Reset()
	g.entered.Store(0)
	n := 0
	err := docs.Stream(t.Context(), raw.Selection{}, func(bson.Raw) error {
		if g.now.Load() != 0 {
			return errors.New("a turn is held while documents are visited")
		}
		n++
		return nil
	})
	if err != nil || n != 2500 {
		t.Errorf("%d documents, %v", n, err)
	}
	if sent := len(server.Commands()); int64(sent) != g.entered.Load() || sent < 2 {
		t.Errorf("%d turns for %d commands", g.entered.Load(), sent)
	}
	if g.now.Load() != 0 || g.most.Load() != 1 {
		t.Errorf("%d are left, %d were at most", g.now.Load(), g.most.Load())
	}
}

// TestTurnedAway: an operation that does not get its turn returns the gate's error, and sends nothing.
func TestTurnedAway(t *testing.T) {
	t.Parallel()
	for _, refusal := range []error{store.ErrCrowded, store.ErrOverloaded, fmt.Errorf("east: %w", store.ErrUnavailable), context.DeadlineExceeded} {
		_, coll, server := modelled(t, &things)
		docs := raw.In(handle.NewTenant(coll.Database(), &turns{closed: refusal}, nil, nil), &things)
		server.Reset()
		id, doc := bson.NewObjectID(), document(t, bson.NewObjectID(), 1)
		_, getErr := docs.Get(t.Context(), id)
		_, countErr := docs.Count(t.Context(), raw.Selection{})
		_, anyErr := docs.HasAny(t.Context(), raw.Selection{})
		for what, err := range map[string]error{
			"get": getErr, "count": countErr, "any": anyErr,
			"insert": docs.Insert(t.Context(), doc), "many": docs.InsertMany(t.Context(), []bson.Raw{doc}),
			"delete": docs.Delete(t.Context(), id),
			"stream": docs.Stream(t.Context(), raw.Selection{}, func(bson.Raw) error { return nil }),
		} {
			if !errors.Is(err, refusal) {
				t.Errorf("%s: %v, want %v", what, err, refusal)
			}
		}
		if sent := server.Commands(); len(sent) > 0 {
			t.Errorf("sent %d commands", len(sent))
		}
	}
}

func document(t *testing.T, id bson.ObjectID, n int) bson.Raw {
	t.Helper()
	doc, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "code", Value: fmt.Sprint(n)}, {Key: "alias", Value: fmt.Sprint(n)}})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
