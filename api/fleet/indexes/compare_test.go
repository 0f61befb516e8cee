package indexes

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// ascending returns the keys of an existing index.
func ascending(paths ...string) (keys bson.D) {
	for _, path := range paths {
		keys = append(keys, bson.E{Key: path, Value: int32(1)})
	}
	return keys
}

// declaredOn returns the keys of a declared index.
func declaredOn(paths ...string) (keys []meta.Key) {
	for _, path := range paths {
		name, descending := strings.CutPrefix(path, "-")
		keys = append(keys, meta.Key{Path: name, Descending: descending})
	}
	return keys
}

func encoded(t *testing.T, doc any) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rawValue returns v as it is stored.
func rawValue(t *testing.T, v any) bson.RawValue {
	t.Helper()
	return encoded(t, bson.D{{Key: "v", Value: v}}).Lookup("v")
}

// listed is an index to be read as a server lists it.
type listed struct {
	Name                             string
	Key                              bson.D
	Unique, Sparse, Hidden, Prepared bool
	Expire                           bson.RawValue
	Partial, Collation, raw          bson.Raw
}

func (l listed) stored() stored {
	doc := bson.D{{Key: "name", Value: l.Name}, {Key: "key", Value: l.Key}}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"unique", l.Unique}, {"sparse", l.Sparse}, {"hidden", l.Hidden}, {"prepareUnique", l.Prepared}} {
		if flag.set {
			doc = append(doc, bson.E{Key: flag.name, Value: true})
		}
	}
	if !l.Expire.IsZero() {
		doc = append(doc, bson.E{Key: "expireAfterSeconds", Value: l.Expire})
	}
	for name, option := range map[string]bson.Raw{"partialFilterExpression": l.Partial, "collation": l.Collation} {
		if option != nil {
			doc = append(doc, bson.E{Key: name, Value: option})
		}
	}
	more, _ := l.raw.Elements()
	for _, e := range more {
		doc = append(doc, bson.E{Key: e.Key(), Value: e.Value()})
	}
	data, err := bson.Marshal(doc)
	if err != nil {
		panic(err)
	}
	s, err := readStored(data)
	if err != nil {
		panic(err)
	}
	return s
}

// told returns all that a finding says and decides, with the name of an index to be built.
func told(f Finding) string {
	text := fmt.Sprintf("%s %s: %s (%s)", f.Problem, f.Index, f.Detail, f.Remedy)
	if f.unrepeated {
		text += " unrepeated"
	}
	if f.Remedy == Build || f.Remedy == Replace || f.Remedy == Rebuild {
		text += " as " + f.name
	}
	return text
}

// TestUndeclaredOptions: each of them alone makes an index different.
func TestUndeclaredOptions(t *testing.T) {
	t.Parallel()
	x := &meta.Index{Name: "a_1", Keys: declaredOn("a")}
	for _, option := range []string{"weights", "default_language", "language_override", "wildcardProjection", "bits", "min", "max", "clustered"} {
		s := listed{Name: "a_1", Key: ascending("a"), raw: encoded(t, bson.D{{Key: option, Value: int32(26)}})}.stored()
		if got, want := texts(s.differences(x)), option+` is 26, declared none`; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := s.remedy(x, s.differences(x)); got != Rebuild {
			t.Errorf("%s: %s", option, got)
		}
	}
	same := listed{Name: "a_1", Key: ascending("a"), raw: encoded(t, bson.D{{Key: "v", Value: int32(1)}, {Key: "background", Value: true}, {Key: "ns", Value: "a.b"}})}.stored()
	if d := same.differences(x); d != nil {
		t.Errorf("what every server lists differs: %s", texts(d))
	}
}

