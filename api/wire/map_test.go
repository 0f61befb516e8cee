package wire_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

// A map is stored in the order of its names, as the driver stores a document of them,
// read as the driver reads it, and shown as encoding/json shows it.
func TestAnyMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := rapid.MapOfN(rapid.StringMatching(`[a-c~/"é]{0,3}`), rapid.Int64(), 0, 20).Draw(rt, "map")
		sorted := bson.D{}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			sorted = append(sorted, bson.E{Key: name, Value: m[name]})
		}
		doc := raw(t, bson.D{{Key: "M", Value: sorted}})
		if have := document(func(dst []byte) []byte { return wire.AppendMap(dst, "M", m, wire.AppendInt) }); !bytes.Equal(have, doc) {
			t.Errorf("stored is %s, want %s", bson.Raw(have), bson.Raw(doc))
		}
		if size := wire.DocumentOverhead + wire.SizeMap("M", m, wire.SizeInt); size != len(doc) {
			t.Errorf("the size is %d, want %d", size, len(doc))
		}
		rapid.SampledFrom([]func(bson.D){func(bson.D) {}, func(d bson.D) { slices.Reverse(d) }}).Draw(rt, "order")(sorted)
		r := wire.NewReader(raw(t, bson.D{{Key: "M", Value: sorted}, {Key: "last", Value: true}}))
		last := false
		for end := r.EnterDocument(); r.Next(end); {
			if string(r.Key()) == "last" {
				last = r.Bool()
				continue
			}
			at, want := r.Value(), new(bytes.Buffer)
			encoder := json.NewEncoder(want)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(m); err != nil {
				t.Fatal(err)
			}
			shown := strings.TrimSpace(want.String())
			if text := string(wire.AppendJSONMap([]byte("x"), m, wire.AppendJSONInt)); text != "x"+shown {
				t.Errorf("%v is %s", m, text)
			}
			if text := string(wire.JSONMap(r, []byte("x"), (*wire.Reader).JSONInt)); text != "x"+shown {
				t.Errorf("%v is %s", m, text)
			}
			r.Seek(at)
			if have := wire.ReadMap(r, (*wire.Reader).Int); !maps.Equal(have, m) || have == nil {
				t.Errorf("%v reads as %v", m, have)
			}
		}
		if !last || r.Err() != nil {
			t.Errorf("the walk did not go on: %v", r.Err())
		}
	})
}

// A request's entries are those that encoding/json reads, but for nulls and for what is
// given twice.
func TestAnyMapInARequest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.SliceOfN(rapid.StringMatching(`[a-c~/"é]{0,2}`), 0, 5).Draw(rt, "names")
		var entries []string
		want, all, twice := map[string]int64{}, map[string]*int64{}, []string(nil)
		for i, name := range names {
			key, err := json.Marshal(name)
			if err != nil {
				t.Fatal(err)
			}
			value, text := new(int64(i)), string(rune('0'+i))
			if rapid.IntRange(0, 3).Draw(rt, "null") == 0 {
				value, text = nil, "null"
			}
			entries = append(entries, string(key)+" : "+text)
			if _, again := all[name]; again {
				twice = append(twice, "/m/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
				continue
			}
			all[name] = value
			if value != nil {
				want[name] = *value
			}
		}
		body := `{"m":{` + strings.Join(entries, ",") + `},"last":true}`
		read := func(each func(*wire.JSONReader)) check.FieldErrors {
			r, err := wire.NewJSONReader([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			last := false
			r.Object(func(name string) bool {
				if name == "last" {
					last = r.Bool()
				} else {
					each(r)
				}
				return true
			})
			if !last {
				t.Errorf("%s: the reading did not go on", body)
			}
			return r.Errors
		}
		problems := read(func(r *wire.JSONReader) {
			if have := wire.ReadJSONMap(r, (*wire.JSONReader).Int); !maps.Equal(have, want) {
				t.Errorf("%s reads as %v, want %v", body, have, want)
			}
		})
		again := read(func(r *wire.JSONReader) {
			have := wire.ReadJSONEntries(r, func(r *wire.JSONReader) *int64 {
				if v, ok := wire.ReadOptional(r, (*wire.JSONReader).Int).Get(); ok {
					return &v
				}
				return nil
			})
			if diff := cmp.Diff(all, have); diff != "" {
				t.Errorf("%s: -want +got:\n%s", body, diff)
			}
		})
		for _, p := range []check.FieldErrors{problems, again} {
			var pointers []string
			for _, problem := range p {
				pointers = append(pointers, problem.Pointer)
				if problem.Code != "duplicate_member" || problem.Message != "is given twice" {
					t.Errorf("%s: %v", body, problem)
				}
			}
			if want := firstSeen(twice); !slices.Equal(pointers, want) && len(want)+len(pointers) > 0 {
				t.Errorf("%s: given twice are %q, want %q", body, pointers, want)
			}
		}
	})
}

func TestMapOfAnotherType(t *testing.T) {
	for body, want := range map[string]string{`{"m":[1]}`: "/m type must be an object", `{"m":null}`: "", `{"m":{"a":"x"}}`: "/m/a type must be a whole number"} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Object(func(string) bool {
			if m := wire.ReadJSONMap(r, (*wire.JSONReader).Int); (m != nil) != strings.Contains(body, `{"a"`) {
				t.Errorf("%s is read as %v", body, m)
			}
			return true
		})
		problem := ""
		for _, p := range r.Errors {
			problem = p.Pointer + " " + p.Code + " " + p.Message
		}
		if problem != want {
			t.Errorf("%s: %s", body, problem)
		}
	}
}

// An entry that is null is one, for those that ask for nulls.
func TestEntriesThatAreNull(t *testing.T) {
	r, err := wire.NewJSONReader([]byte(`{"m":{"a":1,"b":null}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Object(func(string) bool {
		if m := wire.ReadJSONEntries(r, (*wire.JSONReader).Int); !maps.Equal(m, map[string]int64{"a": 1, "b": 0}) {
			t.Errorf("the entries are %v", m)
		}
		return true
	})
	if r.Errors != nil {
		t.Errorf("the problems are %v", r.Errors)
	}
}
