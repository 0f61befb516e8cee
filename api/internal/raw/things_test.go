package raw_test

import (
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// thing has what the declared collections lack: numbers, lists, an index that
// leaves documents out, and references.
type thing struct {
	ID    bson.ObjectID
	Code  string
	Group string
	N     int64
	Tags  []string
	Alias string
	// Level is from 0 to 100, 10 where it is missing; Few has three elements at most.
	Level int64
	Few   []string
	Ratio float64
	Box   box
}

// box is a value object.
type box struct{ Count, Size int64 }

func readBox(r *wire.Reader) box {
	var v box
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "count":
			v.Count = r.Int()
		case "size":
			v.Size = r.Int()
		}
	}
	return v
}

func (d *thing) read(r *wire.Reader) {
	*d = thing{Level: 10}
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "_id":
			d.ID = r.ObjectID()
		case "code":
			d.Code = r.String()
		case "group":
			d.Group = r.String()
		case "n":
			d.N = r.Int()
		case "tags":
			d.Tags = wire.ReadSet(r, (*wire.Reader).String)
		case "alias":
			d.Alias = r.String()
		case "level":
			d.Level = r.Int()
		case "few":
			d.Few = wire.ReadList(r, (*wire.Reader).String)
		case "ratio":
			d.Ratio = r.Float()
		case "box":
			d.Box = readBox(r)
		}
	}
}

func (d *thing) UnmarshalBSON(raw []byte) error {
	r := wire.NewReader(raw)
	d.read(r)
	return r.Err()
}

// thingPatch changes a thing, as generated patches do.
type thingPatch struct {
	Code  store.Change[string]
	N     store.Change[int64]
	Tags  store.Change[[]string]
	Level store.Change[int64]
	Few   store.Change[[]string]
	Ratio store.Change[float64]
	Alias store.Change[string]
	Group store.Change[string]
	Box   store.Change[boxPatch]
}

// boxPatch changes a box; its Size is 5 at most.
type boxPatch struct{ Count, Size store.Change[int64] }

func appendList(dst []byte, key string, v []string) []byte {
	return wire.AppendList(dst, key, v, wire.AppendString)
}

func (p thingPatch) changes() raw.Changes {
	var c raw.Changes
	runtime.Apply(&c, "code", p.Code, wire.AppendString)
	runtime.ApplyNumber(&c, "n", p.N, wire.AppendInt)
	runtime.ApplyList(&c, "tags", p.Tags, wire.AppendString)
	runtime.Apply(&c, "level", p.Level, wire.AppendInt)
	runtime.Apply(&c, "few", p.Few, appendList)
	runtime.ApplyNumber(&c, "ratio", p.Ratio, wire.AppendFloat)
	runtime.Apply(&c, "alias", p.Alias, wire.AppendString)
	runtime.Apply(&c, "group", p.Group, wire.AppendString)
	runtime.ApplyObject(&c, "box", p.Box, boxPatch.apply)
	return c
}

func (p boxPatch) apply(c *raw.Changes, prefix string) {
	runtime.ApplyNumber(c, prefix+"count", p.Count, wire.AppendInt)
	runtime.Apply(c, prefix+"size", p.Size, wire.AppendInt)
}

func (p thingPatch) resolve(d *thing) thingPatch {
	p.Level = runtime.ResolveNumber(p.Level, d.Level)
	p.Few = runtime.ResolveList(p.Few, d.Few, wire.AppendString)
	p.Box = runtime.ResolveObject(p.Box, d.Box, boxPatch.resolve)
	return p
}

func (p boxPatch) resolve(v box) boxPatch {
	p.Size = runtime.ResolveNumber(p.Size, v.Size)
	return p
}

func (p *thingPatch) check(problems *check.FieldErrors) {
	runtime.CheckChange(problems, "/tags", p.Tags, false, func(problems *check.FieldErrors, at string, v []string) {
		check.Each(problems, at, v, check.AnyText)
	})
	runtime.CheckChange(problems, "/level", p.Level, false, func(problems *check.FieldErrors, at string, v int64) {
		(&check.Number[int64]{Min: new(int64(0)), Max: new(int64(100))}).Check(problems, at, v)
	})
	runtime.CheckChange(problems, "/few", p.Few, false, func(problems *check.FieldErrors, at string, v []string) {
		(&check.List[string]{MaxLen: 3}).Check(problems, at, v)
	})
	runtime.CheckChange(problems, "/ratio", p.Ratio, false, check.Finite)
	runtime.CheckChange(problems, "/box", p.Box, false, func(problems *check.FieldErrors, at string, p boxPatch) {
		runtime.CheckChange(problems, at+"/size", p.Size, false, func(problems *check.FieldErrors, at string, v int64) {
			(&check.Number[int64]{Max: new(int64(5))}).Check(problems, at, v)
		})
	})
}

