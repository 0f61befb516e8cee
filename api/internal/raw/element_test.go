package raw_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// crate has parts, which have an _id.
type crate struct {
	ID    bson.ObjectID
	Label string
	Parts []piece
	rev   int64
}

// piece is one of them; N is 9 at most.
type piece struct {
	ID   bson.ObjectID
	Name string
	N    int64
	Tags []string
}

func (v piece) ElementID() bson.ObjectID { return v.ID }

func appendPart(dst []byte, key string, v piece) []byte {
	dst, start := wire.BeginDocument(wire.AppendHeader(dst, bson.TypeEmbeddedDocument, key))
	dst = wire.AppendElementID(dst, "_id", v.ID)
	dst = wire.AppendString(dst, "name", v.Name)
	dst = wire.AppendInt(dst, "n", v.N)
	dst = wire.AppendOptionalList(dst, "tags", v.Tags, wire.AppendString)
	return wire.EndDocument(dst, start)
}

func readPart(r *wire.Reader) piece {
	var v piece
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "_id":
			v.ID = r.ObjectID()
		case "name":
			v.Name = r.String()
		case "n":
			v.N = r.Int()
		case "tags":
			v.Tags = wire.ReadList(r, (*wire.Reader).String)
		}
	}
	return v
}

func (d *crate) UnmarshalBSON(raw []byte) error {
	r := wire.NewReader(raw)
	*d = crate{}
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "_id":
			d.ID = r.ObjectID()
		case "label":
			d.Label = r.String()
		case "parts":
			d.Parts = wire.ReadList(r, readPart)
		case "_rev":
			d.rev = r.Int()
		}
	}
	return r.Err()
}

func transcodeCrate(r *wire.Reader, dst []byte) []byte {
	for end := r.EnterDocument(); r.Next(end); {
		if string(r.Key()) == "parts" {
			dst = wire.JSONList(r, dst, func(r *wire.Reader, dst []byte) []byte {
				v := readPart(r)
				return fmt.Appendf(dst, "[%q,%q,%d,%q]", v.ID.Hex(), v.Name, v.N, v.Tags)
			})
		}
	}
	return dst
}

// cratePatch and piecePatch change them as generated patches do.
type cratePatch struct {
	Label store.Change[string]
	Parts store.Change[[]piece]
}

type piecePatch struct {
	Name store.Change[string]
	N    store.Change[int64]
	Tags store.Change[[]string]
}

func (p piecePatch) ElementPatch(piece) any { return p }

func (p piecePatch) apply(c *raw.Changes, prefix string) {
	runtime.Apply(c, prefix+"name", p.Name, wire.AppendString)
	runtime.Apply(c, prefix+"n", p.N, wire.AppendInt)
	runtime.ApplyList(c, prefix+"tags", p.Tags, wire.AppendString)
}

func (p piecePatch) resolve(v piece) piecePatch {
	p.N = runtime.ResolveNumber(p.N, v.N)
	return p
}

func checkPart(errs *check.FieldErrors, at string, v piece) {
	(&check.Number[int64]{Max: new(int64(9))}).Check(errs, at+"/n", v.N)
}

func checkPartPatch(errs *check.FieldErrors, at string, p piecePatch) {
	runtime.CheckChange(errs, at+"/n", p.N, false, (&check.Number[int64]{Max: new(int64(9))}).Check)
}

var elementsOfPart = runtime.Elements[piece, piecePatch]{Append: appendPart, Check: checkPart, Apply: piecePatch.apply, CheckPatch: checkPartPatch}

var ruleParts = check.List[piece]{MaxLen: 100, Each: checkPart, ID: piece.ElementID}

func (p cratePatch) changes() raw.Changes {
	var c raw.Changes
	runtime.Apply(&c, "label", p.Label, wire.AppendString)
	runtime.ApplyElements(&c, "parts", p.Parts, elementsOfPart.Bound(0, 100))
	return c
}

func (p cratePatch) resolve(d *crate) cratePatch {
	p.Parts = runtime.ResolveElement(p.Parts, d.Parts, piecePatch.resolve)
	return p
}

func (p *cratePatch) check(errs *check.FieldErrors) {
	runtime.CheckElements(errs, "/parts", p.Parts, false, ruleParts.Check, elementsOfPart)
}

