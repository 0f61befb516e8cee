package raw_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// itemPatch changes an item, as generated patches do.
type itemPatch struct {
	Name   store.Change[string]
	N      store.Change[int64]
	Labels store.Change[store.Entries[string]]
}

func readItemPatch(r *wire.JSONReader) itemPatch {
	var p itemPatch
	r.Object(func(name string) bool {
		switch name {
		case "name":
			p.Name = runtime.ReadChange(r, (*wire.JSONReader).String)
		case "n":
			p.N = runtime.ReadChange(r, (*wire.JSONReader).Int)
		case "labels":
			p.Labels = runtime.ReadChange(r, func(r *wire.JSONReader) store.Entries[string] {
				return runtime.ReadEntries(r, (*wire.JSONReader).String)
			})
		default:
			return false
		}
		return true
	})
	return p
}

func (p itemPatch) check(problems *check.FieldErrors) {
	runtime.CheckChange(problems, "/name", p.Name, true, check.AnyText)
	runtime.CheckChange(problems, "/n", p.N, true, nil)
	runtime.CheckChange(problems, "/labels", p.Labels, false, func(problems *check.FieldErrors, at string, v store.Entries[string]) {
		runtime.CheckEntries(problems, at, v, check.AnyText)
	})
}

func (p itemPatch) changes() raw.Changes {
	var c raw.Changes
	runtime.Apply(&c, "name", p.Name, wire.AppendString)
	runtime.ApplyNumber(&c, "n", p.N, wire.AppendInt)
	runtime.ApplyEntries(&c, "labels", p.Labels, func(c *raw.Changes, path string, v store.Change[string]) {
		runtime.Apply(c, path, v, wire.AppendString)
	})
	return c
}

// In a JSON merge patch null removes a member, and a member that is left out stays.
func TestReadChanges(t *testing.T) {
	for body, want := range map[string]struct {
		name, n, a, b string
		empty         bool
		problems      string
	}{
		`{}`:                                  {"stays", "stays", "stays", "stays", true, ""},
		`{"name":"x"}`:                        {`"x"`, "stays", "stays", "stays", false, ""},
		`{"name":null,"n":null}`:              {"goes", "goes", "stays", "stays", false, "/name not_removable, /n not_removable"},
		`{"n":0,"labels":{"a":"1","b":null}}`: {"stays", `{"$numberLong":"0"}`, `"1"`, "goes", false, ""},
		`{"labels":null}`:                     {"stays", "stays", "goes", "goes", false, ""},
		`{"labels":{}}`:                       {"stays", "stays", "stays", "stays", true, ""},
		`{"name":1}`:                          {`""`, "stays", "stays", "stays", false, "/name type"},
		`{"labels":{"$a":"1","a":1}}`:         {"stays", "stays", `""`, "stays", false, "/labels/a type, /labels/$a entry_name"},
	} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		p := readItemPatch(r)
		p.check(&r.Errors)
		c := p.changes()
		become := func(path string) string {
			value, touched := c.Lookup(path)
			switch {
			case !touched:
				return "stays"
			case value.String() == "null":
				return "goes"
			}
			return value.String()
		}
		if have := []string{become("name"), become("n"), become("labels.a"), become("labels.b")}; !slices.Equal(have, []string{want.name, want.n, want.a, want.b}) {
			t.Errorf("%s: name, n, labels.a and labels.b become %q", body, have)
		}
		if c.IsEmpty() != want.empty {
			t.Errorf("%s: empty is %v", body, c.IsEmpty())
		}
		var problems []string
		for _, problem := range r.Errors {
			problems = append(problems, problem.Pointer+" "+problem.Code)
		}
		if have := strings.Join(problems, ", "); have != want.problems {
			t.Errorf("%s: the problems are %s, want %s", body, have, want.problems)
		}
	}
}

func TestWhatChangesSay(t *testing.T) {
	if v, ok := store.Set(7).Value(); v != 7 || !ok || store.Set(7).IsUnset() {
		t.Errorf("Set is %v, %v", v, ok)
	}
	for name, c := range map[string]store.Change[[]int]{
		"nothing": {}, "Unset": store.Unset[[]int](), "AddToSet": store.AddToSet(1), "Pull": store.Pull(1),
		"AddToSet of nothing": store.AddToSet[int](), "Pull of nothing": store.Pull[int](),
	} {
		if _, ok := c.Value(); ok || c.IsUnset() != (name == "Unset") {
			t.Errorf("%s: set is %v, unset %v", name, ok, c.IsUnset())
		}
	}
	if diff := cmp.Diff(store.Change[[]int]{}, store.AddToSet[int](), cmp.AllowUnexported(store.Change[[]int]{})); diff != "" {
		t.Errorf("adding nothing is a change:\n%s", diff)
	}
	var problems check.FieldErrors
	refuse := func(p *check.FieldErrors, at string, v []int) {
		if slices.Contains(v, 7) {
			p.Add(at, "seven", "holds 7")
		}
	}
	runtime.CheckChange(&problems, "/set", store.Set([]int{7}), false, refuse)
	runtime.CheckChange(&problems, "/added", store.AddToSet(7), false, refuse)
	runtime.CheckChange(&problems, "/pulled", store.Pull(7), false, refuse)
	runtime.CheckChange(&problems, "/removed", store.Unset[[]int](), false, refuse)
	runtime.CheckChange(&problems, "/required", store.Unset[[]int](), true, refuse)
	runtime.CheckChange(&problems, "/left", store.Change[[]int]{}, true, refuse)
	if diff := cmp.Diff(check.FieldErrors{
		{Pointer: "/set", Code: "seven", Message: "holds 7"}, {Pointer: "/added", Code: "seven", Message: "holds 7"},
		{Pointer: "/required", Code: "not_removable", Message: "is required and cannot be removed"},
	}, problems); diff != "" {
		t.Errorf("-want +have:\n%s", diff)
	}
}

