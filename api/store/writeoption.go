package store

import "github.com/partywall/partywall/api/meta"

// WriteOption is a condition on a write.
type WriteOption func(*Demands)

// Demands are what a document has to be like to be written.
type Demands struct {
	// Rev is the state that it has to be in, nil for any.
	Rev *Rev
	// Unless are what the document must not fulfil.
	Unless []meta.Condition
}

// IfRev makes the write depend on the document being in state rev. If it is not,
// nothing is written, and the error is ErrStale.
func IfRev(rev Rev) WriteOption { return func(w *Demands) { w.Rev = &rev } }