func change(t *testing.T, docs raw.Documents, id bson.ObjectID, p thingPatch, opts ...store.WriteOption) (*thing, error) {
	t.Helper()
	return runtime.UpdateResolved[thing](t.Context(), docs, id, p, (*thingPatch).check, thingPatch.changes, thingPatch.resolve, opts...)
}

// things are a collection as one would be generated.
var things = raw.Collection{
	Collection: meta.Collection{Name: "things",
		Indexes: []meta.Index{
			{Name: "code_1", Keys: []meta.Key{{Path: "code"}}, Unique: true},
			{Name: "group_1_n_-1__id_-1", Keys: []meta.Key{{Path: "group"}, {Path: "n", Descending: true}, {Path: "_id", Descending: true}}},
			{Name: "tags_1__id_1", Keys: []meta.Key{{Path: "tags"}, {Path: "_id"}}},
			{Name: "alias_1", Keys: []meta.Key{{Path: "alias"}}, Sparse: true, Unique: true},
			{
				Name: "seen_1__id_1", Keys: []meta.Key{{Path: "seen"}, {Path: "_id"}},
				Partial: []meta.Condition{{Path: "seen", Op: meta.Exists, Value: wire.BoolValue(true)}},
			},
		},
		Paths: []meta.Path{
			{Name: "_id"}, {Name: "code", Text: true}, {Name: "group", Text: true}, {Name: "n"},
			{Name: "tags", Many: true, Text: true}, {Name: "alias", Text: true}, {Name: "seen"},
		}},
	Codec: raw.Codec{JSON: func(r *wire.Reader, dst []byte) []byte { new(thing).read(r); return dst }},
}

var (
	thingCode  = runtime.NewTextField[thing]("code")
	thingGroup = runtime.NewTextField[thing]("group")
	thingN     = runtime.NewField[thing, int64]("n", wire.IntValue)
	thingTags  = runtime.NewTextField[thing]("tags")
	thingAlias = runtime.NewTextField[thing]("alias")
	thingSeen  = runtime.NewField[thing, int64]("seen", wire.IntValue)
)

// newThings returns the collection in a database of its own, with its indexes.
func newThings(t *testing.T) (raw.Documents, *mongo.Collection) {
	t.Helper()
	tenant, db := newTenant(t)
	coll := db.Collection(things.Name)
	createIndexes(t, coll, things.Indexes)
	return raw.In(tenant, &things), coll
}

// manyThings returns 24 things, every other without tags, every third with an alias.
func manyThings() []bson.D {
	groups := []string{"a", "a.b", "a|b", "A", "é", "(a"}
	var docs []bson.D
	for i := range 24 {
		doc := bson.D{
			{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: fmt.Sprintf("c%02d", i)},
			{Key: "group", Value: groups[i%len(groups)]}, {Key: "n", Value: int64(i % 5)},
		}
		if i%2 == 0 {
			doc = append(doc, bson.E{Key: "tags", Value: bson.A{fmt.Sprintf("t%d", i%3), "odd|" + groups[i%len(groups)], fmt.Sprintf("t%d", i%4)}})
		}
		if i%3 == 0 {
			doc = append(doc, bson.E{Key: "alias", Value: fmt.Sprintf("x%02d", i)}, bson.E{Key: "seen", Value: int64(i % 6)})
		}
		docs = append(docs, doc)
	}
	return docs
}

// codes returns the codes of all documents that q selects, read in pages of the given length.
func codes(t *testing.T, docs raw.Documents, q store.Query[thing], limit int) []string {
	t.Helper()
	list := []string{}
	q.Limit = limit
	for range 100 {
		page, err := runtime.Find(t.Context(), docs, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Documents {
			list = append(list, d.Code)
		}
		if page.Next == "" {
			return list
		}
		q.After = page.Next
	}
	t.Fatalf("the pages do not end: %v", list)
	return nil
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
