package rest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// shelves are a collection that is served by two paths, one of which is text.
var shelves = raw.Collection{
	Collection: meta.Collection{Name: "shelves",
		Paths: []meta.Path{{Name: "n", Parse: runtime.ParseInt}, {Name: "label.name", Text: true, Parse: runtime.ParseFolded(&address), ParsePrefix: runtime.ParseFoldedPrefix(&address)}},
		Refs:  []meta.Ref{{Path: "owner", Collection: "people"}, {Path: "next", Collection: "shelves"}, {Path: "secret", Collection: "drafts"}}},
}

// TestSelections has a row for each parameter of a list, well given and not.
func TestSelections(t *testing.T) {
	t.Parallel()
	many := func(name string, n int) string { return strings.Repeat("&"+name+"=1", n)[1:] }
	r := &resource{api: &api{Config: Config{From: []Source{FromQuery}}}, c: &shelves}
	const paths = "is not a path that an index serves; those are n, label.name"
	for query, want := range map[string]string{
		"":                          "limit 0, sort , 0 conditions",
		"limit=1":                   "limit 1, sort , 0 conditions",
		"limit=200&sort=-n&n=1":     "limit 200, sort -n, 1 conditions",
		"n[gte]=1&n[lt]=2":          "limit 0, sort , 2 conditions",
		"n[in]=1&n[in]=2&n[in]=3":   "limit 0, sort , 1 conditions",
		"label.name[prefix]=a":      "limit 0, sort , 1 conditions",
		"after=x&expand=a&expand=b": "limit 0, sort , 0 conditions",
		"tenant=one":                "limit 0, sort , 0 conditions",
		many("n[in]", maxOneOf):     "limit 0, sort , 1 conditions",
		many("n[in]", maxOneOf+1):   "n[in] too_many is given more than 200 times",
		"limit=0":                   "limit out_of_range must be a whole number from 1 to 200",
		"limit=201":                 "limit out_of_range must be a whole number from 1 to 200",
		"limit=":                    "limit out_of_range must be a whole number from 1 to 200",
		"limit=65536":               "limit out_of_range must be a whole number from 1 to 200",
		"limit=010":                 "limit 10, sort , 0 conditions",
		"limit=1&limit=2":           "limit duplicate_parameter is given twice",
		"after=1&after=2":           "after duplicate_parameter is given twice",
		"tenant=1&tenant=1":         "tenant duplicate_parameter is given twice",
		"n=1&n=1":                   "n duplicate_parameter is given twice",
		"n[gt]=1&n[gt]=1":           "n[gt] duplicate_parameter is given twice",
		"sort=":                     "sort format is empty; name a path, or leave it out",
		"n=x":                       "n format must be a whole number of 64 bits",
		"n[prefix]=1":               "n[prefix] not_served asks for a beginning, but n is not text",
		"color=red":                 "color not_served " + paths,
		"label=1":                   "label not_served " + paths,
		"color[in]=1&color[in]=2":   "color[in] not_served " + paths,
		"n[like]=1":                 "n[like] unknown_parameter is neither limit, after, sort, expand, fields, count nor a filter such as email or createdAt[gte]",
		"[in]=1":                    "[in] unknown_parameter is neither limit, after, sort, expand, fields, count nor a filter such as email or createdAt[gte]",
		"sort=&n=x&limit=0":         "limit out_of_range must be a whole number from 1 to 200; n format must be a whole number of 64 bits; sort format is empty; name a path, or leave it out",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.selection(values)
		got := fmt.Sprintf("limit %d, sort %s, %d conditions", s.Limit, s.Sort, len(s.Where))
		if err != nil {
			got = complaints(t, err)
		}
		if got != want {
			t.Errorf("%.60s: %s, want %s", query, got, want)
		}
	}
	s, err := r.selection(url.Values{"n[lte]": {"1"}, "label.name[prefix]": {"a"}})
	if err != nil || len(s.Where) != 2 || s.Where[0].Op != meta.Prefix || s.Where[0].Path != "label.name" || s.Where[1].Op != meta.Lte || s.Where[1].Path != "n" {
		t.Errorf("%+v, %v", s, err)
	}
	r.From = nil
	if _, err := r.selection(url.Values{"tenant": {"one"}}); said(err) != "query_invalid" {
		t.Errorf("a tenant, where none is named: %v", err)
	}
}

// complaints returns what a refusal of a query says of its parameters. The sentence
// is that of the first.
func complaints(t *testing.T, err error) string {
	t.Helper()
	var p *problem
	if !errors.As(err, &p) || p.Code != "query_invalid" || p.Status != 400 {
		t.Fatalf("%v", err)
	}
	if want := strings.TrimSpace("The query cannot be served: " + strings.TrimSpace(p.Errors[0].Pointer+" "+p.Errors[0].Message)); p.Detail != want {
		t.Errorf("%s, want %s", p.Detail, want)
	}
	var all []string
	for _, e := range p.Errors {
		all = append(all, e.Pointer+" "+e.Code+" "+e.Message)
	}
	return strings.Join(all, "; ")
}

