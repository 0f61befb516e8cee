package script

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/store"
)

// Position is how far a script has come: the number of elements that are done, and the
// last _id that the next step has done, if it has begun.
type Position struct {
	Done  int
	After bson.Raw
}

// Execution is one attempt at a script.
type Execution struct {
	DB *mongo.Database
	// Attempt marks the changed documents, so that none is changed twice. It stays the same
	// when an attempt is resumed.
	Attempt bson.ObjectID
	// At is the position to begin at.
	At Position
	// Resumed reports whether this attempt was interrupted before: the first element may
	// have been carried out, in part or as a whole.
	Resumed bool
	// Save records a position. Its error ends the run.
	Save func(context.Context, Position) error
	// Left is told what a step that may leave documents as they are has left, with the step's
	// place and name.
	Left func(at string, left steps.Left)
	// MayLack reports whether a collection may not be there, because it comes with its first document: what would
	// change it is skipped. Nil means none may.
	MayLack func(collection string) bool
	// RetryTimeout is how long each element is retried on a database that does not answer.
	// Even if it is 0, there is one retry.
	RetryTimeout time.Duration
}

// RetryTimeout covers an election, which takes a replica set up to 12 s with the settings
// it comes with (MongoDB's manual, on the time to elect a new primary).
const RetryTimeout = 12 * time.Second

// retryDelay is the delay before the second retry and each one after it.
const retryDelay = time.Second

// retry calls do, and again if the database does not answer: first without a delay, as
// drivers retry, and then until RetryTimeout has passed.
func (r *Execution) retry(ctx context.Context, do func(again bool) error) error {
	err := do(false)
	for began, wait := time.Now(), time.Duration(0); errors.Is(err, store.ErrUnavailable) && !isOfSave(err); wait = retryDelay {
		if wait > 0 && time.Since(began)+wait > r.RetryTimeout {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		err = do(true)
	}
	return err
}

// saveError is the error of a Save. It is not retried: the catalog is another database, whose
// writer retries by itself.
type saveError struct{ error }

func (e saveError) Unwrap() error { return e.error }

func isOfSave(err error) bool {
	_, ok := errors.AsType[saveError](err)
	return ok
}

// save calls Save.
func (r *Execution) save(ctx context.Context, at Position) error {
	if err := r.Save(ctx, at); err != nil {
		return saveError{err}
	}
	return nil
}

// Run carries out the script. After an error, the script is done up to the position that was
// saved last, and perhaps a part of the next element.
func (s *Script) Run(ctx context.Context, r Execution) error {
	for i := r.At.Done; i < len(s.elements); i++ {
		if err := s.element(ctx, &r, i); err != nil {
			return s.failed(i, err)
		}
		marked := s.elements[i].command.marked()
		if i == len(s.elements)-1 && !marked {
			break
		}
		if err := r.save(ctx, Position{Done: i + 1}); err != nil {
			return err
		}
		if err := r.retry(ctx, func(bool) error { return s.sweep(ctx, r.DB, r.Attempt, i) }); err != nil {
			return err
		}
	}
	if !r.Resumed {
		return nil
	}
	// An interrupted attempt may have left marks of elements that were corrected since.
	return r.retry(ctx, func(bool) error { return Sweep(ctx, r.DB, r.Attempt) })
}

func (s *Script) element(ctx context.Context, r *Execution, i int) error {
	e := &s.elements[i]
	resumed, after := false, bson.Raw(nil)
	if i == r.At.Done {
		resumed, after = r.Resumed, r.At.After
	}
	if e.work == nil {
		return r.retry(ctx, func(again bool) error {
			a := attempt{db: r.DB, mark: mark(r.Attempt, i), again: resumed || again, mayLack: r.mayLack}
			return a.run(ctx, e.command)
		})
	}
	var left steps.Left
	err := r.retry(ctx, func(bool) error {
		more, err := e.work.Run(ctx, r.DB, e.batch, after, func(ctx context.Context, to bson.Raw) error {
			after = to
			return r.save(ctx, Position{Done: i, After: to})
		})
		left.Add(more)
		return err
	})
	if left.Documents > 0 {
		r.Left(e.at+": step "+e.name, left)
	}
	return err
}

func (r *Execution) mayLack(collection string) bool { return r.MayLack != nil && r.MayLack(collection) }

func (s *Script) failed(i int, err error) error {
	e := &s.elements[i]
	what := "step " + e.name
	if e.command != nil {
		what = e.command.name + " " + e.command.collection
	}
	return fmt.Errorf("%s: %s: %s: %w", s.File, e.at, what, err)
}

// mark returns the mark of an element in an attempt.
func mark(attempt bson.ObjectID, i int) string { return fmt.Sprintf("%s.%d", attempt.Hex(), i) }

// sweep removes the marks of one element.
func (s *Script) sweep(ctx context.Context, db *mongo.Database, of bson.ObjectID, i int) error {
	c := s.elements[i].command
	if !c.marked() {
		return nil
	}
	a := attempt{db: db, mark: mark(of, i)}
	if err := a.sweep(ctx, c); err != nil {
		return s.failed(i, err)
	}
	return nil
}
