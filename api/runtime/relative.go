package runtime

import (
	"context"
	"errors"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// A change that depends on what is stored is the database's to make, in one step
// with finding the document. Where what comes of it has rules of its own, such as
// bounds, the document has to be known first: then the functions below make of it
// one that does not depend on anything.

// ResolveNumber is what c makes of a number that is current.
func ResolveNumber[N int64 | float64 | bson.Decimal128](c store.Change[N], current N) store.Change[N] {
	if c.Kind() != store.ChangeInc {
		return c
	}
	sum, ok := add(current, c.Operand())
	if !ok {
		return store.NewChange(store.ChangeOverflow, *new(N))
	}
	return store.Set(sum)
}

func add[N any](a, b N) (N, bool) {
	var sum any
	ok := true
	switch a := any(a).(type) {
	case int64:
		b := any(b).(int64)
		sum, ok = a+b, !check.Overflows(a, b)
	case float64:
		f := a + any(b).(float64)
		sum, ok = f, !math.IsInf(f, 0)
	case bson.Decimal128:
		sum, ok = check.AddDecimals(a, any(b).(bson.Decimal128))
	}
	return sum.(N), ok
}

// ResolveList is what c makes of a list that is current. Elements are equal that
// each appends as the same bytes.
func ResolveList[E any](c store.Change[[]E], current []E, each func([]byte, string, E) []byte) store.Change[[]E] {
	if c.Kind() != store.ChangeAdd && c.Kind() != store.ChangePull {
		return c
	}
	encoded := func(v E) string { return string(each(nil, "", v)) }
	seen := map[string]bool{}
	list := []E{}
	if c.Kind() == store.ChangePull {
		for _, v := range c.Operand() {
			seen[encoded(v)] = true
		}
		for _, v := range current {
			if !seen[encoded(v)] {
				list = append(list, v)
			}
		}
		return store.Set(list)
	}
	for _, v := range current {
		seen[encoded(v)] = true
		list = append(list, v)
	}
	for _, v := range c.Operand() {
		if !seen[encoded(v)] {
			seen[encoded(v)] = true
			list = append(list, v)
		}
	}
	return store.Set(list)
}

// ResolveObject is c with what it makes of the members of an object that is
// current.
func ResolveObject[P, V any](c store.Change[P], current V, resolve func(P, V) P) store.Change[P] {
	if patch, ok := c.Value(); ok {
		return store.Set(resolve(patch, current))
	}
	return c
}

// ResolveEntries is c with what it makes of each entry of a map that is current;
// missing is what one reads as that is not there.
func ResolveEntries[P, V any](
	c store.Change[store.Entries[P]], current map[string]V, missing V, resolve func(store.Change[P], V) store.Change[P],
) store.Change[store.Entries[P]] {
	entries, ok := c.Value()
	if !ok {
		return c
	}
	resolved := make(store.Entries[P], len(entries))
	for name, change := range entries {
		v, there := current[name]
		if !there {
			v = missing
		}
		resolved[name] = resolve(change, v)
	}
	return store.Set(resolved)
}

// UpdateResolved is Update for documents with members that changes have to be
// resolved for. Where a patch has such changes, the document is read, and written
// if it is still as it was read, else read again. Where others keep coming first
// the error is ErrStale.
func UpdateResolved[D, C any, P decodable[D]](
	ctx context.Context, d Documents, id raw.ID, patch C,
	checks func(*C, *check.FieldErrors), changes func(C) Changes, resolve func(C, *D) C, opts ...store.WriteOption,
) (*D, error) {
	if c := changes(patch); !c.Unresolved {
		return Update[D, C, P](ctx, d, id, patch, checks, changes, opts...)
	}
	for round := range raw.MaxAttempts {
		doc, err := d.Read(ctx, id, opts)
		current, err := decode[D, P](d, doc, err)
		if err != nil {
			return nil, err
		}
		v, err := Update[D, C, P](ctx, d, id, resolve(patch, current), checks, changes, store.IfRev(d.RevOf(doc)))
		if !errors.Is(err, store.ErrStale) {
			return v, err
		}
		if err := raw.Backoff(ctx, round); err != nil {
			return nil, err
		}
	}
	return nil, store.ErrStale
}
