package wire

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestUnchanged has a row for each way in which a value can be written that is, or
// is not, what the document has.
func TestUnchanged(t *testing.T) {
	for _, test := range []struct {
		have, patch string
		want        bool
	}{
		{`"a"`, `"a"`, true}, {`"é\n\""`, `"\u00e9\u000a\u0022"`, true}, {`"/"`, `"\/"`, true}, {`"\u0000"`, `"\u0000"`, true},
		{`"a"`, `"A"`, false}, {`"\u00e9"`, `"e\u0301"`, false}, {`"1"`, `1`, false}, {`""`, `null`, false},
		{`"2026-01-01T00:00:00.000Z"`, `"2026-01-01T00:00:00Z"`, false},
		{`1`, `1`, true}, {`1`, `1.0`, true}, {`100`, `1e2`, true}, {`100`, `0.1E+3`, true}, {`0`, `-0`, true}, {`0`, `0e99999999999`, true},
		{`1e+21`, `1000000000000000000000`, true}, {`0.5`, `5e-1`, true}, {`-0.25`, `-2.5e-1`, true},
		{`9007199254740993`, `9007199254740993.0`, true}, {`9007199254740993`, `9007199254740992`, false},
		{`1`, `-1`, false}, {`10`, `1`, false}, {`1`, `1e99999999999`, false}, {`1`, `"1"`, false}, {`1`, `true`, false},
		{`true`, `true`, true}, {`true`, `false`, false}, {`false`, `null`, false}, {`null`, `null`, true},
		{`[1,2]`, `[ 1.0 , 2 ]`, true}, {`[1,2]`, `[2,1]`, false}, {`[1,2]`, `[1]`, false}, {`[1]`, `[1,2]`, false}, {`[]`, `[]`, true}, {`[]`, `{}`, false}, {`{}`, `[]`, false},
		{`{"a":1,"b":{"c":2}}`, `{"b": {"c": 2}, "a": 1}`, true}, {`{"a":1,"b":{"c":2}}`, `{"b":{"c":2.0}}`, true}, {`{"a":1,"b":{"c":2}}`, `{"b":{}}`, true},
		{`{"a":1}`, `{"a":2}`, false}, {`{"a":1}`, `{"b":1}`, false}, {`{"a":1}`, `{"b":null}`, false}, {`{"a":1}`, `{"a":null}`, false}, {`{"a":1}`, `{"a":1,"a":1}`, false},
		{`[{"a":1,"b":2}]`, `[{"b":2,"a":1}]`, true}, {`[{"a":1,"b":2}]`, `[{"a":1}]`, false}, {`[{"a":1}]`, `[{"a":1,"b":2}]`, false}, {`[{"a":1}]`, `[{"a":1,"a":1}]`, false},
		{`{"a":"x"}`, `{"\u0061":"x"}`, true},
		{`[{"a":1}]`, `[{"a":2}]`, false}, {`[{"a":1}]`, `[{"b":1}]`, false}, {`{"a":1,"b":2}`, `{"a":1,"a":1,"b":2}`, false}, {`[{"a":1,"b":2}]`, `[{"a":1,"a":1,"b":2}]`, false},
		{`100`, `0.001e5`, true}, {`0.1`, `1e-1`, true}, {`1200`, `12e2`, true}, {`1.2`, `1200e-3`, true}, {`1.2`, `12e-2`, false}, {`0.01`, `0.001`, false}, {`1000`, `100`, false},
	} {
		if got := (comparison{}).merges([]byte(test.have), []byte(test.patch)); got != test.want {
			t.Errorf("%s into %s: %t", test.patch, test.have, got)
		}
	}
}

// A merge patch changes nothing if, and only if, the document that RFC 7396 makes
// of it is the one that was there.
func TestUnchangedIsByTheBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := jsonObject(3).Draw(t, "have")
		patch := have
		for range rapid.IntRange(0, 3).Draw(t, "edits") {
			patch = edited(t, patch).(map[string]any)
		}
		text, err := json.MarshalIndent(patch, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		current, err := json.Marshal(have)
		if err != nil {
			t.Fatal(err)
		}
		want := cmp.Equal(valueOf(t, current), merged(valueOf(t, current), valueOf(t, text)), cmp.Comparer(func(a, b *big.Rat) bool { return a.Cmp(b) == 0 }))
		if got := (comparison{}).merges(current, text); got != want {
			t.Errorf("%s into %s: %t", text, current, got)
		}
	})
}

// jsonObject draws documents of few names and values, so that edits often meet.
func jsonObject(depth int) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			m[rapid.SampledFrom([]string{"a", "b", "é", `"`}).Draw(t, "name")] = jsonValue(depth).Draw(t, "value")
		}
		return m
	})
}

func jsonValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 4
		if depth == 0 {
			kinds = 2
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return json.Number(rapid.SampledFrom([]string{"0", "-0.0", "1", "1.0", "10e-1", "1e1", "10", "-1"}).Draw(t, "number"))
		case 1:
			return rapid.SampledFrom([]any{"", "a", "é", "\x00", true, false}).Draw(t, "plain")
		case 2:
			return jsonObject(depth-1).Draw(t, "object")
		}
		return rapid.SliceOfN(jsonValue(depth-1), 0, 3).Draw(t, "list")
	})
}