var crates = raw.Collection{
	Collection: meta.Collection{Name: "crates", Fields: []meta.Field{
		{Name: "_id", Kind: "ObjectID"}, {Name: "label", Kind: "String"},
		{Name: "parts", Kind: "List", Elem: &meta.Field{Kind: "Object", HasID: true, Fields: []meta.Field{
			{Name: "_id", Kind: "ObjectID"}, {Name: "name", Kind: "String"}, {Name: "n", Kind: "Int"},
			{Name: "tags", Kind: "List", Elem: &meta.Field{Kind: "String"}},
		}}},
	}},
	Codec: raw.Codec{JSON: transcodeCrate},
}

// packed is a stored crate.
type packed struct {
	docs raw.Documents
	coll *mongo.Collection
	seen *commands
	id   bson.ObjectID
}

var first, second = bson.ObjectID{11: 1}, bson.ObjectID{11: 2}

// pack stores a crate with two parts, of which the schema does not know the unit.
func pack(t *testing.T) *packed {
	t.Helper()
	tenant, db, seen := newWatchedTenant(t)
	p := &packed{raw.In(tenant, &crates), db.Collection("crates"), seen, bson.NewObjectID()}
	insert(t, p.coll, bson.D{{Key: "_id", Value: p.id}, {Key: "parts", Value: bson.A{
		bson.D{{Key: "_id", Value: first}, {Key: "name", Value: "screw"}, {Key: "n", Value: 5}, {Key: "unit", Value: "bag"}},
		bson.D{{Key: "_id", Value: second}, {Key: "name", Value: "nut"}, {Key: "unit", Value: "box"}},
	}}})
	seen.take()
	return p
}

func (p *packed) change(t *testing.T, patch cratePatch, opts ...store.WriteOption) (*crate, error) {
	t.Helper()
	return runtime.UpdateResolved[crate](t.Context(), p.docs, p.id, patch, (*cratePatch).check, cratePatch.changes, cratePatch.resolve, opts...)
}

// units returns the names and units of the stored parts.
func (p *packed) units(t *testing.T) []string {
	t.Helper()
	doc, err := p.docs.Get(t.Context(), p.id)
	if err != nil {
		t.Fatal(err)
	}
	values, _ := doc.Lookup("parts").Array().Values()
	list := make([]string, len(values))
	for i, v := range values {
		name, _ := v.Document().Lookup("name").StringValueOK()
		unit, _ := v.Document().Lookup("unit").StringValueOK()
		list[i] = strings.TrimSpace(name + " " + unit)
	}
	return list
}

// TestElementsAreChangedByTheirIDs makes each change together with one of another member, in
// one write.
func TestElementsAreChangedByTheirIDs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change store.Change[[]piece]
		want   []string
	}{
		"pushed":               {store.Push(piece{Name: "bolt"}, piece{Name: "pin"}), []string{"screw bag", "nut box", "bolt", "pin"}},
		"pushed nothing":       {store.Push[piece](), []string{"screw bag", "nut box"}},
		"added":                {store.AddToSet(piece{ID: first, Name: "other"}, piece{Name: "bolt"}), []string{"screw bag", "nut box", "bolt"}},
		"removed":              {store.PullID[piece](first), []string{"nut box"}},
		"removed, both":        {store.PullID[piece](second, first), []string{}},
		"removed by a value":   {store.Pull(piece{ID: second}, piece{ID: bson.NewObjectID()}), []string{"screw bag"}},
		"changed":              {store.Element(second, piecePatch{Name: store.Set("big nut")}), []string{"screw bag", "big nut box"}},
		"changed by a pointer": {store.Element(second, &piecePatch{Name: store.Set("big nut")}), []string{"screw bag", "big nut box"}},
		"set":                  {store.Set([]piece{{ID: second, Name: "nut"}, {Name: "pin"}, {ID: first, Name: "long screw"}}), []string{"nut box", "pin", "long screw bag"}},
		"set to none":          {store.Set([]piece{}), []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pack(t)
			got, err := p.change(t, cratePatch{Label: store.Set("fragile"), Parts: test.change})
			if err != nil {
				t.Fatal(err)
			}
			sent := p.seen.take()
			if have := p.units(t); !slices.Equal(have, test.want) || got.Label != "fragile" || got.rev != 1 || len(got.Parts) != len(have) {
				t.Errorf("stored are %q, want %q; returned was %+v", have, test.want, got)
			}
			if !slices.Equal(sent, []string{"find", "findAndModify"}) {
				t.Errorf("the commands are %v", sent)
			}
			if slices.ContainsFunc(got.Parts, func(v piece) bool { return v.ID.IsZero() }) {
				t.Errorf("one has no _id: %+v", got.Parts)
			}
		})
	}
}

