package openapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// TestServing has a row for each way an index can serve a path, or not.
func TestServing(t *testing.T) {
	text, id := &kinds.Type{Kind: kindOf(def.KindString)}, &model.Path{Name: "_id", Type: &kinds.Type{Kind: kindOf(def.KindObjectID)}}
	a, b, c := &model.Path{Name: "a", Type: text}, &model.Path{Name: "b", Type: text}, &model.Path{Name: "c", Type: text}
	list := &model.Path{Name: "list", Type: text, Many: true}
	flag := &model.Path{Name: "flag", Type: &kinds.Type{Kind: kindOf(def.KindBool)}}
	on := func(x model.Index, paths ...*model.Path) *model.Index {
		for _, p := range paths {
			x.Keys = append(x.Keys, model.Key{Path: p})
		}
		return &x
	}
	only := func(p *model.Path, op def.Op, value any) []model.Condition {
		return []model.Condition{{Path: p, Op: op, Value: value}}
	}
	const no = "not at all"
	for name, test := range map[string]struct {
		indexes []*model.Index
		path    *model.Path
		want    [4]any // by equality, choice, range and order: no, nil or the alternatives
	}{
		"_id":          {nil, id, [4]any{nil, nil, nil, nil}},
		"no index":     {nil, a, [4]any{no, no, no, no}},
		"first key":    {[]*model.Index{on(model.Index{}, a, b, id)}, a, [4]any{nil, nil, nil, nil}},
		"second key":   {[]*model.Index{on(model.Index{}, a, b, id)}, b, [4]any{"a=|a[in]=|a[gte]=", "a=|a[in]=|a[gte]=", "a=|a[in]=|a[gte]=", "a="}},
		"third key":    {[]*model.Index{on(model.Index{Unique: true}, a, b, c)}, c, [4]any{"a= b=|a= b[in]=|a= b[gte]=", "a= b=|a= b[in]=|a= b[gte]=", "a= b=|a= b[in]=|a= b[gte]=", "a= b="}},
		"either":       {[]*model.Index{on(model.Index{}, a, c, id), on(model.Index{}, b, c, id)}, c, [4]any{"a=|a[in]=|a[gte]=|b=|b[in]=|b[gte]=", "a=|a[in]=|a[gte]=|b=|b[in]=|b[gte]=", "a=|a[in]=|a[gte]=|b=|b[in]=|b[gte]=", "a=|b="}},
		"the fewer":    {[]*model.Index{on(model.Index{}, a, b, c, id), on(model.Index{}, b, c, id), on(model.Index{Unique: true}, b, c)}, c, [4]any{"b=|b[in]=|b[gte]=", "b=|b[in]=|b[gte]=", "b=|b[in]=|b[gte]=", "b="}},
		"alone, too":   {[]*model.Index{on(model.Index{}, a, b, id), on(model.Index{}, b, id)}, b, [4]any{nil, nil, nil, nil}},
		"a list":       {[]*model.Index{on(model.Index{}, list, id)}, list, [4]any{nil, nil, no, no}},
		"before lists": {[]*model.Index{on(model.Index{}, a, list, id)}, a, [4]any{"list=|list[in]=", no, no, no}},
		"far before":   {[]*model.Index{on(model.Index{}, a, b, list, c, id)}, a, [4]any{"b= list=|b= list[in]=", no, no, no}},
		"between":      {[]*model.Index{on(model.Index{}, a, b, list, c, id)}, b, [4]any{"a= list=|a= list[in]=", no, no, no}},
		"of a unique":  {[]*model.Index{on(model.Index{Unique: true, Partial: only(b, def.Equal, "x")}, a)}, b, [4]any{"b=x", no, no, no}},
		"behind lists": {[]*model.Index{on(model.Index{}, list, a, id)}, a, [4]any{"list=|list[in]=", "list=|list[in]=", "list=|list[in]=", "list="}},
		"list behind":  {[]*model.Index{on(model.Index{}, a, list, b, id)}, list, [4]any{"a=", "a=", no, no}},
		"sparse":       {[]*model.Index{on(model.Index{Sparse: true}, a)}, a, [4]any{no, no, no, no}},
		"and unique":   {[]*model.Index{on(model.Index{Sparse: true, Unique: true}, a)}, a, [4]any{nil, nil, nil, "a[gte]="}},
		"the 2nd":      {[]*model.Index{on(model.Index{Sparse: true, Unique: true}, a, b)}, b, [4]any{"a=|a[in]=|a[gte]=", "a=|a[in]=|a[gte]=", "a=|a[in]=|a[gte]=", "a="}},
		"expiring":     {[]*model.Index{on(model.Index{Expires: true}, a)}, a, [4]any{no, no, no, no}},
		"existing":     {[]*model.Index{on(model.Index{Partial: only(a, def.Exists, nil)}, a, b, id)}, a, [4]any{nil, nil, nil, "a[gte]="}},
		"with another": {[]*model.Index{on(model.Index{Partial: only(b, def.Exists, nil)}, a, b, id)}, a, [4]any{"b=|b[in]=|b[gte]=", no, no, no}},
		"other exists": {[]*model.Index{on(model.Index{Partial: only(c, def.Exists, nil)}, a, b, id)}, a, [4]any{no, no, no, no}},
		"behind _id":   {[]*model.Index{on(model.Index{}, a, id, b)}, a, [4]any{nil, nil, nil, nil}},
		"limited":      {[]*model.Index{on(model.Index{Partial: only(b, def.Equal, "x")}, a, id)}, a, [4]any{"b=x", "b=x", "b=x", "b=x"}},
		"the limit":    {[]*model.Index{on(model.Index{Partial: only(b, def.Equal, "x")}, a, id)}, b, [4]any{"b=x", no, no, no}},
		"its own":      {[]*model.Index{on(model.Index{Partial: only(flag, def.Equal, true)}, flag, a, id)}, a, [4]any{"flag=true", "flag=true", "flag=true", "flag=true"}},
		"itself":       {[]*model.Index{on(model.Index{Partial: only(flag, def.Equal, true)}, flag, a, id)}, flag, [4]any{"flag=true", no, no, no}},
		"exact":        {[]*model.Index{on(model.Index{Exact: true}, a, b)}, a, [4]any{nil, no, no, no}},
		"exact, the 2": {[]*model.Index{on(model.Index{Exact: true}, a, b)}, b, [4]any{"a=", "a=", "a=", no}},
		"hidden":       {[]*model.Index{on(model.Index{Unique: true, Hidden: true}, a)}, a, [4]any{no, no, no, no}},
		"another":      {[]*model.Index{on(model.Index{Partial: only(b, def.Greater, "x")}, a, id)}, a, [4]any{no, no, no, no}},
	} {
		for u, want := range test.want {
			alternatives, served := serving(&model.Collection{Indexes: test.indexes}, test.path, use(u))
			var have any
			switch {
			case !served:
				have = no
			case alternatives != nil:
				have = joined(alternatives)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("%s, use %d (-want +have):\n%s", name, u, diff)
			}
		}
	}
}