// edited returns a copy of v that lacks a member, has another one, or is the same.
func edited(t *rapid.T, v any) any {
	m, ok := v.(map[string]any)
	switch {
	case ok && len(m) == 0:
		return v
	case !ok:
		return rapid.OneOf(rapid.Just(v), jsonValue(1)).Draw(t, "replaced")
	}
	names := make([]string, 0, len(m))
	edit := map[string]any{}
	for name, value := range m {
		names = append(names, name)
		edit[name] = value
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(t, "edited")
	switch rapid.IntRange(0, 2).Draw(t, "edit") {
	case 0:
		delete(edit, name)
	case 1:
		edit[name] = nil
	default:
		edit[name] = edited(t, edit[name])
	}
	return edit
}

// valueOf decodes JSON, its numbers exactly.
func valueOf(t *rapid.T, text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return exact(v)
}

func exact(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := new(big.Rat).SetString(v.String())
		return n
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = exact(v[name])
		}
	}
	return v
}

// merged returns RFC 7396, section 2, word for word, but that a null for what is
// not there is a change: there may be what JSON does not show.
func merged(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	old, _ := target.(map[string]any)
	made := map[string]any{}
	for name, value := range old {
		made[name] = value
	}
	for name, value := range changes {
		if _, there := old[name]; value == nil && there {
			delete(made, name)
			continue
		}
		made[name] = merged(made[name], value)
	}
	return made
}

