package emit

import (
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// counted has members whose changes depend on the document, deep inside of others.
func counted() *model.Collection {
	short := func(t *kinds.Type) *kinds.Field {
		return with(field("few", "Few", t), func(f *kinds.Field) { f.MaxLen = 3 })
	}
	inner := &kinds.Struct{Go: "Inner", Fields: []*kinds.Field{
		with(field("count", "Count", intType), func(f *kinds.Field) { f.Min = int64(0) }), short(set(namedType)),
	}}
	entry := &kinds.Struct{Go: "Entry", Fields: []*kinds.Field{
		with(field("share", "Share", floatType), func(f *kinds.Field) { f.Default = 0.5 }),
	}}
	return &model.Collection{
		Entity: "Thing",
		Fields: []*kinds.Field{
			field("free", "Free", intType), field("tags", "Tags", list(stringType)), field("plain", "Plain", plainType),
			with(field("fixed", "Fixed", intType), func(f *kinds.Field) { f.Immutable, f.Max = true, int64(3) }),
			with(field("cost", "Cost", decimalType), func(f *kinds.Field) { f.Max = int64(3) }),
			short(list(mapOf(intType))),
			field("inner", "Inner", &kinds.Type{Kind: plainType.Kind, Struct: inner}),
			field("entries", "Entries", mapOf(mapOf(&kinds.Type{Kind: plainType.Kind, Struct: entry}))),
		},
		Structs: []*kinds.Struct{plain, inner, entry},
	}
}

func TestResolve(t *testing.T) {
	c := counted()
	resolved := func(s *kinds.Struct) jen.Code {
		return resolve(s.Go+"Patch", jen.Id("v").Id(s.Go), jen.Id("v"), s.Fields)
	}
	check(t, []statement{
		{"of a document", resolve("Patch", jen.Id("d").Op("*").Id("Thing"), jen.Id("d"), c.Fields), `
func (p Patch) resolve(d *Thing) Patch {
	p.Cost = runtime.ResolveNumber(p.Cost, d.Cost.Or(bson.NewDecimal128(0x3040000000000000, 0x0)))
	p.Few = runtime.ResolveList(p.Few, d.Few, func(dst []byte, key string, v map[string]int64) []byte {
		return wire.AppendMap(dst, key, v, wire.AppendInt)
	})
	p.Inner = runtime.ResolveObject(p.Inner, d.Inner.Or(Inner{}), InnerPatch.resolve)
	p.Entries = runtime.ResolveEntries(p.Entries, d.Entries, nil, func(c store.Change[store.Entries[EntryPatch]], v map[string]Entry) store.Change[store.Entries[EntryPatch]] {
		return runtime.ResolveEntries(c, v, defaultEntry(), func(c store.Change[EntryPatch], v Entry) store.Change[EntryPatch] {
			return runtime.ResolveObject(c, v, EntryPatch.resolve)
		})
	})
	return p
}`},
		{"of a value object", resolved(c.Structs[1]), `
func (p InnerPatch) resolve(v Inner) InnerPatch {
	p.Count = runtime.ResolveNumber(p.Count, v.Count.Or(0))
	p.Few = runtime.ResolveList(p.Few, v.Few, wire.AppendString)
	return p
}`},
		{"what is applied", changes("Patch", c.Fields[:6]), `
func (p Patch) changes() runtime.Changes {
	var c runtime.Changes
	runtime.ApplyNumber(&c, "free", p.Free, wire.AppendInt)
	runtime.ApplyList(&c, "tags", p.Tags, wire.AppendString)
	runtime.ApplyObject(&c, "plain", p.Plain, PlainPatch.apply)
	runtime.Apply(&c, "cost", p.Cost, wire.AppendDecimal)
	runtime.Apply(&c, "few", p.Few, func(dst []byte, key string, v []map[string]int64) []byte {
		return wire.AppendOptionalList(dst, key, v, func(dst []byte, key string, v map[string]int64) []byte {
			return wire.AppendMap(dst, key, v, wire.AppendInt)
		})
	})
	return c
}`},
		{"update", update(c), `
// Update changes the Thing with the given _id and returns it as stored
// afterwards. Members that p leaves out or the schema does not know stay as
// they are. Changes by store.Inc, store.AddToSet and store.Pull are not lost
// when several happen at once. It returns the errors that Create does,
// store.ErrNotFound and, with store.IfRev, store.ErrStale.
func (r Repository) Update(ctx context.Context, id bson.ObjectID, p Patch, opts ...store.WriteOption) (*Thing, error) {
	return runtime.UpdateResolved[Thing](ctx, r.docs, id, p, (*Patch).check, Patch.changes, Patch.resolve, opts...)
}`},
		{"update of what depends on nothing", update(&model.Collection{Entity: "Thing", Fields: []*kinds.Field{x(stringType)}}), `
// Update changes the Thing with the given _id and returns it as stored
// afterwards. Members that p leaves out or the schema does not know stay as
// they are. It returns the errors that Create does, store.ErrNotFound and,
// with store.IfRev, store.ErrStale.
func (r Repository) Update(ctx context.Context, id bson.ObjectID, p Patch, opts ...store.WriteOption) (*Thing, error) {
	return runtime.Update[Thing](ctx, r.docs, id, p, (*Patch).check, Patch.changes, opts...)
}`},
	})
}
