package script

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Position is how far a script has come: the number of elements that are done, and
// where the step that comes next stands, if it has begun.
type Position struct {
	Done  int
	After bson.Raw
}

// Run is one attempt at a script.
type Run struct {
	DB *mongo.Database
	// Attempt marks what is changed, so that nothing is changed twice. It stays the
	// same when an attempt is taken up again.
	Attempt bson.ObjectID
	// At is where to begin.
	At Position
	// Resumed says that this attempt was interrupted before: the first element may
	// have been carried out, in part or as a whole.
	Resumed bool
	// Save records a position. Its error ends the run.
	Save func(context.Context, Position) error
}

// Run carries out the script. What is done once it returns nil is all of it; after
// an error it is what was saved last, and perhaps some of what comes next.
func (s *Script) Run(ctx context.Context, r Run) error {
	if r.Resumed && r.At.Done > 0 {
		if err := s.sweep(ctx, r.DB, r.Attempt, r.At.Done-1); err != nil {
			return err
		}
	}
	for i := r.At.Done; i < len(s.elements); i++ {
		if err := s.element(ctx, &r, i); err != nil {
			return s.failed(i, err)
		}
		marked := s.elements[i].command.marked()
		if i == len(s.elements)-1 && !marked {
			return nil
		}
		if err := r.Save(ctx, Position{Done: i + 1}); err != nil {
			return err
		}
		if err := s.sweep(ctx, r.DB, r.Attempt, i); err != nil {
			return err
		}
	}
	return nil
}

func (s *Script) element(ctx context.Context, r *Run, i int) error {
	e := &s.elements[i]
	first := i == r.At.Done
	if e.step == nil {
		a := attempt{db: r.DB, mark: mark(r.Attempt, i), again: r.Resumed && first}
		return a.run(ctx, e.command)
	}
	var after bson.Raw
	if first {
		after = r.At.After
	}
	return e.step.Run(ctx, r.DB, e.batch, after, func(ctx context.Context, after bson.Raw) error {
		return r.Save(ctx, Position{Done: i, After: after})
	})
}

func (s *Script) failed(i int, err error) error {
	e := &s.elements[i]
	what := "step"
	if e.step != nil {
		what += " " + e.step.Name
	} else {
		what = e.command.name + " " + e.command.collection
	}
	return fmt.Errorf("%s: %s: %s: %w", s.File, e.at, what, err)
}

// mark is that of an element in an attempt.
func mark(attempt bson.ObjectID, i int) string { return fmt.Sprintf("%s.%d", attempt.Hex(), i) }

// Sweep takes away the marks of an attempt that is not taken up again.
func (s *Script) Sweep(ctx context.Context, db *mongo.Database, attempt bson.ObjectID) error {
	for i := range s.elements {
		if err := s.sweep(ctx, db, attempt, i); err != nil {
			return err
		}
	}
	return nil
}

// sweep takes away the marks of one element.
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
