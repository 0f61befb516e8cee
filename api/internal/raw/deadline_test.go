package raw_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// TestDeadlinesAreDeadlines: an operation whose context's deadline passed returns an error that
// is both that and ErrUnavailable; one that was canceled returns that alone.
func TestDeadlinesAreDeadlines(t *testing.T) {
	t.Parallel()
	docs, coll := newThings(t)
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "code", Value: "c"}})
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, do := range map[string]func(context.Context) error{
		"Get":    func(ctx context.Context) error { _, err := docs.Get(ctx, id); return err },
		"Insert": func(ctx context.Context) error { return docs.Insert(ctx, newThing(t)) },
		"Delete": func(ctx context.Context) error { return docs.Delete(ctx, id) },
		"Count":  func(ctx context.Context) error { _, err := docs.Count(ctx, raw.Selection{}); return err },
	} {
		if err := do(late); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s, late: %v", name, err)
		}
		if err := do(canceled); !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s, canceled: %v", name, err)
		}
	}
}