// TestMembersOfElements adds to a number with a bound and to a list, and removes.
func TestMembersOfElements(t *testing.T) {
	t.Parallel()
	p := pack(t)
	got, err := p.change(t, cratePatch{Parts: store.Element(first, piecePatch{N: store.Inc[int64](4), Tags: store.AddToSet("a", "b")})})
	if err != nil || got.Parts[0].N != 9 || !slices.Equal(got.Parts[0].Tags, []string{"a", "b"}) {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = p.change(t, cratePatch{Parts: store.Element(first, piecePatch{N: store.Inc[int64](1)})})
	if invalid, ok := errors.AsType[*store.InvalidError](err); !ok || invalid.Fields[0].Pointer != "/parts/"+first.Hex()+"/n" {
		t.Errorf("more than there may be: %v", err)
	}
	got, err = p.change(t, cratePatch{Parts: store.Element(first, piecePatch{N: store.Unset[int64](), Tags: store.Pull("a")})})
	if err != nil || got.Parts[0].N != 0 || !slices.Equal(got.Parts[0].Tags, []string{"b"}) {
		t.Errorf("%+v, %v", got, err)
	}
	p.seen.take()
	if _, err := p.change(t, cratePatch{Label: store.Set("x")}); err != nil {
		t.Fatal(err)
	}
	if sent := p.seen.take(); !slices.Equal(sent, []string{"findAndModify"}) {
		t.Errorf("a change that touches no list sends %v", sent)
	}
}

// TestChangesOfElementsThatAreRefused: nothing is written, of the other members neither.
func TestChangesOfElementsThatAreRefused(t *testing.T) {
	t.Parallel()
	nobody := bson.NewObjectID()
	many := make([]piece, 99)
	for name, test := range map[string]struct {
		change store.Change[[]piece]
		want   string
	}{
		"of none":          {store.Element(nobody, piecePatch{N: store.Inc[int64](1)}), "no such element"},
		"of the zero _id":  {store.Element(bson.NilObjectID, piecePatch{Name: store.Set("x")}), "no such element"},
		"removed none":     {store.PullID[piece](first, nobody), "no such element"},
		"pushed one again": {store.Push(piece{}, piece{ID: second}), "crates: /parts/1/_id is the _id of another element of the list"},
		"pushed one twice": {store.Push(piece{ID: nobody}, piece{ID: nobody}), "crates: /parts/1/_id is the _id of another element of the list"},
		"pushed a bad one": {store.Push(piece{N: 10}), "crates: /parts/0/n must be at most 9"},
		"pushed too many":  {store.Push(many...), "crates: /parts must have at most 100 elements, has 101"},
		"set one twice":    {store.Set([]piece{{ID: first}, {ID: first}}), "crates: /parts/1/_id is the _id of another element of the list"},
		"changed badly":    {store.Element(first, piecePatch{N: store.Set[int64](10)}), "crates: /parts/" + first.Hex() + "/n must be at most 9"},
		"added a bad one":  {store.AddToSet(piece{N: 10}), "crates: /parts/0/n must be at most 9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pack(t)
			before, err := p.docs.Get(t.Context(), p.id)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.change(t, cratePatch{Label: store.Set("x"), Parts: test.change})
			if err == nil || err.Error() != test.want {
				t.Errorf("the error is %v", err)
			}
			if test.want == "no such element" && (!errors.Is(err, store.ErrNotFound) || !errors.Is(err, store.ErrElementNotFound)) {
				t.Errorf("%v is not the error of what is not there", err)
			}
			if after, err := p.docs.Get(t.Context(), p.id); err != nil || !slices.Equal(before, after) {
				t.Errorf("it has become %s, %v", after, err)
			}
		})
	}
	p := pack(t)
	if _, err := p.change(t, cratePatch{Parts: store.Push(piece{})}, store.IfRev(store.RevOf(marshalled(t, bson.D{{Key: "_rev", Value: int64(9)}}), "updatedAt"))); !errors.Is(err, store.ErrStale) {
		t.Errorf("in another state: %v", err)
	}
	for _, misfit := range []any{"text", bson.D{{Key: "0", Value: 1}}} {
		if _, err := p.coll.UpdateByID(t.Context(), p.id, bson.D{{Key: "$set", Value: bson.D{{Key: "parts", Value: misfit}}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.change(t, cratePatch{Parts: store.Push(piece{})}); err == nil {
			t.Errorf("to %v a part was added", misfit)
		}
	}
}

// TestElementsOfMissingLists pushes to a list that is missing or null, and to one that has nulls
// and elements without an _id, which stay.
func TestElementsOfMissingLists(t *testing.T) {
	t.Parallel()
	p := pack(t)
	for stored, want := range map[string]int{`{}`: 1, `{"parts":null}`: 1, `{"parts":[]}`: 1, `{"parts":[null,{"name":"old"},7]}`: 4} {
		var doc bson.D
		if err := bson.UnmarshalExtJSON([]byte(stored), false, &doc); err != nil {
			t.Fatal(err)
		}
		p.id = bson.NewObjectID()
		insert(t, p.coll, append(bson.D{{Key: "_id", Value: p.id}}, doc...))
		if _, err := p.docs.Update(t.Context(), p.id, cratePatch{Parts: store.Push(piece{Name: "new"})}.changes()); err != nil {
			t.Errorf("%s: %v", stored, err)
			continue
		}
		after, err := p.docs.Get(t.Context(), p.id)
		if err != nil {
			t.Fatal(err)
		}
		values, _ := after.Lookup("parts").Array().Values()
		if len(values) != want || after.Lookup("parts", fmt.Sprint(want-1), "name").StringValue() != "new" {
			t.Errorf("%s becomes %s", stored, after)
		}
	}
}

// TestPushesAtOnce has 64 writers push at once, while others change and remove.
func TestPushesAtOnce(t *testing.T) {
	t.Parallel()
	const writers = 64
	p := pack(t)
	var all sync.WaitGroup
	do := func(what string, patch cratePatch) {
		all.Go(func() {
			if _, err := p.change(t, patch); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		})
	}
	for i := range writers {
		do("push", cratePatch{Parts: store.Push(piece{Name: fmt.Sprint(i)})})
	}
	do("pull", cratePatch{Parts: store.PullID[piece](second)})
	do("change", cratePatch{Parts: store.Element(first, piecePatch{N: store.Inc[int64](1), Name: store.Set("changed")})})
	all.Wait()
	want := []string{"changed bag"}
	for i := range writers {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(sorted(want), sorted(p.units(t))); diff != "" {
		t.Error(diff)
	}
}

// TestUpsertKeepsMembersOfElements upserts lists whose stored elements hold more.
func TestUpsertKeepsMembersOfElements(t *testing.T) {
	t.Parallel()
	p := pack(t)
	if _, err := p.coll.UpdateByID(t.Context(), p.id, bson.D{{Key: "$set", Value: bson.D{{Key: "label", Value: "x"}}}}); err != nil {
		t.Fatal(err)
	}
	upsert := func(label string, parts ...piece) (bson.Raw, bool, error) {
		c := cratePatch{Label: store.Set(label), Parts: store.Set(parts)}.changes()
		doc := slices.Concat(wire.AppendObjectID(nil, "_id", bson.NewObjectID()), c.Set, wire.AppendInt(nil, "_rev", 1))
		whole, start := wire.BeginDocument(nil)
		return p.docs.Upsert(t.Context(), wire.EndDocument(append(whole, doc...), start), []string{"label", "parts"}, []string{"label"})
	}
	if _, created, err := upsert("x", piece{ID: second, Name: "nut"}, piece{Name: "pin"}); err != nil || created {
		t.Fatal(created, err)
	}
	if have := p.units(t); !slices.Equal(have, []string{"nut box", "pin"}) {
		t.Errorf("stored are %q", have)
	}
	if _, created, err := upsert("y", piece{Name: "pin"}); err != nil || !created {
		t.Error(created, err)
	}
	if _, err := p.coll.UpdateByID(t.Context(), p.id, bson.D{{Key: "$unset", Value: bson.D{{Key: "parts.0._id", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	_, _, err := upsert("x", piece{Name: "pin"})
	if loss, ok := errors.AsType[*store.LossError](err); !ok || !slices.Equal(loss.Paths, []string{"parts.0.unit"}) {
		t.Errorf("the error is %v", err)
	}
}
