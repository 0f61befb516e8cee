package steps

import (
	"context"
	"iter"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// RemoveRepeats keeps one of the documents that have the same value at a path, which would
// keep a unique index from being built. Which one, and what becomes of the others, the file says.
func RemoveRepeats() Step {
	return Step{Name: "remove_repeats", Doc: "keeps one of the documents with the same value", Read: func(m *Members) Work {
		w := m.work()
		r := repeats{path: m.key("path", m.Text("path", pathTakes))}
		for _, text := range m.Texts("within", "dotted paths") {
			r.within = append(r.within, m.key("within", text))
		}
		if by := m.Text("by", "the dotted path that orders them, such as updatedAt"); by == "_id" {
			r.by = Path{by}
		} else {
			r.by = m.key("by", by)
		}
		r.oldest = m.OneOf("keep", "", "newest", "oldest") == "oldest"
		r.delete = m.OneOf("others", "", "delete", "drop_member") == "delete"
		r.living = m.OneOf("among", "all", "all", "living") == "living"
		for _, path := range append([]Path{r.path, r.by}, r.within...) {
			w.Places = append(w.Places, Place{Path: path})
		}
		w.Batches, w.Change = r.batches, r.change
		return w
	}}
}

// key parses a path at which a document has one value.
func (m *Members) key(name, text string) Path {
	p := m.parsePath(name, text)
	if slices.Contains(p, everyEntry) {
		m.Refuse("%s passes through the entries of a map; name one that documents have once", name)
	}
	return p
}

// repeats says which documents repeat others, and what becomes of them.
type repeats struct {
	path   Path
	within []Path
	// by orders the documents that repeat each other, and oldest keeps the first in that
	// order, rather than the last.
	by     Path
	oldest bool
	// delete removes the documents, rather than what they have at path.
	delete bool
	// living leaves alone what is deleted and kept, as a unique index does in such a collection.
	living bool
}

// repeat is a document that is not kept, and the _id of the one that is.
type repeat struct {
	doc  bson.Raw
	kept bson.RawValue
}

// batches reads the documents in the order of what they repeat, the one to keep first.
func (r *repeats) batches(ctx context.Context, coll *mongo.Collection, batch int) iter.Seq2[[]bson.Raw, error] {
	return func(yield func([]bson.Raw, error) bool) {
		cursor, err := coll.Aggregate(ctx, r.inOrder(), options.Aggregate().SetAllowDiskUse(true))
		if err != nil {
			yield(nil, raw.WrapError(coll.Name(), err))
			return
		}
		defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
		var kept bson.Raw
		var list []repeat
		for cursor.Next(ctx) {
			doc := slices.Clone(cursor.Current)
			if v := at(doc, r.path); wire.IsMissing(v) || v.Type == bson.TypeArray {
				continue // it is in a list, or is one, of which an index compares the elements
			}
			if kept == nil || !r.same(kept, doc) {
				kept = doc
				continue
			}
			if list = append(list, repeat{doc, kept.Lookup("_id")}); len(list) < batch {
				continue
			}
			if docs, err := r.confirm(ctx, coll, list); !yield(docs, err) || err != nil {
				return
			}
			list = nil
		}
		if err := cursor.Err(); err != nil {
			yield(nil, raw.WrapError(coll.Name(), err))
			return
		}
		if len(list) > 0 {
			yield(r.confirm(ctx, coll, list))
		}
	}
}

// inOrder reads what the documents have at the paths. Those that lack path, or have null
// there, repeat nothing.
func (r *repeats) inOrder() mongo.Pipeline {
	order, shown := bson.D{}, bson.D{}
	add := func(path Path, direction int) {
		order = append(order, bson.E{Key: path.String(), Value: direction})
		shown = append(shown, bson.E{Key: path.String(), Value: 1})
	}
	add(r.path, 1)
	for _, path := range r.within {
		add(path, 1)
	}
	direction := -1
	if r.oldest {
		direction = 1
	}
	add(r.by, direction)
	if r.by[0] != "_id" {
		add(Path{"_id"}, direction)
	}
	return mongo.Pipeline{
		{{Key: "$match", Value: r.among(bson.D{{Key: r.path.String(), Value: bson.D{{Key: "$ne", Value: nil}}}})}},
		{{Key: "$sort", Value: order}}, {{Key: "$project", Value: shown}},
	}
}

// confirm returns the documents of list that repeat one that still is what it was: it may have
// been changed or removed since it was read.
func (r *repeats) confirm(ctx context.Context, coll *mongo.Collection, list []repeat) ([]bson.Raw, error) {
	var ids bson.A
	for _, one := range list {
		ids = append(ids, one.kept)
	}
	found, err := read(ctx, coll, r.among(bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}), options.Find())
	if err != nil {
		return nil, err
	}
	kept := map[string]bson.Raw{}
	for _, doc := range found {
		kept[doc.Lookup("_id").String()] = doc
	}
	var docs []bson.Raw
	for _, one := range list {
		if doc, ok := kept[one.kept.String()]; ok && r.same(doc, one.doc) {
			docs = append(docs, one.doc)
		}
	}
	return docs, nil
}

// among returns filter for the documents that can repeat each other.
func (r *repeats) among(filter bson.D) bson.D {
	if !r.living {
		return filter
	}
	return append(filter, meta.Living)
}

// same reports whether two documents repeat each other.
func (r *repeats) same(a, b bson.Raw) bool {
	for _, path := range append([]Path{r.path}, r.within...) {
		x, y := at(a, path), at(b, path)
		if wire.IsMissing(x) != wire.IsMissing(y) || !wire.IsMissing(x) && !raw.EqualValues(x, y) {
			return false
		}
	}
	return true
}

// change removes a document, or what it has at path, as long as it repeats another.
func (r *repeats) change(doc bson.Raw) (Edit, error) {
	var e Edit
	for _, path := range append([]Path{r.path}, r.within...) {
		v := at(doc, path)
		if v.IsZero() {
			v = bson.RawValue{Type: bson.TypeNull}
		}
		e.When = append(e.When, bson.E{Key: path.String(), Value: bson.D{{Key: "$eq", Value: v}}})
	}
	e.When = r.among(e.When)
	if r.delete {
		e.Delete = true
	} else {
		e.Unset = []string{r.path.String()}
	}
	return e, nil
}

func at(doc bson.Raw, path Path) bson.RawValue { return doc.Lookup(path...) }
