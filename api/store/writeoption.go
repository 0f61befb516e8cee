package store

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// WriteOption is a condition on a write.
type WriteOption func(*Demands)

// Demands are what a write requires of the document.
type Demands struct {
	// Rev is the required state, nil for any.
	Rev *Rev
	// Unless are conditions that the document must not fulfil.
	Unless []meta.Condition
	// Known is the document in the required state, nil if it has to be read.
	Known bson.Raw
}

// IfRev makes the write depend on the document being in state rev. If it is not,
// nothing is written, and the error is ErrStale.
func IfRev(rev Rev) WriteOption { return func(w *Demands) { w.Rev = &rev } }
