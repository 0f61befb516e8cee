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
		if err := s.sweep(ctx, &r, r.At.Done-1); err != nil {
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
		if err := s.sweep(ctx, &r, i); err != nil {
			return err
		}
	}
	return nil
}

func (s *Script) failed(i int, err error) error {
	return fmt.Errorf("%s: element %d (%s): %w", s.File, i+1, &s.elements[i], err)
}

func (s *Script) element(ctx context.Context, r *Run, i int) error {
	e := &s.elements[i]
	first := i == r.At.Done
	if e.step == nil {
		a := attempt{db: r.DB, mark: fmt.Sprintf("%s.%d", r.Attempt.Hex(), i), again: r.Resumed && first}
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

// sweep takes away what the element has marked.
func (s *Script) sweep(ctx context.Context, r *Run, i int) error {
	c := s.elements[i].command
	if !c.marked() {
		return nil
	}
	a := attempt{db: r.DB, mark: fmt.Sprintf("%s.%d", r.Attempt.Hex(), i)}
	if err := a.sweep(ctx, c); err != nil {
		return s.failed(i, err)
	}
	return nil
}
