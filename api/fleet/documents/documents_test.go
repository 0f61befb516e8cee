package documents

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
)

// shapes has members that users have not: numbers, a map, and objects in a list.
var shapes = raw.Collection{
	Collection: meta.Collection{Name: "shapes", Fields: []meta.Field{
		{Name: "n", Kind: "Int", Required: true},
		{Name: "sizes", Kind: "Map", IsMap: true, Elem: &meta.Field{Kind: "Int"}},
		{Name: "points", Kind: "List", Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{{Name: "x/y", Kind: "Int", Required: true}}}},
	}},
	Codec: raw.Codec{JSON: readShape, Check: func(_ bson.Raw, errs *check.FieldErrors) error {
		errs.Add("/n", "too_small", "must be at least 1")
		errs.Add("/sizes", "too_long", "must have at most 1 entries, has 2")
		return nil
	}},
}

// readShape reads a shape as generated code would.
func readShape(r *wire.Reader, dst []byte) []byte {
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "n":
			dst = r.JSONInt(dst)
		case "sizes":
			dst = wire.JSONMap(r, dst, (*wire.Reader).JSONInt)
		case "points":
			dst = wire.JSONList(r, dst, func(r *wire.Reader, dst []byte) []byte {
				for end := r.EnterDocument(); r.Next(end); {
					if string(r.Key()) == "x/y" {
						dst = r.JSONInt(dst)
					}
				}
				return dst
			})
		}
	}
	return dst
}

