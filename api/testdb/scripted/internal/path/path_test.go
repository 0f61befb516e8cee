package path_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

func shown(v bson.RawValue) string {
	if v.Type == value.Missing {
		return "-"
	}
	return strings.NewReplacer(`{"$numberInt":"`, "", `"}`, "", " ", "").Replace(v.String())
}

func TestEach(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ doc, path, within, whole string }{
		{`{"a": 1}`, "a", "1", "1"},
		{`{"a": 1}`, "b", "-", "-"},
		{`{"a": 1}`, "a.b", "-", "-"},
		{`{"a": {"b": 1}}`, "a.b", "1", "1"},
		{`{"a": [1, 2]}`, "a", "1 2 [1,2]", "[1,2]"},
		{`{"a": []}`, "a", "[]", "[]"},
		{`{"a": []}`, "a.b", "", ""},
		{`{"a": [1, {"b": 2}, {"c": 3}]}`, "a.b", "2 -", "2 -"},
		{`{"a": [{"b": [1]}, {"b": 2}]}`, "a.b", "1 [1] 2", "[1] 2"},
		{`{"a": [[{"b": 1}]]}`, "a.b", "", ""},
		{`{"a": [[{"b": 1}]]}`, "a.0.b", "1", "1"},
		{`{"a": [5, 6]}`, "a.1", "6", "6"},
		{`{"a": [5, [6]]}`, "a.1", "[6]", "[6]"},
		{`{"a": [{"0": 5}]}`, "a.0", `5 {"0":5}`, `5 {"0":5}`},
		{`{"a": [{"b": 5}]}`, "a.0.b", "- 5", "- 5"},
		{`{"a": {"0": 5}}`, "a.0", "5", "5"},
	} {
		for leaf, want := range map[path.Leaf]string{path.Within: c.within, path.Whole: c.whole} {
			got := []string{}
			path.Each(literal.Doc(t, c.doc), c.path, leaf, func(v bson.RawValue) bool {
				got = append(got, shown(v))
				return false
			})
			if strings.Join(got, " ") != want {
				t.Errorf("%s in %s, %d: got %q, want %q", c.path, c.doc, leaf, got, want)
			}
		}
	}
}

func TestEachStops(t *testing.T) {
	t.Parallel()
	n := 0
	found := path.Each(literal.Doc(t, `{"a": [{"b": [1, 2]}, {"b": 3}]}`), "a.b", path.Within, func(bson.RawValue) bool { n++; return true })
	if !found || n != 1 {
		t.Errorf("found is %t after %d", found, n)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		doc, paths string
		want       []string
		absent     bool
	}{
		{doc: `{"a": 1, "b": 2}`, paths: "a b", want: []string{"1 2"}},
		{doc: `{"a": 1}`, paths: "b", want: []string{"null"}, absent: true},
		{doc: `{"a": 1}`, paths: "a b", want: []string{"1 null"}},
		{doc: `{"a": null}`, paths: "a", want: []string{"null"}},
		{doc: `{"a": [2, 1]}`, paths: "a", want: []string{"2", "1"}},
		{doc: `{"a": []}`, paths: "a", want: []string{`{"$undefined":true}`}},
		{doc: `{"a": []}`, paths: "a.b", want: []string{"null"}, absent: true},
		{doc: `{"a": [[1, 2]]}`, paths: "a", want: []string{"[1,2]"}},
		{doc: `{"a": [[{"b": 1}]]}`, paths: "a.b", want: []string{"null"}, absent: true},
		{doc: `{"a": [{"b": 1}, {"b": 2}, {}, 7]}`, paths: "a.b", want: []string{"1", "2", "null", "null"}},
		{doc: `{"a": [{"b": 1, "c": 2}, {"b": 3}]}`, paths: "a.b a.c", want: []string{"1 2", "3 null"}},
		{doc: `{"a": [{"b": [1, 2]}, {"b": 3}], "x": 0}`, paths: "x a.b", want: []string{"0 1", "0 2", "0 3"}},
		{doc: `{"a": [5, 6]}`, paths: "a.1", want: []string{"6"}},
		{doc: `{"a": [{"b": 5}, {"b": 6}]}`, paths: "a.1.b", want: []string{"6"}},
		{doc: `{"a": 5}`, paths: "a.b.c", want: []string{"null"}, absent: true},
	} {
		keys, present, err := path.Keys(literal.Doc(t, c.doc), strings.Fields(c.paths))
		var got []string
		for _, key := range keys {
			var texts []string
			for _, v := range key {
				texts = append(texts, shown(v))
			}
			got = append(got, strings.Join(texts, " "))
		}
		if diff := cmp.Diff(c.want, got); err != nil || present == c.absent || diff != "" {
			t.Errorf("%s of %s: %t, %v %s", c.paths, c.doc, present, err, diff)
		}
	}
	if _, _, err := path.Keys(literal.Doc(t, `{"a": [1], "b": [2]}`), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "cannot index parallel arrays [b] [a]") {
		t.Errorf("parallel arrays: %v", err)
	}
}
