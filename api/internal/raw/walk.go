package raw

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// walk is a page that is being read.
type walk struct {
	plan  *plan
	visit func(doc bson.Raw) error
	// shown counts the page's documents, and passed those of earlier pages.
	shown, passed int
	// last is the place of the page's last document so far, or where the page before
	// ended, if marked.
	last   place
	marked bool
	// more reports whether a document follows the page.
	more bool
}

func newWalk(p *plan, visit func(doc bson.Raw) error) *walk {
	w := &walk{plan: p, visit: visit}
	if p.after != nil && !p.total {
		w.last, w.marked = p.after.clone(), true
	}
	return w
}

// take is called with each document that the server finds.
func (w *walk) take(doc bson.Raw) error {
	if w.plan.passed(doc) {
		w.passed++
		return nil
	}
	if w.shown == w.plan.limit {
		w.more = true
		return ErrStop
	}
	w.shown++
	if !w.plan.total || w.passed > 0 || w.shown == w.plan.limit {
		w.mark(doc)
	}
	return w.visit(doc)
}

// mark makes doc the page's last.
func (w *walk) mark(doc bson.Raw) {
	p := w.plan
	p.keys, _ = keysOf(p.keys, doc, p.order)
	equal := w.marked && compareKeys(p.order[:p.own], p.keys, w.last.keys) == 0
	w.marked = true
	w.last.keys = w.last.keys[:0]
	for _, key := range p.keys {
		w.last.keys = appendCopy(w.last.keys, key)
	}
	if !equal {
		w.last.shown = w.last.shown[:0]
	}
	if !p.total && !p.tied {
		w.last.shown = appendCopy(w.last.shown, doc.Lookup("_id"))
	}
}

// crowded reports whether documents of earlier pages took the room of later ones.
func (w *walk) crowded() bool {
	return w.passed > 0 && !w.more && w.shown+w.passed == w.plan.limit+1
}

// goOn prepares to read the rest of the page.
func (w *walk) goOn() {
	if w.shown > 0 {
		w.plan = w.plan.from(w.last.clone())
	}
}

func (p place) clone() place {
	var c place
	for _, v := range p.keys {
		c.keys = appendCopy(c.keys, v)
	}
	for _, v := range p.shown {
		c.shown = appendCopy(c.shown, v)
	}
	return c
}

// appendCopy appends a copy of v, if possible in memory that the list used for another value
// before.
func appendCopy(list []bson.RawValue, v bson.RawValue) []bson.RawValue {
	n := len(list)
	list = slices.Grow(list, 1)[:n+1]
	list[n] = bson.RawValue{Type: v.Type, Value: append(list[n].Value[:0], v.Value...)}
	return list
}
