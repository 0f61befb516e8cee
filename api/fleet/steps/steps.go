// Package steps are the changes of data that commands cannot say, by name.
package steps

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
)

// Step is what migration files may call by its name.
type Step struct {
	// Name is what files call it: a-z, 0-9 and _.
	Name string
	// Doc says what it does.
	Doc string
	// Read reads the members that a file gives it, and returns what is to be done. What is
	// wrong with them is m's to remember.
	Read func(m *Members) Work
}

// Work is what a step does to the documents of one collection, each by itself.
type Work struct {
	Collection string
	// Check looks at the collection before any document is changed. Its error ends the
	// migration. Nil looks at nothing.
	Check func(ctx context.Context, coll *mongo.Collection) error
	// Batches yields the documents to be changed, so many at a time; those that others change
	// meanwhile are not read again. Nil yields all documents in the order of their _ids.
	Batches func(ctx context.Context, coll *mongo.Collection, batch int) iter.Seq2[[]bson.Raw, error]
	// Change returns the edit of a document; the zero Edit leaves it as it is. It must
	// leave a document that it changed before alone: a step is resumed at its last batch.
	Change func(doc bson.Raw) (Edit, error)
	// Leaves reports whether the step succeeds although it left documents as they are.
	Leaves bool
	// Places are the paths that it reads and writes.
	Places []Place
}

// Edit is the change of one document.
type Edit struct {
	// When matches the document only if it is as it was read, so that no other write is
	// overwritten.
	When bson.D
	// Set are the members to change, and Unset the paths of those to remove. _rev is
	// incremented besides, which makes entity tags stale; updatedAt stays.
	Set   bson.D
	Unset []string
	// Delete removes the document.
	Delete bool
	// Unfit are the values that stay as they are, because they cannot become what was asked
	// for.
	Unfit []Unfit
}

// Unfit is a value that a step left as it was.
type Unfit struct {
	// ID is the document's _id, which Run fills in.
	ID string
	// Path is dotted, with positions in lists.
	Path string
	// Problem is a predicate, and quotes nothing that is stored.
	Problem string
}

func (u Unfit) String() string { return "document " + u.ID + ": " + u.Path + " " + u.Problem }

// Place is a path that a step reads or writes, to be compared with the schema.
type Place struct {
	Path Path
	// Former reports whether the step leaves nothing there, so that the schema need not
	// declare it.
	Former bool
	// Kinds are the kinds of fields that can be there afterwards; empty means any.
	Kinds []string
}

// All returns the steps of this package, for users as the schema in use declares them.
func All(users *meta.Collection) []Step {
	return []Step{
		of(users, FoldEmails()), of(users, ObjectRoles(users)), of(users, CompleteTimestamps(users)),
		ToDate(), ToObjectID(), ToNumber(), ToText(), ToDecimal(),
		MapValues(), RenameMember(), DropMember(), FillMember(), RemoveRepeats(),
	}
}

// of returns a step on users, who may be stored under another name.
func of(users *meta.Collection, s Step) Step {
	read := s.Read
	s.Read = func(m *Members) Work {
		w := read(m)
		if users != nil && users.Stored != "" {
			w.Collection = users.Stored
		}
		return w
	}
	return s
}
