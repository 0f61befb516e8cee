package raw

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// plan is a Selection and the one index that serves it.
type plan struct {
	index  *meta.Index
	where  []meta.Condition
	others []meta.Clause
	// search asks for words, nil for none; scored has the best matches first.
	search *meta.Clause
	scored bool
	// order are the index's keys behind the equality prefix, reversed where the
	// sort asks for it. It is total where it ends in _id. Else it ends in a unique key,
	// which the server would have to sort by before it could sort by _id: then it is
	// trusted until a page has documents that it does not tell apart, which an index
	// lets pass that is missing. From there on it is tied to _id, behind its own keys.
	order       []meta.Key
	own         int
	total, tied bool
	limit       int
	// after is where the page before ended, nil for the first.
	after *place
	// loose reports whether filter also finds documents without arrays of earlier pages.
	loose bool
	// keys are the keys of the last document, kept to reuse their memory.
	keys []bson.RawValue
	// fields are the paths to read, nil for whole documents.
	fields []string
	// empty reports whether nothing can match, so that no query is sent.
	empty bool
	// deleted is Selection's.
	deleted bool
}

// idIndex is the index that every collection has.
var idIndex = meta.Index{Name: "_id_", Keys: []meta.Key{{Path: "_id"}}, Unique: true}

// plan finds the index that serves s. The error is an *InvalidError.
func (c *Collection) plan(s Selection) (*plan, error) {
	if s.Search != nil {
		return c.planSearch(s)
	}
	want, err := c.want(s)
	if err != nil {
		return nil, err
	}
	index, order := c.serving(want)
	if index == nil {
		return nil, c.notServed(want)
	}
	p := &plan{index: index, where: s.Where, others: s.Others, order: order, limit: s.Limit, fields: s.Fields, deleted: s.deleted}
	p.own, p.total = len(p.order), endsInID(p.order)
	p.empty = slices.ContainsFunc(s.Where, meta.Condition.MatchesNothing)
	if p.limit == 0 {
		p.limit = meta.DefaultLimit
	}
	if s.After != "" {
		at, err := p.parse(s.After)
		if err != nil {
			return nil, c.invalid("after", "cursor", err.Error())
		}
		return p.from(at), nil
	}
	return p, nil
}

// from returns the plan for what comes after a place in p's order. A place that is known
// only by its document has to be found first.
func (p *plan) from(at place) *plan {
	next := *p
	at.flat = p.isCollated()
	next.after, next.keys = &at, nil
	if !p.total && !p.tied && (len(at.keys) > p.own || len(at.shown) > 1) {
		next.tied = true
		next.order = append(slices.Clone(p.order), meta.Key{Path: "_id"})
	}
	next.loose = at.loose(next.order)
	return &next
}

// passed reports whether a document that filter finds was on an earlier page.
func (p *plan) passed(doc bson.Raw) bool {
	if p.after == nil {
		return false
	}
	var many bool
	p.keys, many = keysOf(p.keys, doc, p.order)
	return (many || p.loose) && p.after.passed(p.order, p.keys, doc.Lookup("_id"))
}

func (c *Collection) invalid(pointer, code, message string) error {
	return &store.InvalidError{Collection: c.Name, Fields: check.FieldErrors{{Pointer: pointer, Code: code, Message: message}}}
}

// filter returns the plan's conditions and its place in the order, for find.
func (p *plan) filter() bson.D {
	filter := p.conditions()
	if p.after != nil {
		filter = append(filter, p.after.filter(p.order)...)
	}
	return filter
}

// conditions returns the query's conditions, wherever the page starts.
func (p *plan) conditions() bson.D {
	if p.search != nil {
		return p.search.Filter()
	}
	filter := bson.D{}
	for _, cond := range p.where {
		filter = append(filter, bson.E{Key: cond.Path, Value: cond.Operators()})
	}
	filter = mergeRanges(filter)
	further := meta.Filters(p.others)
	if placed := p.placed(); placed != nil {
		further = append(further, placed)
	}
	if len(further) > 0 {
		filter = append(filter, bson.E{Key: "$and", Value: further})
	}
	return filter
}

// mergeRanges joins the two ends of a range into one condition: one path twice
// in a filter is ambiguous.
func mergeRanges(filter bson.D) bson.D {
	merged := filter[:0]
	for _, e := range filter {
		at := slices.IndexFunc(merged, func(m bson.E) bool { return m.Key == e.Key })
		if at < 0 {
			merged = append(merged, e)
			continue
		}
		merged[at].Value = append(merged[at].Value.(bson.D), e.Value.(bson.D)...)
	}
	return merged
}

// sort returns the plan's order, for find; nil if at most one document matches.
func (p *plan) sort() bson.D {
	if p.scored {
		return byScore
	}
	var sort bson.D
	for _, key := range p.order {
		direction := int32(1)
		if key.Descending {
			direction = -1
		}
		sort = append(sort, bson.E{Key: key.Path, Value: direction})
	}
	return sort
}
