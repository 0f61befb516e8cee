package replay

import (
	"slices"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/tools/bench/internal/canned"
)

// entered are the entries of the catalog that clients made. They are changed as
// clients say, since provisioning reads what it has written.
type entered struct {
	mu      sync.RWMutex
	entries []bson.Raw
	at      map[bson.ObjectID]int
}

func (e *entered) insert(docs []bson.Raw) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at == nil {
		e.at = map[bson.ObjectID]int{}
	}
	for _, doc := range docs {
		e.at[doc.Lookup("_id").ObjectID()] = len(e.entries)
		e.entries = append(e.entries, slices.Clone(doc))
	}
	return len(docs)
}

func (e *entered) get(id bson.ObjectID) bson.Raw {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if i, ok := e.at[id]; ok {
		return e.entries[i]
	}
	return nil
}

func (e *entered) find(path, text string) (docs []bson.Raw) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, doc := range e.entries {
		if value, ok := doc.Lookup(path).StringValueOK(); ok && value == text {
			docs = append(docs, doc)
		}
	}
	return docs
}

// update carries out statements that name one entry each, and counts those that met
// one.
func (e *entered) update(statements []bson.Raw) (met int) {
	for _, s := range statements {
		if e.modify(s.Lookup("q").Document(), s.Lookup("u").Document()) != nil {
			met++
		}
	}
	return met
}

// modify changes the entry that filter names, and returns it as it is then: nil if
// there is none, or in another revision than filter names.
func (e *entered) modify(filter, update bson.Raw) bson.Raw {
	e.mu.Lock()
	defer e.mu.Unlock()
	i, ok := e.at[operand(filter, "_id").ObjectID()]
	if !ok {
		return nil
	}
	rev := operand(filter, "_rev")
	if !rev.IsZero() && !rev.Equal(e.entries[i].Lookup("_rev")) {
		return nil
	}
	e.entries[i] = changed(e.entries[i], update)
	return e.entries[i]
}

// changed is doc after an update with $set, $unset and $inc, of which the last is of
// whole numbers.
func changed(doc, update bson.Raw) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(doc, &d); err != nil {
		panic("replay: an entry that was stored before: " + err.Error())
	}
	each := func(operator string, change func(path string, value bson.RawValue)) {
		fields, _ := update.Lookup(operator).DocumentOK()
		elements, _ := fields.Elements()
		for _, e := range elements {
			change(e.Key(), e.Value())
		}
	}
	each("$set", func(path string, value bson.RawValue) { d = put(d, path, value) })
	each("$unset", func(path string, _ bson.RawValue) { d = put(d, path, nil) })
	each("$inc", func(path string, by bson.RawValue) {
		now, _ := doc.Lookup(strings.Split(path, ".")...).AsInt64OK()
		d = put(d, path, now+by.AsInt64())
	})
	return canned.Marshal(d)
}

// put sets the member at a dotted path, or takes it away where value is nil.
func put(d bson.D, path string, value any) bson.D {
	name, rest, within := strings.Cut(path, ".")
	i := slices.IndexFunc(d, func(e bson.E) bool { return e.Key == name })
	if within {
		var inner bson.D
		if i >= 0 {
			inner, _ = d[i].Value.(bson.D)
		}
		value = put(inner, rest, value)
	}
	switch {
	case value == nil && i >= 0:
		return slices.Delete(d, i, i+1)
	case value == nil:
		return d
	case i >= 0:
		d[i].Value = value
		return d
	}
	return append(d, bson.E{Key: name, Value: value})
}
