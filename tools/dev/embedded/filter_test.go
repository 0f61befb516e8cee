package embedded

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func parseDocument(t *testing.T, text string) (doc bson.D) {
	t.Helper()
	if err := bson.UnmarshalExtJSON([]byte(text), false, &doc); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

// expectFulfilled fails if a filter holds not just for the documents that fulfil it.
func expectFulfilled(t *testing.T, query string, holds filter, fulfil, fail []string) {
	t.Helper()
	for i, doc := range append(fulfil, fail...) {
		if got, want := holds(parseDocument(t, doc)), i < len(fulfil); got != want {
			t.Errorf("%s for %s: %t, want %t", query, doc, got, want)
		}
	}
}

// TestFilter has the rules of MongoDB's manual for what a partialFilterExpression may hold.
func TestFilter(t *testing.T) {
	t.Parallel()
	for expression, docs := range map[string]struct{ fulfil, fail []string }{
		`{}`:                           {[]string{`{}`}, nil},
		`{"a": 1}`:                     {[]string{`{"a": 1}`, `{"a": 1.0}`, `{"a": [2, 1]}`}, []string{`{}`, `{"a": 2}`, `{"a": "1"}`, `{"a": true}`, `{"a": null}`}},
		`{"a": {"$eq": "x"}}`:          {[]string{`{"a": "x"}`}, []string{`{"a": "X"}`}},
		`{"a": null}`:                  {[]string{`{"a": null}`, `{}`, `{"a": [null]}`}, []string{`{"a": 0}`, `{"a": []}`}},
		`{"a": {"b": 1}}`:              {[]string{`{"a": {"b": 1}}`}, []string{`{"a": {"b": 1, "c": 2}}`}},
		`{"a": [1, 2]}`:                {[]string{`{"a": [1, 2]}`}, []string{`{"a": [2, 1]}`, `{"a": 1}`}},
		`{"a.b": 1}`:                   {[]string{`{"a": {"b": 1}}`, `{"a": [{"b": 2}, {"b": 1}]}`, `{"a": {"b": [0, 1]}}`}, []string{`{"a": 1}`, `{"a": [1]}`, `{"a": {"c": 1}}`}},
		`{"a.b": null}`:                {[]string{`{}`, `{"a": 1}`, `{"a": [{"b": 1}, {}]}`}, []string{`{"a": {"b": 1}}`, `{"a": []}`}},
		`{"a": {"$exists": true}}`:     {[]string{`{"a": null}`, `{"a": []}`}, []string{`{}`}},
		`{"a": {"$exists": 1}}`:        {[]string{`{"a": 1}`}, []string{`{"b": 1}`}},
		`{"a": {"$gt": 1}}`:            {[]string{`{"a": 2}`, `{"a": [0, 5]}`}, []string{`{"a": 1}`, `{"a": "2"}`, `{}`, `{"a": true}`}},
		`{"a": {"$gte": 1, "$lt": 3}}`: {[]string{`{"a": 1}`, `{"a": 2.5}`}, []string{`{"a": 3}`, `{"a": 0}`}},
		`{"a": {"$lte": "m"}}`:         {[]string{`{"a": "m"}`, `{"a": ""}`}, []string{`{"a": "n"}`, `{"a": 1}`}},
		`{"a": {"$gte": null}}`:        {[]string{`{"a": null}`, `{}`}, []string{`{"a": 1}`}},
		`{"a": {"$gt": {"$date": "2020-01-01T00:00:00Z"}}}`: {[]string{`{"a": {"$date": "2021-01-01T00:00:00Z"}}`}, []string{`{"a": {"$date": "2019-01-01T00:00:00Z"}}`, `{"a": {"$numberLong": "9999999999999"}}`}},
		`{"a": {"$in": [1, "x", null]}}`:                    {[]string{`{"a": 1}`, `{"a": "x"}`, `{}`}, []string{`{"a": 2}`}},
		`{"a": {"$type": "string"}}`:                        {[]string{`{"a": "x"}`, `{"a": ["x"]}`}, []string{`{"a": 1}`, `{}`, `{"a": null}`}},
		`{"a": {"$type": "number"}}`:                        {[]string{`{"a": 1}`, `{"a": 1.5}`, `{"a": {"$numberLong": "1"}}`}, []string{`{"a": "1"}`}},
		`{"a": {"$type": ["null", 8]}}`:                     {[]string{`{"a": null}`, `{"a": false}`}, []string{`{}`, `{"a": 0}`}},
		`{"a": {"$type": "array"}}`:                         {[]string{`{"a": []}`}, []string{`{"a": 1}`}},
		`{"a": {"$type": "decimal"}}`:                       {nil, []string{`{"a": 1}`}},
		`{"a": {"$gt": {"$numberDecimal": "0.5"}}}`:         {[]string{`{"a": 1}`, `{"a": 0.75}`}, []string{`{"a": 0.5}`, `{"a": "1"}`}},
		`{"a": {"$lt": {"$numberDouble": "Infinity"}}}`:     {[]string{`{"a": 1}`}, []string{`{"a": "1"}`}},
		`{"a": {"$lte": {"$numberDouble": "-Infinity"}}}`:   {nil, []string{`{"a": -1}`}},
		`{"a": {"$gte": {"$numberDecimal": "NaN"}}}`:        {nil, []string{`{"a": 1}`}},
		`{"a": {"$gt": {"$minKey": 1}}}`:                    {nil, []string{`{"a": {"$regularExpression": {"pattern": "x", "options": ""}}}`, `{"a": 1}`}},
		`{"$and": [{"a": 1}, {"b": 2}]}`:                    {[]string{`{"a": 1, "b": 2}`}, []string{`{"a": 1}`, `{"b": 2}`}},
		`{"$or": [{"a": 1}, {"b": 2}]}`:                     {[]string{`{"a": 1}`, `{"b": 2}`}, []string{`{"a": 2}`}},
		`{"a": 1, "$or": [{"b": 1}, {"b": 2}]}`:             {[]string{`{"a": 1, "b": 2}`}, []string{`{"a": 1}`, `{"b": 1}`}},
	} {
		holds, err := compiler{partial: true}.compile(parseDocument(t, expression))
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		expectFulfilled(t, expression, holds, docs.fulfil, docs.fail)
	}
}

// TestQuery has the rules of MongoDB's manual for what only queries hold.
func TestQuery(t *testing.T) {
	t.Parallel()
	for query, docs := range map[string]struct{ fulfil, fail []string }{
		`{"a": {"$ne": 1}}`:                {[]string{`{}`, `{"a": 2}`, `{"a": []}`}, []string{`{"a": 1}`, `{"a": [1, 2]}`}},
		`{"a": {"$ne": null}}`:             {[]string{`{"a": []}`, `{"a": 0}`}, []string{`{}`, `{"a": null}`, `{"a": [null]}`}},
		`{"a": {"$nin": [1, "x"]}}`:        {[]string{`{}`, `{"a": 2}`}, []string{`{"a": 1}`, `{"a": ["y", "x"]}`}},
		`{"a": {"$exists": false}}`:        {[]string{`{}`}, []string{`{"a": null}`}},
		`{"a": {"$not": {"$gt": 1}}}`:      {[]string{`{}`, `{"a": 1}`, `{"a": "x"}`}, []string{`{"a": 2}`, `{"a": [0, 2]}`}},
		`{"a": {"$not": {"$regex": "x"}}}`: {[]string{`{}`, `{"a": "X"}`, `{"a": 1}`}, []string{`{"a": "axa"}`}},
		`{"$nor": [{"a": 1}, {"b": 1}]}`:   {[]string{`{}`, `{"a": 2}`}, []string{`{"a": 1}`, `{"b": 1}`}},
		`{"$comment": "why", "a": 1}`:      {[]string{`{"a": 1}`}, []string{`{}`}},
		`{"a": {"$all": [1, 3]}}`:          {[]string{`{"a": [3, 2, 1]}`}, []string{`{"a": 1}`, `{"a": [1]}`}},
		`{"a": {"$all": [[1, 3]]}}`:        {[]string{`{"a": [1, 3]}`}, []string{`{"a": [3, 1]}`}},
		`{"a": {"$all": []}}`:              {nil, []string{`{}`, `{"a": []}`}},
		`{"a": {"$all": [{"$elemMatch": {"b": 1}}, {"$elemMatch": {"c": 2}}]}}`:         {[]string{`{"a": [{"b": 1}, {"c": 2}]}`}, []string{`{"a": [{"b": 1}]}`}},
		`{"a": {"$elemMatch": {"$gt": 1, "$lt": 3}}}`:                                   {[]string{`{"a": [0, 2]}`}, []string{`{"a": [1, 3]}`, `{"a": 2}`}},
		`{"a": {"$elemMatch": {"b": 1, "c": 2}}}`:                                       {[]string{`{"a": [{"b": 1, "c": 2}]}`}, []string{`{"a": [{"b": 1}, {"c": 2}]}`, `{"a": {"b": 1, "c": 2}}`}},
		`{"a": {"$elemMatch": {"$or": [{"b": 7}, {"b": 9}]}}}`:                          {[]string{`{"a": [{"b": 7}]}`}, []string{`{"a": [{"b": 8}]}`}},
		`{"a": {"$elemMatch": {"$ne": 1}}}`:                                             {[]string{`{"a": [1, 2]}`}, []string{`{"a": [1]}`, `{"a": []}`}},
		`{"a": {"$size": 2}}`:                                                           {[]string{`{"a": [1, 2]}`}, []string{`{"a": 2}`, `{"a": [1]}`}},
		`{"a": {"$mod": [2, 1]}}`:                                                       {[]string{`{"a": 3}`, `{"a": 3.5}`, `{"a": [2, 1]}`}, []string{`{"a": 2}`, `{"a": "1"}`}},
		`{"a": {"$regex": "^x", "$options": "i"}}`:                                      {[]string{`{"a": "Xy"}`, `{"a": ["b", "x"]}`}, []string{`{"a": "yx"}`, `{}`}},
		`{"a": {"$regularExpression": {"pattern": "^x$", "options": "m"}}}`:             {[]string{`{"a": "y\nx"}`}, []string{`{"a": "X"}`}},
		`{"a": {"$in": [{"$regularExpression": {"pattern": "^x", "options": ""}}, 1]}}`: {[]string{`{"a": "xy"}`, `{"a": 1}`}, []string{`{"a": "y"}`}},
		`{"a.0": 1}`:              {[]string{`{"a": [1, 2]}`, `{"a": {"0": 1}}`}, []string{`{"a": [2, 1]}`, `{"a": 1}`}},
		`{"a.1.c": 2}`:            {[]string{`{"a": [{"c": 1}, {"c": 2}]}`}, []string{`{"a": [{"c": 2}]}`}},
		`{"a": {"$gt": []}}`:      {[]string{`{"a": [1]}`}, []string{`{"a": 1}`}},
		`{"a": {"$lte": [1, 3]}}`: {[]string{`{"a": [1, 3]}`, `{"a": [null]}`, `{"a": []}`}, []string{`{"a": [2]}`}},
	} {
		holds, err := compiler{}.compile(parseDocument(t, query))
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		expectFulfilled(t, query, holds, docs.fulfil, docs.fail)
	}
	for _, query := range []string{
		`{"$where": "true"}`, `{"a": {"$near": [1, 2]}}`, `{"a": {"$in": 1}}`, `{"a": {"$all": 1}}`, `{"a": {"$regex": "("}}`, `{"a": {"$mod": [0, 1]}}`,
		`{"a": {"$elemMatch": 1}}`, `{"a": {"$not": {"$where": 1}}}`, `{"a": {"$ne": {"$regularExpression": {"pattern": "(", "options": ""}}}}`,
	} {
		if _, err := (compiler{}).compile(parseDocument(t, query)); err == nil {
			t.Errorf("%s is taken", query)
		}
	}
}