// A change that depends on the document is a change, although its result is not known.
func TestChangesThatDepend(t *testing.T) {
	c := thingPatch{Level: store.Inc[int64](1)}.changes()
	if c.IsEmpty() {
		t.Error("it is taken for nothing")
	}
	docs, _, server := modelled(t, &things)
	server.Reset()
	if _, err := docs.Update(t.Context(), bson.NewObjectID(), c); err == nil || err.Error() != "things: the changes depend on the document; UpdateResolved makes them" {
		t.Errorf("made without being resolved: %v", err)
	}
	if have := sent(server); have != nil {
		t.Errorf("%q was sent", have)
	}
}

// An update has what changes, and nothing else.
func TestCommandsOfChanges(t *testing.T) {
	docs, coll, server := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "c", bson.E{Key: "tags", Value: bson.A{"a"}}))
	for want, p := range map[string]thingPatch{
		"$set $inc": {Alias: store.Set("x")}, "$unset $inc": {Alias: store.Unset[string]()}, "$inc": {N: store.Inc[int64](1)},
		"$addToSet $inc": {Tags: store.AddToSet("b")}, "$pullAll $inc": {Tags: store.Pull("b")},
		"$set $unset $addToSet $inc": {Group: store.Set("g"), Box: store.Unset[boxPatch](), Tags: store.AddToSet("c")},
	} {
		server.Reset()
		if _, err := docs.Update(t.Context(), id, p.changes()); err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		elements, err := server.Commands()[0].Body.Lookup("update").Document().Elements()
		if err != nil {
			t.Fatal(err)
		}
		var operators []string
		for _, e := range elements {
			operators = append(operators, e.Key())
		}
		if have := strings.Join(operators, " "); have != want {
			t.Errorf("sent are %s, want %s", have, want)
		}
	}
}

// An update does not reach into what it removes as a whole.
func TestUnsetOfAnObjectThatIsNone(t *testing.T) {
	docs, coll, _ := modelled(t, &things)
	id := bson.NewObjectID()
	insert(t, coll, thingOf(id, "c", bson.E{Key: "box", Value: "text"}))
	before, err := docs.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	after, err := docs.Update(t.Context(), id, docs.Over(before, thingPatch{Box: store.Unset[boxPatch]()}.changes()))
	if err != nil || !after.Lookup("box").IsZero() {
		t.Errorf("%v, %v", after, err)
	}
}

// TestKeptObjects: null does not remove an object with members that are set once, but may be
// given for an object that was never stored.
func TestKeptObjects(t *testing.T) {
	for body, want := range map[string]struct{ current, problem string }{
		`{"n": null}`:       {`{"n": 1}`, "read_only"},
		`{"n": null }`:      {`{"n": null}`, ""},
		`{"n": 2}`:          {`{"n": 1}`, ""},
		`{ "n": null}`:      {`{}`, "read_only"},
		`{"n": "nothing" }`: {`{"n": 1}`, "type"},
	} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Against([]byte(want.current))
		var c store.Change[int64]
		r.Object(func(string) bool { c = runtime.ReadKeptChange(r, (*wire.JSONReader).Int); return true })
		problem := ""
		if len(r.Errors) > 0 {
			problem = r.Errors[0].Code
		}
		if problem != want.problem || c.IsUnset() {
			t.Errorf("%s over %s: %q, %+v", body, want.current, problem, c)
		}
	}
}

// TestWhatIsSentBackIsNoChange: a member that is as the document has it does not count among
// those that are set.
func TestWhatIsSentBackIsNoChange(t *testing.T) {
	for body, changes := range map[string]bool{`{"n": 7}`: false, `{"n": 7.0}`: false, `{"n": 8}`: true, `{"n": null}`: true} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Against([]byte(`{"n": 7}`))
		var c store.Change[int64]
		r.Object(func(string) bool { c = runtime.ReadChange(r, (*wire.JSONReader).Int); return true })
		if _, set := c.Value(); (set || c.IsUnset()) != changes || len(r.Errors) > 0 {
			t.Errorf("%s: set %t, unset %t, %v", body, set, c.IsUnset(), r.Errors)
		}
	}
}