// TestRemediesAreDescribed has each option in the row of ci.md that says what is done
// about it.
func TestRemediesAreDescribed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n| what differs | `ensure` |\n")
	rows := strings.Split(table, "\n")[1:5]
	with := &meta.Index{Unique: true, Sparse: true, Expires: true, Partial: []meta.Condition{{Path: "a", Op: meta.Exists, Value: rawValue(t, true)}}}
	for _, o := range meta.Options {
		for _, x := range []*meta.Index{{}, with} {
			if x == with && o.Value == nil {
				continue
			}
			remedy := remedyOf(o, x)
			row := rows[slices.Index([]Remedy{Change, Convert, Replace, Rebuild}, remedy)]
			if what, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | "); !strings.Contains(what, "`"+o.Name+"`") {
				t.Errorf("%s takes %s, which ci.md does not say: %s", o.Name, remedy, row)
			}
		}
	}
}

// TestRemedies: the remedy depends on all differences.
func TestRemedies(t *testing.T) {
	t.Parallel()
	unique := meta.Index{Keys: declaredOn("a"), Unique: true}
	plain := meta.Index{Keys: declaredOn("a")}
	expiring := meta.Index{Keys: declaredOn("a"), Expires: true, TTL: time.Minute}
	uniqueExpiring := meta.Index{Keys: declaredOn("a"), Unique: true, Expires: true, TTL: time.Minute}
	expire := rawValue(t, int32(5))
	de := encoded(t, bson.D{{Key: "locale", Value: "de"}})
	for name, c := range map[string]struct {
		s    listed
		x    meta.Index
		want Remedy
	}{
		"not unique":                            {listed{Key: ascending("a")}, unique, Convert},
		"unique":                                {listed{Key: ascending("a"), Unique: true}, plain, Replace},
		"not unique, and sparse":                {listed{Key: ascending("a"), Sparse: true}, unique, Replace},
		"sparse":                                {listed{Key: ascending("a"), Sparse: true}, plain, Replace},
		"partial":                               {listed{Key: ascending("a"), Partial: encoded(t, bson.D{{Key: "a", Value: 1}})}, plain, Replace},
		"collation":                             {listed{Key: ascending("a"), Collation: de}, plain, Replace},
		"other seconds":                         {listed{Key: ascending("a"), Expire: expire}, expiring, Change},
		"no seconds":                            {listed{Key: ascending("a")}, expiring, Change},
		"seconds":                               {listed{Key: ascending("a"), Expire: expire}, plain, Rebuild},
		"seconds, and unique to be":             {listed{Key: ascending("a"), Expire: expire}, unique, Replace},
		"seconds, both unique":                  {listed{Key: ascending("a"), Unique: true, Expire: expire}, unique, Rebuild},
		"other seconds, and unique to be":       {listed{Key: ascending("a"), Expire: expire}, uniqueExpiring, Convert},
		"half way to unique":                    {listed{Key: ascending("a"), Prepared: true}, plain, Change},
		"half way to unique that is to be":      {listed{Key: ascending("a"), Prepared: true}, unique, Convert},
		"other keys":                            {listed{Key: ascending("b")}, plain, Rebuild},
		"other keys, both unique":               {listed{Key: ascending("b"), Unique: true}, unique, Replace},
		"other keys, unique to be":              {listed{Key: ascending("b")}, unique, Rebuild},
		"other keys, unique no more":            {listed{Key: ascending("b"), Unique: true}, plain, Rebuild},
		"other keys, sparse":                    {listed{Key: ascending("b"), Sparse: true}, plain, Rebuild},
		"other keys, both unique, with seconds": {listed{Key: ascending("b"), Unique: true, Expire: expire}, unique, Replace},
	} {
		s := c.s.stored()
		d := s.differences(&c.x)
		if got := s.remedy(&c.x, d); got != c.want || d == nil {
			t.Errorf("%s: %s, want %s, for %s", name, got, c.want, texts(d))
		}
	}
}

