package store

import "go.mongodb.org/mongo-driver/v2/bson"

// Inc adds by to a number; a missing one counts as its default, or as 0 without one.
// Concurrent ones are not lost. A sum beyond its type is an *InvalidError; one of more
// digits than its type has is rounded by the database, unless it has bounds. If by is a
// constant, its type has to be given: store.Inc[int64](1).
func Inc[N int64 | float64 | bson.Decimal128](by N) Change[N] {
	return Change[N]{value: by, kind: ChangeInc}
}

// AddToSet adds each of vs to a list or set that does not have it. Concurrent ones are not
// lost.
func AddToSet[E any](vs ...E) Change[[]E] { return relativeTo(vs, ChangeAdd) }

// Pull removes each of vs from a list or set, wherever it is.
func Pull[E any](vs ...E) Change[[]E] { return relativeTo(vs, ChangePull) }

func relativeTo[E any](vs []E, kind ChangeKind) Change[[]E] {
	if len(vs) == 0 {
		return Change[[]E]{}
	}
	return Change[[]E]{value: vs, kind: kind}
}
