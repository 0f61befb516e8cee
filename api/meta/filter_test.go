package meta_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// TestFilterOfClauses has a row for each kind of Clause, and for how many parts it has.
func TestFilterOfClauses(t *testing.T) {
	t.Parallel()
	is := func(path string, n int64) meta.Clause {
		return meta.Clause{Condition: meta.Condition{Path: path, Op: meta.Eq, Value: wire.IntValue(n)}}
	}
	of := func(kind meta.ClauseKind, parts ...meta.Clause) meta.Clause {
		return meta.Clause{Kind: kind, Parts: parts}
	}
	const a, b = `{"a":{"$eq":1}}`, `{"b":{"$eq":2}}`
	for name, test := range map[string]struct {
		clause meta.Clause
		want   string
	}{
		"a condition":       {is("a", 1), a},
		"no part of all":    {of(meta.ClauseAll), `{}`},
		"one part of all":   {of(meta.ClauseAll, is("a", 1)), a},
		"all":               {of(meta.ClauseAll, is("a", 1), is("b", 2)), `{"$and":[` + a + `,` + b + `]}`},
		"no part of any":    {of(meta.ClauseAny), `{"$nor":[{}]}`},
		"any":               {of(meta.ClauseAny, is("a", 1), is("b", 2)), `{"$or":[` + a + `,` + b + `]}`},
		"none of no part":   {of(meta.ClauseNone), `{"$nor":[{}]}`},
		"none":              {of(meta.ClauseNone, is("a", 1)), `{"$nor":[` + a + `]}`},
		"none of two":       {of(meta.ClauseNone, is("a", 1), is("b", 2)), `{"$nor":[{"$and":[` + a + `,` + b + `]}]}`},
		"unindexed":         {of(meta.ClauseUnindexed, is("a", 1), is("b", 2)), `{"$and":[` + a + `,` + b + `]}`},
		"any within none":   {of(meta.ClauseNone, of(meta.ClauseAny, is("a", 1), is("b", 2))), `{"$nor":[{"$or":[` + a + `,` + b + `]}]}`},
		"a prefix":          {meta.Clause{Condition: meta.Condition{Path: "a", Op: meta.Prefix, Value: wire.StringValue("x.|")}}, `{"a":{"$regex":{"$regularExpression":{"pattern":"^x\\.\\x7c","options":""}}}}`},
		"equal to nothing":  {meta.Clause{Condition: meta.Condition{Path: "a", Op: meta.Eq}}, `{"a":{"$in":[]}}`},
		"unlike nothing":    {meta.Clause{Condition: meta.Condition{Path: "a", Op: meta.Ne}}, `{"a":{"$nin":[]}}`},
		"greater than that": {meta.Clause{Condition: meta.Condition{Path: "a", Op: meta.Gt, Value: wire.IntValue(1)}}, `{"a":{"$gt":1}}`},
	} {
		got, err := bson.MarshalExtJSON(test.clause.Filter(), false, false)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, test.want)
		}
	}
}