func TestDeclaredIndexesAsText(t *testing.T) {
	t.Parallel()
	for want, x := range map[string]meta.Index{
		"on a, expiring none":     {Keys: declaredOn("a"), TTL: time.Hour},
		"on a, -b.c, expiring 90": {Keys: declaredOn("a", "-b.c"), Expires: true, TTL: 90 * time.Second},
		"on -a, expiring 0":       {Keys: declaredOn("-a"), Expires: true},
	} {
		if got := "on " + declaredKeys(&x) + ", expiring " + meta.Options[1].Declared(&x); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestFindingsOfACollection has an index in each state, and one in none.
func TestFindingsOfACollection(t *testing.T) {
	t.Parallel()
	uniquely := func(name string, paths ...string) stored {
		return listed{Name: name, Key: ascending(paths...), Unique: true}.stored()
	}
	hidden := func(s stored) stored {
		return listed{Name: s.Name, Key: s.Key, Hidden: true, Unique: s.has(meta.Unique)}.stored()
	}
	building := func(s stored) stored { s.building = true; return s }
	at := func(name string, paths ...string) stored {
		return listed{Name: name, Key: ascending(paths...)}.stored()
	}
	x := meta.Index{Name: "a_1", Keys: declaredOn("a")}
	u := meta.Index{Name: "a_1", Keys: declaredOn("a"), Unique: true}
	h := meta.Index{Name: "a_1", Keys: declaredOn("a"), Hidden: true}
	for name, c := range map[string]struct {
		declared meta.Index
		have     []stored
		want     []string
	}{
		"as declared": {x, []stored{at("a_1", "a")}, nil},
		"missing":     {x, nil, []string{"missing a_1: declared on a (build) as a_1"}},
		"missing, its name taken": {
			x, []stored{at("a_1", "b", "c"), at("a_1_2", "d")},
			[]string{
				"different a_1: keys are b, c, declared a; it has to be dropped before it is built (rebuild) as a_1_3",
				"extra a_1_2: not declared; on d (drop)",
			},
		},
		"extra": {x, []stored{at("a_1", "a"), at("more", "c")}, []string{"extra more: not declared; on c (drop)"}},
		"extra, unique on one of its keys": {
			meta.Index{Name: "both", Keys: declaredOn("a", "b"), Unique: true}, []stored{uniquely("more", "b")},
			[]string{"missing both: declared on a, b (build) unrepeated as both", "extra more: not declared; on b (drop)"},
		},
		"renamed": {x, []stored{at("old", "a")}, []string{"renamed old: it is as a_1 is declared, under another name () unrepeated"}},
		"hidden":  {x, []stored{hidden(at("a_1", "a"))}, []string{"hidden a_1: no query is planned with it (change) unrepeated"}},
		"hidden under another name": {
			x, []stored{hidden(at("old", "a"))}, []string{"hidden old: no query is planned with it (change) unrepeated"},
		},
		"building": {
			x, []stored{building(at("a_1", "a"))},
			[]string{"building a_1: the server is still making it; until it is through, it serves no query, and may yet be refused ()"},
		},
		"building another": {
			x, []stored{building(uniquely("a_1", "a"))},
			[]string{"building a_1: the server is still making it; until it is through, it serves no query, and may yet be refused; it will differ: unique is true, declared false () unrepeated"},
		},
		"building and hidden": {
			x, []stored{building(hidden(at("a_1", "a")))},
			[]string{"building a_1: the server is still making it; until it is through, it serves no query, and may yet be refused; it will differ: hidden is true, declared false ()"},
		},
		"to be hidden":          {h, []stored{at("a_1", "a")}, []string{"different a_1: hidden is false, declared true (change) unrepeated"}},
		"hidden, as declared":   {h, []stored{hidden(at("a_1", "a"))}, nil},
		"hidden, under a name":  {h, []stored{hidden(at("old", "a"))}, []string{"renamed old: it is as a_1 is declared, under another name () unrepeated"}},
		"hidden, to be unique":  {u, []stored{hidden(uniquely("a_1", "a"))}, []string{"hidden a_1: no query is planned with it (change) unrepeated"}},
		"different":             {u, []stored{at("a_1", "a")}, []string{"different a_1: unique is false, declared true (convert)"}},
		"different and hidden":  {u, []stored{hidden(at("a_1", "a"))}, []string{"different a_1: unique is false, declared true; hidden is true, declared false (convert)"}},
		"unique, and not to be": {x, []stored{uniquely("a_1", "a")}, []string{"different a_1: unique is true, declared false (replace) unrepeated as a_1_2"}},
		"half way": {
			x, []stored{listed{Name: "a_1", Key: ascending("a"), Prepared: true}.stored()},
			[]string{"different a_1: prepareUnique is true, declared false (change) unrepeated"},
		},
	} {
		coll := &meta.Collection{Name: "things", Indexes: []meta.Index{c.declared}}
		found := compare(coll, c.have)
		var got []string
		for _, f := range found {
			got = append(got, told(f))
			if f.Collection != "things" || f.Done {
				t.Errorf("%s: %+v", name, f)
			}
			if f.Problem != Extra && (f.collection != coll || f.Declared != &coll.Indexes[0]) {
				t.Errorf("%s: it is not about what is Declared: %+v", name, f)
			}
			if (f.there == nil) != (f.Problem == Missing) || f.there != nil && f.there.Name != f.Index {
				t.Errorf("%s: it is not about what is there: %+v", name, f)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestIgnoredIndexes are no drift, whatever they are, and stand in for a declared one only if
// they are as declared.
func TestIgnoredIndexes(t *testing.T) {
	t.Parallel()
	coll := &meta.Collection{
		Name: "things", Indexes: []meta.Index{{Name: "a_1", Keys: declaredOn("a")}}, IgnoredIndexes: []string{"old_*", "place_2dsphere"},
	}
	sphere := listed{Name: "place_2dsphere", Key: bson.D{{Key: "place", Value: "2dsphere"}}}.stored()
	own := listed{Name: "a_1", Key: ascending("a")}.stored()
	for name, c := range map[string]struct {
		have []stored
		want []string
	}{
		"of another kind":       {[]stored{own, sphere}, []string{"ignored place_2dsphere: the schema ignores place_2dsphere; on place (2dsphere) ()"}},
		"beside one not so":     {[]stored{own, listed{Name: "older", Key: ascending("b")}.stored()}, []string{"extra older: not declared; on b (drop)"}},
		"as declared":           {[]stored{listed{Name: "old_a", Key: ascending("a")}.stored()}, []string{"renamed old_a: it is as a_1 is declared, under another name () unrepeated"}},
		"other, on the keys of": {[]stored{listed{Name: "old_a", Key: ascending("a"), Sparse: true}.stored()}, []string{"missing a_1: declared on a (build) as a_1", "ignored old_a: the schema ignores old_*; on a ()"}},
	} {
		var got []string
		for _, f := range compare(coll, c.have) {
			got = append(got, told(f))
			if f.Problem == Ignored && (f.IsOpen() || f.Lacks() || f.TakesPrune()) {
				t.Errorf("%s: it is drift", name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestMatchPrefers: of several existing indexes, one is taken for the declared one.
func TestMatchPrefers(t *testing.T) {
	t.Parallel()
	plain := func(name string, paths ...string) stored {
		return listed{Name: name, Key: ascending(paths...)}.stored()
	}
	unique := func(name string, paths ...string) stored {
		return listed{Name: name, Key: ascending(paths...), Unique: true}.stored()
	}
	for name, c := range map[string]struct {
		declared []meta.Index
		have     []stored
		// found are the names of those that are found, - for none.
		found, extra string
	}{
		"its own name to another": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a")}}, []stored{plain("old", "a"), plain("a_1", "a")}, "a_1", "old",
		},
		"what is alike to its name": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a")}}, []stored{unique("a_1", "a"), plain("old", "a")}, "old", "a_1",
		},
		"no other's name": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a")}, {Name: "b_1", Keys: declaredOn("b")}},
			[]stored{plain("b_1", "a"), plain("old", "a")}, "old b_1", "",
		},
		"another's name to its own with other keys": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a")}, {Name: "b_1", Keys: declaredOn("b")}},
			[]stored{plain("b_1", "a"), plain("a_1", "c")}, "b_1 -", "a_1",
		},
		"its name to its keys": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a"), Unique: true}},
			[]stored{plain("old", "a"), plain("a_1", "b")}, "a_1", "old",
		},
		"its keys to none": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a"), Unique: true}, {Name: "b_1", Keys: declaredOn("b")}},
			[]stored{plain("old", "a"), plain("more", "c")}, "old -", "more",
		},
		"one only once": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a")}, {Name: "a_2", Keys: declaredOn("a"), Unique: true}},
			[]stored{plain("old", "a")}, "old -", "",
		},
		"the first of several": {
			[]meta.Index{{Name: "a_1", Keys: declaredOn("a")}}, []stored{plain("first", "a"), plain("second", "a")}, "first", "second",
		},
	} {
		before := slices.Clone(c.have)
		found, extra := match(&meta.Collection{Indexes: c.declared}, c.have)
		var names, left []string
		for _, s := range found {
			if s == nil {
				names = append(names, "-")
				continue
			}
			names = append(names, s.Name)
		}
		for _, s := range extra {
			left = append(left, s.Name)
		}
		if got := strings.Join(names, " "); got != c.found {
			t.Errorf("%s: found %s, want %s", name, got, c.found)
		}
		if got := strings.Join(left, " "); got != c.extra {
			t.Errorf("%s: extra are %s, want %s", name, got, c.extra)
		}
		if !slices.EqualFunc(before, c.have, func(a, b stored) bool { return a.Name == b.Name }) {
			t.Errorf("%s: the list is another: %+v", name, c.have)
		}
	}
}

// TestDemands are options that not every server supports.
func TestDemands(t *testing.T) {
	t.Parallel()
	some := []meta.Condition{{Path: "a", Op: meta.Gt, Value: wire.IntValue(1)}}
	for want, x := range map[string]*meta.Index{
		"": {Unique: true, Sparse: true}, "expireAfterSeconds": {Expires: true}, "partialFilterExpression": {Partial: some},
		"expireAfterSeconds partialFilterExpression": {Expires: true, Partial: some},
	} {
		if got := strings.Join((&Finding{Declared: x}).demands(), " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := (&Finding{}).demands(); len(got) > 0 {
		t.Errorf("nothing that is declared demands %v", got)
	}
}

func TestDifferences(t *testing.T) {
	key := bson.D{{Key: "a", Value: int32(1)}}
	number := func(v any) bson.RawValue { return encoded(t, bson.D{{Key: "v", Value: v}}).Lookup("v") }
	keys := []meta.Key{{Path: "a"}}
	for name, c := range map[string]struct {
		listed   listed
		declared meta.Index
		want     string
	}{
		"the same":             {listed{Name: "a_1", Key: key}, meta.Index{Name: "a_1", Keys: keys}, ""},
		"the same expiry":      {listed{Name: "a_1", Key: key, Expire: number(60.0)}, meta.Index{Name: "a_1", Keys: keys, Expires: true, TTL: time.Minute}, ""},
		"expiry at the date":   {listed{Name: "a_1", Key: key, Expire: number(int64(0))}, meta.Index{Name: "a_1", Keys: keys, Expires: true}, ""},
		"no expiry":            {listed{Name: "a_1", Key: key}, meta.Index{Name: "a_1", Keys: keys, Expires: true}, "expireAfterSeconds is none, declared 0"},
		"an expiry":            {listed{Name: "a_1", Key: key, Expire: number(int32(5))}, meta.Index{Name: "a_1", Keys: keys}, "expireAfterSeconds is 5, declared none"},
		"an expiry of no sort": {listed{Name: "a_1", Key: key, Expire: number("soon")}, meta.Index{Name: "a_1", Keys: keys}, `expireAfterSeconds is "soon", declared none`},
		"a limit": {
			listed{Name: "a_1", Key: key, Partial: encoded(t, bson.D{{Key: "b", Value: 1}})}, meta.Index{Name: "a_1", Keys: keys},
			"partialFilterExpression is b $eq 1, declared none",
		},
		"a limit to what is not deleted": {
			listed{Name: "a_1", Key: key, Unique: true, Partial: encoded(t, bson.D{{Key: "deletedAt", Value: nil}})},
			meta.Index{Name: "a_1", Keys: keys, Unique: true, Living: true}, "",
		},
		"no limit, as an older program has it": {
			listed{Name: "a_1", Key: key, Unique: true}, meta.Index{Name: "a_1", Keys: keys, Unique: true, Living: true},
			"partialFilterExpression is none, declared deletedAt $eq null",
		},
		"a limit by $exists in place of sparse": {
			listed{Name: "a_1", Key: key, Unique: true, Sparse: true},
			meta.Index{Name: "a_1", Keys: keys, Unique: true, Living: true, Partial: []meta.Condition{{Path: "a", Op: meta.Exists, Value: rawValue(t, true)}}},
			"sparse is true, declared false; partialFilterExpression is none, declared a $exists true, deletedAt $eq null",
		},
		"everything": {
			listed{Name: "x", Key: bson.D{{Key: "a", Value: -1.0}, {Key: "t", Value: "text"}}, Unique: true, Sparse: true, Collation: encoded(t, bson.D{{Key: "locale", Value: "de"}})},
			meta.Index{Name: "a_1", Keys: keys},
			"keys are -a, t (text), declared a; unique is true, declared false; sparse is true, declared false; collation is de, declared none",
		},
		"the order of bytes, said": {listed{Name: "a_1", Key: key, Collation: encoded(t, bson.D{{Key: "locale", Value: "simple"}})}, meta.Index{Name: "a_1", Keys: keys}, ""},
		"an index for words": {
			listed{Name: "a_1", Key: key, raw: encoded(t, bson.D{{Key: "weights", Value: bson.D{{Key: "a", Value: 1}}}, {Key: "hidden", Value: true}})},
			meta.Index{Name: "a_1", Keys: keys}, `hidden is true, declared false; weights is a 1, declared none`,
		},
	} {
		s := c.listed.stored()
		if have := texts(s.differences(&c.declared)); have != c.want {
			t.Errorf("%s: %q, want %q", name, have, c.want)
		}
	}
}

// An index that has the name of one declared index and the keys of another is the
// first, wherever they stand.
func TestMatch(t *testing.T) {
	on := func(name, path string) stored {
		return listed{Name: name, Key: bson.D{{Key: path, Value: int32(1)}}}.stored()
	}
	declared := []meta.Index{{Name: "first", Keys: []meta.Key{{Path: "a"}}}, {Name: "second", Keys: []meta.Key{{Path: "b"}}}}
	found, extra := match(&meta.Collection{Indexes: declared}, []stored{on("second", "a"), on("third", "a"), on("fourth", "c")})
	if found[0] == nil || found[0].Name != "third" || found[1] == nil || found[1].Name != "second" || len(extra) != 1 || extra[0].Name != "fourth" {
		t.Errorf("found %+v, extra %+v", found, extra)
	}
}

// TestCollationsOfCollections are those of their index on _id, and cannot be changed.
func TestCollationsOfCollections(t *testing.T) {
	t.Parallel()
	en := meta.Collation{Locale: "en", Strength: 2}
	listed := func(c meta.Collation) stored {
		return listed{Name: "_id_", Key: ascending("_id"), Collation: encoded(t, c.Document())}.stored()
	}
	for name, c := range map[string]struct {
		have     stored
		declared meta.Collation
		want     string
	}{
		"none":        {listed(meta.Collation{Locale: "simple"}), meta.Collation{}, ""},
		"as declared": {listed(en), en, ""},
		"missing":     {listed(meta.Collation{Locale: "simple"}), en, "collation is none, declared en, strength 2"},
		"another":     {listed(meta.Collation{Locale: "de"}), en, "collation is de, declared en, strength 2"},
		"undeclared":  {listed(en), meta.Collation{}, "collation is en, strength 2, declared none"},
	} {
		found := compare(&meta.Collection{Name: "things", Collation: c.declared}, []stored{c.have})
		switch {
		case len(found) == 0 && c.want == "":
		case len(found) != 1, !strings.Contains(found[0].Detail, c.want), found[0].Remedy != "", !found[0].Lacks(), found[0].TakesPrune():
			t.Errorf("%s: %+v", name, found)
		}
	}
}
