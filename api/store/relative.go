package store

import "go.mongodb.org/mongo-driver/v2/bson"

// Inc adds by to a number; one that is missing counts as its default, else as 0.
// Of several at once none is lost. A sum that its type has no number for is an
// *InvalidError; one of more digits than its type has is rounded, as the database
// does, unless it has bounds. Where by is a constant, its type has to be said:
// store.Inc[int64](1).
func Inc[N int64 | float64 | bson.Decimal128](by N) Change[N] {
	return Change[N]{value: by, kind: ChangeInc}
}

// AddToSet adds each of vs to a list or set that does not have it. Of several at
// once none is lost.
func AddToSet[E any](vs ...E) Change[[]E] { return relativeTo(vs, ChangeAdd) }

// Pull removes each of vs from a list or set, wherever it is there; the zero time and
// ObjectID remove what reads as they do, which is null.
func Pull[E any](vs ...E) Change[[]E] { return relativeTo(vs, ChangePull) }

func relativeTo[E any](vs []E, kind ChangeKind) Change[[]E] {
	if len(vs) == 0 {
		return Change[[]E]{}
	}
	return Change[[]E]{value: vs, kind: kind}
}
