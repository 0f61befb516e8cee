package raw

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// place is where in its order a page ended.
type place struct {
	// keys are the keys of the page's last document, without the final _id if shown has
	// it.
	keys []bson.RawValue
	// shown are the _ids of documents with the same keys on this page and those before.
	shown []bson.RawValue
	// of is the _id of the page's last document, if nothing else is known of it.
	of bson.RawValue
	// flat says that no document has an array on the way to a key.
	flat bool
}

// spot returns where the place is in the order of the i-th key.
func (p place) spot(order []meta.Key, i int) spot {
	s := newSpot(order, i, p.keys[i])
	s.alone = s.alone || p.flat
	return s
}

// filter matches what comes after the place.
func (p place) filter(order []meta.Key) bson.D {
	alternatives := p.behind(order)
	if len(alternatives) == 0 { // at the end of all values
		return meta.MatchNothing
	}
	return bson.D{{Key: "$or", Value: alternatives}}
}

// behind returns alternatives of which a document behind the place fulfils one.
//
// Comparison operators see values of the type alone that they are given, while the
// order runs through all types: the others are asked for by type, or a page that
// ends among them would end the list. And every operator sees each element of an
// array, while the document stands where one of them does: what has elements on both
// sides of the place is ruled out as far as a filter can tell. Of documents with
// arrays it finds some all the same that do not come behind; passed tells which.
//
// Each alternative has bounds in the index that gives the order, where the server
// begins to scan it, and merges the scans. That is why none asks for $size, nor, unless
// the place is at an array itself, for arrays by nothing but their type: to find those
// it would read the whole index.
func (p place) behind(order []meta.Key) bson.A {
	alternatives := bson.A{}
	equal := []bson.D{{}}
	for i := range p.keys {
		s := p.spot(order, i)
		for _, condition := range s.beyond() {
			for _, before := range equal {
				alternatives = append(alternatives, p.alternative(before, s.key.Path, condition))
			}
		}
		if s.vague() {
			return alternatives
		}
		equal = s.equal(equal)
	}
	if !endsInID(order[:len(p.keys)]) {
		for _, before := range equal {
			alternatives = append(alternatives, p.alternative(before, "_id", nil))
		}
	}
	return alternatives
}

// alternative adds a condition to those before it, and to one on _id that none of
// shown fulfils it.
func (p place) alternative(before bson.D, path string, condition bson.D) bson.D {
	if path == "_id" && len(p.shown) > 0 {
		condition = append(slices.Clone(condition), bson.E{Key: "$nin", Value: p.shown})
	}
	return append(slices.Clone(before), bson.E{Key: path, Value: condition})
}

// passed reports whether the document with these keys does not come after the place.
func (p place) passed(order []meta.Key, keys []bson.RawValue, id bson.RawValue) bool {
	if slices.ContainsFunc(p.shown, func(v bson.RawValue) bool { return compareValues(v, id) == 0 }) {
		return true
	}
	c := compareKeys(order, keys, p.keys)
	return c < 0 || (c == 0 && endsInID(order[:len(p.keys)]))
}

// loose reports whether behind also matches documents without arrays that do not come after
// the place.
func (p place) loose(order []meta.Key) bool {
	for i := range p.keys {
		if s := p.spot(order, i); s.vague() || !s.alone && s.hasNaNBeyond() {
			return true
		}
	}
	return false
}

func endsInID(order []meta.Key) bool { return len(order) > 0 && order[len(order)-1].Path == "_id" }

// AfterID matches the documents whose _id comes after id in the order that
// MongoDB sorts by, whatever their types.
func AfterID(id bson.RawValue) bson.D {
	p := place{keys: []bson.RawValue{id}}
	return p.filter([]meta.Key{{Path: "_id"}})
}
