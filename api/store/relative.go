package store

import (
	"context"
	"errors"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// Inc adds by to a number; one that is missing counts as its default, else as 0.
// Of several at once none is lost. A sum that its type has no number for is an
// *InvalidError; one of more digits than its type has is rounded, as the database
// does, unless it has bounds. Where by is a constant, its type has to be said:
// store.Inc[int64](1).
func Inc[N int64 | float64 | bson.Decimal128](by N) Change[N] {
	return Change[N]{value: by, kind: changeInc}
}

// AddToSet adds each of vs to a list or set that does not have it. Of several at
// once none is lost.
func AddToSet[E any](vs ...E) Change[[]E] { return relativeTo(vs, changeAdd) }

// Pull removes each of vs from a list or set, wherever it is there; the zero time and
// ObjectID remove what reads as they do, which is null.
func Pull[E any](vs ...E) Change[[]E] { return relativeTo(vs, changePull) }

func relativeTo[E any](vs []E, kind changeKind) Change[[]E] {
	if len(vs) == 0 {
		return Change[[]E]{}
	}
	return Change[[]E]{value: vs, kind: kind}
}

// A change that depends on what is stored is the database's to make, in one step
// with finding the document. Where what comes of it has rules of its own, such as
// bounds, the document has to be known first: then the functions below make of it
// one that does not depend on anything.

// ResolveNumber is what c makes of a number that is current.
func ResolveNumber[N int64 | float64 | bson.Decimal128](c Change[N], current N) Change[N] {
	if c.kind != changeInc {
		return c
	}
	sum, ok := add(current, c.value)
	if !ok {
		return Change[N]{kind: changeOverflow}
	}
	return Set(sum)
}

func add[N any](a, b N) (N, bool) {
	var sum any
	ok := true
	switch a := any(a).(type) {
	case int64:
		b := any(b).(int64)
		sum, ok = a+b, !overflows(a, b)
	case float64:
		f := a + any(b).(float64)
		sum, ok = f, !math.IsInf(f, 0)
	case bson.Decimal128:
		sum, ok = wire.AddDecimals(a, any(b).(bson.Decimal128))
	}
	return sum.(N), ok
}

// What is said of a sum that its type does not hold.
const (
	outOfRange        = "out_of_range"
	outOfRangeMessage = "must be a number that its type holds"
)

func overflows(a, b int64) bool {
	return (b > 0 && a > math.MaxInt64-b) || (b < 0 && a < math.MinInt64-b)
}

// ResolveList is what c makes of a list that is current. Elements are equal that
// each appends as the same bytes.
func ResolveList[E any](c Change[[]E], current []E, each func([]byte, string, E) []byte) Change[[]E] {
	if c.kind != changeAdd && c.kind != changePull {
		return c
	}
	encoded := func(v E) string { return string(each(nil, "", v)) }
	seen := map[string]bool{}
	list := []E{}
	if c.kind == changePull {
		for _, v := range c.value {
			seen[encoded(v)] = true
		}
		for _, v := range current {
			if !seen[encoded(v)] {
				list = append(list, v)
			}
		}
		return Set(list)
	}
	for _, v := range current {
		seen[encoded(v)] = true
		list = append(list, v)
	}
	for _, v := range c.value {
		if !seen[encoded(v)] {
			seen[encoded(v)] = true
			list = append(list, v)
		}
	}
	return Set(list)
}

// ResolveObject is c with what it makes of the members of an object that is
// current.
func ResolveObject[P, V any](c Change[P], current V, resolve func(P, V) P) Change[P] {
	if patch, ok := c.Value(); ok {
		return Set(resolve(patch, current))
	}
	return c
}

// ResolveEntries is c with what it makes of each entry of a map that is current;
// missing is what one reads as that is not there.
func ResolveEntries[P, V any](
	c Change[Entries[P]], current map[string]V, missing V, resolve func(Change[P], V) Change[P],
) Change[Entries[P]] {
	entries, ok := c.Value()
	if !ok {
		return c
	}
	resolved := make(Entries[P], len(entries))
	for name, change := range entries {
		v, there := current[name]
		if !there {
			v = missing
		}
		resolved[name] = resolve(change, v)
	}
	return Set(resolved)
}

// attempts is how often a write is tried that depends on the document as read. Each
// that fails means that another write went through.
const attempts = 32

// UpdateResolved is Update for documents with members that changes have to be
// resolved for. Where a patch has such changes, the document is read, and written
// if it is still as it was read, else read again. Where others keep coming first
// the error is ErrStale.
func UpdateResolved[D, C any, P decodable[D]](
	ctx context.Context, d Documents, id bson.ObjectID, patch C,
	check func(*C, *wire.Problems), changes func(C) Changes, resolve func(C, *D) C, opts ...WriteOption,
) (*D, error) {
	if c := changes(patch); !c.unresolved {
		return Update[D, C, P](ctx, d, id, patch, check, changes, opts...)
	}
	for range attempts {
		raw, err := d.read(ctx, id, opts)
		current, err := decode[D, P](d, raw, err)
		if err != nil {
			return nil, err
		}
		v, err := Update[D, C, P](ctx, d, id, resolve(patch, current), check, changes, IfRev(RevOf(raw)))
		if !errors.Is(err, ErrStale) {
			return v, err
		}
	}
	return nil, ErrStale
}
