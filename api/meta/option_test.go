package meta_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema/def"
)

// options are changes of an index, by the member that they change: each of meta.Index has
// one, and each changes an entry of meta.Options, but for the name and the keys, and for what
// is said of queries alone, which changes nothing that is built.
var options = map[string]struct {
	change func(x *meta.Index)
	option string
	// fingerprint is what deployed catalogs have of an index on a and -b.c called x that has it.
	fingerprint string
}{
	"Name":    {func(x *meta.Index) { x.Name = "y" }, "", ""},
	"Keys":    {func(x *meta.Index) { x.Keys = x.Keys[:1] }, "", ""},
	"Unique":  {func(x *meta.Index) { x.Unique = true }, "unique", "4f242406e2f3c01e622eab06dae7ae65"},
	"Expires": {func(x *meta.Index) { x.Expires = true }, "expireAfterSeconds", "a9b39f23f9b824d7b2c52f4990fb9359"},
	"TTL":     {func(x *meta.Index) { x.Expires, x.TTL = true, time.Hour }, "expireAfterSeconds", "9328c8650d36689bf7cd2ce4dec8875c"},
	"Sparse":  {func(x *meta.Index) { x.Sparse = true }, "sparse", "d8dcc06300406f1921f0a19feff37ab7"},
	"Partial": {func(x *meta.Index) {
		x.Partial = []meta.Condition{{Path: "a", Op: meta.Gt, Value: wire.IntValue(1)}, {Path: "s", Op: meta.Eq, Value: wire.StringValue("on")}}
	}, "partialFilterExpression", "236a07864cab322c23514a775f936a9f"},
	"Living": {func(x *meta.Index) { x.Living = true }, "partialFilterExpression", ""},
	"Text": {func(x *meta.Index) {
		x.Text = &meta.TextSearch{Weights: []meta.Weight{{Path: "a", Weight: 2}}, Language: "none", Override: "language"}
	}, "weightsdefault_languagelanguage_override", ""},
	"Exact":     {func(x *meta.Index) { x.Exact = true }, "", "46199f769cf62594869656bfea85bc99"},
	"Collation": {func(x *meta.Index) { x.Collation = meta.Collation{Locale: "en"} }, "collation", ""},
	"Hidden":    {func(x *meta.Index) { x.Hidden = true }, "hidden", ""},
}

func fingerprint(x meta.Index) string {
	return meta.Fingerprint([]meta.Collection{{Name: "things", Indexes: []meta.Index{x}}})
}

// ofQueries are the members that make no other index.
var ofQueries = []string{"Exact"}

// TestOptions demands of each member of an index that it changes the fingerprint, and one
// option: what is built, and what is compared.
func TestOptions(t *testing.T) {
	t.Parallel()
	plain := meta.Index{Name: "x", Keys: []meta.Key{{Path: "a"}, {Path: "b.c", Descending: true}}}
	if got := fingerprint(plain); got != "46199f769cf62594869656bfea85bc99" {
		t.Errorf("without options it is %s", got)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[meta.Index]()) {
		test, ok := options[f.Name]
		if !ok {
			t.Errorf("there is no entry for %s", f.Name)
			continue
		}
		x := plain
		test.change(&x)
		switch got := fingerprint(x); {
		case (got == fingerprint(plain)) != slices.Contains(ofQueries, f.Name):
			t.Errorf("%s changes the fingerprint, or does not as it should", f.Name)
		case test.fingerprint != "" && got != test.fingerprint:
			t.Errorf("the fingerprint with %s is %s, and was %s", f.Name, got, test.fingerprint)
		}
		changed := ""
		for _, o := range meta.Options {
			if o.Declared(&x) != o.Declared(&plain) {
				changed += o.Name
			}
		}
		if changed != test.option {
			t.Errorf("%s changes the option %q, want %q", f.Name, changed, test.option)
		}
	}
}

// TestDeployedFingerprint: this schema's is as servers and catalogs have it.
func TestDeployedFingerprint(t *testing.T) {
	t.Parallel()
	if got := gen.Fingerprint(); got != "6bad463b8eb1530da73095c89f252add" {
		t.Errorf("it is %s; that changes with the schema's indexes alone", got)
	}
}

// TestOptionsAreComplete: an option that can be declared is built, compared and summed up,
// and reads as none where an index does not have it.
func TestOptionsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, o := range meta.Options {
		if o.Name == "" || seen[o.Name] || o.Text == nil || (o.Value == nil) != (o.Sum == nil) {
			t.Errorf("%+v", o)
		}
		seen[o.Name] = true
		if is, declared := o.Text(bson.RawValue{}), o.Declared(&meta.Index{}); is != declared {
			t.Errorf("%s that nobody declares is %s, declared %s", o.Name, is, declared)
		}
		if o.Value != nil && o.Value(&meta.Index{}) != nil {
			t.Errorf("%s is asked for although it is not declared", o.Name)
		}
	}
}

// TestListedFlags are read whatever number they were given as. What is none is told as it is.
func TestListedFlags(t *testing.T) {
	t.Parallel()
	for want, values := range map[string][]any{
		"true": {true, int32(1), int64(1), 1.0, -1.0, 0.5}, "false": {false, int32(0), int64(0), 0.0}, `"yes"`: {"yes"},
	} {
		for _, v := range values {
			kind, data, err := bson.MarshalValue(v)
			if err != nil {
				t.Fatal(err)
			}
			if got := meta.Unique.Text(bson.RawValue{Type: kind, Value: data}); got != want {
				t.Errorf("%T %v: %s, want %s", v, v, got, want)
			}
		}
	}
	for _, o := range meta.Options {
		if o.Text(wire.StringValue("yes")) == o.Text(bson.RawValue{}) {
			t.Errorf("%s of another type passes for none", o.Name)
		}
	}
}

// TestDeclarationsAreDescribed has every member of a declared index in the table of
// schema.md.
func TestDeclarationsAreDescribed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Indexes\n")
	for _, f := range reflect.VisibleFields(reflect.TypeFor[def.Index]()) {
		if !regexp.MustCompile("(?m)^\\| `" + f.Name + "` \\|").MatchString(section) {
			t.Errorf("schema.md does not describe %s", f.Name)
		}
	}
}