// TestReadAgainst reads requests for a document that is known: what it has is
// neither read nor a member, and read-only members may be sent as they are.
func TestReadAgainst(t *testing.T) {
	const current = `{"_id":"5f0000000000000000000001","ref":"5f000000000000000000000a","bag":"none","fixed":{"at":"2026-01-01T00:00:00.100Z","name":"x","n":[1,true]},"odd":"never","days":{"a":"2026-01-01T00:00:00.100Z","b":"2026-01-02T00:00:00.000Z"},"year":1,"name":"Ada","at":"2026-01-01T00:00:00.100Z","box":{"size":1,"at":"2026-01-01T00:00:00.000Z"},` +
		`"labels":{"a":"1","b":"2"},"boxes":[{"size":1}],"due":"2026-01-01T00:00:00.100Z"}`
	for _, test := range []struct{ body, read, members, problems string }{
		{current, "", "", ""},
		{`{}`, "", "", ""},
		{`{"name":"Bob"}`, "name", "name", ""},
		{`{"name":null}`, "name", "name", ""},
		{`{"name":"Ada","name":"Bob"}`, "", "", "/name duplicate_member"},
		{`{"name":"Bob","name":"Ada"}`, "name", "name", "/name duplicate_member"},
		{`{"_id":"5f0000000000000000000002"}`, "", "_id", "/_id read_only"},
		{`{"_id":null}`, "", "_id", "/_id read_only"},
		{`{"at":"2026-01-01T00:00:00.1Z"}`, "", "", ""},
		{`{"at":"2026-01-01T01:00:00.100+01:00"}`, "", "", ""},
		{`{"at":"2026-01-01T00:00:00.101Z"}`, "", "at", "/at read_only"},
		{`{"at":1}`, "", "at", "/at read_only"},
		{`{"due":"2026-01-01T00:00:00.1Z"}`, "due", "", ""},
		{`{"due":"2026-01-01T00:00:00Z"}`, "due", "due", ""},
		{`{"due":"once"}`, "due", "due", "/due format"},
		{`{"box":{"size":1.0}}`, "", "", ""},
		{`{"box":{"size":2}}`, "box/size", "box", ""},
		{`{"box":{"size":1,"at":"2026-01-01T00:00:00Z"}}`, "box/at", "", ""},
		{`{"box":{"size":2,"at":"2026-01-01T00:00:00Z"}}`, "box/size box/at", "box", ""},
		{`{"box":{"sise":1}}`, "", "box", "/box/sise unknown_field"},
		{`{"box":7}`, "", "box", "/box type"},
		{`{"box":{}}`, "", "", ""},
		{`{"labels":{"a":"1","c":"3","b":null}}`, "labels/c labels/b", "labels", ""},
		{`{"labels":{"a":"1","a":"1"}}`, "", "labels", "/labels/a duplicate_member"},
		{`{"boxes":[{"size":1.0}]}`, "", "", ""},
		{`{"boxes":[{"size":1},{"size":1}]}`, "boxes/0/size boxes/1/size", "boxes", ""},
		{`{"ref":"5F000000000000000000000A"}`, "ref", "", ""},
		{`{"ref":"5f000000000000000000000b"}`, "ref", "ref", ""},
		{`{"bag":{}}`, "", "bag", ""},
		{`{"lid":{}}`, "", "lid", ""},
		{`{"fixed":{"at":"2026-01-01T00:00:00.1Z","name":"x","n":[1.0,true]}}`, "", "", ""},
		{`{"fixed":{"at":"2026-01-01T00:00:00.1Z","name":"y"}}`, "", "fixed", "/fixed read_only"},
		{`{"fixed":{"at":"x"}}`, "", "fixed", "/fixed read_only"},
		{`{"fixed":{"name":"2026-01-01T00:00:00.1Z"}}`, "", "fixed", "/fixed read_only"},
		{`{"odd":"now"}`, "odd", "odd", "/odd format"},
		{`{"year":"2026-01-01T00:00:00.1Z"}`, "year", "year", ""},
		{`{"labels":{}}`, "", "", ""},
		{`{"labels":{"c":"3","a":"1"}}`, "labels/c", "labels", ""},
		{`{"days":{"b":"2026-01-02T00:00:00Z","a":"2026-01-01T00:00:00.1Z"}}`, "days/b days/a", "", ""},
		{`{"days":{"b":"2026-01-02T00:00:01Z","a":"2026-01-01T00:00:00.1Z"}}`, "days/b days/a", "days", ""},
		{`{"fixed":{"at":"once","name":"x"}}`, "", "fixed", "/fixed read_only"},
		{`{"tags":{}}`, "", "tags", ""},
		{`{"labels":{"a":null}}`, "labels/a", "labels", ""},
		{`{"nane":"Ada"}`, "", "", "/nane unknown_field"},
	} {
		r, err := NewJSONReader([]byte(test.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Against([]byte(current))
		read := readAgainst(r)
		var problems []string
		for _, p := range r.Errors {
			problems = append(problems, p.Pointer+" "+p.Code)
		}
		got := []string{strings.Join(read, " "), strings.Join(r.Members(), " "), strings.Join(problems, ", ")}
		if want := []string{test.read, test.members, test.problems}; !slices.Equal(got, want) {
			t.Errorf("%s: read, members, problems are %q, want %q", test.body, got, want)
		}
	}
}

// readAgainst reads as a generated patch does, and returns the paths that it read.
func readAgainst(r *JSONReader) (read []string) {
	note := func() { read = append(read, strings.TrimPrefix(r.Pointer(), "/")) }
	box := func(r *JSONReader) int {
		r.Object(func(name string) bool {
			switch name {
			case "size":
				note()
				r.Int()
			case "at":
				note()
				r.Time()
			default:
				return false
			}
			return true
		})
		return 0
	}
	r.Object(func(name string) bool {
		switch name {
		case "_id", "at", "fixed":
			r.ReadOnly()
		case "ref":
			note()
			r.ObjectID()
		case "bag", "lid":
			box(r)
		case "odd", "year":
			note()
			r.Time()
		case "name":
			note()
			_ = ReadOptional(r, (*JSONReader).String)
		case "due":
			note()
			r.Time()
		case "box":
			box(r)
		case "boxes":
			ReadJSONList(r, box)
		case "days":
			ReadJSONEntries(r, func(r *JSONReader) time.Time {
				note()
				return r.Time()
			})
		case "labels", "tags":
			ReadJSONEntries(r, func(r *JSONReader) Optional[string] {
				note()
				return ReadOptional(r, (*JSONReader).String)
			})
		default:
			return false
		}
		return true
	})
	return read
}

func TestUnchangedAndIsList(t *testing.T) {
	r, err := NewJSONReader([]byte(`{"a":"x","b":["x"],"c":"z"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Against([]byte(`{"a":"x","b":["y"],"c":"w"}`))
	var lists, unchanged []string
	r.Object(func(name string) bool {
		if r.IsList() {
			lists = append(lists, name)
		}
		r.Skip()
		if r.Unchanged() {
			unchanged = append(unchanged, name)
		}
		return true
	})
	if !slices.Equal(lists, []string{"b"}) || unchanged != nil || r.Unchanged() {
		t.Errorf("lists are %q, unchanged %q", lists, unchanged)
	}
	r, err = NewJSONReader([]byte(`{"at":"2026-01-01T00:00:00.1Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Against([]byte(`{"at":"2026-01-01T00:00:00.100Z"}`))
	r.Object(func(string) bool {
		if r.Time(); !r.Unchanged() {
			t.Error("the same moment is a change")
		}
		return true
	})
	if !r.Unchanged() {
		t.Error("an object with nothing but the same moment is a change")
	}
}

// A number whose exponent no int holds is the same as itself, and as no other.
func TestNumbersOutOfBounds(t *testing.T) {
	huge := "1e" + strings.Repeat("9", 30)
	if numberOf(huge) == numberOf(huge[:len(huge)-1]+"8") {
		t.Error("two that differ in the last digit of the exponent are the same")
	}
	for text, want := range map[string]bool{huge: true, "1": false, "1e-" + huge[2:]: false, "-" + huge: false, "0": false} {
		if got := numberOf(huge) == numberOf(text); got != want {
			t.Errorf("%s is %s: %t", huge, text, got)
		}
	}
}