func joined(alternatives [][]string) string {
	var out string
	for i, filters := range alternatives {
		if i > 0 {
			out += "|"
		}
		for j, filter := range filters {
			if j > 0 {
				out += " "
			}
			out += filter
		}
	}
	return out
}

func TestParametersSayWhatTheyNeed(t *testing.T) {
	_, document := newDocument(t)
	found := 0
	for _, p := range at(t, document, "paths", "/api/small_things", "get", "parameters").([]any) {
		switch name := p.(tree)["name"]; name {
		case "sort":
			found++
			if diff := cmp.Diff(tree{"limit": []any{[]any{"title="}}, "limit,_id": []any{[]any{"title="}}}, p.(tree)[needsName]); diff != "" {
				t.Errorf("sort needs (-want +have):\n%s", diff)
			}
			if doc := p.(tree)["description"]; doc != "What to sort by: a path, with a leading - for descending, or several separated by commas. limit needs title=. limit,_id needs title=." {
				t.Errorf("sort is described as %s", doc)
			}
		case "limit[in]":
			found++
			if doc := p.(tree)["description"]; doc != "Documents where limit is one of these. Needs title=, or title[in]=, or title[gte]=." {
				t.Errorf("limit[in] is described as %s", doc)
			}
		case "count":
			found++
			if p.(tree)[needsName] != nil {
				t.Errorf("count needs %v", p.(tree)[needsName])
			}
		}
	}
	if found != 3 {
		t.Errorf("%d of 3 parameters are there", found)
	}
}

func TestIndexesAreNamed(t *testing.T) {
	id, a, b := &model.Path{Name: "_id"}, &model.Path{Name: "a"}, &model.Path{Name: "b"}
	limited := func(op def.Op) []model.Condition { return []model.Condition{{Path: b, Op: op, Value: "x"}} }
	c := &model.Collection{Indexes: []*model.Index{
		{Keys: []model.Key{{Path: a}, {Path: b}, {Path: id}}},
		{Keys: []model.Key{{Path: b}}, Sparse: true},
		{Keys: []model.Key{{Path: b}}, Sparse: true, Unique: true},
		{Keys: []model.Key{{Path: a}, {Path: id}}, Partial: limited(def.Equal)},
		{Keys: []model.Key{{Path: b}, {Path: id}}, Partial: limited(def.Greater)},
		{Keys: []model.Key{{Path: a}}, Unique: true},
	}}
	want := "_id | a, b, _id | b (with a filter on b) | a, _id (with b=x) | a."
	if _, have, _ := strings.Cut(servedQueries(c), "The indexes are: "); have != want {
		t.Errorf("they are %s, want %s", have, want)
	}
}

// TestSearchIsDescribed for collections with an index for words that queries use.
func TestSearchIsDescribed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		index model.Index
		want  bool
	}{
		"ordered": {model.Index{}, false},
		"text":    {model.Index{Text: &meta.TextSearch{}}, true},
		"hidden":  {model.Index{Text: &meta.TextSearch{}, Hidden: true}, false},
	} {
		c := &model.Collection{Indexes: []*model.Index{&test.index}}
		described := slices.ContainsFunc(schemaWriter{nil, c}.listParameters(), func(p object) bool { return p[0].Value == meta.SearchParameter })
		if described != test.want {
			t.Errorf("%s: %t", name, described)
		}
	}
}