// TestAccepted has a row for each way that a query can be what a route takes.
func TestAccepted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		takes accepted
		query url.Values
		want  string
	}{
		"nothing":             {accepted{}, nil, ""},
		"nothing, of what is": {accepted{once: []string{"a"}}, url.Values{}, ""},
		"what is taken":       {accepted{once: []string{"a"}, often: []string{"b"}}, url.Values{"a": {"1"}, "b": {"1", "2"}}, ""},
		"twice":               {accepted{once: []string{"a"}, often: []string{"b"}}, url.Values{"a": {"1", "1"}}, "a duplicate_parameter is given twice"},
		"another":             {accepted{once: []string{"a"}, often: []string{"b"}}, url.Values{"c": {"1"}}, "c unknown_parameter is not a parameter of this route; it takes a, b"},
		"another of none":     {accepted{}, url.Values{"c": {"1", "2"}}, "c unknown_parameter is not a parameter of this route; it takes none"},
		"several":             {accepted{once: []string{"b"}}, url.Values{"c": {"1"}, "b": {"1", "2"}, "a": {""}}, "a unknown_parameter is not a parameter of this route; it takes b; b duplicate_parameter is given twice; c unknown_parameter is not a parameter of this route; it takes b"},
	} {
		got := ""
		if err := test.takes.check(test.query); err != nil {
			got = complaints(t, err)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// TestWhatTheStoreSaysOfAQuery is told as the query's fault; what else went wrong is
// not.
func TestWhatTheStoreSaysOfAQuery(t *testing.T) {
	t.Parallel()
	err := asQueryProblem(fmt.Errorf("find: %w", invalid("sort", "not_served", "names what no index serves")))
	if got := complaints(t, err); got != "sort not_served names what no index serves" {
		t.Error(got)
	}
	if err := asQueryProblem(store.ErrUnavailable); !errors.Is(err, store.ErrUnavailable) || said(err) != store.ErrUnavailable.Error() {
		t.Errorf("%v", err)
	}
}

// TestWhatRoutesAccept has a row for each way to declare a parameter: in Query, in the
// OpenAPI, or in both.
func TestWhatRoutesAccept(t *testing.T) {
	t.Parallel()
	const declared = `{"parameters":[{"name":"a","in":"query"},{"name":"l","in":"query","schema":{"type":"array"}},{"name":"h","in":"header"}]}`
	for name, test := range map[string]struct {
		route Route
		want  string
	}{
		"nothing":         {Route{}, "none"},
		"a query":         {Route{Query: []string{"x", "b"}}, "x, b"},
		"an operation":    {Route{OpenAPI: []byte(declared)}, "a, l"},
		"both":            {Route{Query: []string{"a", "b", "l", "h"}, OpenAPI: []byte(declared)}, "a, b, h, l"},
		"what is no list": {Route{Query: []string{"a"}, OpenAPI: []byte(`{"parameters":[{"name":"a","in":"query","explode":false,"schema":{"type":"array"}}]}`)}, "a"},
		"half of one":     {Route{Query: []string{"a"}, OpenAPI: []byte(`{"parameters":[{"name":"l","in":"query","explode":true,"schema":{"type":["null","array"]}}]}`)}, "a, l"},
		"what is none":    {Route{Query: []string{"a"}, OpenAPI: []byte(`{"parameters":{}}`)}, "a"},
	} {
		takes := test.route.accepted()
		if got := takes.String(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
		for _, name := range takes.often {
			if name != "l" {
				t.Errorf("%s may be repeated", name)
			}
		}
	}
}

// address are the constraints on an address.
var address = wire.Text{Text: check.Text{Format: check.Email}}

// TestSearches are taken where the collection has an index for words, and are refused by a code of
// their own where the database has none.
func TestSearches(t *testing.T) {
	t.Parallel()
	words := raw.Collection{Collection: meta.Collection{Name: "words", Indexes: []meta.Index{{Name: "w", Text: &meta.TextSearch{}}}}}
	for c, want := range map[*raw.Collection]string{
		&words:   "limit 5, sort , 0 conditions",
		&shelves: "search not_served is not a path that an index serves; those are n, label.name",
	} {
		r := &resource{api: &api{}, c: c}
		s, err := r.selection(url.Values{"search": {"red house"}, "limit": {"5"}})
		got := fmt.Sprintf("limit %d, sort %s, %d conditions", s.Limit, s.Sort, len(s.Where))
		if err != nil {
			got = complaints(t, err)
		}
		if got != want || (s.Search != nil) != (err == nil) {
			t.Errorf("%s: %s, want %s", c.Name, got, want)
		}
	}
	refused, _ := errors.AsType[*problem](asQueryProblem(invalid("search", raw.SearchUnsupported, "is not supported")))
	if refused == nil || refused.Status != 400 || refused.Code != "search_unsupported" {
		t.Errorf("%+v", refused)
	}
}