func document(t *testing.T, text string) bson.Raw {
	t.Helper()
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// said returns what is wrong with a document, a line each; behind a + what only a write would
// refuse.
func said(c *raw.Collection, strict bool, doc bson.Raw) []string {
	r := reading{c: c, strict: strict}
	var list []string
	for _, p := range r.problems(doc) {
		line := p.path + " " + p.text
		if p.invalid {
			line = "+" + line
		}
		list = append(list, line)
	}
	return list
}

// TestProblems finds everything that is wrong with a document, and not what follows from it.
func TestProblems(t *testing.T) {
	t.Parallel()
	people := users.Collection()
	const id = `"_id": {"$oid": "65e5a1c0f1a2b3c4d5e6f701"}, `
	const ada = id + `"name": "Ada", "email": "ada@example.com", "password": "hash"`
	for _, c := range []struct {
		collection    *raw.Collection
		doc           string
		misfits, more []string
	}{
		{&people, `{` + ada + `, "role": {"name": "basic", "permission": ["read"]}, "createdAt": {"$date": "2021-03-04T00:00:00Z"}, "x": 1}`, nil, nil},
		{&people, `{` + ada + `, "role": null}`, nil, nil},
		{
			&people, `{"_id": 7, "name": 1, "email": true, "role": "basic", "createdAt": "2021-03-04"}`,
			[]string{"_id must be an ObjectID, is a number", "name must be a string, is a number", "email must be a string, is a boolean", "role must be a document, is a string", "createdAt must be a date, is a string"},
			[]string{"+password must be given"},
		},
		{
			&people, `{` + ada + `, "role": {"name": "owner", "permission": ["read", "approve", 5, "approve"]}}`,
			[]string{
				`role.name is "owner", which is not one of the declared values`, `role.permission is "approve", which is not one of the declared values`,
				"role.permission must be a string, is a number", `role.permission is "approve", which is not one of the declared values`,
			}, nil,
		},
		// A list does not show passwords, and whoever logs in reads them.
		{&people, `{` + id + `"name": "Ada", "email": "ada@example.com", "password": 5}`, []string{"password must be a string, is a number"}, nil},
		{
			&people, `{` + id + `"name": "` + strings.Repeat("a", 201) + `", "email": "ada"}`, nil,
			[]string{"+password must be given", "+name must have at most 200 characters", "+email must be an email address"},
		},
		// JSON has fewer years than BSON.
		{&people, `{` + ada + `, "createdAt": {"$date": {"$numberLong": "253402300800000"}}}`, []string{"createdAt is a date outside the years 0 to 9999, which JSON cannot carry"}, nil},
		{
			&shapes, `{"n": 1.5, "sizes": {"a": 1, "b.c": "2", "d": 3.5}, "points": [{"x/y": 1}, 2, {"x/y": "3"}, {}]}`,
			[]string{
				"n must be a whole number, has a fraction or is out of range", "sizes.* must be a whole number, is a string",
				"sizes.* must be a whole number, has a fraction or is out of range", "points must be a document, is a number", "points.x/y must be a whole number, is a string",
			},
			[]string{"+points.x/y must be given", "+sizes must have at most 1 entries"},
		},
		{&shapes, `{}`, nil, []string{"+n must be given", "+sizes must have at most 1 entries"}},
		{&shapes, `{"n": null, "sizes": {}}`, nil, []string{"+n must be given", "+sizes must have at most 1 entries"}},
		{&shapes, `{"n": 0}`, nil, []string{"+n must be at least 1", "+sizes must have at most 1 entries"}},
	} {
		doc := document(t, c.doc)
		if got := said(c.collection, false, doc); !sameLines(got, c.misfits) {
			t.Errorf("%s\n%s", c.doc, cmp.Diff(c.misfits, got))
		}
		if got, want := said(c.collection, true, doc), slices.Concat(c.misfits, c.more); !sameLines(got, want) {
			t.Errorf("strictly, %s\n%s", c.doc, cmp.Diff(want, got))
		}
	}
}

// sameLines compares lines in whatever order.
func sameLines(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// TestMisfitsWithoutEnd: of a document with many, a hundred are told apart.
func TestMisfitsWithoutEnd(t *testing.T) {
	t.Parallel()
	var list bson.A
	for range 1000 {
		list = append(list, "x")
	}
	doc, err := bson.Marshal(bson.D{{Key: "points", Value: list}})
	if err != nil {
		t.Fatal(err)
	}
	if got := said(&shapes, true, doc); len(got) != maxMisfits {
		t.Errorf("%d", len(got))
	}
}

// TestBrokenDocuments: what cannot be located ends the search.
func TestBrokenDocuments(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		"": " is a truncated or malformed document",
		"\x0c\x00\x00\x00\x10n\x00\x01\x00\x00\x00\x00": "",
		"\x0a\x00\x00\x00\x10n\x00\x01\x00":             " is a truncated or malformed document",
		"\x0b\x00\x00\x00\x10n\x00\x01\x00\x00\x00":     "n is a truncated or malformed value",
		"\x0c\x00\x00\x00\x02n\x00\xff\xff\xff\x7f\x00": "n is a truncated or malformed value",
	} {
		if got := strings.Join(said(&shapes, false, bson.Raw(doc)), "\n"); got != want {
			t.Errorf("%q: %q, not %q", doc, got, want)
		}
	}
}

// TestDuplicateNames: a name that a document has twice is found once.
func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	doc, err := bson.Marshal(bson.D{{Key: "n", Value: "x"}, {Key: "n", Value: "y"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := said(&shapes, false, doc); !slices.Equal(got, []string{"n must be a whole number, is a string"}) {
		t.Errorf("%q", got)
	}
}

// TestTally counts a document once for each problem, and keeps no more than it may.
func TestTally(t *testing.T) {
	t.Parallel()
	all := NewTally(2)
	for _, tenant := range []string{"c", "a", "b"} {
		tally := NewTally(2)
		for i := range 3 {
			tally.add("users", Example{tenant, fmt.Sprint(i)}, []problem{{path: "x", text: "is wrong"}, {path: "x", text: "is wrong"}, {path: "x", text: "is wrong", invalid: true}})
		}
		tally.add("users", Example{tenant, "3"}, nil)
		all.Merge(tally)
	}
	examples := []Example{{"a", "0"}, {"a", "1"}}
	want := []Finding{
		{Collection: "users", Path: "x", Problem: "is wrong", Documents: 9, Tenants: 3, Examples: examples},
		{Collection: "users", Path: "x", Problem: "is wrong", Fits: true, Documents: 9, Tenants: 3, Examples: examples},
	}
	if diff := cmp.Diff(want, all.Findings()); diff != "" || all.Documents != 12 {
		t.Errorf("%d documents; -want +have:\n%s", all.Documents, diff)
	}
}

// TestTallyOfManyProblems: each value that is not a declared one is a problem of its own, and
// there may be as many as documents.
func TestTallyOfManyProblems(t *testing.T) {
	t.Parallel()
	all := NewTally(1)
	for n := range 3 {
		tally := NewTally(1)
		for i := range 1000 {
			tally.add("users", Example{"a", fmt.Sprint(i)}, []problem{{path: "role", text: fmt.Sprint("is ", n, i)}})
		}
		all.Merge(tally)
	}
	found, documents := all.Findings(), 0
	for _, f := range found {
		documents += f.Documents
	}
	if len(found) > maxProblems+1 || documents != 3000 || len(found[0].Examples) != 1 || !slices.ContainsFunc(found, func(f Finding) bool { return f.Problem == otherProblem }) {
		t.Errorf("%d findings of %d documents", len(found), documents)
	}
	if none := NewTally(0); none.Findings() == nil {
		t.Error("no findings are null in JSON")
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	all := gen.Collections()
	for _, names := range [][]string{nil, {"users"}} {
		if list, err := Select(all, names); err != nil || len(list) != 1 || list[0].Name != "users" {
			t.Errorf("%v: %v, %v", names, list, err)
		}
	}
	if _, err := Select(all, []string{"users", "tenants"}); err == nil || err.Error() != `no tenant has a collection "tenants"; there are users` {
		t.Errorf("%v", err)
	}
}
