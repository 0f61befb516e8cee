package model

import (
	"reflect"
	"slices"
)

// overlap is the ordered indexes of a collection, MongoDB's own before those that are declared, and which
// of them are redundant beside the others.
type overlap struct {
	all       []resolvedIndex
	redundant []bool
}

// overlap finds the indexes that can be removed all at once.
func (x *indexer) overlap() overlap {
	o := overlap{all: []resolvedIndex{{Index: &Index{Name: "_id_", Keys: []Key{{Path: x.c.Paths[0]}}, Collation: x.c.Collation}}}}
	for _, index := range x.done {
		if index.complete { // neither mistaken nor for words
			o.all = append(o.all, index)
		}
	}
	o.redundant = make([]bool, len(o.all))
	// One that extends another goes before others are found redundant beside it.
	for _, is := range []func(x, other resolvedIndex) bool{resolvedIndex.extends, resolvedIndex.isServedBy} {
		for i := len(o.all) - 1; i > 0; i-- { // of two that serve the same, the first stays
			o.redundant[i] = o.redundant[i] || o.beside(i, is) >= 0
		}
	}
	return o
}

// beside returns the first index that stays and to which the i-th is related as is says, -1 if there is
// none. What does more than serve queries, or is to serve none, is related to nothing.
func (o overlap) beside(i int, is func(x, other resolvedIndex) bool) int {
	x := o.all[i]
	if x.Unique || x.Expires || x.Hidden {
		return -1
	}
	for j, other := range o.all {
		if j != i && !o.redundant[j] && !other.Hidden && x.holdsSame(other) && is(x, other) && !o.isShadowed(i, j) {
			return j
		}
	}
	return -1
}

// isShadowed reports whether queries of the i-th index could come to one before the j-th, since the first that
// serves a query does.
func (o overlap) isShadowed(i, j int) bool {
	for k := i + 1; k < j; k++ {
		if !o.redundant[k] && o.all[k].answersOtherwise(o.all[i], o.all[j]) {
			return true
		}
	}
	return false
}

// answersOtherwise reports whether x, in place of two others that serve the same, may compare text otherwise or
// have another order.
func (x resolvedIndex) answersOtherwise(one, other resolvedIndex) bool {
	begins := slices.ContainsFunc(other.Keys, func(k Key) bool { return samePath(k, x.Keys[0]) })
	limited := len(x.Partial)+len(one.Partial) > 0
	return !x.comparesAs(one) || one.isTotal() && (begins || limited)
}

// isServedBy reports whether other serves all that x does, in the same order: it begins with x's keys, and
// those behind them make no difference. To the order of pages they do, unless that is the order of _id
// whatever the keys are.
func (x resolvedIndex) isServedBy(other resolvedIndex) bool {
	begins, _ := begin(x.Keys, other.Keys)
	behind := len(other.Keys) - len(x.Keys)
	switch {
	case !begins || behind < 0:
		return false
	case x.isTotal():
		return behind == 0 && !other.Unique
	}
	return x.Exact == other.Exact && !slices.ContainsFunc(other.Keys[len(x.Keys):], isMany)
}

// extends reports whether x begins with all keys of other, which no two documents share, so that
// what is behind them orders nothing.
func (x resolvedIndex) extends(other resolvedIndex) bool {
	begins, _ := begin(x.Keys, other.Keys)
	behind := len(x.Keys) - len(other.Keys)
	return begins && (behind > 0 || behind == 0 && x.Exact) && other.isDistinct() && !slices.ContainsFunc(x.Keys, isMany)
}

// isDistinct reports whether no two documents have the same keys, and pages come in the order of the
// index. A sparse one leaves out documents, of which this is not said.
func (x resolvedIndex) isDistinct() bool {
	return x.isTotal() || x.Unique && !x.Sparse && x.Collation.IsPlain()
}

// isTotal reports whether _id is among the keys.
func (x resolvedIndex) isTotal() bool {
	return slices.ContainsFunc(x.Keys, func(k Key) bool { return k.Path.Name == idPath })
}

// holdsSame reports whether two indexes hold the same documents, and compare text in the same way.
func (x resolvedIndex) holdsSame(other resolvedIndex) bool {
	return x.Sparse == other.Sparse && x.Living == other.Living && x.comparesAs(other) &&
		hasAll(x.Partial, other.Partial) && hasAll(other.Partial, x.Partial)
}

func (x resolvedIndex) comparesAs(other resolvedIndex) bool {
	return x.Collation == other.Collation || x.Collation.IsPlain() && other.Collation.IsPlain()
}

// hasAll reports whether each of the conditions is in list.
func hasAll(list, conditions []Condition) bool {
	return !slices.ContainsFunc(conditions, func(c Condition) bool {
		return !slices.ContainsFunc(list, func(o Condition) bool { return reflect.DeepEqual(c, o) })
	})
}

func isMany(k Key) bool { return k.Path.Many }

// begin reports whether one of two lists of keys begins with the other, be it with all directions reversed.
func begin(a, b []Key) (yes, reversed bool) {
	n := min(len(a), len(b))
	reversed = n > 0 && a[0].Descending != b[0].Descending
	return n > 0 && slices.EqualFunc(a[:n], b[:n], func(k, o Key) bool {
		return k.Path == o.Path && (k.Descending != o.Descending) == reversed
	}), reversed
}
